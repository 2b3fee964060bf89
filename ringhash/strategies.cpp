#include "ringhash/strategies.hpp"

#include <algorithm>
#include <numeric>
#include <tuple>

#include "engine/error.hpp"

namespace colony {
namespace {

using Wide = unsigned __int128;  // sizes below 2^63 times counts below 2^32

/// The unplaced blocks in an order: by key(block), then by id.
template <class Key>
std::vector<std::uint32_t> unplaced_blocks_by(const Draft& draft, Key key) {
  std::vector<std::pair<decltype(key(0)), std::uint32_t>> keyed;
  for (std::uint32_t block = 0; block < draft.block_count(); ++block) {
    if (draft.owners[block] == unplaced) keyed.emplace_back(key(block), block);
  }
  std::sort(keyed.begin(), keyed.end());
  std::vector<std::uint32_t> order;
  order.reserve(keyed.size());
  for (const auto& entry : keyed) order.push_back(entry.second);
  return order;
}

/// The work of the shards that `ring` left without any: for each, the block that came last to the fullest shard with two or more.
/// order: the free blocks as they were placed.
void feed_idle(Draft& draft, const std::vector<std::uint32_t>& order) {
  std::vector<std::uint32_t> working(draft.member_count());  // blocks that have a size
  std::vector<std::uint32_t> free(draft.member_count());     // ... and no pin
  for (std::uint32_t block = 0; block < draft.block_count(); ++block) {
    if (draft.sizes[block] == 0) continue;
    ++working[draft.owners[block]];
    if (!draft.pinned[block]) ++free[draft.owners[block]];
  }
  for (std::uint32_t idle = 0; idle < draft.member_count(); ++idle) {
    if (working[idle] != 0) continue;
    std::uint32_t donor = unplaced;
    for (std::uint32_t shard = 0; shard < draft.member_count(); ++shard) {
      if (working[shard] < 2 || free[shard] == 0) continue;
      if (donor == unplaced || draft.loads[shard] > draft.loads[donor]) donor = shard;
    }
    if (donor == unplaced) return;
    const auto last = std::find_if(order.rbegin(), order.rend(),
                                   [&](std::uint32_t block) { return draft.owners[block] == donor && draft.sizes[block] != 0; });
    draft.loads[donor] -= draft.sizes[*last];
    --draft.counts[donor];
    --working[donor];
    --free[donor];
    draft.assign(*last, idle);
    ++working[idle];
    ++free[idle];
  }
}

/// What each shard should get of the free blocks so that all come as near as can be to one level: pinned loads are filled up like
/// vessels. Result: [members] room in units of 1/scale, summing to scale * the weight of the free blocks.
struct Rooms {
  std::vector<Wide> room;
  Wide scale = 1;
};

Rooms level_rooms(const Draft& draft, Wide free_weight) {
  std::vector<std::uint64_t> pinned_loads = draft.loads;
  std::sort(pinned_loads.begin(), pinned_loads.end());
  Wide filled = free_weight;  // of the `below` least loaded shards together
  std::size_t below = 0;
  do {
    filled += pinned_loads[below++];
  } while (below < pinned_loads.size() && filled > Wide{pinned_loads[below]} * below);
  Rooms rooms;
  rooms.scale = below;
  for (const std::uint64_t load : draft.loads) {
    const Wide level = Wide{load} * below;
    rooms.room.push_back(filled > level ? filled - level : 0);
  }
  return rooms;
}

}  // namespace

void Draft::assign(std::uint32_t block, std::uint32_t shard) {
  owners[block] = shard;
  loads[shard] += sizes[block];
  ++counts[shard];
}

void place_ring(Draft& draft, std::uint32_t virtual_nodes) {
  const Ring ring(draft.members, virtual_nodes);
  const auto order = unplaced_blocks_by(draft, [](std::uint32_t block) { return hash_pair(HashPurpose::key, block); });
  for (const std::uint32_t block : order) {
    const auto shard =
        ring.walk(block, [&](std::uint32_t candidate) { return draft.sizes[block] == 0 || draft.loads[candidate] < draft.capacity; });
    COLONY_ASSERT(shard.has_value(), "every shard is at its capacity before the last block is placed");
    draft.assign(block, *shard);
  }
  feed_idle(draft, order);
}

void place_spread(Draft& draft) {
  const auto order =
      unplaced_blocks_by(draft, [&](std::uint32_t block) { return std::pair(~draft.sizes[block], hash_pair(HashPurpose::key, block)); });
  for (const std::uint32_t block : order) {
    std::uint32_t best = 0;
    for (std::uint32_t shard = 1; shard < draft.member_count(); ++shard) {
      const auto filling = [&](std::uint32_t s) { return std::tie(draft.loads[s], draft.counts[s]); };
      const auto tie = [&](std::uint32_t s) { return hash_pair(HashPurpose::tie, block, draft.members[s].value); };
      if (filling(shard) < filling(best) || (filling(shard) == filling(best) && tie(shard) > tie(best))) best = shard;
    }
    draft.assign(block, best);
  }
}

void place_binpack(Draft& draft) {
  std::uint32_t shard = 0;
  for (std::uint32_t block = 0; block < draft.block_count(); ++block) {
    if (draft.owners[block] != unplaced) continue;
    while (shard + 1 < draft.member_count() && draft.loads[shard] >= draft.capacity) ++shard;
    draft.assign(block, shard);
  }
}

void place_locality(Draft& draft) {
  const auto order = unplaced_blocks_by(draft, [](std::uint32_t block) { return block; });
  Wide free_weight = 0;
  for (const std::uint32_t block : order) free_weight += draft.sizes[block];
  const Rooms rooms = level_rooms(draft, free_weight);

  // Where there are blocks enough, a shard without a pinned block takes at least one: `needed` are those that the shards ahead need.
  std::size_t needed = std::count(draft.counts.begin(), draft.counts.end(), 0u);
  const bool feed = needed <= order.size();
  if (!feed) needed = 0;

  std::size_t begin = 0, end = 0;
  Wide share_end = 0, twice_middle = 0;  // twice_middle: two times the weight of the blocks before `end`
  for (std::uint32_t shard = 0; shard < draft.member_count(); ++shard) {
    share_end += rooms.room[shard];
    while (end < order.size() && (twice_middle + draft.sizes[order[end]]) * rooms.scale < 2 * share_end) {
      twice_middle += 2 * Wide{draft.sizes[order[end++]]};
    }
    const std::size_t need = feed && draft.counts[shard] == 0 ? 1 : 0;
    needed -= need;
    std::size_t stop = std::min(std::max(end, begin + need), order.size() - needed);
    if (shard + 1 == draft.member_count()) stop = order.size();
    for (; begin < stop; ++begin) draft.assign(order[begin], shard);
  }
}

}  // namespace colony
