#include "engine/misuse.hpp"

#include <stdexcept>
#include <string>

namespace colony {

void misused(const char* what) { throw std::logic_error(what); }

void misused(const char* what, std::uint64_t id) { throw std::logic_error(std::to_string(id) + " " + what); }

}  // namespace colony
