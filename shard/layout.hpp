// From a graph, a partition and a placement to what each shard holds: its nodes in blocks, its ghosts, its rows in local indices, and who
// must hear of which node.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/graph/graph.hpp"
#include "engine/ids.hpp"
#include "engine/state/part.hpp"
#include "shard/partition.hpp"

namespace colony {

/// One shard that this one shares ghosts with.
struct Peer {
  ShardId id;
  LocalIndex ghost_begin = 0, ghost_end = 0;  ///< this shard's ghosts that the peer owns
  Array<LocalIndex> exports;                  ///< own nodes that are the peer's ghosts, in the order of the peer's ghosts
};

/// A ghost somewhere else of an own node.
struct ExportTarget {
  std::uint32_t peer;  ///< index into GhostPlan::peers
  LocalIndex ghost;    ///< local index there
};

struct GhostPlan {
  std::vector<Peer> peers;
  Array<LocalIndex> home;               ///< [ghosts] the owner's local index
  Array<std::uint32_t> export_offsets;  ///< [owned + 1] into export_targets
  Array<ExportTarget> export_targets;
  /// RowNeeds::everyone: [blocks] index of the peer that owns each block, no_index for this shard's own.
  std::vector<std::uint32_t> block_peer;
  /// Index of the peer that owns a ghost.
  std::size_t peer_of(LocalIndex ghost) const;
};

/// Where every node lives; kept while states are filled or loaded.
struct NodeMap {
  Array<std::uint32_t> shard;  ///< [nodes] by rank: index into the placement's members
  Array<LocalIndex> local;     ///< [nodes] by rank: local index there
};

struct ShardLayout {
  Geometry geometry;
  GhostPlan plan;
};

struct Layout {
  NodeMap map;
  std::vector<ShardLayout> shards;
};

/// What a model reads of the graph, and whom its effects can reach.
struct RowNeeds {
  bool in = false;          ///< a kernel reads its sources
  bool out = false;         ///< a kernel walks to its targets
  std::uint32_t reach = 1;  ///< how many hops away it reads
  bool by_id = false;       ///< it finds nodes by their ids
  bool everyone = false;    ///< effects go to any shard, not only to those with shared ghosts
};

/// The block of a node that is named by content: the same wherever it is asked for.
inline std::uint32_t content_block(std::uint64_t id, std::size_t blocks) {
  return static_cast<std::uint32_t>((static_cast<unsigned __int128>(id) * blocks) >> 64);
}

/// Which shards there are, and which of them are laid out in full here: a process of a cluster has the rows of its own shard alone, and
/// knows of the others only who owns what and who has which ghosts.
struct ShardChoice {
  std::vector<ShardId> members;       ///< ascending
  std::vector<std::uint32_t> locals;  ///< positions in members, ascending
  static ShardChoice all(std::uint32_t shards);
  bool local(std::size_t position) const;
};

/// owner: [blocks] position in choice.members of the shard that owns each block. Takes the rows out of `graph` where one shard holds it
/// all; otherwise frees them when each local shard has its own. Layout::shards is by position; of those that are not local only sizes are
/// set.
Layout make_layout(Graph& graph, const Partition& partition, const std::vector<std::uint32_t>& owner, const ShardChoice& choice,
                   RowNeeds needs, Executor& executor);

}  // namespace colony
