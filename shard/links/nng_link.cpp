#include "shard/links/nng_link.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "shard/links/nng_core.hpp"

namespace colony {
namespace {

[[noreturn]] void refuse_address(const std::string& url, const std::string& why) { throw LinkError(url, why); }

NngOptions without_tls_on_ipc(NngOptions options) {
  if (options.listen.starts_with("ipc://")) options.tls = {};
  return options;
}

/// What peers dial: `listen` with the port that was found and the host that is to be shown.
std::string dialled_url(const NngOptions& options, nng_stream_listener* listener) {
  if (options.listen.starts_with("ipc://")) return options.listen;
  const std::string rest = options.listen.substr(std::string("tcp://").size());
  const std::string own_host = rest.substr(0, rest.rfind(':'));
  const std::string host = options.advertised_host.empty() ? own_host : options.advertised_host;
  if (host.empty() || host == "*" || host == "0.0.0.0" || host == "[::]")
    refuse_address(options.listen, "peers can't dial a wildcard; give the host that they reach this process at");
  int port = 0;
  if (nng_stream_listener_get_int(listener, NNG_OPT_TCP_BOUND_PORT, &port) != 0) refuse_address(options.listen, "has no port");
  return fmt::format("tcp://{}:{}", host, port);
}

}  // namespace

NngLink::NngLink(Clock& clock, NngOptions options, const Secret& secret, RefusalLog log)
    : core_(std::make_unique<Core>(clock, std::move(options), secret, std::move(log))) {}

NngLink::~NngLink() { core_->stop(); }
void NngLink::start(Sink sink) { core_->start(std::move(sink)); }
void NngLink::stop() { core_->stop(); }
std::string NngLink::url() const { return core_->url(); }
void NngLink::connect(ShardId self, const std::vector<MemberAddress>& members) { core_->connect(self, members); }
void NngLink::send(const Frame& frame) { core_->send(frame); }
void NngLink::send_kept(KeptFrame& kept) { core_->send_kept(kept); }
LinkTraffic NngLink::traffic() const { return core_->traffic(); }
std::size_t NngLink::connected() const { return core_->connected(); }

// ---- Listening ----

NngLink::Core::Core(Clock& clock, NngOptions options, const Secret& secret, RefusalLog log)
    : clock_(clock), options_(without_tls_on_ipc(std::move(options))), secret_(secret), log_(std::move(log)) {
  if (!options_.listen.starts_with("tcp://") && !options_.listen.starts_with("ipc://"))
    refuse_address(options_.listen, "bulk frames travel by tcp:// or ipc://");
  // Together with a peer's address it is a handshake's purpose, which is bounded.
  if (options_.run_nonce.size() > 128) refuse_address(options_.listen, "a run's nonce has at most 128 characters");
  const auto check = [&](int error) {
    if (error == 0) return;
    nng_stream_listener_free(listener_);
    nng_aio_free(accept_);
    refuse_address(options_.listen, std::string("can't be listened at: ") + nng_strerror(error));
  };
  check(nng_stream_listener_alloc(&listener_, options_.listen.c_str()));
  // Strangers of this machine stay outside; where a system has no such permissions, the handshake is there.
  if (options_.listen.starts_with("ipc://")) nng_stream_listener_set_int(listener_, NNG_OPT_IPC_PERMISSIONS, 0600);
  check(nng_stream_listener_listen(listener_));
  check(nng_aio_alloc(
      &accept_, [](void* self) { static_cast<Core*>(self)->on_accepted(); }, this));
  nng_aio_set_timeout(accept_, NNG_DURATION_INFINITE);
  try {
    url_ = dialled_url(options_, listener_);
    if (url_.size() > 256) refuse_address(url_, "an address has at most 256 characters");
  } catch (const LinkError&) {
    nng_stream_listener_free(listener_);
    nng_aio_free(accept_);
    throw;
  }
}

NngLink::Core::~Core() {
  stop();
  nng_aio_free(accept_);
  nng_stream_listener_free(listener_);
}

void NngLink::Core::start(Sink sink) {
  COLONY_ASSERT(!keeper_.joinable() && !stopping_, "a link is started once");
  sink_ = std::move(sink);
  keeper_ = std::thread([this] { keep(); });
  nng_stream_listener_accept(listener_, accept_);
}

void NngLink::Core::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    for (const auto& conversation : conversations_) conversation->close();
    for (const auto& dialler : diallers_) nng_stream_dialer_close(dialler->dialer);
  }
  wake_.notify_all();
  if (keeper_.joinable()) keeper_.join();
  nng_stream_listener_close(listener_);
  nng_aio_stop(accept_);
  for (const auto& dialler : diallers_) nng_aio_stop(dialler->aio);
  // No callback makes a conversation from here on; those that there are wait for their own callbacks as they go.
  std::list<std::unique_ptr<Dialler>> last_diallers;  // outlive the conversations, which may look at them
  std::list<std::unique_ptr<Conversation>> last;
  {
    const std::lock_guard lock(mutex_);
    while (!peers_.empty()) forget(peers_.begin());
    last.swap(conversations_);
    last_diallers.swap(diallers_);
  }
}

void NngLink::Core::on_accepted() {
  const int error = nng_aio_result(accept_);
  const std::lock_guard lock(mutex_);
  if (stopping_) {
    if (error == 0) nng_stream_free(static_cast<nng_stream*>(nng_aio_get_output(accept_, 0)));
    return;
  }
  if (error == NNG_ECLOSED) return;
  if (error == 0) {
    try {
      auto& conversation = converse(static_cast<nng_stream*>(nng_aio_get_output(accept_, 0)), Handshake::Role::listener);
      conversation.start();
      wake_.notify_all();              // the keeper learns of its deadline
    } catch (const std::exception&) {  // no memory: as if no peer had come
    }
    drop_oldest_stranger();
  }
  // Closed connections must not pile up faster than they are cleared away; the keeper goes on when it has.
  if (error != 0 || conversations_.size() > peers_.size() + 4 * options_.max_strangers) {
    accept_at_ns_ = in_ms(10);
    wake_.notify_all();
    return;
  }
  nng_stream_listener_accept(listener_, accept_);
}

void NngLink::Core::drop_oldest_stranger() {
  std::size_t strangers = 0;
  for (const auto& conversation : conversations_) strangers += conversation->stranger();
  if (strangers <= options_.max_strangers) return;
  for (const auto& conversation : conversations_)
    if (conversation->stranger()) {
      ++refused_;
      return drop(*conversation);
    }
}

// ---- What the caller sees ----

void NngLink::Core::connect(ShardId self, const std::vector<MemberAddress>& members) {
  const std::lock_guard lock(mutex_);
  if (stopping_) return;
  self_ = self;
  for (const auto& conversation : conversations_)
    if (conversation->role == Handshake::Role::listener && conversation->handshake && conversation->to != self) drop(*conversation);
  const auto address_of = [&](std::uint32_t shard) {
    return std::find_if(members.begin(), members.end(), [&](const MemberAddress& member) { return member.shard.value == shard; });
  };
  for (auto it = peers_.begin(); it != peers_.end();) {
    const auto member = address_of(it->first);
    Peer& peer = it->second;
    // A peer that is proven and not a member yet may be one of the next epoch; it stays. What is still queued belongs to epochs gone by.
    const bool stays = member != members.end() ? member->url == peer.url : !peer.member;
    for (Outgoing& outgoing : peer.queue) peer.recycle(std::move(outgoing));
    peer.queue.clear();
    it = stays ? std::next(it) : forget(it);
  }
  for (const MemberAddress& member : members) {
    if (member.shard == self) continue;
    Peer& peer = peers_[member.shard.value];
    peer.member = true;
    peer.url = member.url;
    if (member.shard < self && peer.dialler == nullptr) dial(member.shard, peer);
  }
  wake_.notify_all();
}

void NngLink::Core::check_size(const Frame& frame) const {
  if (frame.encoded_bytes() > options_.max_frame_bytes)
    throw FrameError(
        fmt::format("{} bytes for shard {}, where {} are allowed", frame.encoded_bytes(), frame.header.to, options_.max_frame_bytes));
}

void NngLink::Core::send(const Frame& frame) {
  check_size(frame);
  Outgoing outgoing;
  {
    const std::lock_guard lock(mutex_);
    const auto peer = peers_.find(frame.header.to);
    if (peer == peers_.end()) return;  // as lost as if it had been sent to one who has just left
    if (!peer->second.spare.empty()) {
      outgoing.copy.swap(peer->second.spare.back());
      peer->second.spare.pop_back();
    }
  }
  const std::size_t bytes = frame.encoded_bytes();
  outgoing.copy.clear();
  if (bytes > outgoing.copy.capacity()) outgoing.copy.reserve(bytes + bytes / 8);
  outgoing.copy.resize(bytes);
  frame.encode_into(outgoing.copy.data());
  enqueue(frame.header.to, std::move(outgoing));
}

void NngLink::Core::send_kept(KeptFrame& kept) {
  check_size(kept.frame);
  if (kept.wire.empty()) kept.wire = kept.frame.seal();
  kept.readers.fetch_add(1, std::memory_order_relaxed);
  Outgoing outgoing;
  outgoing.kept = &kept;
  enqueue(kept.frame.header.to, std::move(outgoing));
}

void NngLink::Core::enqueue(std::uint32_t to, Outgoing&& outgoing) {
  const std::lock_guard lock(mutex_);
  const auto it = peers_.find(to);
  if (it == peers_.end() || stopping_) return release(outgoing);
  Peer& peer = it->second;
  if (peer.queue.size() >= options_.max_queued) {
    peer.recycle(std::move(peer.queue.front()));
    peer.queue.erase(peer.queue.begin());
  }
  peer.queue.push_back(std::exchange(outgoing, {}));
  if (peer.live != nullptr) pump(*peer.live);
}

LinkTraffic NngLink::Core::traffic() const { return {frames_sent_, bytes_sent_, frames_received_, bytes_received_, refused_}; }

std::size_t NngLink::Core::connected() const {
  const std::lock_guard lock(mutex_);
  std::size_t count = 0;
  for (const auto& [shard, peer] : peers_) count += peer.member && peer.live != nullptr;
  return count;
}

}  // namespace colony
