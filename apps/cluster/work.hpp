// A member's shell: a process of a cluster that computes. Carries orders, frames and reports between Member and its connections.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "apps/shared/options.hpp"
#include "models/registry.hpp"

namespace colony {

struct WorkOptions {
  RunOptions run;  ///< the job, as every process of the run must see it
  std::string job_id = "local";
  std::optional<std::uint32_t> place;  ///< the shard that a launcher keeps for this process
  std::uint32_t places = 1;            ///< members that the run begins with: [shards] count
  std::uint64_t find_timeout_ms = 60'000;
  bool mpi_rank = false;  ///< mpirun, or srun --mpi=pmix, started this process as one of several
  bool leads = false;     ///< this process is the coordinator too: signals are that one's
  bool by_hand = false;   ///< it was not started along with others: Ctrl-C is meant for it, and asks to leave
};

/// Returns the exit status: 0 when the run is over or this member has left; otherwise as its coordinator says, or 5 when that is gone.
int work_command(const WorkOptions& options, const ModelRegistry& models);

}  // namespace colony
