// The built-in models by name. A program of one's own adds to them (docs/writing-a-model.md).
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "engine/model/model.hpp"

namespace colony {

/// How to make a model, by the name that [model] name gives.
using ModelRegistry = std::map<std::string, std::function<std::unique_ptr<Model>()>>;

ModelRegistry builtin_models();

}  // namespace colony
