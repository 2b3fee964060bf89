// A blocking end of a TLS connection for tests: over any socket, and with the test's own idea of what to say.
#pragma once

#include <sys/socket.h>

#include <algorithm>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "shard/wire/tls_session.hpp"

namespace colony {

/// Does nothing when there is no identity: bytes go as they are. Reading waits as long as the socket does.
class TlsEnd {
 public:
  TlsEnd() = default;
  TlsEnd(int fd, const TlsIdentity& identity) : fd_(fd) {
    if (identity.none()) return;
    session_ = std::make_unique<TlsSession>(identity, Handshake::Role::dialler);
    while (!session_->handshake())
      if (!put_output() || !get_input()) return;
    put_output();
  }
  bool say(std::string_view bytes) {
    if (!session_) return put(std::as_bytes(std::span(bytes)));
    return session_->established() && session_->write(std::as_bytes(std::span(bytes))) && put_output();
  }
  /// Fewer bytes than are wanted, but at least one; 0 when the connection is over or nothing came in time.
  std::size_t read(void* to, std::size_t bytes) {
    if (!session_) return static_cast<std::size_t>(std::max<ssize_t>(0, ::recv(fd_, to, bytes, 0)));
    try {
      for (;;) {
        if (const std::size_t got = session_->read({static_cast<std::byte*>(to), bytes}); got > 0) return got;
        if (session_->ended() || !put_output() || !get_input()) return 0;
      }
    } catch (const AuthError&) {
      return 0;
    }
  }

 private:
  bool put(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes = bytes.subspan(static_cast<std::size_t>(sent));
    }
    return true;
  }
  bool put_output() {
    session_->take_output(wire_);
    return put(wire_);
  }
  bool get_input() {
    const std::span<std::byte> space = session_->space();
    const ssize_t got = ::recv(fd_, space.data(), space.size(), 0);
    if (got <= 0) return false;
    session_->arrived(static_cast<std::size_t>(got));
    return true;
  }
  int fd_ = -1;
  std::unique_ptr<TlsSession> session_;
  std::vector<std::byte> wire_;
};

}  // namespace colony
