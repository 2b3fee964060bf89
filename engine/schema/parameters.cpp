#include "engine/schema/parameters.hpp"

#include <fmt/format.h>

#include "engine/error.hpp"

namespace colony {

const ParameterValue& Parameters::value_of(const std::string& name) const {
  const auto it = values.find(name);
  if (it == values.end())
    throw ModelError("it asks for the parameter \"" + name + "\", which it did not declare, or which has no default and was not given",
                     ModelError::Shown::by_declaration);
  return it->second;
}

void Parameters::throw_type(const std::string& name, const ParameterValue& value) {
  if (const auto* by = std::get_if<NumbersBy>(&value))
    throw UsageError(fmt::format("{}{}[model] {} takes one number: the model reads it once, and so it can't differ by a category",
                                 by->place, by->place.empty() ? "" : ": ", name));
  throw ModelError("it asks for the parameter \"" + name + "\" as another type than it declared", ModelError::Shown::by_declaration);
}

}  // namespace colony
