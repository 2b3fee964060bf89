#include "engine/parameters.hpp"

#include "engine/error.hpp"

namespace colony {

const ParameterValue& Parameters::find(const std::string& name) const {
  const auto it = values.find(name);
  COLONY_ASSERT(it != values.end(), "the model asks for a parameter that it did not declare or that was not given: " + name);
  return it->second;
}

}  // namespace colony
