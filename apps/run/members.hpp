// Where the members of a session are, and what carries orders and reports between them and it: a network, or function calls.
#pragma once

#include <cstdint>
#include <vector>

#include "coordinator/cluster.hpp"

namespace colony {

/// Used by the thread that drives the session.
class Members {
 public:
  virtual ~Members() = default;
  /// Appends what has come since the last call; waits up to so long for the first. Returns false when nothing will come before something is
  /// sent.
  virtual bool gather(std::vector<ClusterEvent>& events, std::uint64_t most_ns) = 0;
  virtual void send(ConnectionId connection, Order order) = 0;
  /// Nothing of this connection counts any more.
  virtual void close(ConnectionId connection) = 0;
  /// What is sent between the two may travel together.
  virtual void begin_batch() {}
  virtual void end_batch() {}
};

}  // namespace colony
