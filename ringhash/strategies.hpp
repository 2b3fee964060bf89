// The four ways to share blocks out, used by place(). Each gives the blocks that are not placed yet (those that no pin has placed) an
// owner; docs/adr/0003 says why these.
#pragma once

#include <cstdint>
#include <vector>

#include "ringhash/ring.hpp"

namespace colony {

inline constexpr std::uint32_t unplaced = ~std::uint32_t{0};

/// A table in the making. Shards are positions in the ascending members; sizes are not all 0.
struct Draft {
  std::vector<ShardId> members;       // [members]
  std::vector<std::uint64_t> sizes;   // [blocks]
  std::vector<std::uint32_t> owners;  // [blocks] position of a shard, or unplaced
  std::vector<bool> pinned;           // [blocks]
  std::vector<std::uint64_t> loads;   // [members] of the blocks placed so far
  std::vector<std::uint32_t> counts;  // [members] blocks placed so far
  /// load_bound * average, rounded up: as loads are integers, `load < capacity` is the exact comparison. Since load_bound >= 1, a block
  /// that has a size always finds a shard below it, for otherwise more would be placed than there is.
  std::uint64_t capacity = 0;

  void assign(std::uint32_t block, std::uint32_t shard);
  std::uint32_t block_count() const { return static_cast<std::uint32_t>(sizes.size()); }
  std::uint32_t member_count() const { return static_cast<std::uint32_t>(members.size()); }
};

/// Blocks in the order of their hash; each goes to the first shard clockwise that is below its capacity. Then each shard that got
/// nothing takes a block from the fullest that has two.
void place_ring(Draft& draft, std::uint32_t virtual_nodes);

/// Blocks by falling size; each goes to the shard with the least load, then the fewest blocks, then the highest hash of block and shard.
void place_spread(Draft& draft);

/// Blocks by id; a shard takes them until it has reached its capacity, then the next shard does.
void place_binpack(Draft& draft);

/// Blocks by id, cut into one range a shard where the middle of a block passes the end of a shard's share.
void place_locality(Draft& draft);

}  // namespace colony
