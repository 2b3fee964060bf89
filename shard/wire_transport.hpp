// The Transport of a member: frames are stamped, kept for those who ask again, sent over a link, and read from the inbox.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <vector>

#include "io/clock.hpp"
#include "shard/frame_inbox.hpp"
#include "shard/frame_link.hpp"
#include "shard/transport.hpp"

namespace colony {

class WireTransport final : public Transport {
 public:
  WireTransport(FrameLink& link, Clock& clock, std::uint64_t frame_timeout_ns);

  /// The peers that this member shares ghosts with, and the stage that it waits for first.
  void begin_epoch(std::uint32_t incarnation, std::uint32_t epoch, ShardId self, std::vector<ShardId> peers, Tick start);

  // Transport: `round` 0 .. 2 of the stage's tick.
  Frame& open(ShardId from, ShardId to, std::uint32_t round) override;
  void send(ShardId from, ShardId to, std::uint32_t round) override;
  const Frame& receive(ShardId from, ShardId to, std::uint32_t round) override;

  /// A frame from the link; any thread.
  void deliver(Frame&& frame);
  /// All frames of the present stage are there.
  bool arrived();
  /// The present stage has been read: wait for that one.
  void next(Stage stage);
  /// Asks again for frames that are overdue. Returns the peers that have been asked three times in vain, once each.
  std::vector<ShardId> ask_for_overdue();
  FrameInbox::Counts counts();

  /// Woken by deliver(); for shells that wait. Returns when something was delivered since `seen`, or at the deadline.
  std::uint64_t wait(std::uint64_t seen, std::uint64_t timeout_ns);

 private:
  struct Outgoing {
    Frame frame;
    bool sent = false;
  };
  static constexpr std::uint32_t kept_rounds = 3;

  FrameLink& link_;
  Clock& clock_;
  std::uint64_t frame_timeout_ns_;
  std::mutex mutex_;  ///< over all below
  std::condition_variable arrived_;
  std::uint64_t deliveries_ = 0;
  FrameInbox inbox_;
  FrameHeader stamp_;                                               ///< incarnation, epoch, from
  std::map<std::pair<ShardId, std::uint32_t>, Outgoing> outgoing_;  ///< by (peer, round): the last of each, for those who ask again
  std::uint64_t waiting_since_ns_ = 0;
  std::uint32_t asked_ = 0;
};

}  // namespace colony
