// How frames get from shard to shard. A shard fills the frame that its transport opens for a peer, sends it, and reads the frames of its
// peers when the round has passed.
#pragma once

#include <memory>
#include <vector>

#include "engine/ids.hpp"
#include "shard/links/frame.hpp"

namespace colony {

class Transport {
 public:
  virtual ~Transport() = default;
  /// An empty frame for a peer; valid until send. round: 1 or 2, or 0 for the ghosts of the state that is begun from.
  virtual Frame& open(ShardId from, ShardId to, std::uint32_t round) = 0;
  virtual void send(ShardId from, ShardId to, std::uint32_t round) = 0;
  /// The frame of a peer in this round; valid until the peer opens that round again.
  virtual const Frame& receive(ShardId from, ShardId to, std::uint32_t round) = 0;
};

/// Shards of one process: a frame lies where the sender filled it and the receiver reads it there. The host's barrier between sending and
/// receiving orders the two. through_bytes: every frame is encoded and decoded on the way, as it would be between processes.
class InprocTransport final : public Transport {
 public:
  InprocTransport(std::size_t shards, bool through_bytes);
  Frame& open(ShardId from, ShardId to, std::uint32_t round) override;
  void send(ShardId from, ShardId to, std::uint32_t round) override;
  const Frame& receive(ShardId from, ShardId to, std::uint32_t round) override;

 private:
  Frame& slot(ShardId from, ShardId to, std::uint32_t round);
  std::size_t shards_;
  bool through_bytes_;
  static constexpr std::size_t rounds = 3;
  std::vector<Frame> frames_;  ///< [from][to][round]
};

}  // namespace colony
