// The ring: each shard owns points on a circle of 64-bit hashes, and a key belongs to the shard of the first point at or after the key's
// own hash. A shard that joins or leaves takes or gives only the keys before its points. Karger et al. 1997.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "engine/ids.hpp"
#include "ringhash/mix.hpp"

namespace colony {

/// Points of a shard where the job says nothing. docs/adr/0003 has the movement measured with 128 to 1024.
inline constexpr std::uint32_t default_virtual_nodes = 512;
inline constexpr std::uint32_t max_virtual_nodes = 1u << 16;

/// The members in ascending order. Throws UsageError when there is none or one stands there twice.
std::vector<ShardId> sorted_members(std::span<const ShardId> members);

/// Throws UsageError when it is not in 1 .. max_virtual_nodes.
void check_virtual_nodes(std::uint32_t virtual_nodes);

class Ring {
 public:
  /// members: in any order; result: [members * virtual_nodes] points. Throws UsageError as the two checks above.
  explicit Ring(std::span<const ShardId> members, std::uint32_t virtual_nodes = default_virtual_nodes);

  /// Owner of a key; any 64-bit number is one. O(1): about two points are read.
  ShardId lookup(std::uint64_t key) const { return members_[holders_[first_point(hash_pair(HashPurpose::key, key))]]; }

  /// Walks the circle from the key's hash and returns the first position in members() for which accept(position) holds, or nothing
  /// after a full turn. A position is asked once for each of its points that the walk meets.
  template <class Accept>
  std::optional<std::uint32_t> walk(std::uint64_t key, Accept&& accept) const {
    std::size_t at = first_point(hash_pair(HashPurpose::key, key));
    for (std::size_t step = 0; step < holders_.size(); ++step) {
      if (accept(holders_[at])) return holders_[at];
      if (++at == holders_.size()) at = 0;
    }
    return std::nullopt;
  }

  /// Ascending.
  std::span<const ShardId> members() const { return members_; }
  std::size_t point_count() const { return points_.size(); }

 private:
  /// Index of the first point at or after hash, around the circle.
  std::size_t first_point(std::uint64_t hash) const {
    std::size_t at = first_in_slot_[hash >> slot_shift_];
    while (at < points_.size() && points_[at] < hash) ++at;
    return at == points_.size() ? 0 : at;
  }

  std::vector<ShardId> members_;              // [members] ascending
  std::vector<std::uint64_t> points_;         // [points] ascending
  std::vector<std::uint32_t> holders_;        // [points] position in members_
  std::vector<std::uint32_t> first_in_slot_;  // [2^k >= points] the circle in equal slots: first point at or after the slot's begin
  int slot_shift_ = 63;                       // 64 - k
};

}  // namespace colony
