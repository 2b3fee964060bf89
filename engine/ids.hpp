// The identifiers of a colony. Each is a type of its own, so that a block can't be passed where a shard is meant.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>

namespace colony {

/// A strongly typed integer. Tag makes the type distinct; Rep is the width that files and frames carry.
template <class Tag, class Rep>
struct Id {
  using rep = Rep;
  Rep value{};

  constexpr Id() = default;
  constexpr explicit Id(Rep v) : value(v) {}
  friend constexpr auto operator<=>(Id, Id) = default;
};

using NodeId = Id<struct NodeTag, std::uint64_t>;    ///< global; a node read from a file keeps the id it has there
using AgentId = Id<struct AgentTag, std::uint64_t>;  ///< global
using BlockId = Id<struct BlockTag, std::uint32_t>;  ///< 0 .. blocks - 1
using ShardId = Id<struct ShardTag, std::uint32_t>;  ///< unique in a run, never used twice
using Tick = Id<struct TickTag, std::uint64_t>;      ///< ticks done since the colony's beginning

/// Position of a node in the columns of one shard: owned nodes first, ghosts after them. Means nothing outside that shard.
using LocalIndex = std::uint32_t;
inline constexpr LocalIndex no_index = ~LocalIndex{0};

}  // namespace colony

template <class Tag, class Rep>
struct std::hash<colony::Id<Tag, Rep>> {
  std::size_t operator()(colony::Id<Tag, Rep> id) const noexcept { return std::hash<Rep>{}(id.value); }
};
