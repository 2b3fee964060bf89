#include "coordinator/control_server.hpp"

#include <arpa/inet.h>
#include <nng/nng.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <list>
#include <mutex>
#include <optional>
#include <span>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "shard/wire/control_stream.hpp"

namespace colony {
namespace {

/// How long accepting rests when the process has no file descriptor left, and how often late strangers are looked for.
constexpr nng_duration rest_ms = 50;

/// The host of tcp://host:port, without brackets; nullopt where the url does not have that form.
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

}  // namespace

/// Locks: `table` for who is there, one in each session for what it says, `batch`. A session's may be held while one of the others is
/// taken, never the other way round; no handler is called under any, and no stream is woken under a session's.
struct ControlServer::Impl {
  /// One connection, from its first byte on. A stream's calls can't destroy it, so that who is gone is buried later, by others.
  struct Session final : ControlStreamOwner {
    Session(Impl& server, nng_stream* connection)
        : owner(server),
          handshake(server.options.secret, Handshake::Role::listener, control_purpose),
          stream(connection, *this, max_handshake_bytes, server.new_tls()) {}
    void take(std::string_view message) override;
    std::string next() override;
    void ended(const std::string& why, bool fault) override { owner.on_ended(*this, why, fault); }

    void greet(std::string_view message);
    void hear(std::string_view message);
    void deliver(const std::string& item);

    Impl& owner;
    const std::uint64_t since_ns = owner.clock.now_ns();
    std::list<std::shared_ptr<Session>>::iterator place;  ///< by `table`: among the strangers or the members
    bool listed = true;                                   ///< by `table`
    ConnectionId id;                                      ///< constant once it counts
    std::atomic<bool> counts = false;                     ///< the handshake is done
    std::atomic<bool> fenced = false;                     ///< nothing of it is delivered any more

    std::mutex mutex;  ///< for what follows
    Handshake handshake;
    std::string greeting;  ///< of the handshake, to be sent
    std::optional<ControlVoice> voice;
    std::optional<std::uint64_t> echo;  ///< to be sent; the newest stands for all before
    InStream in;
    OutStream out;

    ControlStream stream;  ///< last: its calls use the rest
  };
  using SessionPtr = std::shared_ptr<Session>;
  using Sessions = std::list<SessionPtr>;

  Impl(Clock& clock_, ControlServerOptions given) : clock(clock_), options(std::move(given)) {}
  ~Impl() { shut(); }

  void listen();
  void shut();
  void accept();
  void on_accepted();
  void on_timer();
  void sleep() { nng_sleep_aio(rest_ms, timer); }

  /// For a connection that has just come; null where there is no TLS.
  std::unique_ptr<TlsSession> new_tls() const {
    if (options.tls.none() || !url.starts_with("tcp://")) return nullptr;
    return std::make_unique<TlsSession>(options.tls, Handshake::Role::listener);
  }
  bool admit(Session& session);
  void remove(Session& session);
  void on_ended(Session& session, const std::string& reason, bool fault);
  void push_out_late();
  void bury();
  SessionPtr find(ConnectionId connection);

  Clock& clock;
  const ControlServerOptions options;
  std::string url;
  nng_stream_listener* listener = nullptr;
  nng_aio *acceptor = nullptr, *timer = nullptr;
  std::atomic<bool> closing = false;
  std::atomic<bool> resting = false;  ///< accepting waits for the timer

  std::mutex table;
  Sessions strangers;  ///< the oldest first
  Sessions members;
  Sessions dead;  ///< to be destroyed when no thread holds on to them
  std::unordered_map<ConnectionId, SessionPtr> by_connection;
  std::uint64_t next_connection = 1;
  ControlRefusals refusals;

  std::mutex batch;
  int batches = 0;
  std::vector<SessionPtr> touched;
};

// ---- Coming and going of the whole ----

void ControlServer::Impl::listen() {
  check_url(options.url, !options.secret.none());
  int result = nng_stream_listener_alloc(&listener, options.url.c_str());
  if (result == 0 && options.url.starts_with("ipc://")) nng_stream_listener_set_int(listener, NNG_OPT_IPC_PERMISSIONS, 0600);
  if (result == 0)
    nng_stream_listener_set_bool(listener, NNG_OPT_TCP_NODELAY, true);  // where it is TCP: small messages must not wait for each other
  if (result == 0) result = nng_stream_listener_listen(listener);
  if (result != 0) throw ControlError("can't listen on \"" + options.url + "\": " + nng_strerror(result));
  url = options.url;
  int port = 0;
  if (url.starts_with("tcp://") && nng_stream_listener_get_int(listener, NNG_OPT_TCP_BOUND_PORT, &port) == 0) {
    url = url.substr(0, url.rfind(':') + 1) + std::to_string(port);
  }
  const bool good = nng_aio_alloc(
                        &acceptor, [](void* self) { static_cast<Impl*>(self)->on_accepted(); }, this) == 0 &&
                    nng_aio_alloc(
                        &timer, [](void* self) { static_cast<Impl*>(self)->on_timer(); }, this) == 0;
  COLONY_ASSERT(good, "NNG is out of memory");
  accept();
  sleep();
}

void ControlServer::Impl::shut() {
  closing = true;
  if (listener != nullptr) nng_stream_listener_close(listener);
  for (nng_aio* aio : {acceptor, timer}) {
    if (aio != nullptr) nng_aio_stop(aio);
  }
  Sessions all;
  {
    const std::lock_guard lock(table);
    for (Sessions* list : {&strangers, &members, &dead}) all.splice(all.end(), *list);
    for (const SessionPtr& session : all) session->listed = false;
    by_connection.clear();
  }
  touched.clear();
  all.clear();  // each waits for its calls that are under way
  for (nng_aio* aio : {acceptor, timer}) {
    if (aio != nullptr) nng_aio_free(aio);
  }
  if (listener != nullptr) nng_stream_listener_free(listener);
}

void ControlServer::Impl::accept() { nng_stream_listener_accept(listener, acceptor); }

void ControlServer::Impl::on_accepted() {
  bury();  // first: what is dead still holds its file descriptors
  if (nng_aio_result(acceptor) != 0) {
    resting = true;
    return;
  }
  auto session = std::make_shared<Session>(*this, static_cast<nng_stream*>(nng_aio_get_output(acceptor, 0)));
  SessionPtr oldest;
  {
    const std::lock_guard lock(table);
    // The oldest has to make room, not the newest to wait: a handshake takes a moment, and who only holds a place holds it in vain.
    if (strangers.size() >= options.max_strangers) {
      oldest = strangers.front();
      ++refusals.crowded;
    }
    session->place = strangers.insert(strangers.end(), session);
  }
  if (oldest) {
    oldest->stream.close();
    remove(*oldest);
  }
  session->stream.start();
  if (!closing) accept();
}

void ControlServer::Impl::on_timer() {
  if (closing || nng_aio_result(timer) != 0) return;
  push_out_late();
  bury();
  if (resting.exchange(false)) accept();
  sleep();
}

void ControlServer::Impl::push_out_late() {
  std::vector<SessionPtr> late;
  {
    const std::lock_guard lock(table);
    const std::uint64_t now_ns = clock.now_ns();
    for (const SessionPtr& session : strangers) {
      if (now_ns - session->since_ns < options.handshake_timeout_ns) break;
      late.push_back(session);
    }
    refusals.late += late.size();
  }
  for (const SessionPtr& session : late) {
    session->stream.close();
    remove(*session);
  }
}

/// From the lists of the living to the dead.
void ControlServer::Impl::remove(Session& session) {
  const std::lock_guard lock(table);
  if (!std::exchange(session.listed, false)) return;
  dead.splice(dead.end(), session.id == ConnectionId() ? strangers : members, session.place);
  by_connection.erase(session.id);
}

void ControlServer::Impl::bury() {
  Sessions last;
  {
    const std::lock_guard lock(table);
    for (auto at = dead.begin(); at != dead.end();) {
      const auto here = at++;
      if (here->use_count() == 1) last.splice(last.end(), dead, here);  // no thread can get at it any more
    }
  }
}

ControlServer::Impl::SessionPtr ControlServer::Impl::find(ConnectionId connection) {
  const std::lock_guard lock(table);
  const auto found = by_connection.find(connection);
  return found == by_connection.end() ? nullptr : found->second;
}

// ---- A connection ----

void ControlServer::Impl::Session::take(std::string_view message) {
  if (counts) hear(message);
  else greet(message);
}

void ControlServer::Impl::Session::greet(std::string_view message) {
  {
    const std::lock_guard lock(mutex);
    std::optional<std::string> answer = handshake.answer(message);
    if (handshake.accepted()) {
      voice.emplace(MessageSeal(handshake.session_key(), Handshake::Role::listener));
      if (!owner.admit(*this)) return;
      counts = true;
      echo = 0;
      stream.set_max_bytes(max_control_message_bytes);
    } else {
      greeting = std::move(*answer);
    }
  }
  stream.wake();
}

/// A stranger becomes a connection, unless it has been shown the door meanwhile.
bool ControlServer::Impl::admit(Session& session) {
  const std::lock_guard lock(table);
  if (!session.listed) return false;
  session.id = ConnectionId(next_connection++);
  members.splice(members.end(), strangers, session.place);
  by_connection.emplace(session.id, *session.place);
  return true;
}

void ControlServer::Impl::Session::hear(std::string_view message) {
  std::vector<std::string> items;
  bool asked = false;
  {
    const std::lock_guard lock(mutex);
    ControlMessage heard = voice->hear(message);
    asked = heard.kind == ControlMessage::Kind::ask;
    if (heard.kind == ControlMessage::Kind::echo) throw WireError("an echo of what was never asked");
    if (!asked) items = in.put(heard.text);
    else if (!heard.text.empty()) items.push_back(std::move(heard.text));
  }
  for (const std::string& item : items) deliver(item);
  if (!asked) return;
  {
    const std::lock_guard lock(mutex);
    echo = voice->heard();
  }
  stream.wake();
}

void ControlServer::Impl::Session::deliver(const std::string& item) {
  for (Report& report : decode_reports(item)) {
    if (fenced || owner.closing) return;
    owner.options.handlers.received(id, std::move(report));
  }
}

std::string ControlServer::Impl::Session::next() {
  const std::lock_guard lock(mutex);
  if (!greeting.empty()) return std::exchange(greeting, {});
  if (!voice) return {};
  if (echo) return voice->say(echo_of(*std::exchange(echo, std::nullopt)));
  if (!out.empty()) return voice->say({ControlMessage::Kind::part, out.take(max_control_part_bytes)});
  return {};
}

void ControlServer::Impl::on_ended(Session& session, const std::string& reason, bool fault) {
  remove(session);
  if (closing) return;
  {
    const std::lock_guard lock(table);
    if (!session.counts) ++refusals.handshakes;
    else if (fault) ++refusals.members;
  }
  if (session.counts && !session.fenced) options.handlers.disconnected(session.id, reason);
}

// ---- The outside ----

ControlServer::ControlServer(Clock& clock, ControlServerOptions options) : impl_(std::make_unique<Impl>(clock, std::move(options))) {
  impl_->listen();
}

ControlServer::~ControlServer() = default;

std::string ControlServer::url() const { return impl_->url; }

void ControlServer::send(ConnectionId connection, const Order& order) {
  std::string item = encode(std::span(&order, 1));
  const Impl::SessionPtr session = impl_->find(connection);
  if (!session) return;
  bool full = false;
  {
    const std::lock_guard lock(session->mutex);
    full = session->out.bytes() + item.size() > impl_->options.max_queued_bytes;
    if (!full) session->out.push(std::move(item));
  }
  if (full) return session->stream.break_off("it does not read its orders");
  {
    const std::lock_guard lock(impl_->batch);
    if (impl_->batches > 0) {
      impl_->touched.push_back(session);
      return;
    }
  }
  session->stream.wake();
}

void ControlServer::close(ConnectionId connection) {
  const Impl::SessionPtr session = impl_->find(connection);
  if (!session) return;
  session->fenced = true;
  session->stream.close();
  impl_->remove(*session);
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
  for (const Impl::SessionPtr& session : touched) session->stream.wake();
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
