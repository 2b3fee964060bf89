// The Transport of a member: frames are stamped, kept for those who ask again, sent over a link, and read from the inbox.
//
// One thread, the member's, calls everything but deliver() and counts(). It goes through an epoch like this: begin_epoch; send its ghosts;
// until arrived(): wait, ask_for_overdue; read; next({T, 1}); send effects; ...
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "io/clock.hpp"
#include "shard/links/frame_inbox.hpp"
#include "shard/links/frame_link.hpp"
#include "shard/links/transport.hpp"

namespace colony {

class WireTransport final : public Transport {
 public:
  struct Counts : FrameInbox::Counts {
    std::uint64_t asked = 0;   ///< frames asked for again
    std::uint64_t resent = 0;  ///< frames sent again because a peer asked
  };

  /// The link must have stopped before this object ends: it may still read frames. frame_timeout_ns: how long a frame may be missing before
  /// it is asked for.
  WireTransport(FrameLink& link, Clock& clock, std::uint64_t frame_timeout_ns);
  /// Called for the first, second, fourth, eighth ... frame that is refused, so that a flood fills no log. Set before the link is
  /// connected.
  void log_refusals(FrameLink::RefusalLog log) { log_ = std::move(log); }

  /// The peers that this member shares ghosts with, and the tick whose state the epoch begins from: the stage (start, 0) is waited for.
  void begin_epoch(std::uint32_t incarnation, std::uint32_t epoch, ShardId self, std::vector<ShardId> peers, Tick start);

  // Transport: `round` of the present stage's tick. While the stage is (T, 0) any round means that one: ghosts, as in round 2.
  Frame& open(ShardId from, ShardId to, std::uint32_t round) override;
  void send(ShardId from, ShardId to, std::uint32_t round) override;
  const Frame& receive(ShardId from, ShardId to, std::uint32_t round) override;

  /// A frame from the link; any thread, but not from within a call of this object. A spent frame is left in its place.
  void deliver(Frame&& frame);
  Stage stage();
  /// All frames of the present stage are there.
  bool arrived();
  /// The present stage has been read: wait for that one.
  void next(Stage stage);
  /// Asks again for the frames that have been missing for frame_timeout_ns. A peer that answers "not yet" is there, and its time begins
  /// anew. Returns the peers that have been asked three times in vain, once each. Time is counted from the first call (of this or
  /// arrived()) that finds the stage incomplete.
  std::vector<ShardId> ask_for_overdue();
  Counts counts();

  /// Woken by deliver(); for shells that wait. Returns when something was delivered since `seen`, or after timeout_ns; the value is the
  /// next `seen`, 0 the first.
  std::uint64_t wait(std::uint64_t seen, std::uint64_t timeout_ns);
  /// Ends a wait() from another thread: there is something else to look at.
  void wake();

 private:
  struct Outgoing {
    KeptFrame* kept = nullptr;
    bool sent = false;
  };
  struct Overdue {
    std::uint64_t since_ns = 0;
    std::uint32_t asked = 0;
    bool reported = false;
  };
  static constexpr std::uint32_t most_asks = 3;

  void answer(const FrameHeader& question);
  void heard(const FrameHeader& excuse);
  void signal(FrameHeader header, std::uint32_t bit);
  void start_waiting();
  KeptFrame& unread_frame();

  FrameLink& link_;
  Clock& clock_;
  std::uint64_t frame_timeout_ns_;
  FrameLink::RefusalLog log_;
  std::atomic<std::uint64_t> deliveries_{0};
  std::mutex mutex_;  ///< over all below
  std::condition_variable delivered_;
  FrameInbox inbox_;
  FrameHeader stamp_;                                               ///< incarnation, epoch, from
  std::map<std::pair<ShardId, std::uint32_t>, Outgoing> outgoing_;  ///< by (peer, round): the last of each, for those who ask again
  std::vector<std::unique_ptr<KeptFrame>> kept_;  ///< all there are: those of outgoing_, and those that a link still reads
  std::vector<KeptFrame*> spare_;
  std::map<ShardId, Overdue> overdue_;  ///< of the present stage, by peer
  bool waiting_ = false;
  Counts counts_;  ///< what the inbox does not see
};

}  // namespace colony
