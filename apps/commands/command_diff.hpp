// `colony diff`: where two runs part.
#pragma once

#include <string>

#include "models/registry.hpp"

namespace colony {

struct DiffOptions {
  std::string left;
  std::string right;
};

/// Returns 0 when the runs agree in all that both have, 1 when they differ. Throws StorageError when a run can't be read, or nothing in
/// them can be compared.
int diff_command(const DiffOptions& options, const ModelRegistry& models);

}  // namespace colony
