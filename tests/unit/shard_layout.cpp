// Partition and layout: blocks cover the graph, each node has one owner, each shard holds exactly the ghosts that it needs, and both sides
// agree on who tells whom about which node.
#include "shard/layout.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <map>
#include <set>

#include "engine/error.hpp"
#include "engine/graph/here.hpp"
#include "tests/support/graphs.hpp"

namespace colony::testing {
namespace {

Graph copy_of(const Graph& graph) {
  Graph copy;
  copy.topology = graph.topology;
  copy.node_count = graph.node_count;
  copy.lattice = graph.lattice;
  copy.directed = graph.directed;
  for (const std::uint64_t id : graph.ids) copy.ids.push_back(id);
  for (const std::uint64_t offset : graph.offsets) copy.offsets.push_back(offset);
  for (const std::uint32_t target : graph.targets) copy.targets.push_back(target);
  return copy;
}

/// What is laid out, and how.
struct Cut {
  Graph graph;
  Partition partition;
  std::vector<std::uint32_t> owner;
  std::uint32_t shards;
  RowNeeds needs;
};

/// Global ids of a local row.
std::vector<std::uint64_t> ids_of(const Geometry& g, const Array<std::uint64_t>& offsets, const Array<LocalIndex>& row, LocalIndex i) {
  std::vector<std::uint64_t> ids;
  for (std::uint64_t e = offsets[i]; e < offsets[i + 1]; ++e) ids.push_back(g.id_of(row[e]));
  return ids;
}

std::vector<std::uint64_t> row_ids(const Graph& graph, const Graph& rows, std::uint64_t rank) {
  std::vector<std::uint64_t> ids;
  for (std::uint64_t e = rows.offsets[rank]; e < rows.offsets[rank + 1]; ++e) ids.push_back(graph.id_of(rows.targets[e]));
  return ids;
}

/// The neighbour of a lattice node by arithmetic; node_count when there is none.
std::uint64_t lattice_neighbour(const Graph& graph, std::uint64_t rank, int d) {
  const auto w = static_cast<std::int64_t>(graph.lattice.width), h = static_cast<std::int64_t>(graph.lattice.height);
  std::int64_t x = static_cast<std::int64_t>(rank) % w + direction_dx[d], y = static_cast<std::int64_t>(rank) / w + direction_dy[d];
  if (!graph.lattice.torus && (x < 0 || y < 0 || x >= w || y >= h)) return graph.node_count;
  x = (x + w) % w;
  y = (y + h) % h;
  return static_cast<std::uint64_t>(y * w + x);
}

void check_csr_rows(const Cut& cut, const Graph& reverse, const Geometry& g, LocalIndex i, std::uint64_t rank,
                    std::set<std::uint64_t>& reached) {
  const CsrRows rows = g.csr();
  if (cut.needs.out || !cut.graph.directed) {
    const auto expected = row_ids(cut.graph, cut.graph, rank);
    RC_ASSERT(ids_of(g, g.out_offsets, g.targets, i) == expected);
    RC_ASSERT(g.out_degree(i) == expected.size());
    reached.insert(expected.begin(), expected.end());
  }
  if (cut.needs.in || !cut.graph.directed) {
    const auto expected = row_ids(cut.graph, cut.graph.directed ? reverse : cut.graph, rank);
    std::vector<std::uint64_t> sources;
    for (std::uint64_t e = rows.in_offsets[i]; e < rows.in_offsets[i + 1]; ++e) sources.push_back(g.id_of(rows.sources[e]));
    RC_ASSERT(sources == expected);
    RC_ASSERT(g.in_degree(i) == expected.size());
    reached.insert(expected.begin(), expected.end());
  }
}

void check_lattice_node(const Cut& cut, const Geometry& g, LocalIndex i, std::uint64_t rank, std::set<std::uint64_t>& reached) {
  const int step = cut.graph.lattice.neighbours == 8 ? 1 : 2;
  for (int d = 0; d < 8; d += step) {
    const std::uint64_t expected = lattice_neighbour(cut.graph, rank, d);
    const std::size_t local = g.whole_rows ? g.row_lattice().neighbour_of(i, d) : g.table_lattice().neighbour_of(i, d);
    RC_ASSERT((local == no_index) == (expected == cut.graph.node_count));
    if (local == no_index) continue;
    RC_ASSERT(g.id_of(static_cast<LocalIndex>(local)) == expected);
    reached.insert(expected);
  }
}

void check_shard(const Cut& cut, const Graph& reverse, const Layout& layout, std::uint32_t s, std::vector<int>& owners) {
  const Geometry& g = layout.shards[s].geometry;
  LocalIndex begin = 0;
  std::set<std::uint64_t> reached, own;
  for (const LocalBlock& block : g.blocks) {
    RC_ASSERT(block.begin == begin);
    RC_ASSERT(cut.owner[block.id.value] == s);
    begin = block.end;
    for (LocalIndex i = block.begin; i < block.end; ++i) {
      if (i > block.begin && !cut.partition.breadth_first) RC_ASSERT(g.id_of(i - 1) < g.id_of(i));
      const std::uint64_t rank = cut.graph.rank_of(g.id_of(i));
      ++owners[rank];
      own.insert(g.id_of(i));
      RC_ASSERT(cut.partition.block_of[rank] == block.id.value);
      RC_ASSERT(layout.map.shard[rank] == s && layout.map.local[rank] == i);
      if (g.topology == Topology::csr) check_csr_rows(cut, reverse, g, i, rank, reached);
      if (g.topology == Topology::lattice) check_lattice_node(cut, g, i, rank, reached);
    }
  }
  RC_ASSERT(begin == g.owned);
  if (g.topology == Topology::complete)
    for (std::uint64_t rank = 0; rank < cut.graph.node_count; ++rank) {
      reached.insert(cut.graph.id_of(rank));
      RC_ASSERT(g.id_of(g.order[rank]) == cut.graph.id_of(rank));
    }
  std::set<std::uint64_t> ghosts;
  for (LocalIndex i = g.owned; i < g.total(); ++i) ghosts.insert(g.id_of(i));
  RC_ASSERT(ghosts.size() == g.ghosts);
  for (const std::uint64_t id : reached) RC_ASSERT(own.contains(id) || ghosts.contains(id));
  for (const std::uint64_t id : ghosts) {
    RC_ASSERT(!own.contains(id));
    if (g.topology == Topology::csr) RC_ASSERT(reached.contains(id));  // no ghost without a reader
  }
}

/// Both sides of every pair of shards name the same nodes in the same order.
void check_peers(const Layout& layout, std::uint32_t s) {
  const Geometry& g = layout.shards[s].geometry;
  const GhostPlan& plan = layout.shards[s].plan;
  LocalIndex at = g.owned;
  std::size_t exported = 0;
  for (std::size_t p = 0; p < plan.peers.size(); ++p) {
    const Peer& peer = plan.peers[p];
    RC_ASSERT(peer.id.value != s);
    const Geometry& there = layout.shards[peer.id.value].geometry;
    const auto& peers_there = layout.shards[peer.id.value].plan.peers;
    const auto back = std::find_if(peers_there.begin(), peers_there.end(), [&](const Peer& other) { return other.id.value == s; });
    RC_ASSERT(back != peers_there.end());  // who is my peer has me as his: both wait for a frame
    RC_ASSERT(back->exports.size() == peer.ghost_end - peer.ghost_begin);
    if (peer.ghost_begin != peer.ghost_end) {
      RC_ASSERT(peer.ghost_begin == at);
      at = peer.ghost_end;
    }
    for (LocalIndex ghost = peer.ghost_begin; ghost < peer.ghost_end; ++ghost) {
      const LocalIndex home = plan.home[ghost - g.owned];
      RC_ASSERT(home < there.owned);
      RC_ASSERT(there.id_of(home) == g.id_of(ghost));
      RC_ASSERT(back->exports[ghost - peer.ghost_begin] == home);
      RC_ASSERT(plan.peer_of(ghost) == p);
      if (ghost > peer.ghost_begin) RC_ASSERT(g.id_of(ghost - 1) < g.id_of(ghost));
    }
    exported += peer.exports.size();
  }
  RC_ASSERT(at == g.total());
  RC_ASSERT(plan.export_targets.size() == exported);
  std::set<std::pair<std::uint32_t, LocalIndex>> told;
  for (LocalIndex i = 0; i < g.owned; ++i)
    for (std::uint32_t e = plan.export_offsets[i]; e < plan.export_offsets[i + 1]; ++e) {
      const ExportTarget target = plan.export_targets[e];
      RC_ASSERT(layout.shards[plan.peers[target.peer].id.value].geometry.id_of(target.ghost) == g.id_of(i));
      RC_ASSERT((told.insert({target.peer, target.ghost}).second));
    }
}

TEST(Layout, IsConsistentForAnyCut) {
  EXPECT_TRUE(rc::check("each node has one owner, each shard its ghosts, each pair of shards the same list", [] {
    Executor executor(1);
    const auto width = *rc::gen::inRange<std::uint32_t>(1, 14), height = *rc::gen::inRange<std::uint32_t>(1, 14);
    const std::uint64_t nodes = std::uint64_t{width} * height;
    const auto kind = *rc::gen::inRange(0, 3);
    const bool flag = *rc::gen::arbitrary<bool>(), sparse = *rc::gen::arbitrary<bool>();
    const GraphMaker make = kind == 0   ? lattice(width, height, *rc::gen::element(4u, 8u), flag)
                            : kind == 1 ? complete(nodes)
                                        : random_graph(nodes, *rc::gen::inRange<std::uint64_t>(0, 4 * nodes + 1), flag, sparse);
    Cut cut;
    cut.graph = make(executor);
    cut.shards = *rc::gen::inRange<std::uint32_t>(1, 7);
    const std::string partition = *rc::gen::element<std::string>("range", "hash", "metis");
    cut.partition = make_partition(cut.graph, partition, *rc::gen::inRange<std::uint32_t>(0, 20), cut.shards, 5, executor);
    for (std::uint32_t b = 0; b < cut.partition.blocks; ++b) cut.owner.push_back(*rc::gen::inRange<std::uint32_t>(0, cut.shards));
    cut.needs = {*rc::gen::arbitrary<bool>(), *rc::gen::arbitrary<bool>()};
    RC_LOG() << partition << ", shards " << cut.shards << ", needs " << cut.needs.in << cut.needs.out << std::endl;

    const Graph reverse = cut.graph.topology == Topology::csr ? reversed(cut.graph, executor) : Graph();
    Graph given = copy_of(cut.graph);
    const Layout layout = make_layout(given, cut.partition, cut.owner, ShardChoice::all(cut.shards), cut.needs, executor);
    std::vector<int> owners(nodes, 0);
    for (std::uint32_t s = 0; s < cut.shards; ++s) {
      check_shard(cut, reverse, layout, s, owners);
      check_peers(layout, s);
    }
    RC_ASSERT(std::count(owners.begin(), owners.end(), 1) == static_cast<std::ptrdiff_t>(nodes));
  }));
}

TEST(Partition, RangeCutsLatticesIntoWholeRows) {
  Executor executor(1);
  const Graph graph = lattice(10, 12)(executor);
  const Partition partition = make_partition(graph, "range", 5, 2, 1, executor);
  EXPECT_TRUE(partition.whole_rows);
  EXPECT_EQ(partition.blocks, 5u);
  for (std::uint64_t rank = 0; rank < graph.node_count; ++rank) {
    EXPECT_EQ(partition.block_of[rank], partition.block_of[rank / 10 * 10]);
    if (rank > 0) {
      EXPECT_LE(partition.block_of[rank - 1], partition.block_of[rank]);
    }
  }
  EXPECT_EQ(make_partition(graph, "range", 64, 2, 1, executor).blocks, 12u) << "no more blocks than rows";
  EXPECT_FALSE(make_partition(graph, "hash", 64, 2, 1, executor).whole_rows);
}

TEST(Partition, EveryKindCoversEveryGraph) {
  Executor executor(2);
  for (const char* kind : {"range", "hash", "metis"})
    for (const GraphMaker& make :
         {lattice(9, 7, 4, false), complete(50), random_graph(500, 900, true, true), random_graph(500, 900, false)}) {
      const Graph graph = make(executor);
      for (const std::uint32_t blocks : {0u, 1u, 7u, 64u, 5000u}) {
        const Partition partition = executor.run([&] { return make_partition(graph, kind, blocks, 3, 1, executor); });
        ASSERT_EQ(partition.block_of.size(), graph.node_count);
        EXPECT_GE(partition.blocks, 1u);
        EXPECT_LE(partition.blocks, blocks == 0 ? graph.node_count : blocks);
        EXPECT_LT(*std::max_element(partition.block_of.begin(), partition.block_of.end()), partition.blocks) << kind;
      }
    }
}

TEST(Partition, BlocksAreOfLikeSize) {
  Executor executor(1);
  const Graph graph = random_graph(8000, 24000, false)(executor);
  for (const char* kind : {"range", "hash", "metis"}) {
    const Partition partition = make_partition(graph, kind, 16, 2, 1, executor);
    std::vector<int> sizes(partition.blocks, 0);
    for (const std::uint32_t block : partition.block_of) ++sizes[block];
    EXPECT_GT(*std::min_element(sizes.begin(), sizes.end()), 350) << kind;
    EXPECT_LT(*std::max_element(sizes.begin(), sizes.end()), 650) << kind;
  }
}

TEST(Partition, MetisKeepsNeighboursTogether) {
  Executor executor(1);
  const Graph graph = lattice(64, 64)(executor);
  const auto cut_edges = [&](const Partition& partition) {
    int cut = 0;
    for (std::uint64_t rank = 0; rank < graph.node_count; ++rank)
      for (int d = 0; d < 8; ++d) cut += partition.block_of[rank] != partition.block_of[lattice_neighbour(graph, rank, d)];
    return cut;
  };
  const int metis = cut_edges(make_partition(graph, "metis", 16, 2, 1, executor));
  EXPECT_LT(metis, cut_edges(make_partition(graph, "range", 16, 2, 1, executor)));
  EXPECT_LT(metis, cut_edges(make_partition(graph, "hash", 16, 2, 1, executor)) / 4);
}

/// A ring whose ids say nothing of who is next to whom.
TEST(Layout, BlocksThatMetisCutsAreWalkedBreadthFirst) {
  constexpr std::uint32_t nodes = 4096;
  Executor executor(1);
  Array<Arc> arcs(nodes);
  const auto shuffled = [](std::uint32_t i) { return i * 1237u % nodes; };  // 1237 is odd: a permutation
  for (std::uint32_t i = 0; i < nodes; ++i) arcs[i] = {shuffled(i), shuffled((i + 1) % nodes)};
  Graph graph = build_csr(nodes, false, std::move(arcs), {}, executor);
  const Partition partition = make_partition(graph, "metis", 8, 1, 1, executor);
  const Layout layout = make_layout(graph, partition, std::vector<std::uint32_t>(8, 0), ShardChoice::all(1), {true, true}, executor);
  const CsrRows rows = layout.shards[0].geometry.csr();
  std::uint64_t near = 0, all = 0;
  for (std::uint32_t i = 0; i < nodes; ++i)
    for (std::uint64_t e = rows.out_offsets[i]; e < rows.out_offsets[i + 1]; ++e, ++all)
      near += static_cast<std::uint32_t>(std::abs(static_cast<int>(rows.targets[e]) - static_cast<int>(i))) <= 2 ? 1 : 0;
  EXPECT_EQ(all, 2u * nodes);
  EXPECT_GT(near, all * 95 / 100);  // by rank a neighbour would be hundreds of places away
}

}  // namespace
}  // namespace colony::testing
