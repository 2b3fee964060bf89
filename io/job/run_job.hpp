// The whole job file as plain data: the colony's job, and how the processes of a run find and watch each other, which the engine knows
// nothing of.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/schema/job.hpp"

namespace colony {

/// [cluster]
struct ClusterSpec {
  std::string transport = "auto";  ///< auto | nng | mpi: between processes
  std::string listen;              ///< "tcp://host:port" or "ipc://path"; "": chosen
  std::string http;                ///< the coordinator's pages: "tcp://address:port" or "off"; "": loopback, any port
  std::vector<std::string> hosts;
  std::string secret_file;       ///< absolute; "": none
  bool tls = false;              ///< connections over tcp are encrypted
  std::string barrier = "tick";  ///< tick | phase
  std::uint32_t heartbeat_ms = 1000;
  std::uint32_t heartbeat_misses = 3;
  std::uint32_t frame_timeout_ms = 2000;
  std::uint32_t stall_ms = 600'000;      ///< a member that beats and does not move for so long has failed; 0: never
  std::uint32_t replace_wait_ms = 3000;  ///< under launch: how long a failed member's place is kept for a new process
  std::uint32_t restarts = 3;            ///< under launch: how often the process of a place is started again
  bool operator==(const ClusterSpec&) const = default;
};

struct RunJob : Job {
  ClusterSpec cluster;
};

}  // namespace colony
