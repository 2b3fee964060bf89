// colony status and colony shards: how a run is going, as its coordinator says or, of one in one process, its folder.
#pragma once

#include <string>

#include "io/run/cluster_status.hpp"

namespace colony {

struct StatusOptions {
  std::string run;
  bool watch = false;
  bool json = false;
};

/// Returns 0. A run in one process has no coordinator: its folder says how it is going. Throws NoCoordinatorError, after what the folder
/// says, when the coordinator of a run on many processes does not answer.
int status_command(const StatusOptions& options);

struct ShardsOptions {
  std::string run;
  bool json = false;
};

int shards_command(const ShardsOptions& options);

/// For people.
std::string status_text(const ClusterStatus& status, const std::string& run);
std::string shards_text(const ShardsStatus& status);

}  // namespace colony
