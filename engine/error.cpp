#include "engine/error.hpp"

#include <cstdio>
#include <cstdlib>

namespace colony {

void assertion_failed(const char* condition, const std::string& message, const char* file, int line) {
  std::fprintf(stderr, "colony: a bug: %s:%d: %s: %s\nPlease report it with the job file and run.json.\n", file, line, condition,
               message.c_str());
  std::abort();
}

}  // namespace colony
