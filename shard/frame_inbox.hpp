// Makes rounds out of frames that may be late, lost, doubled or out of order. No thread, no clock of its own: whoever owns it locks.
//
// In an epoch, stages follow one another: (T, 0) ghosts of the state that the epoch begins from; then (t, 1) effects and (t, 2) ghosts for
// each tick t >= T. A peer can be ahead by two stages at most, since it needs this member's frames to go on.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <vector>

#include "shard/frame.hpp"

namespace colony {

struct Stage {
  std::uint64_t tick = 0;
  std::uint32_t round = 0;
  friend auto operator<=>(const Stage&, const Stage&) = default;
};

/// A frame with this bit in header.round carries nothing: it asks for the frame of that stage again.
inline constexpr std::uint32_t ask_again = 0x100;

class FrameInbox {
 public:
  enum class Fate : std::uint8_t {
    kept,     ///< waits for its stage, or completes it
    stale,    ///< of an older epoch or a finished stage, or a second copy: dropped and counted
    refused,  ///< of no member, not for this one, or further ahead than a peer can be: dropped and counted
  };
  struct Counts {
    std::uint64_t kept = 0, stale = 0, refused = 0;
  };

  /// Everything of older epochs is dropped; frames of this epoch that came before are looked at now. peers: those a frame of each stage is
  /// expected from.
  void begin_epoch(std::uint32_t incarnation, std::uint32_t epoch, ShardId self, std::vector<ShardId> peers, Stage first);
  Fate take(Frame&& frame);

  /// The stage that is being waited for.
  Stage stage() const { return stage_; }
  bool complete() const;
  std::vector<ShardId> missing() const;
  /// The peer's frame of the present stage, which must be complete; valid until next().
  const Frame& frame(ShardId peer) const;
  /// The present stage is done with.
  void next(Stage stage);
  const Counts& counts() const { return counts_; }

 private:
  struct Key {
    Stage stage;
    ShardId from;
    friend auto operator<=>(const Key&, const Key&) = default;
  };
  bool ahead_of_reach(Stage stage) const;

  std::uint32_t incarnation_ = 0, epoch_ = 0;
  ShardId self_;
  std::vector<ShardId> peers_;  ///< ascending
  Stage stage_;
  std::map<Key, Frame> kept_;
  std::vector<Frame> early_;  ///< of a newer epoch, bounded
  Counts counts_;
};

}  // namespace colony
