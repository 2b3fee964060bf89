// `colony run`: carries out what the coordinator decides, over the shards of this process.
#pragma once

#include "apps/shared/options.hpp"
#include "models/registry.hpp"

namespace colony {

/// Returns the exit status. Throws colony::Error.
int run_command(const RunOptions& options, const ModelRegistry& models);

}  // namespace colony
