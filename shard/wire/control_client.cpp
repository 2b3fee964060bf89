#include "shard/wire/control_client.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <nng/nng.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <deque>
#include <mutex>
#include <span>
#include <thread>
#include <utility>
#include <vector>

#include "shard/wire/control_stream.hpp"

namespace colony {
namespace {

constexpr std::uint64_t first_pause_ns = 20'000'000, longest_pause_ns = 200'000'000;  // between tries to connect

std::string encode_one(const Report& report) { return encode(std::span(&report, 1)); }

std::uint64_t cpu_time_ns() {
  timespec time{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);  // not time: work of the processors
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(time.tv_nsec);
}

/// 0 where /proc does not tell.
std::uint64_t resident_bytes() {
  const int file = ::open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  std::array<char, 128> text{};
  const ssize_t got = ::read(file, text.data(), text.size() - 1);
  ::close(file);
  if (got <= 0) return 0;
  char* second = nullptr;
  std::strtoull(text.data(), &second, 10);  // all pages; resident ones come second
  return std::strtoull(second, nullptr, 10) * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

/// Numeric address of our end; empty where it has none.
std::string local_host(nng_stream* stream) {
  nng_sockaddr address{};
  if (nng_stream_get_addr(stream, NNG_OPT_LOCADDR, &address) != 0) return {};
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (address.s_family == NNG_AF_INET) {
    ::inet_ntop(AF_INET, &address.s_in.sa_addr, text.data(), text.size());
  } else if (address.s_family == NNG_AF_INET6) {
    ::inet_ntop(AF_INET6, address.s_in6.sa_addr, text.data(), text.size());
  }
  return text.data();
}

/// The connection while it is being made, waited for at every step, until a deadline. What fails returns false.
class Caller {
 public:
  Caller(Clock& clock, std::uint64_t deadline_ns, const std::string& url, const TlsIdentity& tls)
      : clock_(clock), deadline_ns_(deadline_ns), tls_(tls) {
    const int result = nng_stream_dialer_alloc(&dialer_, url.c_str());
    if (result != 0) throw ControlError("the coordinator's address \"" + url + "\" is of no use: " + nng_strerror(result));
    nng_stream_dialer_set_bool(dialer_, NNG_OPT_TCP_NODELAY, true);  // where it is TCP: small messages must not wait for each other
    COLONY_ASSERT(nng_aio_alloc(&aio_, nullptr, nullptr) == 0, "NNG is out of memory");
  }
  ~Caller() {
    hang_up();
    nng_stream_dialer_close(dialer_);
    nng_aio_stop(aio_);
    nng_aio_free(aio_);
    nng_stream_dialer_free(dialer_);
  }
  Caller(const Caller&) = delete;
  Caller& operator=(const Caller&) = delete;

  /// Until the deadline; 0 from then on.
  std::uint64_t left_ns() const {
    const std::uint64_t now_ns = clock_.now_ns();
    return now_ns < deadline_ns_ ? deadline_ns_ - now_ns : 0;
  }
  bool dial() {
    hang_up();
    set_limit();
    nng_stream_dialer_dial(dialer_, aio_);
    if (!done()) return false;
    stream_ = static_cast<nng_stream*>(nng_aio_get_output(aio_, 0));
    return true;
  }
  /// TLS, where it is wanted.
  bool encrypt() {
    if (tls_.none()) return true;
    session_ = std::make_unique<TlsSession>(tls_, Handshake::Role::dialler);
    while (!session_->handshake())
      if (!put_output() || session_->ended() || !get_input()) return false;
    return put_output();
  }
  bool send(const std::string& message) {
    const std::string bytes = framed(message);
    const auto plain = std::as_bytes(std::span(bytes));
    if (!session_) return put(plain);
    return session_->write(plain) && put_output();
  }
  /// Reads no byte beyond the message: the bytes behind it are for another reader, and are left in the session.
  bool receive(std::string& message) {
    std::string length(4, '\0');
    if (!fill(length)) return false;
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < 4; ++i) bytes |= std::size_t{static_cast<unsigned char>(length[i])} << (8 * i);
    if (bytes > max_handshake_bytes) throw AuthError("the other end does not speak colony's handshake");
    message.assign(bytes, '\0');
    return fill(message);
  }
  nng_stream* take() { return std::exchange(stream_, nullptr); }
  std::unique_ptr<TlsSession> take_session() { return std::move(session_); }

 private:
  void set_limit() { nng_aio_set_timeout(aio_, static_cast<nng_duration>(std::max<std::uint64_t>(1, left_ns() / 1'000'000))); }
  bool done() {
    nng_aio_wait(aio_);
    return nng_aio_result(aio_) == 0;
  }
  bool fill(std::string& bytes) {
    auto rest = std::as_writable_bytes(std::span(bytes));
    while (!rest.empty()) {
      std::size_t got = session_ ? session_->read(rest) : 0;
      if (!session_ && !get(rest, got)) return false;
      rest = rest.subspan(got);
      if (session_ && got == 0 && (session_->ended() || !put_output() || !get_input())) return false;
    }
    return true;
  }
  bool put(std::span<const std::byte> bytes) {
    for (std::size_t at = 0; at < bytes.size(); at += nng_aio_count(aio_)) {
      nng_iov rest{const_cast<std::byte*>(bytes.data()) + at, bytes.size() - at};
      set_limit();
      nng_aio_set_iov(aio_, 1, &rest);
      nng_stream_send(stream_, aio_);
      if (!done()) return false;
    }
    return true;
  }
  bool get(std::span<std::byte> to, std::size_t& got) {
    nng_iov space{to.data(), to.size()};
    set_limit();
    nng_aio_set_iov(aio_, 1, &space);
    nng_stream_recv(stream_, aio_);
    got = done() ? nng_aio_count(aio_) : 0;
    return got > 0;
  }
  bool put_output() {
    session_->take_output(wire_);
    return put(wire_);
  }
  bool get_input() {
    std::size_t got = 0;
    if (!get(session_->space(), got)) return false;
    session_->arrived(got);
    return true;
  }
  void hang_up() {
    session_.reset();
    if (stream_ != nullptr) nng_stream_free(std::exchange(stream_, nullptr));
  }
  Clock& clock_;
  const std::uint64_t deadline_ns_;
  const TlsIdentity tls_;
  std::unique_ptr<TlsSession> session_;
  std::vector<std::byte> wire_;
  nng_stream_dialer* dialer_ = nullptr;
  nng_stream* stream_ = nullptr;
  nng_aio* aio_ = nullptr;
};

}  // namespace

struct ControlClient::Impl final : ControlStreamOwner {
  Impl(Clock& clock_, ControlClientOptions given) : clock(clock_), options(std::move(given)) {}
  ~Impl() override {
    closing = true;
    if (timer != nullptr) nng_aio_stop(timer);
    stream.reset();
    if (timer != nullptr) nng_aio_free(timer);
  }

  void connect();
  bool shake_hands(Caller& caller);
  void begin(Caller& caller);

  void take(std::string_view message) override;
  std::string next() override;
  void ended(const std::string& why, bool) override { lose("lost the coordinator: " + why); }

  void lose(const std::string& why);
  void on_timer();
  std::string beat_item();
  void sleep() { nng_sleep_aio(static_cast<nng_duration>(std::max<std::uint64_t>(1, options.heartbeat_ns / 1'000'000)), timer); }

  Clock& clock;
  const ControlClientOptions options;
  std::string host;
  nng_aio* timer = nullptr;
  std::atomic<bool> closing = false, is_lost = false;
  std::uint32_t missed_beats = 0;  ///< the timer's

  std::mutex mutex;  ///< for what follows
  std::optional<ControlVoice> voice;
  OutStream out;
  InStream in;
  std::deque<Order> orders;
  std::string beat;  ///< an item that waits to be sent
  bool flush_asked = false;
  std::uint64_t last_ask = 0, last_echo = 0, flush_ask = 0, beat_ask = 0;
  std::string reason;

  std::mutex place_mutex;
  BeatReport place;

  std::unique_ptr<ControlStream> stream;  ///< last: its calls use the rest
};

void ControlClient::Impl::connect() {
  const bool wire_is_open = options.url.starts_with("tcp://");
  Caller caller(clock, clock.now_ns() + options.connect_timeout_ns, options.url, wire_is_open ? options.tls : TlsIdentity());
  bool answered = false;
  for (std::uint64_t pause_ns = first_pause_ns; caller.left_ns() > 0; pause_ns = std::min(2 * pause_ns, longest_pause_ns)) {
    // A connection that goes away in the middle is tried again from the beginning: the coordinator may be crowded, or just starting.
    if (caller.dial()) {
      answered = true;
      if (shake_hands(caller)) return begin(caller);
    }
    std::this_thread::sleep_for(std::chrono::nanoseconds(std::min(pause_ns, caller.left_ns())));
  }
  throw ControlError("no coordinator at " + options.url + " within " + std::to_string(options.connect_timeout_ns / 1'000'000) + " ms" +
                     (answered ? ": something listens there and closes the connection before it is made, or says nothing" : ""));
}

bool ControlClient::Impl::shake_hands(Caller& caller) {
  Handshake handshake(options.secret, Handshake::Role::dialler, control_purpose);
  std::string answer;
  if (!caller.encrypt() || !caller.send(handshake.hello()) || !caller.receive(answer)) return false;
  if (!caller.send(handshake.answer(answer).value()) || !caller.receive(answer)) return false;
  voice.emplace(MessageSeal(handshake.session_key(), Handshake::Role::dialler));
  echoed(voice->hear(answer));
  return true;
}

void ControlClient::Impl::begin(Caller& caller) {
  nng_stream* const connection = caller.take();
  host = local_host(connection);
  stream = std::make_unique<ControlStream>(connection, *this, max_control_message_bytes, caller.take_session());
  const auto callback = [](void* self) { static_cast<Impl*>(self)->on_timer(); };
  COLONY_ASSERT(nng_aio_alloc(&timer, callback, this) == 0, "NNG is out of memory");
  stream->start();
  sleep();
}

void ControlClient::Impl::take(std::string_view message) {
  bool arrived = false;
  {
    const std::lock_guard lock(mutex);
    const ControlMessage heard = voice->hear(message);
    switch (heard.kind) {
      case ControlMessage::Kind::echo: {
        const std::uint64_t of = echoed(heard);
        if (of <= last_echo || of > last_ask) throw WireError("an echo of " + std::to_string(of));
        last_echo = of;
        break;
      }
      case ControlMessage::Kind::part:
        for (const std::string& item : in.put(heard.text)) {
          for (Order& order : decode_orders(item)) orders.push_back(std::move(order));
          arrived = true;
        }
        break;
      case ControlMessage::Kind::ask: throw WireError("a question to a member");
    }
  }
  if (arrived && options.wake) options.wake();
}

std::string ControlClient::Impl::next() {
  const std::lock_guard lock(mutex);
  if (!beat.empty()) {
    std::string message = voice->say({ControlMessage::Kind::ask, std::exchange(beat, {})}, &last_ask);
    beat_ask = last_ask;
    return message;
  }
  if (!out.empty()) return voice->say({ControlMessage::Kind::part, out.take(max_control_part_bytes)});
  if (!std::exchange(flush_asked, false)) return {};
  std::string message = voice->say({ControlMessage::Kind::ask, {}}, &last_ask);
  flush_ask = last_ask;
  return message;
}

void ControlClient::Impl::lose(const std::string& why) {
  {
    const std::lock_guard lock(mutex);
    if (is_lost) return;
    reason = why;
    is_lost = true;
  }
  if (!closing && options.wake) options.wake();
}

/// Misses are counted in beats, not in time: a process that was stopped for a while does not take that for the coordinator's silence.
void ControlClient::Impl::on_timer() {
  if (nng_aio_result(timer) != 0 || closing || is_lost) return;
  std::string item = beat_item();
  bool answered = false;
  {
    const std::lock_guard lock(mutex);
    answered = beat.empty() && last_echo >= beat_ask;
    if (answered) beat = std::move(item);
  }
  missed_beats = answered ? 0 : missed_beats + 1;
  if (missed_beats >= options.heartbeat_misses) {
    stream->close();
    return lose("lost the coordinator: it has not answered for " + std::to_string(options.heartbeat_misses) + " heartbeats");
  }
  stream->wake();
  sleep();
}

std::string ControlClient::Impl::beat_item() {
  BeatReport report;
  {
    const std::lock_guard lock(place_mutex);
    report = place;
  }
  report.cpu_ns = cpu_time_ns();
  report.resident_bytes = resident_bytes();
  return encode_one(report);
}

ControlClient::ControlClient(Clock& clock, ControlClientOptions options) : impl_(std::make_unique<Impl>(clock, std::move(options))) {
  impl_->connect();
}

ControlClient::~ControlClient() = default;

void ControlClient::send(const Report& report) {
  std::string item = encode_one(report);
  {
    const std::lock_guard lock(impl_->mutex);
    if (impl_->is_lost) return;
    impl_->out.push(std::move(item));
  }
  impl_->stream->wake();
}

std::optional<Order> ControlClient::poll() {
  const std::lock_guard lock(impl_->mutex);
  if (impl_->orders.empty()) return std::nullopt;
  std::optional<Order> order(std::move(impl_->orders.front()));
  impl_->orders.pop_front();
  return order;
}

void ControlClient::set_place(std::uint64_t epoch, Tick tick, std::uint32_t phase) {
  const std::lock_guard lock(impl_->place_mutex);
  impl_->place.epoch = epoch;
  impl_->place.tick = tick;
  impl_->place.phase = phase;
}

bool ControlClient::flush(std::uint64_t timeout_ns) {
  const std::uint64_t begin_ns = impl_->clock.now_ns();
  std::uint64_t before = 0;
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->flush_asked = true;
    before = impl_->flush_ask;
  }
  impl_->stream->wake();
  while (!lost() && impl_->clock.now_ns() - begin_ns < timeout_ns) {
    {
      const std::lock_guard lock(impl_->mutex);
      if (impl_->flush_ask > before && impl_->last_echo >= impl_->flush_ask) return true;
    }
    std::this_thread::sleep_for(std::chrono::microseconds(200));  // once in a member's life
  }
  return false;
}

bool ControlClient::lost() const { return impl_->is_lost; }

std::string ControlClient::lost_reason() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->reason;
}

std::string ControlClient::host_in_use() const { return impl_->host; }

}  // namespace colony
