// The coordinator's end of the control connections, one a member (docs/adr/0007). What travels is described in
// shard/wire/control_protocol.hpp. A connection counts from the end of its handshake on; strangers are few at a time, short of bytes and of
// time, and the handlers are not told of them.
//
// NNG runs threads of its own and is not to be forked under: a process that used it may only exec.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "coordinator/cluster.hpp"
#include "io/clock.hpp"
#include "shard/wire/auth.hpp"
#include "shard/wire/control_protocol.hpp"
#include "shard/wire/messages.hpp"
#include "shard/wire/tls_session.hpp"

namespace colony {

/// Called on NNG's threads, for each connection one at a time and in order; must neither block nor throw. They may call the server, but not
/// destroy it.
struct ControlHandlers {
  std::function<void(ConnectionId, Report&&)> received;
  /// The connection is gone without close(): the other end closed it, or broke the protocol. Last call for it; only if it ever counted.
  std::function<void(ConnectionId, const std::string& reason)> disconnected;
};

/// What was turned away since the server began.
struct ControlRefusals {
  std::uint64_t crowded = 0;  ///< strangers pushed out by later ones: max_strangers at a time
  std::uint64_t late = 0;     ///< handshakes that took too long
  /// Connections that ended before their handshake did: rubbish, another secret or certificate, too long, given up.
  std::uint64_t handshakes = 0;
  std::uint64_t members = 0;  ///< connections that counted and then broke the protocol: broken seal, replay, malformed message
};

struct ControlServerOptions {
  std::string url;  ///< tcp://address:port (port 0: any) or ipc:///path
  Secret secret = {};
  TlsIdentity tls = {};  ///< for tcp; none: no TLS
  ControlHandlers handlers = {};
  std::uint32_t max_strangers = 64;
  std::uint64_t handshake_timeout_ns = 5'000'000'000;
  std::uint64_t max_queued_bytes = std::uint64_t{64} << 20;  ///< of orders for one connection that does not read them
};

class ControlServer {
 public:
  /// Listens from here on. Throws UsageError for a url of another kind, and when there is no secret and the url can be reached from
  /// other machines; ControlError when it can't listen there. The clock is read on several threads and must outlive it.
  ControlServer(Clock& clock, ControlServerOptions options);
  /// Closes all connections; no handler is called after this. Orders sent just before may be lost: wait for `disconnected` instead.
  ~ControlServer();
  ControlServer(const ControlServer&) = delete;
  ControlServer& operator=(const ControlServer&) = delete;

  /// Where members reach it, with the port in use.
  std::string url() const;

  /// Queues an order. Any thread; never waits. Dropped when the connection is gone; one whose queue is full is disconnected. Throws
  /// WireError when the order is longer than max_control_item_bytes.
  void send(ConnectionId connection, const Order& order);
  /// Fences: the connection is closed, and no handler call for it begins after this returns; one may be under way.
  void close(ConnectionId connection);

  /// While one lives, orders are gathered and go out together when the last one ends: what one step of the coordinator says to a member
  /// travels in one answer. Must not outlive the server.
  class Batch {
   public:
    explicit Batch(ControlServer& server);
    ~Batch();
    Batch(const Batch&) = delete;
    Batch& operator=(const Batch&) = delete;

   private:
    ControlServer& server_;
  };

  ControlRefusals refusals() const;
  /// Connections that count.
  std::size_t connections() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace colony
