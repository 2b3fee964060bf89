#include "shard/links/transport.hpp"

namespace colony {

InprocTransport::InprocTransport(std::size_t shards, bool through_bytes)
    : shards_(shards), through_bytes_(through_bytes), frames_(shards * shards * rounds) {}

Frame& InprocTransport::slot(ShardId from, ShardId to, std::uint32_t round) {
  return frames_[(from.value * shards_ + to.value) * rounds + round];
}

Frame& InprocTransport::open(ShardId from, ShardId to, std::uint32_t round) {
  Frame& frame = slot(from, to, round);
  frame.clear();
  return frame;
}

void InprocTransport::send(ShardId from, ShardId to, std::uint32_t round) {
  if (!through_bytes_) return;
  Frame& frame = slot(from, to, round);
  frame = Frame::decode(frame.encode());
}

const Frame& InprocTransport::receive(ShardId from, ShardId to, std::uint32_t round) { return slot(from, to, round); }

}  // namespace colony
