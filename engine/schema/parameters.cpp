#include "engine/schema/parameters.hpp"

#include <fmt/format.h>

#include <cmath>

#include "engine/error.hpp"

namespace colony {

const ParameterValue& Parameters::find(const std::string& name) const {
  const auto it = values.find(name);
  if (it == values.end())
    throw ModelError("it asks for the parameter \"" + name + "\", which it did not declare, or which has no default and was not given",
                     ModelError::Shown::by_declaration);
  return it->second;
}

void Parameters::throw_type(const std::string& name) {
  throw ModelError("it asks for the parameter \"" + name + "\" as another type than it declared", ModelError::Shown::by_declaration);
}

std::int64_t Parameters::in_quanta(const std::string& name, double quantum) const {
  const double value = get<double>(name), quanta = value / quantum;
  if (!(std::abs(quanta) <= 0x1p62))
    throw ModelError("the parameter \"" + name + "\" may be beyond what its quantum can count: declare a least and a most",
                     ModelError::Shown::by_declaration);
  const std::int64_t whole = std::llround(quanta);
  if (whole == 0 && value != 0)
    throw UsageError(fmt::format("[model] {} = {} is less than half of its unit, {}, and would be 0: say 0, or at least {}", name, value,
                                 quantum, quantum));
  return whole;
}

}  // namespace colony
