// NngLink: conversations from the first byte to the last, and the thread that looks after them.
#include "shard/links/nng_core.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <chrono>
#include <new>

namespace colony {
namespace {

constexpr std::size_t max_url_bytes = 256;
/// A dialler's first message: who it is and whom it means, before the handshake's hello.
constexpr std::size_t introduction_bytes = 4 + 4 + 2;
constexpr std::size_t max_unproven_bytes = introduction_bytes + max_url_bytes + max_handshake_bytes;
constexpr std::size_t most_spares = 4;
constexpr nng_duration connect_timeout_ms = 5000;
/// A frame under which so many connections broke is not tried again: it may be the reason.
constexpr std::uint32_t most_attempts = 3;
constexpr std::uint64_t longest_rest_ns = 3'600'000'000'000;  // of the keeper, which is woken when there is something to do

std::vector<std::byte> bytes_of(std::string_view text) {
  const auto* bytes = reinterpret_cast<const std::byte*>(text.data());
  return {bytes, bytes + text.size()};
}

}  // namespace

NngLink::Core::Conversation::Conversation(nng_stream* stream, Core& core, Handshake::Role role_, std::unique_ptr<TlsSession> tls)
    : NngConnection(stream, core, max_unproven_bytes, std::move(tls)), role(role_), deadline_ns(core.in_ms(core.options_.handshake_ms)) {}

NngLink::Core::Dialler::Dialler(Core& core_, ShardId to_, const std::string& url)
    : core(core_), to(to_), next_ns(core_.clock_.now_ns()), pause_ms(core_.options_.dial_min_ms) {
  if (nng_aio_alloc(
          &aio, [](void* self) { static_cast<Dialler*>(self)->core.on_dialled(*static_cast<Dialler*>(self)); }, this) != 0)
    throw std::bad_alloc();
  nng_aio_set_timeout(aio, connect_timeout_ms);
  if (nng_stream_dialer_alloc(&dialer, url.c_str()) != 0) dialer = nullptr;
}

NngLink::Core::Dialler::~Dialler() {
  if (dialer != nullptr) nng_stream_dialer_close(dialer);
  nng_aio_stop(aio);
  nng_aio_free(aio);
  if (dialer != nullptr) nng_stream_dialer_free(dialer);
}

void NngLink::Core::release(Outgoing& outgoing) {
  if (KeptFrame* kept = std::exchange(outgoing.kept, nullptr); kept != nullptr) kept->readers.fetch_sub(1, std::memory_order_release);
}

void NngLink::Core::Peer::recycle(Outgoing&& outgoing) {
  release(outgoing);
  if (outgoing.copy.capacity() > 0 && spare.size() < most_spares) spare.push_back(std::move(outgoing.copy));
}

std::string NngLink::Core::purpose(ShardId from, ShardId to, const std::string& url) const {
  return fmt::format("bulk {} {} {} {}", options_.run_nonce, from.value, to.value, url);
}

/// Counts and logs; the first, second, fourth, eighth ... refusal, so that a flood fills no log.
void NngLink::Core::refuse(const Conversation& conversation, std::string_view why) {
  ++refused_;
  const bool known = conversation.proven || conversation.role == Handshake::Role::dialler;
  const std::uint64_t count = ++(known ? refused_peers_ : refused_strangers_);
  if (!log_ || !std::has_single_bit(count)) return;
  const std::string sender = known ? fmt::format("shard {}", conversation.peer().value) : conversation.address();
  log_(sender, fmt::format("{}; {} refused so far", why, count));
}

// ---- Conversations ----

NngLink::Core::Conversation& NngLink::Core::converse(nng_stream* stream, Handshake::Role role) {
  std::unique_ptr<TlsSession> tls;
  if (!options_.tls.none()) try {
      tls = std::make_unique<TlsSession>(options_.tls, role);
    } catch (const std::exception&) {
      nng_stream_free(stream);
      throw;
    }
  return *conversations_.emplace_back(std::make_unique<Conversation>(stream, *this, role, std::move(tls)));
}

/// Closes; the keeper frees. What was being sent goes to the head of the queue, to be sent whole on the next connection.
void NngLink::Core::drop(Conversation& conversation) {
  if (conversation.dead) return;
  conversation.dead = true;
  conversation.close();
  const auto it = peers_.find(conversation.peer().value);
  if (conversation.proven && it != peers_.end() && it->second.live == &conversation) {
    Peer& peer = it->second;
    peer.live = nullptr;
    if (conversation.sending && !conversation.sending_note && ++conversation.in_flight.attempts < most_attempts)
      peer.queue.insert(peer.queue.begin(), std::exchange(conversation.in_flight, {}));
    if (!peer.member) forget(it);
  }
  release(conversation.in_flight);
  if (Dialler* dialler = conversation.dialler; dialler != nullptr) {
    dialler->conversation = nullptr;
    dialler->next_ns = in_ms(dialler->pause_ms);
    dialler->pause_ms = std::min(2 * dialler->pause_ms, options_.dial_max_ms);
  }
  wake_.notify_all();
}

void NngLink::Core::pump(Conversation& conversation) {
  if (conversation.dead || conversation.sending) return;
  if (!conversation.notes.empty()) {
    conversation.sending = conversation.sending_note = true;
    conversation.send(conversation.notes.front());
    return;
  }
  if (!conversation.proven) return;
  const auto it = peers_.find(conversation.peer().value);
  if (it == peers_.end() || it->second.live != &conversation || it->second.queue.empty()) return;
  conversation.in_flight = std::move(it->second.queue.front());
  it->second.queue.erase(it->second.queue.begin());
  conversation.sending = true;
  conversation.send(conversation.in_flight.wire());
}

void NngLink::Core::on_sent(NngConnection& connection) {
  auto& conversation = static_cast<Conversation&>(connection);
  const std::lock_guard lock(mutex_);
  if (conversation.dead) return;
  conversation.sending = false;
  if (std::exchange(conversation.sending_note, false)) {
    conversation.notes.pop_front();
  } else {
    ++frames_sent_;
    bytes_sent_ += conversation.in_flight.wire().size();
    if (const auto it = peers_.find(conversation.peer().value); it != peers_.end()) it->second.recycle(std::move(conversation.in_flight));
    release(conversation.in_flight);
  }
  pump(conversation);
}

void NngLink::Core::on_broken(NngConnection& connection, std::string_view) {
  const std::lock_guard lock(mutex_);
  drop(static_cast<Conversation&>(connection));
}

void NngLink::Core::on_bad_frame(NngConnection& connection, std::string_view why) {
  refuse(static_cast<const Conversation&>(connection), why);
}

void NngLink::Core::on_frame(NngConnection& connection, Frame&& frame) {
  const auto& conversation = static_cast<const Conversation&>(connection);
  if (ShardId(frame.header.from) != conversation.peer())
    return refuse(conversation, fmt::format("it names shard {} as its sender", frame.header.from));
  ++frames_received_;
  bytes_received_ += frame.encoded_bytes();
  sink_(std::move(frame));
}

// ---- Handshake ----

/// The first message of one who dialled in: [u32 from][u32 to][u16 length][its url], then the hello.
std::optional<std::string> NngLink::Core::introduced(Conversation& conversation, std::string_view message) {
  std::uint32_t from = 0, to = 0;
  std::uint16_t url_bytes = 0;
  if (message.size() < introduction_bytes) throw AuthError("no introduction");
  std::memcpy(&from, message.data(), 4);
  std::memcpy(&to, message.data() + 4, 4);
  std::memcpy(&url_bytes, message.data() + 8, 2);
  if (url_bytes > max_url_bytes || message.size() < introduction_bytes + url_bytes) throw AuthError("a bad introduction");
  const std::string_view url = message.substr(introduction_bytes, url_bytes);
  if (std::any_of(url.begin(), url.end(), [](char c) { return c <= ' ' || c > '~'; })) throw AuthError("a bad introduction");
  {
    const std::lock_guard lock(mutex_);
    conversation.from = ShardId(from);
    conversation.to = ShardId(to);
    conversation.url = url;
    conversation.handshake.emplace(secret_, Handshake::Role::listener, purpose(ShardId(from), ShardId(to), conversation.url));
    if (self_ && *self_ != conversation.to) throw AuthError(fmt::format("it means shard {}, this is shard {}", to, self_->value));
  }
  if (from <= to) throw AuthError("the member with the larger id dials");
  return conversation.handshake->answer(message.substr(introduction_bytes + url_bytes));
}

void NngLink::Core::on_message(NngConnection& connection, std::string_view message) {
  auto& conversation = static_cast<Conversation&>(connection);
  std::string fault;
  try {
    const std::optional<std::string> answer =
        conversation.handshake ? conversation.handshake->answer(message) : introduced(conversation, message);
    const bool proven = conversation.handshake->accepted();
    if (proven) conversation.expect_frames(options_.max_frame_bytes);
    const std::lock_guard lock(mutex_);
    if (conversation.dead) return;
    if (answer) conversation.notes.push_back(bytes_of(*answer));
    if (proven) fault = admit(conversation);
    pump(conversation);
  } catch (const AuthError& error) {
    fault = error.what();
  }
  if (fault.empty()) return;
  refuse(conversation, fault);
  const std::lock_guard lock(mutex_);
  drop(conversation);
}

/// The other end is proven. Empty, or why it is not wanted all the same.
std::string NngLink::Core::admit(Conversation& conversation) {
  if (stopping_) return "this process is leaving";
  if (conversation.role == Handshake::Role::listener) {
    if (self_ && conversation.to != *self_) return "it means another member";
    const auto it = peers_.find(conversation.from.value);
    // One that was replaced must not take the place of its successor.
    if (it != peers_.end() && it->second.member && it->second.url != conversation.url) return "its address is not that of the member";
    if (it == peers_.end()) make_room_for_newcomer();
  }
  conversation.proven = true;
  Peer& peer = peers_[conversation.peer().value];
  if (Conversation* old = std::exchange(peer.live, nullptr); old != nullptr) {
    old->close();  // before what it was sending goes to its successor
    if (old->sending && !old->sending_note) peer.queue.insert(peer.queue.begin(), std::exchange(old->in_flight, {}));
    drop(*old);
  }
  if (!peer.member) peer.url = conversation.url;
  peer.live = &conversation;
  if (conversation.dialler != nullptr) conversation.dialler->pause_ms = options_.dial_min_ms;
  return {};
}

/// Peers that are not members are bounded; the one with the smallest id has had the longest time to become one.
void NngLink::Core::make_room_for_newcomer() {
  std::size_t count = 0;
  auto first = peers_.end();
  for (auto it = peers_.begin(); it != peers_.end(); ++it)
    if (!it->second.member && count++ == 0) first = it;
  if (count >= options_.max_strangers) forget(first);
}

NngLink::Core::Peers::iterator NngLink::Core::forget(Peers::iterator it) {
  Peer& peer = it->second;
  peer.member = true;  // so that drop() leaves the erasing to us
  if (peer.dialler != nullptr) {
    peer.dialler->dead = true;
    if (peer.dialler->conversation != nullptr) drop(*peer.dialler->conversation);
  }
  if (peer.live != nullptr) drop(*peer.live);
  for (Outgoing& outgoing : peer.queue) release(outgoing);
  wake_.notify_all();
  return peers_.erase(it);
}

// ---- Dialling ----

void NngLink::Core::dial(ShardId shard, Peer& peer) {
  peer.dialler = diallers_.emplace_back(std::make_unique<Dialler>(*this, shard, peer.url)).get();
  if (peer.dialler->dialer != nullptr) return;
  peer.dialler->busy = true;  // for ever: nothing can be dialled there
  if (log_) log_(fmt::format("shard {}", shard.value), fmt::format("\"{}\" is no address that can be dialled", peer.url));
}

void NngLink::Core::on_dialled(Dialler& dialler) {
  const int error = nng_aio_result(dialler.aio);
  nng_stream* stream = error == 0 ? static_cast<nng_stream*>(nng_aio_get_output(dialler.aio, 0)) : nullptr;
  const std::lock_guard lock(mutex_);
  dialler.busy = false;
  if (stream != nullptr && (stopping_ || dialler.dead)) {
    nng_stream_free(stream);
    stream = nullptr;
  }
  if (stream != nullptr) try {
      Conversation& conversation = converse(stream, Handshake::Role::dialler);
      conversation.from = *self_;
      conversation.to = dialler.to;
      conversation.dialler = &dialler;
      dialler.conversation = &conversation;
      conversation.handshake.emplace(secret_, Handshake::Role::dialler, purpose(*self_, dialler.to, url_));
      std::string first(introduction_bytes, '\0');
      const auto url_bytes = static_cast<std::uint16_t>(url_.size());
      std::memcpy(first.data(), &self_->value, 4);
      std::memcpy(first.data() + 4, &dialler.to.value, 4);
      std::memcpy(first.data() + 8, &url_bytes, 2);
      conversation.notes.push_back(bytes_of(first + url_ + conversation.handshake->hello()));
      conversation.start();
      pump(conversation);
    } catch (const std::exception&) {  // no memory, no random numbers: try again later
      if (dialler.conversation != nullptr) drop(*dialler.conversation);
      stream = nullptr;
    }
  if (stream == nullptr) {
    dialler.next_ns = in_ms(dialler.pause_ms);
    dialler.pause_ms = std::min(2 * dialler.pause_ms, options_.dial_max_ms);
  }
  wake_.notify_all();
}

// ---- The keeper ----

void NngLink::Core::keep() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (clear_away(lock)) continue;
    wake_.wait_for(lock, std::chrono::nanoseconds(look_after(clock_.now_ns())));
  }
}

/// Frees what is dead, outside the lock: its callbacks take it. True when there was something.
bool NngLink::Core::clear_away(std::unique_lock<std::mutex>& lock) {
  std::list<std::unique_ptr<Conversation>> dead;
  for (auto it = conversations_.begin(); it != conversations_.end();) {
    const auto here = it++;
    if ((*here)->dead) dead.splice(dead.end(), conversations_, here);
  }
  std::list<std::unique_ptr<Dialler>> dead_diallers;
  for (auto it = diallers_.begin(); it != diallers_.end();) {
    const auto here = it++;
    if ((*here)->dead) dead_diallers.splice(dead_diallers.end(), diallers_, here);
  }
  if (dead.empty() && dead_diallers.empty()) return false;
  lock.unlock();
  dead.clear();
  dead_diallers.clear();
  lock.lock();
  return true;
}

/// Closes conversations that take too long, dials, accepts again. Returns how long the keeper may rest, in nanoseconds.
std::uint64_t NngLink::Core::look_after(std::uint64_t now_ns) {
  std::uint64_t rest_ns = longest_rest_ns;
  const auto due = [&](std::uint64_t when_ns) {
    if (when_ns <= now_ns) return true;
    rest_ns = std::min(rest_ns, when_ns - now_ns);
    return false;
  };
  for (const auto& conversation : conversations_)
    if (!conversation->proven && !conversation->dead && due(conversation->deadline_ns)) {
      refuse(*conversation, "no handshake in time");
      drop(*conversation);
      rest_ns = 0;
    }
  for (const auto& dialler : diallers_)
    if (!dialler->busy && !dialler->dead && dialler->conversation == nullptr && due(dialler->next_ns)) {
      dialler->busy = true;
      nng_stream_dialer_dial(dialler->dialer, dialler->aio);
    }
  if (accept_at_ns_ && due(*accept_at_ns_)) {
    accept_at_ns_.reset();
    nng_stream_listener_accept(listener_, accept_);
  }
  return rest_ns;
}

}  // namespace colony
