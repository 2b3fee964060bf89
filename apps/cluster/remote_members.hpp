// The members of a run on many processes: what a control server receives waits in a queue for the thread that drives the session.
#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <vector>

#include "apps/run/members.hpp"
#include "coordinator/control_server.hpp"

namespace colony {

class RemoteMembers final : public Members {
 public:
  /// Orders go out by this server; call before the session is run.
  void serve(ControlServer& server) { server_ = &server; }
  /// An event from another thread, such as the server's.
  void post(ClusterEvent event);

  bool gather(std::vector<ClusterEvent>& events, std::uint64_t most_ns) override;
  void send(ConnectionId connection, Order order) override { server_->send(connection, order); }
  void close(ConnectionId connection) override { server_->close(connection); }
  void begin_batch() override { batch_.emplace(*server_); }
  void end_batch() override { batch_.reset(); }

 private:
  ControlServer* server_ = nullptr;
  std::optional<ControlServer::Batch> batch_;
  std::mutex mutex_;
  std::condition_variable posted_;
  std::vector<ClusterEvent> queue_;
};

}  // namespace colony
