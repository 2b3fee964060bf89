// colony join: one more process for a run on many processes that is going on.
#pragma once

#include <optional>
#include <string>

#include "models/registry.hpp"

namespace colony {

struct JoinOptions {
  std::string run;
  std::optional<int> threads;
};

/// Takes part until the run is over or this member is asked to leave. Returns as work_command does. Throws NoCoordinatorError when the run
/// is not going on, ClusterError when it has not begun yet.
int join_command(const JoinOptions& options, const ModelRegistry& models);

}  // namespace colony
