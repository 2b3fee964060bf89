#include "shard/wire/control_stream.hpp"

#include <nng/nng.h>

#include <algorithm>
#include <cstring>
#include <span>
#include <utility>

#include "shard/wire/control_protocol.hpp"

namespace colony {
namespace {

constexpr std::size_t length_bytes = 4, first_buffer_bytes = 1024;

std::size_t length_at(const char* bytes) {
  std::size_t length = 0;
  for (std::size_t i = 0; i < length_bytes; ++i) length |= std::size_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
  return length;
}

}  // namespace

std::string framed(std::string_view message) {
  std::string bytes;
  bytes.reserve(length_bytes + message.size());
  for (std::size_t i = 0; i < length_bytes; ++i) bytes += static_cast<char>(message.size() >> (8 * i));
  bytes += message;
  return bytes;
}

ControlStream::ControlStream(nng_stream* stream, ControlStreamOwner& owner, std::size_t max_bytes, std::unique_ptr<TlsSession> tls)
    : stream_(stream), owner_(owner), max_bytes_(max_bytes), incoming_(first_buffer_bytes, '\0'), tls_(std::move(tls)) {
  const bool good = nng_aio_alloc(
                        &reader_, [](void* self) { static_cast<ControlStream*>(self)->on_read(); }, this) == 0 &&
                    nng_aio_alloc(
                        &writer_, [](void* self) { static_cast<ControlStream*>(self)->on_written(); }, this) == 0;
  COLONY_ASSERT(good, "NNG is out of memory");
}

ControlStream::~ControlStream() {
  close();
  nng_aio_stop(reader_);
  nng_aio_stop(writer_);
  nng_aio_free(reader_);
  nng_aio_free(writer_);
  nng_stream_free(stream_);
}

void ControlStream::close() {
  over_ = true;
  nng_stream_close(stream_);
}

void ControlStream::break_off(std::string reason) {
  {
    const std::lock_guard lock(mutex_);
    fault_ = std::move(reason);
  }
  broken_off_ = true;
  nng_stream_close(stream_);  // the reader comes by, and tells
}

void ControlStream::end(const std::string& reason, bool fault) {
  if (over_.exchange(true)) return;
  nng_stream_close(stream_);
  owner_.ended(reason, fault);
}

/// What the session has already may be a message: it is looked at first.
void ControlStream::start() {
  if (tls_) take_arrived();
  else read();
}

void ControlStream::read() {
  nng_iov space{incoming_.data() + filled_, incoming_.size() - filled_};
  if (tls_) {
    const std::span<std::byte> encrypted = tls_->space();
    space = {encrypted.data(), encrypted.size()};
  }
  nng_aio_set_iov(reader_, 1, &space);
  nng_stream_recv(stream_, reader_);
  // What begins after the stream was closed NNG (1.5.2) never ends.
  if (broken_off_) nng_aio_abort(reader_, NNG_ECLOSED);
}

void ControlStream::on_read() {
  if (const int result = nng_aio_result(reader_); result != 0) {
    std::string fault;
    {
      const std::lock_guard lock(mutex_);
      fault = fault_;
    }
    if (!fault.empty()) return end(fault, true);
    const bool left = result == NNG_ECONNSHUT || result == NNG_ECLOSED || result == NNG_ECONNRESET;
    return end(left ? "the other end closed the connection, or is gone" : std::string("the connection broke: ") + nng_strerror(result),
               false);
  }
  if (tls_) tls_->arrived(nng_aio_count(reader_));
  else filled_ += nng_aio_count(reader_);
  take_arrived();
}

void ControlStream::take_arrived() {
  try {
    if (tls_ ? take_encrypted() : take_messages()) read();
  } catch (const Error& error) {
    end(error.what(), true);
  }
}

/// Takes all that has come. False when the stream is over.
bool ControlStream::take_encrypted() {
  for (;;) {
    std::size_t bytes = 0;
    {
      const std::lock_guard lock(mutex_);
      bytes = tls_->read(std::as_writable_bytes(std::span(incoming_)).subspan(filled_));
      // An answer of the handshake, or what waited for its end.
      if (bytes == 0 && !std::exchange(writing_, true)) send_next();
    }
    if (bytes == 0) break;
    filled_ += bytes;
    if (!take_messages()) return false;
  }
  if (tls_->ended()) end("the other end closed the connection, or is gone", false);
  return !over_;
}

/// Takes those that are whole, and makes room for more. False when the stream is over.
bool ControlStream::take_messages() {
  std::size_t at = 0;
  while (filled_ - at >= length_bytes) {
    const std::size_t length = length_at(incoming_.data() + at);
    if (length == 0 || length > max_bytes_) {
      end("a message of " + std::to_string(length) + " bytes is announced, " + std::to_string(max_bytes_) + " are allowed", true);
      return false;
    }
    if (filled_ - at - length_bytes < length) {
      incoming_.resize(std::max(incoming_.size(), length_bytes + length));
      break;
    }
    if (over_) return false;
    owner_.take({incoming_.data() + at + length_bytes, length});
    at += length_bytes + length;
  }
  filled_ -= at;
  if (at > 0) std::memmove(incoming_.data(), incoming_.data() + at, filled_);
  return !over_;
}

void ControlStream::wake() {
  const std::lock_guard lock(mutex_);
  if (!std::exchange(writing_, true)) send_next();
}

void ControlStream::send_next() {
  const bool ready = !over_ && (!tls_ || tls_->established());
  const std::string message = ready ? owner_.next() : std::string();
  outgoing_ = message.empty() ? std::string() : framed(message);
  if (tls_) {
    if (!outgoing_.empty()) tls_->write(std::as_bytes(std::span(outgoing_)));
    tls_->take_output(encrypted_);
  }
  written_ = 0;
  if (tls_ ? encrypted_.empty() : outgoing_.empty()) {
    writing_ = false;
    return;
  }
  write();
}

void ControlStream::write() {
  nng_iov rest{outgoing_.data() + written_, outgoing_.size() - written_};
  if (tls_) rest = {encrypted_.data() + written_, encrypted_.size() - written_};
  nng_aio_set_iov(writer_, 1, &rest);
  nng_stream_send(stream_, writer_);
}

void ControlStream::on_written() {
  // A broken connection is told by the reader, which may have more to take before it comes to that.
  if (nng_aio_result(writer_) != 0 || over_) return;
  const std::lock_guard lock(mutex_);
  written_ += nng_aio_count(writer_);
  if (written_ < (tls_ ? encrypted_.size() : outgoing_.size())) write();
  else send_next();
}

}  // namespace colony
