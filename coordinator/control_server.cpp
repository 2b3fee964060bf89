#include "coordinator/control_server.hpp"

#include <arpa/inet.h>
#include <nng/nng.h>
#include <nng/protocol/reqrep0/rep.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <list>
#include <mutex>
#include <new>
#include <optional>
#include <span>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace colony {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::nanoseconds;

/// Contexts that wait for requests at any time. NNG keeps one message a pipe while none is free.
constexpr int spare_lanes = 8;

/// The host of tcp://host:port, without brackets; nothing where the url is none of that form.
std::optional<std::string> tcp_host(const std::string& url) {
  constexpr std::string_view scheme = "tcp://";
  const std::size_t colon = url.rfind(':');
  if (!url.starts_with(scheme) || colon == std::string::npos || colon < scheme.size()) return std::nullopt;
  std::string host = url.substr(scheme.size(), colon - scheme.size());
  if (host.size() > 1 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  return host;
}

bool is_loopback(const std::string& host) {
  std::array<unsigned char, 16> address{};
  if (::inet_pton(AF_INET, host.c_str(), address.data()) == 1) return address[0] == 127;
  return host == "localhost" || host == "::1";
}

void check_url(const std::string& url, bool secret) {
  if (url.starts_with("ipc://")) return;
  const std::optional<std::string> host = tcp_host(url);
  if (!host) throw UsageError("can't listen on \"" + url + "\": tcp://address:port or ipc:///path is wanted");
  if (secret || is_loopback(*host)) return;
  throw UsageError("will not listen on \"" + url +
                   "\" without a secret: whoever reaches that address could steer the run. Set cluster.secret_file to a file that only you "
                   "can read, the same for all members, or listen on tcp://127.0.0.1:0 or ipc:///path");
}

nng_msg* new_message(std::string_view bytes) {
  nng_msg* message = nullptr;
  if (nng_msg_alloc(&message, 0) != 0 || nng_msg_append(message, bytes.data(), bytes.size()) != 0) throw std::bad_alloc();
  return message;
}

std::string_view text_of(nng_msg* message) { return {static_cast<const char*>(nng_msg_body(message)), nng_msg_len(message)}; }

}  // namespace

/// Locks: `table` for who is there, one in each session for what it says. A session's may be held while `table` or `batch` is taken, never
/// the other way round; no handler is called under any.
struct ControlServer::Impl {
  /// An NNG context: takes a request, keeps it until its answer is due, sends that, takes the next one.
  struct Lane {
    Impl* owner = nullptr;
    nng_ctx context = NNG_CTX_INITIALIZER;
    nng_aio* aio = nullptr;
    bool sending = false;
  };
  struct Request {
    ControlRequest text;
    Lane* lane;
  };
  struct Session {
    Session(nng_pipe on, const Secret& secret)
        : pipe(on), since(Clock::now()), handshake(secret, Handshake::Role::listener, control_purpose) {}
    const nng_pipe pipe;
    const Clock::time_point since;

    ConnectionId id;                ///< by `table`, until `counts`
    std::list<int>::iterator door;  ///< by `table`: its place among the strangers, while it is one

    std::mutex mutex;  ///< for the rest
    Handshake handshake;
    std::optional<MessageSeal> seal;
    bool counts = false;       ///< the handshake is done
    bool gone = false;         ///< nothing of it is taken any more
    bool told = false;         ///< ... and whoever has to know does
    bool broken = false;       ///< it broke the rules: not even what has arrived is taken
    bool delivering = false;   ///< a thread calls its handlers
    std::string reason;        ///< why it is gone
    InOrder<Request> arrived;  ///< requests whose turn has not come
    std::vector<Lane*> lanes;  ///< that wait in `arrived`
    std::optional<std::pair<Lane*, std::uint64_t>> held;
    std::uint64_t next_answer = 1;
    InStream in;
    OutStream out;
  };
  using SessionPtr = std::shared_ptr<Session>;

  explicit Impl(ControlServerOptions given) : options(std::move(given)) {}
  ~Impl() { shut(); }

  void listen();
  void shut();

  void add_lane();
  void receive(Lane& lane);
  void reply(Lane& lane, const std::string& text);
  void on_lane(Lane& lane);
  void on_request(Lane& lane, const SessionPtr& session, std::string_view text);

  void on_new_pipe(nng_pipe pipe);
  void on_removed(nng_pipe pipe);
  void on_timer();

  void greet(Lane& lane, const SessionPtr& session, std::string_view text);
  bool admit(const SessionPtr& session);
  void part_with(const SessionPtr& session, const std::string& reason);
  void deliver(const SessionPtr& session);
  std::vector<std::string> process(Session& session, Request request);
  void answer(Session& session, Lane& lane, std::uint64_t request, bool empty);
  void answer_held(Session& session);
  void release_lanes(Session& session);
  SessionPtr find(ConnectionId connection);

  const ControlServerOptions options;
  nng_socket socket = NNG_SOCKET_INITIALIZER;
  nng_listener listener = NNG_LISTENER_INITIALIZER;
  nng_aio* timer = nullptr;
  bool opened = false;
  std::atomic<bool> closing = false;
  std::string url;

  std::mutex lanes_mutex;
  std::vector<std::unique_ptr<Lane>> lanes;
  std::atomic<int> receiving = 0;

  std::mutex table;
  std::unordered_map<int, SessionPtr> by_pipe;
  std::unordered_map<ConnectionId, SessionPtr> by_connection;
  std::list<int> strangers;  ///< pipes, the oldest first
  std::uint64_t next_connection = 1;
  ControlRefusals refusals;

  std::mutex batch;
  int batches = 0;
  std::vector<SessionPtr> touched;
};

// ---- Coming and going of the whole ----

void ControlServer::Impl::listen() {
  check_url(options.url, !options.secret.none());
  if (nng_rep0_open(&socket) != 0) throw ControlError("NNG can't open a socket");
  opened = true;
  nng_socket_set_size(socket, NNG_OPT_RECVMAXSZ, max_control_message_bytes);
  nng_pipe_notify(
      socket, NNG_PIPE_EV_ADD_PRE, [](nng_pipe pipe, nng_pipe_ev, void* self) { static_cast<Impl*>(self)->on_new_pipe(pipe); }, this);
  nng_pipe_notify(
      socket, NNG_PIPE_EV_REM_POST, [](nng_pipe pipe, nng_pipe_ev, void* self) { static_cast<Impl*>(self)->on_removed(pipe); }, this);
  if (nng_aio_alloc(
          &timer, [](void* self) { static_cast<Impl*>(self)->on_timer(); }, this) != 0)
    throw ControlError("NNG is out of memory");
  for (int i = 0; i < spare_lanes; ++i) add_lane();

  int result = nng_listener_create(&listener, socket, options.url.c_str());
  if (result == 0 && options.url.starts_with("ipc://")) nng_listener_set_int(listener, NNG_OPT_IPC_PERMISSIONS, 0600);
  if (result == 0) result = nng_listener_start(listener, 0);
  if (result != 0) throw ControlError("can't listen on \"" + options.url + "\": " + nng_strerror(result));
  url = options.url;
  char* bound = nullptr;
  if (nng_listener_get_string(listener, NNG_OPT_URL, &bound) == 0) {
    url = bound;
    nng_strfree(bound);
  }
  on_timer();
}

void ControlServer::Impl::shut() {
  closing = true;
  if (timer != nullptr) nng_aio_stop(timer);
  if (opened) nng_close(socket);  // ends what is under way; no pipe is left when it returns
  std::vector<std::unique_ptr<Lane>> last;
  {
    const std::lock_guard lock(lanes_mutex);
    last.swap(lanes);
  }
  for (const auto& lane : last) nng_aio_stop(lane->aio);
  for (const auto& lane : last) {
    if (lane->sending) nng_msg_free(nng_aio_get_msg(lane->aio));  // it was too late to send it
    nng_aio_free(lane->aio);
  }
  if (timer != nullptr) nng_aio_free(timer);
}

void ControlServer::Impl::on_timer() {
  if (closing || nng_aio_result(timer) != 0) return;
  std::vector<SessionPtr> late;
  {
    const std::lock_guard lock(table);
    const auto limit = Clock::now() - nanoseconds(options.handshake_timeout_ns);
    for (const int pipe : strangers) {
      const SessionPtr& session = by_pipe.at(pipe);
      if (session->since > limit) break;
      late.push_back(session);
    }
    for (const SessionPtr& session : late) {
      strangers.erase(session->door);
      by_pipe.erase(nng_pipe_id(session->pipe));
    }
    refusals.late += late.size();
  }
  for (const SessionPtr& session : late) nng_pipe_close(session->pipe);
  nng_sleep_aio(static_cast<nng_duration>(std::clamp<std::uint64_t>(options.handshake_timeout_ns / 4'000'000, 1, 500)), timer);
}

// ---- Lanes ----

void ControlServer::Impl::add_lane() {
  auto lane = std::make_unique<Lane>();
  lane->owner = this;
  const auto callback = [](void* self) { static_cast<Lane*>(self)->owner->on_lane(*static_cast<Lane*>(self)); };
  const std::lock_guard lock(lanes_mutex);
  if (closing || nng_ctx_open(&lane->context, socket) != 0) return;
  if (nng_aio_alloc(&lane->aio, callback, lane.get()) != 0) {
    nng_ctx_close(lane->context);
    return;
  }
  lanes.push_back(std::move(lane));
  receive(*lanes.back());
}

void ControlServer::Impl::receive(Lane& lane) {
  ++receiving;
  nng_ctx_recv(lane.context, lane.aio);
}

void ControlServer::Impl::reply(Lane& lane, const std::string& text) {
  lane.sending = true;
  nng_aio_set_msg(lane.aio, new_message(text));
  nng_ctx_send(lane.context, lane.aio);  // to a pipe that is gone: as if it were sent
}

void ControlServer::Impl::on_lane(Lane& lane) {
  const int result = nng_aio_result(lane.aio);
  if (std::exchange(lane.sending, false)) {
    if (result != 0) nng_msg_free(nng_aio_get_msg(lane.aio));
    if (!closing) receive(lane);
    return;
  }
  const int left = --receiving;
  if (closing || result == NNG_ECLOSED || result == NNG_ECANCELED) return;
  if (result != 0) return receive(lane);
  nng_msg* const message = nng_aio_get_msg(lane.aio);
  if (left < spare_lanes) add_lane();  // this one may be held for long
  SessionPtr session;
  {
    const std::lock_guard lock(table);
    const auto found = by_pipe.find(nng_pipe_id(nng_msg_get_pipe(message)));
    if (found != by_pipe.end()) session = found->second;
  }
  if (session) on_request(lane, session, text_of(message));
  else receive(lane);
  nng_msg_free(message);
}

// ---- Strangers ----

void ControlServer::Impl::on_new_pipe(nng_pipe pipe) {
  SessionPtr oldest;
  {
    const std::lock_guard lock(table);
    // The oldest has to make room, not the newest to wait: a handshake takes a moment, and who only holds a place holds it in vain.
    if (strangers.size() >= options.max_strangers) {
      oldest = by_pipe.at(strangers.front());
      by_pipe.erase(strangers.front());
      strangers.pop_front();
      ++refusals.crowded;
    }
    auto session = std::make_shared<Session>(pipe, options.secret);
    session->door = strangers.insert(strangers.end(), nng_pipe_id(pipe));
    by_pipe.emplace(nng_pipe_id(pipe), std::move(session));
  }
  if (oldest) nng_pipe_close(oldest->pipe);
}

/// The handshake is done: a stranger becomes a connection, unless it has been shown the door meanwhile.
bool ControlServer::Impl::admit(const SessionPtr& session) {
  const std::lock_guard lock(table);
  if (!by_pipe.contains(nng_pipe_id(session->pipe))) return false;
  strangers.erase(session->door);
  session->door = strangers.end();
  session->id = ConnectionId(next_connection++);
  by_connection.emplace(session->id, session);
  return true;
}

/// By the session's lock.
void ControlServer::Impl::greet(Lane& lane, const SessionPtr& session, std::string_view text) {
  const std::optional<std::string> next = session->handshake.answer(text);
  if (!session->handshake.accepted()) return reply(lane, *next);
  if (!admit(session)) return receive(lane);
  session->seal.emplace(session->handshake.session_key(), Handshake::Role::listener);
  session->counts = true;
  reply(lane, seal(*session->seal, ControlAnswer{}));
}

// ---- Connections ----

void ControlServer::Impl::on_request(Lane& lane, const SessionPtr& session, std::string_view text) {
  {
    std::unique_lock lock(session->mutex);
    if (session->gone) return receive(lane);
    try {
      if (!session->counts) return greet(lane, session, text);
      ControlRequest request = open_request(*session->seal, text);
      const std::uint64_t sequence = request.sequence;
      session->arrived.put(sequence, {std::move(request), &lane});
    } catch (const Error& error) {
      lock.unlock();
      receive(lane);
      return part_with(session, error.what());
    }
    session->lanes.push_back(&lane);
  }
  deliver(session);
}

/// It broke the rules: nothing of it is taken any more.
void ControlServer::Impl::part_with(const SessionPtr& session, const std::string& reason) {
  bool counted = false;
  {
    const std::lock_guard lock(session->mutex);
    session->broken = true;
    if (std::exchange(session->gone, true)) return;
    session->reason = reason;
    counted = session->counts;
  }
  if (counted) {
    const std::lock_guard lock(table);
    ++refusals.members;
  }
  nng_pipe_close(session->pipe);
  deliver(session);
}

void ControlServer::Impl::on_removed(nng_pipe pipe) {
  SessionPtr session;
  {
    const std::lock_guard lock(table);
    const auto found = by_pipe.find(nng_pipe_id(pipe));
    if (found == by_pipe.end()) return;
    session = std::move(found->second);
    by_pipe.erase(found);
    if (session->door != strangers.end()) {
      strangers.erase(session->door);
      session->door = strangers.end();
      if (!closing) ++refusals.handshakes;
    }
    by_connection.erase(session->id);
  }
  {
    const std::lock_guard lock(session->mutex);
    if (!std::exchange(session->gone, true)) session->reason = "it closed the connection, or is gone";
  }
  deliver(session);
}

/// Calls the handlers for what is due, unless another thread is at it, which then sees this too.
void ControlServer::Impl::deliver(const SessionPtr& session) {
  std::unique_lock lock(session->mutex);
  if (session->delivering) return;
  session->delivering = true;
  while (!closing && !session->told) {
    std::optional<Request> request;
    if (!session->broken) request = session->arrived.take();
    if (!request) {
      if (!session->gone) break;
      session->told = true;
      if (!session->counts) break;
      lock.unlock();
      options.handlers.disconnected(session->id, session->reason);
      lock.lock();
      continue;
    }
    std::vector<std::string> items;
    std::string fault;
    try {
      items = process(*session, std::move(*request));
    } catch (const Error& error) {
      fault = error.what();
    }
    lock.unlock();
    for (const std::string& item : items) {
      try {
        for (Report& report : decode_reports(item)) {
          {
            const std::lock_guard fence(session->mutex);
            if (session->told) break;
          }
          options.handlers.received(session->id, std::move(report));
        }
      } catch (const WireError& error) {
        fault = error.what();
        break;
      }
    }
    if (!fault.empty()) part_with(session, fault);
    lock.lock();
  }
  session->delivering = false;
  if (session->gone) release_lanes(*session);
}

/// Takes a request whose turn it is. By the session's lock; throws WireError. Returns encoded reports.
std::vector<std::string> ControlServer::Impl::process(Session& session, Request request) {
  std::erase(session.lanes, request.lane);
  if (request.text.kind == ControlRequest::Kind::beat) {
    answer(session, *request.lane, request.text.sequence, true);
    return {std::move(request.text.part)};
  }
  if (session.held) answer_held(session);
  session.held.emplace(request.lane, request.text.sequence);
  if (!session.out.empty()) answer_held(session);
  return session.in.put(request.text.part);
}

void ControlServer::Impl::answer(Session& session, Lane& lane, std::uint64_t request, bool empty) {
  ControlAnswer text{session.next_answer++, request, false, {}};
  if (!empty) {
    text.part = session.out.take(max_control_part_bytes);
    text.more = !session.out.empty();
  }
  reply(lane, seal(*session.seal, text));
}

void ControlServer::Impl::answer_held(Session& session) {
  const auto [lane, request] = *session.held;
  session.held.reset();
  answer(session, *lane, request, false);
}

/// Of a session that is gone, none delivering. By its lock.
void ControlServer::Impl::release_lanes(Session& session) {
  if (session.held) receive(*std::exchange(session.held, std::nullopt)->first);
  for (Lane* lane : std::exchange(session.lanes, {})) receive(*lane);
}

ControlServer::Impl::SessionPtr ControlServer::Impl::find(ConnectionId connection) {
  const std::lock_guard lock(table);
  const auto found = by_connection.find(connection);
  return found == by_connection.end() ? nullptr : found->second;
}

// ---- The outside ----

ControlServer::ControlServer(ControlServerOptions options) : impl_(std::make_unique<Impl>(std::move(options))) { impl_->listen(); }

ControlServer::~ControlServer() = default;

std::string ControlServer::url() const { return impl_->url; }

void ControlServer::send(ConnectionId connection, const Order& order) {
  std::string item = encode(std::span(&order, 1));
  const Impl::SessionPtr session = impl_->find(connection);
  if (!session) return;
  bool full = false;
  {
    const std::lock_guard lock(session->mutex);
    if (session->gone) return;
    full = session->out.bytes() + item.size() > impl_->options.max_queued_bytes;
    if (!full) {
      session->out.push(std::move(item));
      const std::lock_guard batch(impl_->batch);
      if (impl_->batches > 0) {
        impl_->touched.push_back(session);
        return;
      }
    }
    if (!full && session->held) impl_->answer_held(*session);
  }
  if (full) impl_->part_with(session, "it does not fetch its orders");
}

void ControlServer::close(ConnectionId connection) {
  const Impl::SessionPtr session = impl_->find(connection);
  if (!session) return;
  {
    const std::lock_guard lock(session->mutex);
    session->gone = session->told = true;
  }
  nng_pipe_close(session->pipe);
  impl_->deliver(session);
}

ControlServer::Batch::Batch(ControlServer& server) : server_(server) {
  const std::lock_guard lock(server_.impl_->batch);
  ++server_.impl_->batches;
}

ControlServer::Batch::~Batch() {
  std::vector<Impl::SessionPtr> touched;
  {
    const std::lock_guard lock(server_.impl_->batch);
    if (--server_.impl_->batches == 0) touched.swap(server_.impl_->touched);
  }
  for (const Impl::SessionPtr& session : touched) {
    const std::lock_guard lock(session->mutex);
    if (session->held && !session->gone && !session->out.empty()) server_.impl_->answer_held(*session);
  }
}

ControlRefusals ControlServer::refusals() const {
  const std::lock_guard lock(impl_->table);
  return impl_->refusals;
}

std::size_t ControlServer::connections() const {
  const std::lock_guard lock(impl_->table);
  return impl_->by_connection.size();
}

}  // namespace colony
