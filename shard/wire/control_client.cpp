#include "shard/wire/control_client.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <nng/nng.h>
#include <nng/protocol/reqrep0/req.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <deque>
#include <mutex>
#include <set>
#include <span>
#include <thread>
#include <utility>

namespace colony {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;

std::string encode_one(const Report& report) { return encode(std::span(&report, 1)); }

nng_msg* new_message(std::string_view bytes) {
  nng_msg* message = nullptr;
  if (nng_msg_alloc(&message, 0) != 0 || nng_msg_append(message, bytes.data(), bytes.size()) != 0) throw std::bad_alloc();
  return message;
}

std::string_view text_of(nng_msg* message) { return {static_cast<const char*>(nng_msg_body(message)), nng_msg_len(message)}; }

std::uint64_t cpu_time_ns() {
  timespec time{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
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

/// Numeric address of our end of a pipe; empty where it has none.
std::string local_host(nng_pipe pipe) {
  nng_sockaddr address{};
  if (nng_pipe_get_addr(pipe, NNG_OPT_LOCADDR, &address) != 0) return {};
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (address.s_family == NNG_AF_INET) {
    ::inet_ntop(AF_INET, &address.s_in.sa_addr, text.data(), text.size());
  } else if (address.s_family == NNG_AF_INET6) {
    ::inet_ntop(AF_INET6, address.s_in6.sa_addr, text.data(), text.size());
  }
  return text.data();
}

}  // namespace

/// Two lanes take turns with exchanges: the coordinator holds the request of one until a newer one comes over the other. Beats have a lane
/// of their own, so that they never wait. A lane is an NNG context, which has one request under way at a time.
struct ControlClient::Impl {
  struct Lane {
    Impl* owner = nullptr;
    nng_ctx context = NNG_CTX_INITIALIZER;
    nng_aio* aio = nullptr;
    bool sending = false;       ///< belongs to whoever has the aio
    bool busy = false;          ///< by `mutex`, as what follows
    std::uint64_t request = 0;  ///< under way
  };

  explicit Impl(ControlClientOptions given) : options(std::move(given)) {}
  ~Impl() { shut(); }

  void open();
  void shake_hands();
  void start_lanes();
  void shut();
  bool call(nng_aio* aio, nng_ctx context, const std::string& request, Clock::time_point deadline, std::string& answer, int& from);

  void pump(bool poll);
  void start(Lane& lane, ControlRequest::Kind kind, std::string part);
  void take_answer(Lane& lane, std::string_view sealed);
  void lose(const std::string& reason);
  void beat();
  void on_lane(Lane& lane);
  void on_timer();
  void on_removed(int pipe);
  void sleep();

  const ControlClientOptions options;
  nng_socket socket = NNG_SOCKET_INITIALIZER;
  nng_dialer dialer = NNG_DIALER_INITIALIZER;
  nng_aio* timer = nullptr;
  bool opened = false;
  std::array<Lane, 3> lanes;
  Lane& beats = lanes[2];
  std::atomic<bool> closing = false, is_lost = false;

  std::mutex mutex;
  std::optional<MessageSeal> seal_;
  int pipe = 0;                 ///< of the handshake; 0 before it
  std::set<int> removed_early;  ///< pipes that went before the handshake was done
  OutStream out;
  InStream in;
  InOrder<ControlAnswer> answers;
  std::deque<Order> orders;
  std::uint64_t next_request = 1;
  std::uint64_t last_report = 0;  ///< newest request with a part of the stream of reports
  bool more = false;              ///< the coordinator has more orders than fitted
  bool flushing = false;
  Clock::time_point last_answer, next_beat;
  std::uint32_t missed_beats = 0;
  bool dialler_closed = false;
  std::string reason, host;

  std::mutex place_mutex;
  BeatReport place;
};

void ControlClient::Impl::open() {
  if (nng_req0_open(&socket) != 0) throw ControlError("NNG can't open a socket");
  opened = true;
  // Nothing is ever sent again on a new connection: a coordinator that does not know us is to say so.
  nng_socket_set_ms(socket, NNG_OPT_REQ_RESENDTIME, NNG_DURATION_INFINITE);
  nng_socket_set_size(socket, NNG_OPT_RECVMAXSZ, max_control_message_bytes);
  nng_socket_set_ms(socket, NNG_OPT_RECONNMINT, 20);
  nng_socket_set_ms(socket, NNG_OPT_RECONNMAXT, 200);
  nng_pipe_notify(
      socket, NNG_PIPE_EV_REM_POST, [](nng_pipe gone, nng_pipe_ev, void* self) { static_cast<Impl*>(self)->on_removed(nng_pipe_id(gone)); },
      this);
  int result = nng_dialer_create(&dialer, socket, options.url.c_str());
  if (result == 0) result = nng_dialer_start(dialer, NNG_FLAG_NONBLOCK);
  if (result != 0) throw ControlError("the coordinator's address \"" + options.url + "\" is of no use: " + nng_strerror(result));
}

/// One request and its answer, waited for. False when the connection went away or there was no time left.
bool ControlClient::Impl::call(nng_aio* aio, nng_ctx context, const std::string& request, Clock::time_point deadline, std::string& answer,
                               int& from) {
  const auto limit = [&] {
    nng_aio_set_timeout(aio, static_cast<nng_duration>(std::max<std::int64_t>(1, (deadline - Clock::now()) / milliseconds(1))));
  };
  limit();
  nng_aio_set_msg(aio, new_message(request));
  nng_ctx_send(context, aio);
  nng_aio_wait(aio);
  if (nng_aio_result(aio) != 0) {
    nng_msg_free(nng_aio_get_msg(aio));
    return false;
  }
  limit();
  nng_ctx_recv(context, aio);
  nng_aio_wait(aio);
  if (nng_aio_result(aio) != 0) return false;
  nng_msg* const message = nng_aio_get_msg(aio);
  answer = text_of(message);
  from = nng_pipe_id(nng_msg_get_pipe(message));
  if (const std::string here = local_host(nng_msg_get_pipe(message)); !here.empty()) host = here;
  nng_msg_free(message);
  return true;
}

void ControlClient::Impl::shake_hands() {
  const auto deadline = Clock::now() + nanoseconds(options.connect_timeout_ns);
  struct Call {
    Call(nng_socket on) {
      if (nng_ctx_open(&context, on) != 0 || nng_aio_alloc(&aio, nullptr, nullptr) != 0) throw ControlError("NNG is out of memory");
    }
    ~Call() {
      nng_ctx_close(context);
      nng_aio_free(aio);
    }
    nng_ctx context = NNG_CTX_INITIALIZER;
    nng_aio* aio = nullptr;
  } line(socket);
  bool answered = false;
  while (Clock::now() < deadline) {
    Handshake handshake(options.secret, Handshake::Role::dialler, control_purpose);
    std::string answer;
    int first = 0, second = 0;
    // A connection that goes away in the middle is tried again from the beginning: the coordinator may be crowded, or just starting.
    if (!call(line.aio, line.context, handshake.hello(), deadline, answer, first)) continue;
    answered = true;
    const std::optional<std::string> proof = handshake.answer(answer);
    if (!call(line.aio, line.context, *proof, deadline, answer, second)) continue;
    MessageSeal seal(handshake.session_key(), Handshake::Role::dialler);
    open_answer(seal, answer);
    const std::lock_guard lock(mutex);
    if (first != second || removed_early.contains(first)) continue;
    seal_ = std::move(seal);
    pipe = first;
    return;
  }
  throw ControlError("no coordinator at " + options.url + " within " + std::to_string(options.connect_timeout_ns / 1'000'000) + " ms" +
                     (answered ? ": something answers there and closes the connection before it is made" : ""));
}

void ControlClient::Impl::start_lanes() {
  for (Lane& lane : lanes) {
    lane.owner = this;
    const auto callback = [](void* self) { static_cast<Lane*>(self)->owner->on_lane(*static_cast<Lane*>(self)); };
    if (nng_ctx_open(&lane.context, socket) != 0 || nng_aio_alloc(&lane.aio, callback, &lane) != 0) {
      throw ControlError("NNG is out of memory");
    }
  }
  if (nng_aio_alloc(
          &timer, [](void* self) { static_cast<Impl*>(self)->on_timer(); }, this) != 0)
    throw ControlError("NNG is out of memory");
  last_answer = Clock::now();
  next_beat = last_answer + nanoseconds(options.heartbeat_ns);
  sleep();
}

void ControlClient::Impl::shut() {
  closing = true;
  if (timer != nullptr) nng_aio_stop(timer);
  if (opened) nng_close(socket);  // ends what is under way; no pipe is left when it returns
  for (Lane& lane : lanes) {
    if (lane.aio != nullptr) nng_aio_stop(lane.aio);
  }
  for (Lane& lane : lanes) {
    if (lane.sending) nng_msg_free(nng_aio_get_msg(lane.aio));  // it was too late to send it
    if (lane.aio != nullptr) nng_aio_free(lane.aio);
  }
  if (timer != nullptr) nng_aio_free(timer);
}

/// Starts what there is to say, and a lane for. By `mutex`.
void ControlClient::Impl::pump(bool poll) {
  while (!closing && !is_lost) {
    Lane& lane = lanes[0].busy ? lanes[1] : lanes[0];
    const Lane& other = lanes[0].busy ? lanes[0] : lanes[1];
    if (lane.busy) return;
    const bool fetch = (poll || more) && !other.busy;
    const bool push = flushing && other.busy && other.request == last_report;  // what is newer makes the coordinator answer this one
    if (out.empty() && !fetch && !push) return;
    if (!out.empty()) last_report = next_request;
    poll = more = false;
    start(lane, ControlRequest::Kind::exchange, out.take(max_control_part_bytes));
  }
}

void ControlClient::Impl::start(Lane& lane, ControlRequest::Kind kind, std::string part) {
  lane.busy = lane.sending = true;
  lane.request = next_request++;
  nng_aio_set_msg(lane.aio, new_message(seal(*seal_, ControlRequest{lane.request, kind, std::move(part)})));
  nng_ctx_send(lane.context, lane.aio);
}

void ControlClient::Impl::on_lane(Lane& lane) {
  const int result = nng_aio_result(lane.aio);
  if (result != 0) {
    if (std::exchange(lane.sending, false)) nng_msg_free(nng_aio_get_msg(lane.aio));
    if (!closing) lose(std::string("the connection to the coordinator broke: ") + nng_strerror(result));
    return;
  }
  if (lane.sending) {
    lane.sending = false;
    nng_ctx_recv(lane.context, lane.aio);
    return;
  }
  nng_msg* const message = nng_aio_get_msg(lane.aio);
  try {
    take_answer(lane, text_of(message));
  } catch (const Error& error) {
    lose(std::string("the coordinator broke the protocol: ") + error.what());
  }
  nng_msg_free(message);
}

void ControlClient::Impl::take_answer(Lane& lane, std::string_view sealed) {
  ControlAnswer answer = open_answer(*seal_, sealed);
  bool arrived = false;
  {
    const std::lock_guard lock(mutex);
    if (answer.request != lane.request) throw WireError("an answer to another request");
    lane.busy = false;
    if (&lane == &beats) missed_beats = 0;
    else last_answer = Clock::now();
    answers.put(answer.sequence, std::move(answer));
    while (auto next = answers.take()) {
      for (const std::string& item : in.put(next->part)) {
        for (Order& order : decode_orders(item)) orders.push_back(std::move(order));
        arrived = true;
      }
      more = more || next->more;
    }
    pump(false);
  }
  if (arrived && options.wake) options.wake();
}

void ControlClient::Impl::lose(const std::string& why) {
  {
    const std::lock_guard lock(mutex);
    if (is_lost) return;
    reason = why;
    is_lost = true;
  }
  if (options.wake) options.wake();
}

void ControlClient::Impl::on_removed(int gone) {
  if (closing) return;
  {
    const std::lock_guard lock(mutex);
    if (pipe == 0) removed_early.insert(gone);
    if (gone != pipe) return;
  }
  lose("the coordinator closed the connection, or is gone");
}

void ControlClient::Impl::sleep() {
  const auto interval = std::min(options.poll_after_ns, options.heartbeat_ns);
  nng_sleep_aio(static_cast<nng_duration>(std::max<std::uint64_t>(1, interval / 1'000'000)), timer);
}

void ControlClient::Impl::on_timer() {
  if (nng_aio_result(timer) != 0 || closing) return;
  if (is_lost) {
    if (!std::exchange(dialler_closed, true)) nng_dialer_close(dialer);  // or it would knock at the door for ever
    return;
  }
  if (Clock::now() >= next_beat) {
    next_beat = Clock::now() + nanoseconds(options.heartbeat_ns);
    beat();
  }
  {
    const std::lock_guard lock(mutex);
    const bool idle = !lanes[0].busy && !lanes[1].busy && Clock::now() - last_answer >= nanoseconds(options.poll_after_ns);
    if (idle) pump(true);
  }
  sleep();
}

/// Misses are counted in beats, not in time: a process that was stopped for a while does not take that for the coordinator's silence.
void ControlClient::Impl::beat() {
  BeatReport report;
  {
    const std::lock_guard lock(place_mutex);
    report = place;
  }
  report.cpu_ns = cpu_time_ns();
  report.resident_bytes = resident_bytes();
  bool silent = false;
  {
    const std::lock_guard lock(mutex);
    if (!beats.busy) start(beats, ControlRequest::Kind::beat, encode_one(report));
    else silent = ++missed_beats >= options.heartbeat_misses;
  }
  if (silent) lose("the coordinator has not answered " + std::to_string(options.heartbeat_misses) + " heartbeats");
}

ControlClient::ControlClient(ControlClientOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {
  impl_->open();
  impl_->shake_hands();
  impl_->start_lanes();
}

ControlClient::~ControlClient() = default;

void ControlClient::send(const Report& report) {
  std::string item = encode_one(report);
  const std::lock_guard lock(impl_->mutex);
  impl_->out.push(std::move(item));
  impl_->pump(false);
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
  const auto deadline = Clock::now() + nanoseconds(timeout_ns);
  while (true) {
    {
      const std::lock_guard lock(impl_->mutex);
      const auto under_way = [&](const Impl::Lane& lane) { return lane.busy && lane.request <= impl_->last_report; };
      const bool done = impl_->out.empty() && !under_way(impl_->lanes[0]) && !under_way(impl_->lanes[1]);
      impl_->flushing = !done && Clock::now() < deadline;
      if (done) return !lost();
      if (!impl_->flushing || lost()) return false;
      impl_->pump(false);
    }
    std::this_thread::sleep_for(nanoseconds(200'000));  // once in a member's life
  }
}

bool ControlClient::lost() const { return impl_->is_lost; }

std::string ControlClient::lost_reason() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->reason;
}

std::string ControlClient::host_in_use() const { return impl_->host; }

}  // namespace colony
