#include "shard/partition.hpp"

#include <metis.h>

#include <algorithm>
#include <vector>

#include "engine/error.hpp"
#include "engine/executor.hpp"
#include "engine/graph/here.hpp"
#include "engine/random/random.hpp"

namespace colony {
namespace {

constexpr std::uint64_t grain = 65536;

/// Blocks of about 8192 nodes, at least 8 a shard where the nodes suffice, so that the ring can balance them; a small graph has few.
std::uint32_t default_blocks(std::uint64_t nodes, std::uint32_t shards) {
  const std::uint64_t by_size = nodes / 8192;
  const std::uint64_t least = shards == 1 ? 1 : std::min<std::uint64_t>(std::uint64_t{16} * shards, std::max<std::uint64_t>(1, nodes / 16));
  return static_cast<std::uint32_t>(std::clamp<std::uint64_t>(by_size, std::max<std::uint64_t>(1, least), 65536));
}

/// The undirected structure of a graph as METIS wants it.
struct MetisGraph {
  std::vector<idx_t> offsets, targets;
};

MetisGraph metis_graph(const Graph& graph) {
  MetisGraph out;
  const std::uint64_t n = graph.node_count;
  std::vector<std::vector<idx_t>> extra;
  out.offsets.push_back(0);
  if (graph.topology == Topology::lattice) {
    const LatticeShape& shape = graph.lattice;
    const int step = shape.neighbours == 8 ? 1 : 2;
    for (std::uint64_t rank = 0; rank < n; ++rank) {
      const std::int64_t x = static_cast<std::int64_t>(rank % shape.width), y = static_cast<std::int64_t>(rank / shape.width);
      for (int d = 0; d < 8; d += step) {
        const std::int64_t to_x = x + direction_dx[d], to_y = y + direction_dy[d];  // the wrap is left out: METIS may cut there
        if (to_x >= 0 && to_x < shape.width && to_y >= 0 && to_y < shape.height)
          out.targets.push_back(static_cast<idx_t>(to_y * shape.width + to_x));
      }
      out.offsets.push_back(static_cast<idx_t>(out.targets.size()));
    }
    return out;
  }
  if (graph.directed) {  // METIS needs both ways
    extra.resize(n);
    for (std::uint64_t u = 0; u < n; ++u)
      for (std::uint64_t e = graph.offsets[u]; e < graph.offsets[u + 1]; ++e) extra[graph.targets[e]].push_back(static_cast<idx_t>(u));
  }
  std::vector<idx_t> row;
  for (std::uint64_t u = 0; u < n; ++u) {
    row.assign(graph.targets.begin() + graph.offsets[u], graph.targets.begin() + graph.offsets[u + 1]);
    if (graph.directed) {
      row.insert(row.end(), extra[u].begin(), extra[u].end());
      std::sort(row.begin(), row.end());
      row.erase(std::unique(row.begin(), row.end()), row.end());
    }
    out.targets.insert(out.targets.end(), row.begin(), row.end());
    out.offsets.push_back(static_cast<idx_t>(out.targets.size()));
  }
  return out;
}

void partition_by_metis(const Graph& graph, Partition& partition) {
  if (graph.node_count > 0x7fffffff) throw UsageError("partition = \"metis\": METIS takes at most 2^31 - 1 nodes; use \"range\"");
  const std::uint64_t arcs =
      graph.topology == Topology::lattice ? graph.node_count * graph.lattice.neighbours : graph.targets.size() * (graph.directed ? 2 : 1);
  if (arcs > 0x7fffffff) throw UsageError("partition = \"metis\": METIS takes at most 2^31 - 1 arcs; use \"range\"");
  MetisGraph input = metis_graph(graph);
  idx_t nodes = static_cast<idx_t>(graph.node_count), constraints = 1, parts = static_cast<idx_t>(partition.blocks), cut = 0;
  idx_t options[METIS_NOPTIONS];
  METIS_SetDefaultOptions(options);
  options[METIS_OPTION_SEED] = 1;
  std::vector<idx_t> part(graph.node_count);
  const int status = METIS_PartGraphKway(&nodes, &constraints, input.offsets.data(), input.targets.data(), nullptr, nullptr, nullptr,
                                         &parts, nullptr, nullptr, options, &cut, part.data());
  if (status != METIS_OK) throw UsageError("partition = \"metis\": METIS failed on this graph; use \"range\"");
  std::copy(part.begin(), part.end(), partition.block_of.begin());
}

}  // namespace

Partition make_partition(const Graph& graph, const std::string& kind, std::uint32_t blocks, std::uint32_t shards, std::uint64_t seed,
                         Executor& executor) {
  const std::uint64_t n = graph.node_count;
  Partition partition;
  const bool rows = graph.topology == Topology::lattice && kind == "range";
  const std::uint64_t most = rows ? graph.lattice.height : n;
  const std::uint32_t wanted = blocks == 0 ? default_blocks(n, shards) : blocks;
  partition.blocks = static_cast<std::uint32_t>(std::min<std::uint64_t>(wanted, most));
  partition.whole_rows = rows;
  partition.block_of.resize(n);
  const std::uint64_t b = partition.blocks;
  if (kind == "metis" && b > 1 && graph.topology != Topology::complete) {
    partition_by_metis(graph, partition);
    partition.breadth_first = true;
    return partition;
  }
  const RandomKey key = random_key(seed, Stream::place, 0);
  executor.for_range(n, grain, [&](std::size_t begin, std::size_t end) {
    for (std::uint64_t rank = begin; rank < end; ++rank) {
      std::uint64_t block;
      if (rows) block = rank / graph.lattice.width * b / graph.lattice.height;
      else if (kind == "hash") block = below(draw_entity(key, graph.id_of(rank))[0], static_cast<std::uint32_t>(b));
      else block = rank * b / n;
      partition.block_of[rank] = static_cast<std::uint32_t>(block);
    }
  });
  return partition;
}

}  // namespace colony
