// engine/graph: rows from arcs, reversal, hashes, look-ups.
#include <gtest/gtest.h>

#include <bit>

#include "engine/error.hpp"
#include "engine/random/random.hpp"
#include "tests/unit/graph_support.hpp"

namespace colony {
namespace {

Array<Arc> arcs_of(std::initializer_list<Arc> list) {
  Array<Arc> arcs;
  for (const Arc& arc : list) arcs.push_back(arc);
  return arcs;
}

Array<float> weights_of(std::initializer_list<float> list) {
  Array<float> weights;
  for (const float weight : list) weights.push_back(weight);
  return weights;
}

TEST(BuildCsr, UndirectedEdgesStandInBothRowsOnce) {
  Executor executor(1);
  const Graph graph = build_csr(4, false, arcs_of({{2, 0}, {0, 1}, {1, 0}, {3, 3}}), {}, executor);
  const std::vector<EdgeTuple> expected{{0, 1, 1.0f}, {0, 2, 1.0f}, {1, 0, 1.0f}, {2, 0, 1.0f}};
  EXPECT_EQ(stored_edges(graph), expected);
  EXPECT_EQ(graph.edge_count(), 2u);
  EXPECT_EQ(graph.merged_edges, 1u);
  EXPECT_EQ(graph.dropped_loops, 1u);
  EXPECT_TRUE(graph.weights.empty());
}

TEST(BuildCsr, DirectedEdgesKeepTheirWayAndWeightsAreSummed) {
  Executor executor(1);
  const Graph graph = build_csr(3, true, arcs_of({{1, 0}, {0, 1}, {0, 1}, {0, 2}, {0, 1}}), weights_of({5, 1, 2, 7, 4}), executor);
  const std::vector<EdgeTuple> expected{{0, 1, 7.0f}, {0, 2, 7.0f}, {1, 0, 5.0f}};
  EXPECT_EQ(stored_edges(graph), expected);
  EXPECT_EQ(graph.merged_edges, 2u);
}

TEST(BuildCsr, SumsOfWeightsDoNotDependOnTheOrderOfArcs) {
  Executor executor(1);
  const Graph a = build_csr(2, false, arcs_of({{0, 1}, {1, 0}, {0, 1}}), weights_of({1e8f, 1e-8f, -1e8f}), executor);
  const Graph b = build_csr(2, false, arcs_of({{0, 1}, {1, 0}, {0, 1}}), weights_of({-1e8f, 1e8f, 1e-8f}), executor);
  ASSERT_EQ(a.weights.size(), 2u);
  EXPECT_EQ(std::bit_cast<std::uint32_t>(a.weights[0]), std::bit_cast<std::uint32_t>(b.weights[0]));
  EXPECT_EQ(a.weights[0], a.weights[1]);
}

TEST(BuildCsr, NodesWithoutEdgesAndGraphsWithoutNodes) {
  Executor executor(1);
  const Graph lonely = build_csr(5, false, {}, {}, executor);
  EXPECT_EQ(lonely.offsets.size(), 6u);
  EXPECT_EQ(lonely.edge_count(), 0u);
  EXPECT_EQ(build_csr(0, false, {}, {}, executor).edge_count(), 0u);
}

TEST(BuildCsr, OneOrTwoThreadsGiveTheSameRowsAlsoWithALongOne) {
  constexpr std::size_t arcs_count = 600000;
  const RandomKey key = random_key(3, Stream::user, 0);
  const auto make = [&](int threads) {
    Array<Arc> arcs(arcs_count);
    Array<float> weights(arcs_count);
    for (std::uint32_t i = 0; i < arcs_count; ++i) {
      const Random4 random = draw_entity(key, i);
      arcs[i] = {i % 2 == 0 ? 0 : below(random[0], 500000), below(random[1], 500000)};  // node 0 has half of all edges
      weights[i] = static_cast<float>(random[2] % 16);
    }
    Executor executor(threads);
    return build_csr(500000, false, std::move(arcs), std::move(weights), executor);
  };
  const Graph one = make(1), two = make(2);
  EXPECT_EQ(stored_edges(one), stored_edges(two));
  EXPECT_GT(one.offsets[1], 200000u);
  EXPECT_GT(one.merged_edges, 0u);
}

TEST(Reversed, TurnsEachEdgeRoundAndTwiceIsTheIdentity) {
  Executor executor(2);
  const Graph graph = build_csr(4, true, arcs_of({{0, 1}, {0, 3}, {2, 1}, {3, 0}}), weights_of({1, 2, 3, 4}), executor);
  const Graph back = reversed(graph, executor);
  const std::vector<EdgeTuple> expected{{0, 3, 4.0f}, {1, 0, 1.0f}, {1, 2, 3.0f}, {3, 0, 2.0f}};
  EXPECT_EQ(stored_edges(back), expected);
  EXPECT_EQ(stored_edges(reversed(back, executor)), stored_edges(graph));
}

TEST(TopologyHash, TellsGraphsApartByEdgesWeightsIdsAndDirection) {
  Executor executor(2);
  const auto hash = [&](std::uint64_t nodes, bool directed, std::initializer_list<Arc> arcs, std::initializer_list<float> weights) {
    return topology_hash(build_csr(nodes, directed, arcs_of(arcs), weights_of(weights), executor), executor);
  };
  const std::uint64_t base = hash(3, false, {{0, 1}, {1, 2}}, {});
  EXPECT_EQ(base, hash(3, false, {{2, 1}, {1, 0}}, {}));
  EXPECT_EQ(base, hash(3, false, {{0, 1}, {1, 2}}, {1, 1})) << "weights of 1 are no weights";
  EXPECT_NE(base, hash(3, false, {{0, 1}, {0, 2}}, {}));
  EXPECT_NE(base, hash(4, false, {{0, 1}, {1, 2}}, {}));
  EXPECT_NE(base, hash(3, false, {{0, 1}, {1, 2}}, {1, 2}));
  EXPECT_NE(base, hash(3, true, {{0, 1}, {1, 0}, {1, 2}, {2, 1}}, {}));
  EXPECT_NE(topology_hash(load_text("1 2\n2 3\n", false), executor), topology_hash(load_text("1 2\n2 4\n", false), executor));
}

TEST(TopologyHash, OfShapes) {
  Executor executor(1);
  const auto lattice = [&](std::uint32_t width, std::uint32_t height, std::uint32_t neighbours, bool torus) {
    GraphSpec spec;
    spec.source = GraphSpec::Source::lattice;
    spec.lattice = {width, height, neighbours, torus};
    return topology_hash(load_graph(spec, 1, executor), executor);
  };
  const std::set<std::uint64_t> hashes{lattice(4, 6, 8, true), lattice(6, 4, 8, true), lattice(4, 6, 4, true), lattice(4, 6, 8, false)};
  EXPECT_EQ(hashes.size(), 4u);
}

TEST(GraphCounts, EdgesOfLatticesAndCompleteGraphs) {
  Graph graph;
  graph.topology = Topology::lattice;
  graph.node_count = 12;
  graph.lattice = {4, 3, 4, false};
  EXPECT_EQ(graph.edge_count(), 17u);
  graph.lattice = {4, 3, 8, false};
  EXPECT_EQ(graph.edge_count(), 17u + 12u);
  graph.lattice = {4, 3, 8, true};
  EXPECT_EQ(graph.edge_count(), 48u);
  Executor executor(1);
  const Graph complete = load_graph(generate_spec("complete", 7), 1, executor);
  EXPECT_EQ(complete.topology, Topology::complete);
  EXPECT_EQ(complete.edge_count(), 21u);
}

TEST(GraphCounts, RanksOfIds) {
  const Graph graph = load_text("100 7\n7 18446744073709551615\n", false);
  EXPECT_EQ(graph.node_count, 3u);
  EXPECT_EQ(graph.rank_of(7), 0u);
  EXPECT_EQ(graph.rank_of(100), 1u);
  EXPECT_EQ(graph.rank_of(~std::uint64_t{0}), 2u);
  EXPECT_EQ(graph.rank_of(8), 3u) << "no such node";
  const Graph dense = load_text("0 1\n", false);
  EXPECT_TRUE(dense.ids.empty());
  EXPECT_EQ(dense.rank_of(1), 1u);
  EXPECT_EQ(dense.rank_of(9), 2u);
}

}  // namespace
}  // namespace colony
