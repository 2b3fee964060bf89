// The inside of NngLink: who is connected, who dials, what waits for whom. One mutex over all of it; frames are decoded and delivered
// outside it, and connections are freed by a thread of its own (the keeper), because freeing one waits for its callbacks.
#pragma once

#include <nng/nng.h>

#include <atomic>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "engine/array.hpp"
#include "shard/links/nng_connection.hpp"
#include "shard/links/nng_link.hpp"

namespace colony {

class NngLink::Core final : public NngConnection::Owner {
 public:
  Core(Clock& clock, NngOptions options, const Secret& secret, RefusalLog log);
  ~Core() override;

  void start(Sink sink);
  void stop();
  const std::string& url() const { return url_; }
  void connect(ShardId self, const std::vector<MemberAddress>& members);
  void send(const Frame& frame);
  void send_kept(KeptFrame& kept);
  LinkTraffic traffic() const;
  std::size_t connected() const;

 private:
  /// A frame on its way: a copy, or one that lies at the caller's.
  struct Outgoing {
    Array<std::byte> copy;
    KeptFrame* kept = nullptr;
    std::uint32_t attempts = 0;  ///< connections that broke under it
    std::span<const std::byte> wire() const { return kept != nullptr ? kept->wire : std::span<const std::byte>(copy.data(), copy.size()); }
  };
  struct Dialler;

  /// A connection and what has been said on it so far.
  struct Conversation final : NngConnection {
    Conversation(nng_stream* stream, Core& core, Handshake::Role role_, std::unique_ptr<TlsSession> tls);
    ~Conversation() override { end(); }
    bool stranger() const { return role == Handshake::Role::listener && !proven && !dead; }

    const Handshake::Role role;
    std::optional<Handshake> handshake;
    ShardId from, to;  ///< dialler, listener
    std::string url;   ///< the dialler's own
    const std::uint64_t deadline_ns;
    bool proven = false, dead = false, sending = false;
    std::deque<std::vector<std::byte>> notes;  ///< of the handshake, to be sent first
    bool sending_note = false;
    Outgoing in_flight;
    Dialler* dialler = nullptr;
    ShardId peer() const { return role == Handshake::Role::listener ? from : to; }
  };

  struct Dialler {
    Dialler(Core& core_, ShardId to_, const std::string& url);
    ~Dialler();
    Dialler(const Dialler&) = delete;
    Dialler& operator=(const Dialler&) = delete;
    Core& core;
    const ShardId to;
    nng_stream_dialer* dialer = nullptr;  ///< null: no such address
    nng_aio* aio = nullptr;
    bool busy = false, dead = false;
    Conversation* conversation = nullptr;
    std::uint64_t next_ns;
    std::uint32_t pause_ms;
  };

  /// Someone frames are exchanged with: a member, or one that has proven itself and may be a member of the next epoch.
  struct Peer {
    bool member = false;
    std::string url;
    Conversation* live = nullptr;
    Dialler* dialler = nullptr;
    std::vector<Outgoing> queue;  ///< a few
    std::vector<Array<std::byte>> spare;
    void recycle(Outgoing&& outgoing);
  };
  using Peers = std::map<std::uint32_t, Peer>;

  /// The clock's time so many milliseconds from now.
  std::uint64_t in_ms(std::uint64_t ms) const { return clock_.now_ns() + ms * 1'000'000; }

  // Callbacks.
  void on_accepted();
  void on_dialled(Dialler& dialler);
  void on_message(NngConnection& connection, std::string_view message) override;
  void on_frame(NngConnection& connection, Frame&& frame) override;
  void on_bad_frame(NngConnection& connection, std::string_view why) override;
  void on_sent(NngConnection& connection) override;
  void on_broken(NngConnection& connection, std::string_view why) override;

  // Under the lock.
  Conversation& converse(nng_stream* stream, Handshake::Role role);
  void drop(Conversation& conversation);
  void drop_oldest_stranger();
  void pump(Conversation& conversation);
  void enqueue(std::uint32_t to, Outgoing&& outgoing);
  static void release(Outgoing& outgoing);
  Peers::iterator forget(Peers::iterator peer);
  void dial(ShardId shard, Peer& peer);
  std::string admit(Conversation& conversation);
  void make_room_for_newcomer();
  bool clear_away(std::unique_lock<std::mutex>& lock);
  std::uint64_t look_after(std::uint64_t now_ns);

  // Without it.
  void keep();
  std::optional<std::string> introduced(Conversation& conversation, std::string_view message);
  std::string purpose(ShardId from, ShardId to, const std::string& url) const;
  void check_size(const Frame& frame) const;
  void refuse(const Conversation& conversation, std::string_view why);

  Clock& clock_;
  const NngOptions options_;
  const Secret secret_;
  const RefusalLog log_;
  Sink sink_;
  std::string url_;
  nng_stream_listener* listener_ = nullptr;
  nng_aio* accept_ = nullptr;
  std::thread keeper_;

  mutable std::mutex mutex_;  ///< over all below
  std::condition_variable wake_;
  bool stopping_ = false;
  std::optional<ShardId> self_;
  std::optional<std::uint64_t> accept_at_ns_;  ///< accepting pauses until then
  Peers peers_;
  std::list<std::unique_ptr<Conversation>> conversations_;  ///< oldest first
  std::list<std::unique_ptr<Dialler>> diallers_;

  std::atomic<std::uint64_t> frames_sent_{0}, bytes_sent_{0}, frames_received_{0}, bytes_received_{0}, refused_{0};
  std::atomic<std::uint64_t> refused_strangers_{0}, refused_peers_{0};  ///< for the log: neither hides the other
};

}  // namespace colony
