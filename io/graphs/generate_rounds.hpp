// Edges drawn again in rounds. A simple graph holds a pair once, so that a generator whose draws collide must draw again, or it delivers
// fewer edges than it was asked for. In each round new edges are drawn by their numbers; one is kept if no kept edge has its pair and its
// number is the least among the new ones with that pair. So what is kept is a function of the key, and not of the order of the draws.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/graph/graph.hpp"

namespace colony {

/// Two nodes that an edge joins, as one number: the row where the edge is looked up, then the other end. Undirected: the larger id leads.
struct DrawnEdge {
  std::uint64_t pair;
  std::uint64_t number;  ///< of the draw: the least wins
};

constexpr std::uint64_t pair_of(Arc arc, bool directed) {
  const bool turned = !directed && arc.source < arc.target;
  return turned ? std::uint64_t{arc.target} << 32 | arc.source : std::uint64_t{arc.source} << 32 | arc.target;
}

/// Whether the rows hold this pair.
bool has_pair(const Graph& graph, std::uint64_t pair);

/// Leaves of each pair the edge with the least number, in the order of pairs. None of the edges is in the graph.
void keep_least(std::vector<DrawnEdge>& edges);

/// Adds edges to the rows, in place. edges: in the order of pairs, each pair once and none of the graph's own; no self loops.
void insert_edges(Graph& graph, const std::vector<DrawnEdge>& edges, Executor& executor);

}  // namespace colony
