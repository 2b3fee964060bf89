// The static topology of the job's graph, before it is cut into blocks. Readers and generators make one; shards take their rows of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "engine/array.hpp"
#include "engine/ids.hpp"

namespace colony {

enum class Topology : std::uint8_t { none, csr, lattice, complete };

struct LatticeShape {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::uint32_t neighbours = 8;  ///< 4 or 8
  bool torus = true;
  bool operator==(const LatticeShape&) const = default;
};

/// Nodes are named by rank: the position of their id among the sorted ids. Lattice: id = x + width * y. Lattice and complete have no rows.
struct Graph {
  Topology topology = Topology::none;
  std::uint64_t node_count = 0;
  Array<std::uint64_t> ids;  ///< [node_count] ascending; empty when the ids are 0 .. node_count - 1
  LatticeShape lattice;

  bool directed = false;         ///< undirected: each edge is stored in both rows
  Array<std::uint64_t> offsets;  ///< [node_count + 1], csr only: out-rows
  Array<std::uint32_t> targets;  ///< [offsets.back()] ranks, ascending in each row, no duplicates, no self loops
  Array<float> weights;          ///< parallel to targets; empty when all are 1

  bool dropped_weights = false;     ///< its file has weights, which are not here
  std::uint64_t merged_edges = 0;   ///< parallel edges that were merged into one, weights summed
  std::uint64_t dropped_loops = 0;  ///< self loops that were dropped

  std::uint64_t id_of(std::uint64_t rank) const { return ids.empty() ? rank : ids[rank]; }
  /// Edges as a user counts them: an undirected one once.
  std::uint64_t edge_count() const;
  /// Rank of an id, or node_count when there is no such node.
  std::uint64_t rank_of(std::uint64_t id) const;
};

/// One arc as readers and generators hand it over, by rank.
struct Arc {
  std::uint32_t source;
  std::uint32_t target;
};

class Executor;

/// Builds the rows of a graph with `node_count` nodes from arcs in any order: sorts each row, merges duplicates (weights summed), drops
/// self loops, counts both; an undirected graph gets each edge in both rows, given either way round. weights is empty or parallel to
/// arcs. Frees the arcs as soon as it can; peak memory is 8 bytes an arc (12 with weights) besides the result. Deterministic for any
/// thread count and order of arcs.
Graph build_csr(std::uint64_t node_count, bool directed, Array<Arc> arcs, Array<float> weights, Executor& executor);

/// The same with the rows reversed (in-rows of a directed graph); offsets and targets (and weights) of the result only.
Graph reversed(const Graph& graph, Executor& executor);

/// Sorts ids on all threads and leaves each once.
void sort_unique(Array<std::uint64_t>& ids, Executor& executor);

/// XXH3-based sum over nodes and edges, independent of order: names the static topology in checkpoints. Source: DESIGN 6.
std::uint64_t topology_hash(const Graph& graph, Executor& executor);

}  // namespace colony
