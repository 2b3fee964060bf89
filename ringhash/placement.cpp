#include "ringhash/placement.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <string>

#include "engine/error.hpp"
#include "ringhash/strategies.hpp"

namespace colony {
namespace {

/// load_bound * total / members, rounded up. The bound is cut to a multiple of 2^-20, so that every process computes with integers.
std::uint64_t capacity_of(double load_bound, std::uint64_t total, std::size_t members) {
  using Wide = unsigned __int128;
  const Wide bound = static_cast<std::uint64_t>(load_bound * 0x1p20);
  const Wide parts = Wide{members} << 20;
  return static_cast<std::uint64_t>(std::min(Wide{total}, (bound * total + parts - 1) / parts));  // above the total it bounds nothing
}

void check(const PlacementInput& input) {
  if (!(input.load_bound >= 1 && input.load_bound <= max_load_bound)) {  // also refuses NaN
    throw UsageError(fmt::format("placement: load_bound = {} is out of range; use 1 (all equal) to {} (default {})", input.load_bound,
                                 max_load_bound, default_load_bound));
  }
  check_virtual_nodes(input.virtual_nodes);
  for (const Pin& pin : input.pins) {
    if (pin.block.value >= input.block_sizes.size()) {
      throw UsageError(
          fmt::format("placement: a pin puts block {} on shard {}, but the blocks are 0 to {}; mend the pin or ask for more blocks",
                      pin.block.value, pin.shard.value, static_cast<std::int64_t>(input.block_sizes.size()) - 1));
    }
  }
}

/// Places the pinned blocks; returns the pins to shards that are not members.
std::vector<Pin> place_pins(std::vector<Pin> pins, Draft& draft) {
  std::sort(pins.begin(), pins.end(), [](const Pin& a, const Pin& b) { return std::pair(a.block, a.shard) < std::pair(b.block, b.shard); });
  pins.erase(std::unique(pins.begin(), pins.end()), pins.end());
  std::vector<Pin> ignored;
  for (std::size_t i = 0; i < pins.size(); ++i) {
    const Pin& pin = pins[i];
    if (i > 0 && pins[i - 1].block == pin.block) {
      throw UsageError(fmt::format("placement: block {} is pinned to shard {} and to shard {}; keep one of the pins", pin.block.value,
                                   pins[i - 1].shard.value, pin.shard.value));
    }
    const auto member = std::lower_bound(draft.members.begin(), draft.members.end(), pin.shard);
    if (member == draft.members.end() || *member != pin.shard) {
      ignored.push_back(pin);
    } else {
      draft.assign(pin.block.value, static_cast<std::uint32_t>(member - draft.members.begin()));
      draft.pinned[pin.block.value] = true;
    }
  }
  return ignored;
}

Draft empty_draft(const PlacementInput& input) {
  Draft draft;
  draft.members = sorted_members(input.members);
  draft.sizes = input.block_sizes;
  std::uint64_t total = 0;
  for (const std::uint64_t size : draft.sizes) {
    COLONY_ASSERT(size < (std::uint64_t{1} << 63) - total, "the block sizes add up to 2^63 or more");
    total += size;
  }
  if (total == 0) {
    std::fill(draft.sizes.begin(), draft.sizes.end(), 1);
    total = draft.sizes.size();
  }
  draft.owners.assign(draft.sizes.size(), unplaced);
  draft.pinned.assign(draft.sizes.size(), false);
  draft.loads.assign(draft.members.size(), 0);
  draft.counts.assign(draft.members.size(), 0);
  draft.capacity = capacity_of(input.load_bound, total, draft.members.size());
  return draft;
}

}  // namespace

Placement place(const PlacementInput& input) {
  check(input);
  Draft draft = empty_draft(input);
  std::vector<Pin> ignored = place_pins(input.pins, draft);
  switch (input.strategy) {
    case Strategy::ring: place_ring(draft, input.virtual_nodes); break;
    case Strategy::spread: place_spread(draft); break;
    case Strategy::binpack: place_binpack(draft); break;
    case Strategy::locality: place_locality(draft); break;
  }
  return Placement(std::move(draft.members), std::move(draft.owners), input.block_sizes, std::move(ignored));
}

Placement::Placement(std::vector<ShardId> members, std::vector<std::uint32_t> owners, std::span<const std::uint64_t> block_sizes,
                     std::vector<Pin> ignored_pins)
    : members_(std::move(members)),
      owners_(std::move(owners)),
      loads_(members_.size()),
      offsets_(members_.size() + 1),
      blocks_(owners_.size()),
      ignored_pins_(std::move(ignored_pins)) {
  COLONY_ASSERT(block_sizes.size() == owners_.size(), "a placement needs the size of each block");
  for (std::uint32_t block = 0; block < owners_.size(); ++block) {
    COLONY_ASSERT(owners_[block] < members_.size(), "a block without an owner");
    loads_[owners_[block]] += block_sizes[block];
    ++offsets_[owners_[block] + 1];
  }
  std::partial_sum(offsets_.begin(), offsets_.end(), offsets_.begin());
  std::vector<std::uint32_t> next(offsets_.begin(), offsets_.end() - 1);
  for (std::uint32_t block = 0; block < owners_.size(); ++block) blocks_[next[owners_[block]]++] = BlockId{block};

  hash_ = hash_pair(HashPurpose::table, members_.size(), owners_.size());
  for (const ShardId member : members_) hash_ = hash_pair(HashPurpose::table, hash_, member.value);
  for (const std::uint32_t owner : owners_) hash_ = hash_pair(HashPurpose::table, hash_, owner);
}

std::size_t Placement::position(ShardId shard) const {
  const auto member = std::lower_bound(members_.begin(), members_.end(), shard);
  return member != members_.end() && *member == shard ? static_cast<std::size_t>(member - members_.begin()) : members_.size();
}

std::span<const BlockId> Placement::blocks_of(ShardId shard) const {
  const std::size_t at = position(shard);
  if (at == members_.size()) return {};
  return std::span(blocks_).subspan(offsets_[at], offsets_[at + 1] - offsets_[at]);
}

std::uint64_t Placement::load(ShardId shard) const {
  const std::size_t at = position(shard);
  return at == members_.size() ? 0 : loads_[at];
}

std::vector<Move> diff(const Placement& from, const Placement& to) {
  COLONY_ASSERT(from.block_count() == to.block_count(), "placements of different blocks can't be compared");
  std::vector<Move> moves;
  for (std::uint32_t value = 0; value < from.block_count(); ++value) {
    const BlockId block{value};
    if (from.owner(block) != to.owner(block)) moves.push_back({block, from.owner(block), to.owner(block)});
  }
  return moves;
}

Strategy parse_strategy(std::string_view name) {
  const auto found = std::find(strategy_names.begin(), strategy_names.end(), name);
  if (found == strategy_names.end()) {
    std::string message = fmt::format("placement: there is no strategy \"{}\"; use one of", name);
    for (const std::string_view valid : strategy_names) message += fmt::format(" {}", valid);
    throw UsageError(message);
  }
  return static_cast<Strategy>(found - strategy_names.begin());
}

std::string_view strategy_name(Strategy strategy) { return strategy_names[static_cast<std::size_t>(strategy)]; }

}  // namespace colony
