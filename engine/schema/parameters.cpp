#include "engine/schema/parameters.hpp"

#include <fmt/format.h>

#include <cmath>

#include "engine/error.hpp"

namespace colony {

const ParameterValue& Parameters::find(const std::string& name) const {
  const auto it = values.find(name);
  COLONY_ASSERT(it != values.end(), "the model asks for a parameter that it did not declare or that was not given: " + name);
  return it->second;
}

std::int64_t Parameters::in_quanta(const std::string& name, double quantum) const {
  const double value = get<double>(name), quanta = value / quantum;
  COLONY_ASSERT(std::abs(quanta) <= 0x1p62, "a parameter is beyond what its quantum can count: " + name);
  const std::int64_t whole = std::llround(quanta);
  if (whole == 0 && value != 0)
    throw UsageError(fmt::format("[model] {} = {} is less than half of its unit, {}, and would be 0: say 0, or at least {}", name, value,
                                 quantum, quantum));
  return whole;
}

}  // namespace colony
