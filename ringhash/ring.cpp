#include "ringhash/ring.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <tuple>

#include "engine/error.hpp"

namespace colony {

std::vector<ShardId> sorted_members(std::span<const ShardId> members) {
  if (members.empty()) throw UsageError("placement: there is no shard to place anything on; give at least one member");
  std::vector<ShardId> sorted(members.begin(), members.end());
  std::sort(sorted.begin(), sorted.end());
  const auto twice = std::adjacent_find(sorted.begin(), sorted.end());
  if (twice != sorted.end()) {
    throw UsageError(fmt::format("placement: shard {} is a member twice; give each shard an id of its own", twice->value));
  }
  return sorted;
}

void check_virtual_nodes(std::uint32_t virtual_nodes) {
  if (virtual_nodes < 1 || virtual_nodes > max_virtual_nodes) {
    throw UsageError(fmt::format("placement: virtual_nodes = {} is out of range; use 1 to {} (default {})", virtual_nodes,
                                 max_virtual_nodes, default_virtual_nodes));
  }
}

Ring::Ring(std::span<const ShardId> members, std::uint32_t virtual_nodes) : members_(sorted_members(members)) {
  check_virtual_nodes(virtual_nodes);
  struct Point {
    std::uint64_t hash;
    std::uint32_t holder;
  };
  std::vector<Point> points;
  points.reserve(members_.size() * virtual_nodes);
  for (std::uint32_t position = 0; position < members_.size(); ++position) {
    const std::uint64_t shard = members_[position].value;
    for (std::uint32_t i = 0; i < virtual_nodes; ++i) points.push_back({hash_pair(HashPurpose::point, shard, i), position});
  }
  // Two points on one hash are ordered by shard, so that the order of joining can't show.
  std::sort(points.begin(), points.end(),
            [](const Point& a, const Point& b) { return std::tie(a.hash, a.holder) < std::tie(b.hash, b.holder); });

  points_.reserve(points.size());
  holders_.reserve(points.size());
  for (const Point& point : points) {
    points_.push_back(point.hash);
    holders_.push_back(point.holder);
  }
  const int slot_bits = std::max(1, static_cast<int>(std::bit_width(points_.size() - 1)));
  slot_shift_ = 64 - slot_bits;
  first_in_slot_.resize(std::size_t{1} << slot_bits);
  std::uint32_t at = 0;
  for (std::size_t slot = 0; slot < first_in_slot_.size(); ++slot) {
    while (at < points_.size() && points_[at] < static_cast<std::uint64_t>(slot) << slot_shift_) ++at;
    first_in_slot_[slot] = at;
  }
}

}  // namespace colony
