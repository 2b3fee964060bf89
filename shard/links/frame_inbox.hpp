// Makes rounds out of frames that may be late, lost, doubled or out of order. No thread, no clock of its own: whoever owns it locks.
//
// In an epoch, stages follow one another: (T, 0) ghosts of the state that the epoch begins from; then (t, 1) effects and (t, 2) ghosts for
// each tick t >= T. A peer can be ahead by two stages at most: it needs this member's frame of a stage to leave it, and that is sent before
// this member has left the stage before.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string_view>
#include <vector>

#include "shard/links/frame.hpp"

namespace colony {

struct Stage {
  std::uint64_t tick = 0;
  std::uint32_t round = 0;
  friend auto operator<=>(const Stage&, const Stage&) = default;
};

/// A frame with one of these bits in header.round carries nothing and goes into no inbox: it asks for the frame of that stage again, or
/// answers that there is none yet (a peer that computes or loads for long is not one whose frames are lost).
inline constexpr std::uint32_t ask_again = 0x100, not_yet = 0x200;

class FrameInbox {
 public:
  enum class Fate : std::uint8_t {
    kept,     ///< waits for its stage, or completes it
    stale,    ///< of an older epoch or a finished stage, or a second copy: dropped and counted
    refused,  ///< of no member, not for this one, or further ahead than a peer can be: dropped and counted
  };
  /// Each frame once: one of an epoch to come when that epoch has begun.
  struct Counts {
    std::uint64_t kept = 0, stale = 0, refused = 0;
  };
  /// Frames of epochs to come that are kept for each sender. Senders are bounded by the link, which proves who they are.
  static constexpr std::size_t most_early = 2;

  /// Everything of older epochs is dropped; frames of this epoch that came before are looked at now. peers: those a frame of each stage is
  /// expected from. The epoch must be newer than the last one.
  void begin_epoch(std::uint32_t incarnation, std::uint32_t epoch, ShardId self, std::vector<ShardId> peers, Stage first);
  /// Swaps a frame that is kept for a spent one, whose memory the caller may use again. Allocates nothing but for epochs to come.
  Fate take(Frame&& frame);
  /// Why the last take() refused.
  std::string_view why_refused() const { return why_; }

  /// The stage that is being waited for.
  Stage stage() const { return stage_; }
  bool complete() const { return arrived_ == peers_.size(); }
  std::vector<ShardId> missing() const;
  /// The peer's frame of the present stage, which must be complete; valid until next().
  const Frame& frame(ShardId peer) const;
  /// The present stage, which must be complete, is done with; `stage` must be the one that follows it.
  void next(Stage stage);
  const Counts& counts() const { return counts_; }

 private:
  static constexpr std::size_t reach = 3;  ///< the present stage and two to come
  struct Slot {
    Frame frame;
    bool full = false;
  };
  Fate sort(Frame& frame);
  Fate sort_early(Frame& frame);
  void retire(Slot& slot);
  Fate refuse(std::string_view why);
  std::size_t peer_index(ShardId peer) const;  ///< peers_.size() for others
  std::uint64_t ordinal(Stage stage) const;
  Slot& slot(std::size_t peer, std::uint64_t ordinal) { return slots_[peer][ordinal % reach]; }

  bool begun_ = false;
  std::uint32_t incarnation_ = 0, epoch_ = 0;
  ShardId self_;
  std::vector<ShardId> peers_;  ///< ascending
  Stage first_, stage_;
  std::size_t arrived_ = 0;                     ///< frames of the present stage
  std::vector<std::array<Slot, reach>> slots_;  ///< [peer][ordinal % reach]
  std::vector<Frame> spare_;                    ///< memory of frames that have been read
  std::vector<Frame> early_;                    ///< of newer epochs
  Counts counts_;
  std::string_view why_;
};

}  // namespace colony
