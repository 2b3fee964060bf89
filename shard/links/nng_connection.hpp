// One byte stream of NNG's (tcp, ipc), cut into messages: a u64 length, then as many bytes. A message of a conversation that is not yet
// proven is small and read whole from a fixed buffer; frames are read straight into the memory that they are used from. With TLS they are
// encrypted piece by piece, and decrypted into that memory.
#pragma once

#include <nng/nng.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "shard/links/frame.hpp"
#include "shard/wire/tls_session.hpp"

namespace colony {

/// Bytes before each message: its length, little-endian.
inline constexpr std::size_t length_bytes = 8;

class NngConnection {
 public:
  /// Called from NNG's threads; for one connection on_message, on_frame and on_broken one at a time, on_sent beside them.
  class Owner {
   public:
    virtual ~Owner() = default;
    virtual void on_message(NngConnection& connection, std::string_view message) = 0;
    /// May leave a spent frame in the place of what came.
    virtual void on_frame(NngConnection& connection, Frame&& frame) = 0;
    /// What came is not a frame, or too long, or not what TLS wants.
    virtual void on_bad_frame(NngConnection& connection, std::string_view why) = 0;
    virtual void on_sent(NngConnection& connection) = 0;
    /// Nothing more comes. The connection must be closed.
    virtual void on_broken(NngConnection& connection, std::string_view why) = 0;
  };

  /// Takes the stream over. tls: null for none. Throws std::bad_alloc.
  NngConnection(nng_stream* stream, Owner& owner, std::size_t max_message_bytes, std::unique_ptr<TlsSession> tls = nullptr);
  /// Waits for the callbacks that are under way: not from within one, nor under a lock that they take.
  virtual ~NngConnection();
  NngConnection(const NngConnection&) = delete;
  NngConnection& operator=(const NngConnection&) = delete;

  /// Begins to read, and to make TLS.
  void start();
  /// From within on_message, whose message is gone then: what follows are frames.
  void expect_frames(std::size_t max_frame_bytes);
  /// Sends bytes that must stay until on_sent, or until close() has returned; one call at a time.
  void send(std::span<const std::byte> message);
  /// Closes, and waits for the callbacks that are under way, as the destructor does. A derived class calls it in its own destructor: the
  /// callbacks' owner takes the object for what it was.
  void end();
  /// Nothing more is sent or received. Any thread, any number of times.
  void close();
  /// Address of the other end, for a log.
  std::string address() const;

 private:
  void received();
  bool take(std::size_t bytes);
  bool take_staged();
  bool take_length(std::uint64_t length);
  void finish_frame();
  void receive();
  void transmit();
  void sent();
  void broken(std::string_view why);
  std::span<std::byte> room();
  bool decrypt();
  void encrypt_more();
  void write_wire();
  void wire_sent();

  nng_stream* stream_;
  Owner& owner_;
  nng_aio *rx_ = nullptr, *tx_ = nullptr;
  std::atomic<bool> closed_{false};

  // Receiving; touched by one callback at a time.
  std::size_t max_bytes_;
  bool frames_ = false;
  std::vector<std::byte> staged_;  ///< read ahead: many small frames in one go
  std::size_t staged_at_ = 0, staged_end_ = 0;
  Frame frame_;  ///< being read when body_left_ > 0
  std::byte* body_ = nullptr;
  std::size_t body_left_ = 0;

  std::uint64_t sending_length_ = 0;
  std::size_t length_left_ = 0;         ///< bytes of it to be sent
  std::span<const std::byte> sending_;  ///< what is left of it

  // With TLS, whose handshake is sent from the reading side: `sealing_` is over the session but its incoming half, over what is sent, and
  // over what follows. The owner is not called under it.
  const std::unique_ptr<TlsSession> tls_;
  std::mutex sealing_;
  bool message_ = false, writing_ = false;  ///< there is one to be sent; `wire_` is being sent
  std::vector<std::byte> wire_;
  std::size_t wire_at_ = 0;
};

}  // namespace colony
