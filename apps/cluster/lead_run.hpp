// What the processes that coordinate have in common: a run folder claimed, its secret and rendezvous file, a control server, a Session.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "apps/run/session.hpp"
#include "apps/shared/options.hpp"
#include "models/registry.hpp"

namespace colony {

struct LeadRunOptions {
  RunOptions run;
  std::uint32_t places = 1;
  std::string listen;  ///< "ipc", "tcp://address" without a port; "": ipc
  std::string job_id = "local";
  bool mpi_ranks = false;  ///< all processes of the run are ranks of one MPI program
  bool replaces = false;   ///< a process that died is started again: its place is kept for it
};

/// What a coordinating process adds to it. `begin` is called once the others can be let in: it starts them.
struct LeadCompany {
  std::function<void(const PreparedJob&, RunRecord&)> begin;
  std::function<void()> look_after;                             ///< now and then
  std::function<void(ShardId place, std::int64_t pid)> fenced;  ///< as SessionOptions has it
  std::function<void()> end;                                    ///< the run is over, or has failed
};

/// Returns the exit status. Throws colony::Error.
int lead_run(const LeadRunOptions& options, const ModelRegistry& models, const LeadCompany& company);

/// Threads of each of `processes` on this machine: the job's, or the machine's shared out.
int threads_of_each(const Job& job, std::uint32_t processes);

}  // namespace colony
