#include "shard/links/nng_connection.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <exception>
#include <new>
#include <utility>

#include "engine/error.hpp"

namespace colony {
namespace {

constexpr std::size_t staged_bytes = std::size_t{64} << 10;
/// What is encrypted at once; a message's first piece is copied behind its length, so that small messages are one record.
constexpr std::size_t piece_bytes = std::size_t{256} << 10, first_piece_bytes = std::size_t{4} << 10;

}  // namespace

NngConnection::NngConnection(nng_stream* stream, Owner& owner, std::size_t max_message_bytes, std::unique_ptr<TlsSession> tls)
    : stream_(stream), owner_(owner), max_bytes_(max_message_bytes), staged_(length_bytes + max_message_bytes), tls_(std::move(tls)) {
  if (nng_aio_alloc(
          &rx_, [](void* self) { static_cast<NngConnection*>(self)->received(); }, this) != 0 ||
      nng_aio_alloc(
          &tx_, [](void* self) { static_cast<NngConnection*>(self)->sent(); }, this) != 0) {
    nng_aio_free(rx_);
    nng_stream_free(stream_);
    throw std::bad_alloc();
  }
  nng_aio_set_timeout(rx_, NNG_DURATION_INFINITE);
  nng_aio_set_timeout(tx_, NNG_DURATION_INFINITE);
}

void NngConnection::end() {
  close();
  nng_aio_stop(rx_);
  nng_aio_stop(tx_);
}

NngConnection::~NngConnection() {
  end();
  nng_aio_free(rx_);
  nng_aio_free(tx_);
  nng_stream_free(stream_);
}

/// The stream is closed even if another thread is about to do so: when this returns, NNG reads nothing more of what is being sent.
void NngConnection::close() {
  closed_ = true;
  if (tls_) {  // who is encrypting the message has done with it: it is the caller's again after this
    const std::lock_guard wait(sealing_);
  }
  nng_stream_close(stream_);
}

void NngConnection::start() {
  if (tls_) {
    const std::lock_guard lock(sealing_);
    tls_->handshake();
    encrypt_more();
  }
  receive();
}

std::string NngConnection::address() const {
  nng_sockaddr at{};
  if (nng_stream_get_addr(stream_, NNG_OPT_REMADDR, &at) != 0) return "a stranger";
  char text[INET6_ADDRSTRLEN] = "";
  switch (at.s_family) {
    case NNG_AF_INET: inet_ntop(AF_INET, &at.s_in.sa_addr, text, sizeof text); return fmt::format("{}:{}", text, ntohs(at.s_in.sa_port));
    case NNG_AF_INET6:
      inet_ntop(AF_INET6, &at.s_in6.sa_addr, text, sizeof text);
      return fmt::format("[{}]:{}", text, ntohs(at.s_in6.sa_port));
    default: return "a process of this machine";
  }
}

// ---- Receiving ----

void NngConnection::expect_frames(std::size_t max_frame_bytes) {
  frames_ = true;
  max_bytes_ = max_frame_bytes;
  if (staged_.size() < staged_bytes) staged_.resize(staged_bytes);
  if (tls_) tls_->set_space(piece_bytes);
}

void NngConnection::receive() {
  nng_iov parts[2];
  unsigned count = 0;
  if (tls_) {
    const std::span<std::byte> space = tls_->space();
    parts[count++] = {space.data(), space.size()};
  } else {
    if (body_left_ > 0) parts[count++] = {body_, body_left_};
    parts[count++] = {staged_.data() + staged_end_, staged_.size() - staged_end_};
  }
  nng_aio_set_iov(rx_, count, parts);
  nng_stream_recv(stream_, rx_);
  // The sending half may have closed the stream meanwhile. What begins after that NNG (1.5.2) never ends.
  if (closed_.load()) nng_aio_abort(rx_, NNG_ECLOSED);
}

/// An exception must not reach NNG, which is C: a failure here ends this connection and nothing else.
void NngConnection::received() {
  if (const int error = nng_aio_result(rx_); error != 0) return broken(nng_strerror(static_cast<int>(error)));
  try {
    if (tls_) tls_->arrived(nng_aio_count(rx_));
    if (tls_ ? decrypt() : take(nng_aio_count(rx_))) receive();
    else broken("it was closed");  // perhaps by the sending half, while this one was at work: no other call would tell
  } catch (const AuthError& error) {
    owner_.on_bad_frame(*this, error.what());
    broken("it was closed");
  } catch (const std::exception& error) {
    broken(error.what());
  }
}

/// So many bytes have come into the body, and what is more of them behind what is staged. False when the connection is over.
bool NngConnection::take(std::size_t bytes) {
  if (body_left_ > 0) {
    const std::size_t of_body = std::min(bytes, body_left_);
    body_ += of_body;
    body_left_ -= of_body;
    bytes -= of_body;
    if (body_left_ == 0) finish_frame();
  }
  staged_end_ += bytes;
  return take_staged() && !closed_.load();
}

/// Takes what is staged, and makes room for more. False when the connection is over.
bool NngConnection::take_staged() {
  while (body_left_ == 0 && staged_end_ - staged_at_ >= length_bytes) {
    std::uint64_t length;
    std::memcpy(&length, staged_.data() + staged_at_, sizeof length);
    if (length > max_bytes_) {
      owner_.on_bad_frame(*this, fmt::format("a message of {} bytes, where {} are allowed", length, max_bytes_));
      broken("it was closed");
      return false;
    }
    if (!take_length(length)) break;
  }
  if (staged_at_ > 0) {
    std::memmove(staged_.data(), staged_.data() + staged_at_, staged_end_ - staged_at_);
    staged_end_ -= staged_at_;
    staged_at_ = 0;
  }
  return true;
}

/// One message of `length` bytes begins in what is staged. False when the rest of it must come first.
bool NngConnection::take_length(std::uint64_t length) {
  const std::size_t have = staged_end_ - staged_at_ - length_bytes;
  const std::byte* from = staged_.data() + staged_at_ + length_bytes;
  if (!frames_) {
    if (have < length) return false;
    staged_at_ += length_bytes + length;
    owner_.on_message(*this, {reinterpret_cast<const char*>(from), length});
    return !closed_.load();
  }
  body_ = frame_.open_wire(length);
  const std::size_t now = std::min<std::size_t>(have, length);
  std::memcpy(body_, from, now);
  body_ += now;
  body_left_ = length - now;
  staged_at_ += length_bytes + now;
  if (body_left_ == 0) finish_frame();
  return true;
}

void NngConnection::finish_frame() {
  try {
    frame_.close_wire();
  } catch (const FrameError& error) {
    owner_.on_bad_frame(*this, error.what());
    return;
  }
  owner_.on_frame(*this, std::move(frame_));
}

void NngConnection::broken(std::string_view why) {
  close();
  owner_.on_broken(*this, why);
}

// ---- Sending ----

void NngConnection::send(std::span<const std::byte> message) {
  std::unique_lock lock(sealing_, std::defer_lock);
  if (tls_) lock.lock();
  sending_length_ = message.size();
  length_left_ = length_bytes;
  sending_ = message;
  message_ = true;
  if (tls_) encrypt_more();
  else transmit();
}

void NngConnection::transmit() {
  nng_iov parts[2];
  unsigned count = 0;
  auto* length = reinterpret_cast<std::byte*>(&sending_length_);
  if (length_left_ > 0) parts[count++] = {length + length_bytes - length_left_, length_left_};
  if (!sending_.empty()) parts[count++] = {const_cast<std::byte*>(sending_.data()), sending_.size()};
  nng_aio_set_iov(tx_, count, parts);
  nng_stream_send(stream_, tx_);
}

void NngConnection::sent() {
  if (nng_aio_result(tx_) != 0) return close();  // the receiving half reports it
  if (tls_) return wire_sent();
  const std::size_t bytes = nng_aio_count(tx_), of_length = std::min(bytes, length_left_);
  length_left_ -= of_length;
  sending_ = sending_.subspan(bytes - of_length);
  if (length_left_ > 0 || !sending_.empty()) return transmit();
  owner_.on_sent(*this);
}

// ---- TLS ----

/// Where the next plain bytes belong.
std::span<std::byte> NngConnection::room() {
  if (body_left_ > 0) return {body_, body_left_};
  return std::span(staged_).subspan(staged_end_);
}

/// Takes all that has come. False when the connection is over.
bool NngConnection::decrypt() {
  for (;;) {
    std::size_t bytes = 0;
    {
      const std::lock_guard lock(sealing_);
      bytes = tls_->read(room());
      if (bytes == 0) encrypt_more();  // an answer of the handshake, or what waited for its end
    }
    if (bytes == 0) break;
    if (!take(bytes)) return false;
  }
  if (tls_->ended()) broken("the other end closed it");
  return !closed_.load();
}

/// The next piece on its way, if there is one and nothing else is. Under `sealing_`.
void NngConnection::encrypt_more() {
  if (writing_ || closed_.load()) return;
  if (tls_->established() && length_left_ > 0) {
    std::array<std::byte, first_piece_bytes> piece;
    const std::size_t of_message = std::min(piece.size() - length_bytes, sending_.size());
    std::memcpy(piece.data(), &sending_length_, length_bytes);
    if (of_message > 0) std::memcpy(piece.data() + length_bytes, sending_.data(), of_message);
    tls_->write({piece.data(), length_bytes + of_message});
    length_left_ = 0;
    sending_ = sending_.subspan(of_message);
  } else if (tls_->established() && !sending_.empty()) {
    const std::size_t bytes = std::min(piece_bytes, sending_.size());
    tls_->write(sending_.first(bytes));
    sending_ = sending_.subspan(bytes);
  }
  tls_->take_output(wire_);
  if (wire_.empty()) return;
  writing_ = true;
  wire_at_ = 0;
  write_wire();
}

void NngConnection::write_wire() {
  nng_iov rest{wire_.data() + wire_at_, wire_.size() - wire_at_};
  nng_aio_set_iov(tx_, 1, &rest);
  nng_stream_send(stream_, tx_);
}

void NngConnection::wire_sent() {
  bool whole = false;
  {
    const std::lock_guard lock(sealing_);
    wire_at_ += nng_aio_count(tx_);
    if (wire_at_ < wire_.size()) return write_wire();
    writing_ = false;
    whole = message_ && length_left_ == 0 && sending_.empty();
    if (whole) message_ = false;
    encrypt_more();
  }
  if (whole) owner_.on_sent(*this);
}

}  // namespace colony
