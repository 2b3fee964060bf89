#include "shard/nng_connection.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <exception>
#include <new>

#include "engine/error.hpp"

namespace colony {
namespace {

constexpr std::size_t staged_bytes = std::size_t{64} << 10;

}  // namespace

NngConnection::NngConnection(nng_stream* stream, Owner& owner, std::size_t max_message_bytes)
    : stream_(stream), owner_(owner), max_bytes_(max_message_bytes), staged_(length_bytes + max_message_bytes) {
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

NngConnection::~NngConnection() {
  close();
  nng_aio_stop(rx_);
  nng_aio_stop(tx_);
  nng_aio_free(rx_);
  nng_aio_free(tx_);
  nng_stream_free(stream_);
}

/// The stream is closed even if another thread is about to do so: when this returns, NNG reads nothing more of what is being sent.
void NngConnection::close() {
  closed_ = true;
  nng_stream_close(stream_);
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
}

void NngConnection::receive() {
  nng_iov parts[2];
  unsigned count = 0;
  if (body_left_ > 0) parts[count++] = {body_, body_left_};
  parts[count++] = {staged_.data() + staged_end_, staged_.size() - staged_end_};
  nng_aio_set_iov(rx_, count, parts);
  nng_stream_recv(stream_, rx_);
}

/// An exception must not reach NNG, which is C: whatever goes wrong here ends this connection and nothing else.
void NngConnection::received() {
  if (const int error = nng_aio_result(rx_); error != 0) return broken(nng_strerror(static_cast<int>(error)));
  try {
    std::size_t bytes = nng_aio_count(rx_);
    if (body_left_ > 0) {
      const std::size_t of_body = std::min(bytes, body_left_);
      body_ += of_body;
      body_left_ -= of_body;
      bytes -= of_body;
      if (body_left_ == 0) finish_frame();
    }
    staged_end_ += bytes;
    if (take_staged() && !closed_.load()) receive();
  } catch (const std::exception& error) {
    broken(error.what());
  }
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
  sending_length_ = message.size();
  length_left_ = length_bytes;
  sending_ = message;
  transmit();
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
  const std::size_t bytes = nng_aio_count(tx_), of_length = std::min(bytes, length_left_);
  length_left_ -= of_length;
  sending_ = sending_.subspan(bytes - of_length);
  if (length_left_ > 0 || !sending_.empty()) return transmit();
  owner_.on_sent(*this);
}

}  // namespace colony
