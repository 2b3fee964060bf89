// Which block a node is in. Blocks keep neighbours together where they can; no result depends on how. DESIGN 7.
#pragma once

#include <cstdint>
#include <string>

#include "engine/array.hpp"
#include "engine/graph/graph.hpp"

namespace colony {

class Executor;

struct Partition {
  std::uint32_t blocks = 0;
  bool whole_rows = false;        ///< of a lattice: every block is a run of rows
  bool breadth_first = false;     ///< blocks were cut along edges: inside them, neighbours are to lie near each other too
  Array<std::uint32_t> block_of;  ///< [nodes] by rank
};

/// kind: "range" (by rank; of a lattice by rows), "hash", "metis". blocks = 0 picks a number by size and shards. Fewer blocks than asked
/// for are made when the graph has fewer nodes (or a lattice fewer rows).
Partition make_partition(const Graph& graph, const std::string& kind, std::uint32_t blocks, std::uint32_t shards, std::uint64_t seed,
                         Executor& executor);

}  // namespace colony
