// The member's end of the control connection: reports go out in the order in which they were sent, orders come in in the order in which
// the coordinator sent them, none lost and none doubled for as long as the connection lives. What travels is described in
// shard/wire/control_protocol.hpp; docs/adr/0007.
//
// The connection is made once. When it is lost the process is out, and joins again with a new client, as anyone. NNG runs threads of its
// own and is not to be forked under: a process that used it may only exec.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "engine/ids.hpp"
#include "io/clock.hpp"
#include "shard/wire/auth.hpp"
#include "shard/wire/control_protocol.hpp"
#include "shard/wire/messages.hpp"
#include "shard/wire/tls_session.hpp"

namespace colony {

struct ControlClientOptions {
  std::string url;  ///< of the coordinator: tcp://host:port or ipc:///path
  Secret secret = {};
  TlsIdentity tls = {};  ///< of the run; none: the coordinator speaks without
  std::uint64_t heartbeat_ns = 1'000'000'000;
  std::uint32_t heartbeat_misses = 3;
  std::uint64_t connect_timeout_ns = 10'000'000'000;  ///< until the connection stands, handshake included
  /// Called when an order has arrived or the connection is lost, from any thread and possibly more often than that; must not block.
  std::function<void()> wake = {};
};

class ControlClient {
 public:
  /// Connects, waiting for the coordinator to listen. Throws AuthError when it does not know the secret or shows another certificate,
  /// ControlError when it can't be reached in time or the url is not valid. The clock must outlive it.
  ControlClient(Clock& clock, ControlClientOptions options);
  /// Closes the connection; what is not flushed may be lost.
  ~ControlClient();
  ControlClient(const ControlClient&) = delete;
  ControlClient& operator=(const ControlClient&) = delete;

  /// Queues a report. Any thread; never waits. Throws WireError when it is longer than max_control_item_bytes.
  void send(const Report& report);
  /// The next order, if one has arrived. Any thread. Orders that came before the connection was lost are still given out.
  std::optional<Order> poll();
  /// What the heartbeats say from now on. Any thread.
  void set_place(std::uint64_t epoch, Tick tick, std::uint32_t phase);
  /// Waits until the coordinator has taken every report sent before; for the last words of a member that ends. False when that took longer
  /// than timeout_ns or the connection is lost.
  bool flush(std::uint64_t timeout_ns);

  /// The pipe was closed, the coordinator did not answer heartbeat_misses beats, or it broke the protocol. Stays so.
  bool lost() const;
  /// Why, for people; empty while the connection stands.
  std::string lost_reason() const;
  /// Numeric address of this host on the way to the coordinator; empty where there is none (ipc).
  std::string host_in_use() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace colony
