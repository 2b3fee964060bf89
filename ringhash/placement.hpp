// Which shard owns which block. A pure function of the membership, the block sizes published with the epoch, the strategy and the pins:
// every process computes the same table, and the tables' hashes are compared on joining.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "engine/ids.hpp"
#include "ringhash/ring.hpp"

namespace colony {

enum class Strategy : std::uint8_t {
  ring,      ///< consistent hashing with bounded loads: few blocks move when a shard joins or leaves
  spread,    ///< as equal as possible: the largest block first, to the shard that has least
  binpack,   ///< blocks in the order of their ids fill one shard up to the bound, then the next: as few shards as possible
  locality,  ///< each shard a range of block ids of about equal weight: neighbouring blocks share shards
};

inline constexpr std::array<std::string_view, 4> strategy_names = {"ring", "spread", "binpack", "locality"};  // by value of Strategy

/// Throws UsageError that lists the valid names.
Strategy parse_strategy(std::string_view name);
std::string_view strategy_name(Strategy strategy);

inline constexpr double default_load_bound = 1.25;
inline constexpr double max_load_bound = 1024;

/// Puts one block on one shard, against the strategy if need be.
struct Pin {
  BlockId block;
  ShardId shard;
  friend bool operator==(const Pin&, const Pin&) = default;
};

struct PlacementInput {
  std::vector<ShardId> members;            ///< in any order, each once
  std::vector<std::uint64_t> block_sizes;  ///< [blocks] weight of each; all 0 counts as all equal. The sum is below 2^63
  Strategy strategy = Strategy::ring;
  std::uint32_t virtual_nodes = default_virtual_nodes;  ///< points of a shard on the ring, 1 .. max_virtual_nodes; used by `ring`
  double load_bound = default_load_bound;               ///< 1 .. max_load_bound, in units of 2^-20; used by `ring` and `binpack`
  std::vector<Pin> pins;                                ///< those to shards that are not members are ignored: a member may have died
};

class Placement {
 public:
  /// owners: [blocks] position in members; members: ascending; block_sizes: [blocks].
  Placement(std::vector<ShardId> members, std::vector<std::uint32_t> owners, std::span<const std::uint64_t> block_sizes,
            std::vector<Pin> ignored_pins);

  ShardId owner(BlockId block) const { return members_[owners_[block.value]]; }
  /// Ascending. Empty for a shard without blocks and for one that is not a member.
  std::span<const BlockId> blocks_of(ShardId shard) const;
  /// Sum of the sizes of the shard's blocks; 0 for one that is not a member.
  std::uint64_t load(ShardId shard) const;

  bool has_member(ShardId shard) const { return position(shard) < members_.size(); }
  std::span<const ShardId> members() const { return members_; }  ///< ascending
  std::uint32_t block_count() const { return static_cast<std::uint32_t>(owners_.size()); }
  /// Of members and owners; equal tables have equal hashes in every process.
  std::uint64_t hash() const { return hash_; }
  /// Pins to shards that are not members, for a warning. Not part of the table.
  std::span<const Pin> ignored_pins() const { return ignored_pins_; }

  /// The same members and owners.
  friend bool operator==(const Placement& a, const Placement& b) { return a.members_ == b.members_ && a.owners_ == b.owners_; }

 private:
  std::size_t position(ShardId shard) const;  // in members_; members_.size() when it is not a member

  std::vector<ShardId> members_;        // [members] ascending
  std::vector<std::uint32_t> owners_;   // [blocks] position in members_
  std::vector<std::uint64_t> loads_;    // [members]
  std::vector<std::uint32_t> offsets_;  // [members + 1] into blocks_
  std::vector<BlockId> blocks_;         // [blocks] by owner, then ascending
  std::vector<Pin> ignored_pins_;
  std::uint64_t hash_ = 0;
};

/// The table; the same from any order of members. No shard's load is above load_bound * average + its largest block (for `spread` and
/// `locality`: above average + its largest block), but for one whose pinned blocks alone are. `ring`, `spread` and `locality` leave no
/// shard without work where there are blocks enough. Throws UsageError for no or doubled members, virtual_nodes or load_bound out of
/// range, a pin to a block that is not there, or two pins of one block to different shards.
Placement place(const PlacementInput& input);

struct Move {
  BlockId block;
  ShardId from;
  ShardId to;
  friend bool operator==(const Move&, const Move&) = default;
};

/// Blocks whose owner differs, ascending by block. Both tables must be of the same blocks; memberships may differ.
std::vector<Move> diff(const Placement& from, const Placement& to);

}  // namespace colony
