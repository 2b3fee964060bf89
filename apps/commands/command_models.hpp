// `colony models [NAME]`: what there is to run, and what it can be told.
#pragma once

#include <string>

#include "models/registry.hpp"

namespace colony {

struct ModelsOptions {
  std::string name;  ///< "": the list
};

/// Throws UsageError when there is no such model.
int models_command(const ModelsOptions& options, const ModelRegistry& models);

}  // namespace colony
