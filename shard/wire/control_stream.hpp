// Messages over an NNG byte stream (tcp:// or ipc://), each behind its length of 4 bytes, little-endian; inside TLS where it is wanted.
// Never blocks; NNG's threads call the owner.
//
// Not over NNG's sockets (REQ, REP, PAIR): nng_close of NNG 1.5 can wait for ever on one that has traffic, and with it the thread that
// tells of lost connections, in the whole process. And they take what a stranger sends before it is known who that is. docs/adr/0007.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "shard/wire/tls_session.hpp"

struct nng_stream;
struct nng_aio;

namespace colony {

/// Calls come from NNG's threads, take() one at a time. None may block or destroy the stream.
class ControlStreamOwner {
 public:
  virtual ~ControlStreamOwner() = default;
  /// A message has come; valid during the call. Throw an Error and the stream ends, with that as its reason.
  virtual void take(std::string_view message) = 0;
  /// The next message to send; empty when there is none. Called until it is.
  virtual std::string next() = 0;
  /// The last call, not made after close(). fault: the other end broke the rules.
  virtual void ended(const std::string& reason, bool fault) = 0;
};

class ControlStream {
 public:
  /// Takes the stream over. max_bytes: the longest message that is read; a longer one ends the stream. tls: null for none; one whose
  /// handshake is done or is still to come.
  ControlStream(nng_stream* stream, ControlStreamOwner& owner, std::size_t max_bytes, std::unique_ptr<TlsSession> tls = nullptr);
  /// Waits for calls to the owner that are under way, so it must not happen in one.
  ~ControlStream();
  ControlStream(const ControlStream&) = delete;
  ControlStream& operator=(const ControlStream&) = delete;

  /// Begins to read. Calls of the owner may come before it returns.
  void start();
  /// There may be something to send: asks next(), unless it is being asked anyway. Not under a lock that next() takes.
  void wake();
  /// For messages from now on; in take(), from the next one on.
  void set_max_bytes(std::size_t max_bytes) { max_bytes_ = max_bytes; }
  /// Ends the stream; ended() is not called. Any thread.
  void close();
  /// Ends the stream because of something that the other end did; ended() will be called. Any thread.
  void break_off(std::string reason);

 private:
  void read();
  void on_read();
  void take_arrived();
  bool take_encrypted();
  bool take_messages();
  void on_written();
  void send_next();
  void write();
  void end(const std::string& reason, bool fault);

  nng_stream* stream_;
  ControlStreamOwner& owner_;
  nng_aio *reader_ = nullptr, *writer_ = nullptr;
  std::atomic<bool> over_ = false, broken_off_ = false;
  std::size_t max_bytes_;

  std::string incoming_;  ///< [0, filled_) has come
  std::size_t filled_ = 0;

  std::mutex mutex_;  ///< for what follows, without the session's incoming half
  const std::unique_ptr<TlsSession> tls_;
  std::string outgoing_;
  std::vector<std::byte> encrypted_;  ///< goes over the wire in its place
  std::size_t written_ = 0;
  bool writing_ = false;
  std::string fault_;  ///< why it is broken off
};

/// A message with its length in front, as it goes over the wire.
std::string framed(std::string_view message);

}  // namespace colony
