// io/graphs/generate: the number of edges that was asked for is the number that comes, also where graphs are dense and draws collide.
#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "engine/error.hpp"
#include "engine/random/random.hpp"
#include "io/graphs/generate.hpp"
#include "tests/support/sanitized.hpp"
#include "tests/unit/graph_support.hpp"

namespace colony {
namespace {

Graph generate(const GraphSpec& spec, std::uint64_t seed = 1, int threads = 2) {
  Executor executor(threads);
  return load_graph(spec, seed, executor);
}

std::uint64_t degree_of(const Graph& graph, std::uint64_t node) { return graph.offsets[node + 1] - graph.offsets[node]; }

/// Simple, with so many edges, nothing lost on the way, and the same for one thread and for three.
Graph expect_edges(const GraphSpec& spec, std::uint64_t edges, std::uint64_t seed = 1) {
  Graph graph = generate(spec, seed, 3);
  expect_simple(graph);
  EXPECT_EQ(graph.edge_count(), edges) << spec.kind << ", " << spec.nodes << " nodes, degree " << spec.degree << " or " << spec.mean_degree;
  EXPECT_EQ(graph.merged_edges + graph.dropped_loops, 0u);
  Executor executor(1);
  EXPECT_EQ(topology_hash(graph, executor), topology_hash(load_graph(spec, seed, executor), executor)) << spec.kind;
  return graph;
}

GraphSpec with_degree(const std::string& kind, std::uint64_t nodes, std::uint32_t degree, double rewire = 0.1) {
  GraphSpec spec = generate_spec(kind, nodes);
  spec.degree = degree;
  spec.rewire = rewire;
  return spec;
}

GraphSpec rmat(std::uint64_t nodes, double mean_degree, double a = 0.57, double b = 0.19, double c = 0.19) {
  GraphSpec spec = generate_spec("rmat", nodes);
  spec.mean_degree = mean_degree;
  spec.rmat_a = a;
  spec.rmat_b = b;
  spec.rmat_c = c;
  return spec;
}

TEST(EdgeCounts, BarabasiAlbertHasAllEdgesAndNoNodeBelowItsDegree) {
  const std::pair<std::uint64_t, std::uint32_t> shapes[] = {{100, 10}, {100, 50}, {100, 98},  {100, 99},  {2, 1},   {3, 1},
                                                            {4, 2},    {1000, 1}, {1000, 70}, {300, 250}, {5000, 3}};
  for (const auto& [nodes, degree] : shapes) {
    for (std::uint64_t seed = 1; seed <= 3; ++seed) {
      const std::uint64_t clique = std::uint64_t{degree} * (degree + 1) / 2;
      const Graph graph = expect_edges(with_degree("barabasi-albert", nodes, degree), clique + (nodes - degree - 1) * degree, seed);
      for (std::uint64_t node = 0; node < nodes; ++node) {
        ASSERT_GE(degree_of(graph, node), degree);
        const auto older = std::lower_bound(graph.targets.data() + graph.offsets[node], graph.targets.data() + graph.offsets[node + 1],
                                            static_cast<std::uint32_t>(node));
        ASSERT_EQ(older - (graph.targets.data() + graph.offsets[node]), std::min<std::int64_t>(static_cast<std::int64_t>(node), degree));
      }
    }
  }
}

/// Node 3 joins two of three nodes that are alike: each pair in a third of the graphs.
TEST(EdgeCounts, BarabasiAlbertDrawsAgainWithoutFavour) {
  constexpr int graphs = 3000;
  std::map<std::uint32_t, int> left_out;
  for (std::uint64_t seed = 0; seed < graphs; ++seed) {
    const Graph graph = generate(with_degree("barabasi-albert", 4, 2), seed, 1);
    const std::uint32_t* row = graph.targets.data() + graph.offsets[3];
    ++left_out[3 - row[0] - row[1]];
  }
  for (std::uint32_t node = 0; node < 3; ++node) EXPECT_NEAR(left_out[node], graphs / 3.0, 5 * std::sqrt(graphs * 2 / 9.0)) << node;
}

TEST(EdgeCounts, WattsStrogatzHasAllEdges) {
  const std::pair<std::uint64_t, std::uint32_t> shapes[] = {{100, 50}, {100, 4}, {100, 98}, {101, 100}, {101, 98},
                                                            {4, 2},    {5, 2},   {3, 2},    {1000, 30}, {300, 200}};
  for (const auto& [nodes, degree] : shapes) {
    for (const double rewire : {0.0, 0.3, 1.0}) {
      for (std::uint64_t seed = 1; seed <= 3; ++seed) {
        const Graph graph = expect_edges(with_degree("watts-strogatz", nodes, degree, rewire), nodes * degree / 2, seed);
        for (std::uint64_t node = 0; node < nodes; ++node) ASSERT_GE(degree_of(graph, node), degree / 2) << "a node keeps its own edges";
      }
    }
  }
}

/// Edges whose ends are not ring neighbours.
std::uint64_t rewired_edges(const Graph& graph, std::uint32_t degree) {
  std::uint64_t count = 0;
  for (const auto& [u, v, weight] : stored_edges(graph)) {
    if (u < v && std::min(v - u, graph.node_count - (v - u)) > degree / 2) ++count;
  }
  return count;
}

TEST(EdgeCounts, WattsStrogatzRewiresAllThatHaveRoom) {
  EXPECT_EQ(rewired_edges(generate(with_degree("watts-strogatz", 2000, 40, 1)), 40), 40000u);
  const Graph dense = generate(with_degree("watts-strogatz", 100, 50, 1));
  EXPECT_GT(rewired_edges(dense, 50), 2300u);
  for (std::uint64_t node = 0; node < 100; ++node) {
    std::uint64_t own = 0, strangers = 0;  // edges that the node left on the ring; nodes off the ring that it is joined to
    for (std::uint64_t i = dense.offsets[node]; i < dense.offsets[node + 1]; ++i) {
      const std::uint64_t ahead = (dense.targets[i] + 100 - node) % 100;
      own += ahead <= 25 ? 1 : 0;
      strangers += ahead > 25 && ahead < 75 ? 1 : 0;
    }
    if (own != 0) {
      EXPECT_EQ(strangers, 49u) << "node " << node << " left an edge on the ring, and had room";
    }
  }
  EXPECT_EQ(rewired_edges(generate(with_degree("watts-strogatz", 101, 98, 1)), 98), 101u);
  // All rewired: each node owns half its edges, and the other ends fall at random: the variance of degrees is about degree / 2.
  const Graph graph = generate(with_degree("watts-strogatz", 20000, 20, 1));
  double squares = 0;
  for (std::uint64_t node = 0; node < graph.node_count; ++node) squares += std::pow(static_cast<double>(degree_of(graph, node)) - 20, 2);
  EXPECT_NEAR(squares / 20000, 10, 5 * 10 * std::sqrt(2.0 / 20000) + 0.02);
}

TEST(EdgeCounts, RmatHasTheMeanDegree) {
  expect_edges(rmat(1024, 16), 8192);
  expect_edges(rmat(1000, 33), 16500);
  expect_edges(rmat(1024, 200), 102400);
  expect_edges(rmat(8, 7), 28);
  expect_edges(rmat(100, 99, 0.4, 0.2, 0.2), 4950);
  expect_edges(rmat(50, 48.9, 0.25, 0.25, 0.25), 1223);
  expect_edges(rmat(1, 0), 0);
  GraphSpec directed = rmat(256, 100);
  directed.directed = true;
  expect_edges(directed, 25600);
}

/// The edges are the first different pairs of one sequence of draws: fewer of them are a part of more.
TEST(EdgeCounts, RmatWithFewerEdgesIsAPartOfOneWithMore) {
  const std::vector<EdgeTuple> few = stored_edges(generate(rmat(512, 60))), many = stored_edges(generate(rmat(512, 90)));
  EXPECT_TRUE(std::includes(many.begin(), many.end(), few.begin(), few.end()));
}

TEST(EdgeCounts, RmatThatCannotDeliverSaysSo) {
  const auto refused = [](const GraphSpec& spec, const std::string& message) {
    try {
      generate(spec);
      FAIL() << message;
    } catch (const UsageError& error) {
      EXPECT_NE(std::string(error.what()).find(message), std::string::npos) << error.what();
    }
  };
  refused(rmat(1024, 5, 1, 0, 0), "0 of 2560 edges were found");  // all draws are the loop 0 0
  refused(rmat(64, 62, 0.7, 0.1, 0.1), "closer to 0.25");
}

TEST(EdgeCounts, DenseErdosRenyiLacksAsManyEdgesAsItShould) {
  if (testing::sanitized) GTEST_SKIP() << "60 dense graphs show a value, and nothing that one does not";
  GraphSpec spec = generate_spec("erdos-renyi", 300);
  spec.mean_degree = 299 * (1 - 1e-5);  // 0.4485 of 44,850 pairs are missing on average
  std::uint64_t missing = 0;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) missing += 44850 - generate(spec, seed).edge_count();
  EXPECT_NEAR(static_cast<double>(missing), 26.91, 26);
  EXPECT_GT(missing, 5u);
}

TEST(EdgeCounts, DegreesOfErdosRenyiAreBinomialByChiSquare) {
  constexpr std::uint64_t nodes = 40000;
  GraphSpec spec = generate_spec("erdos-renyi", nodes);
  spec.mean_degree = 5;
  const Graph graph = generate(spec, 3);
  std::vector<double> found(16, 0);  // 0 .. 14, and more
  for (std::uint64_t node = 0; node < nodes; ++node) ++found[std::min<std::uint64_t>(15, degree_of(graph, node))];
  const double p = 5.0 / (nodes - 1);
  double term = std::pow(1 - p, nodes - 1), rest = 1, chi_square = 0;
  for (std::uint64_t k = 0; k < 16; ++k) {
    const double expected = nodes * (k < 15 ? term : rest);
    chi_square += (found[k] - expected) * (found[k] - expected) / expected;
    rest -= term;
    term *= p / (1 - p) * static_cast<double>(nodes - 1 - k) / static_cast<double>(k + 1);
  }
  EXPECT_LT(chi_square, 44.3) << "15 degrees of freedom: 1 in 10,000";
}

/// Degrees of a graph that joins all pairs with weights above a bound: no other simple graph has them.
std::vector<std::uint32_t> threshold_degrees(std::uint64_t nodes, std::uint64_t seed, std::uint32_t flips) {
  const RandomKey key = random_key(seed, Stream::user, 0);
  std::vector<std::uint32_t> degrees(nodes, 0);
  for (std::uint64_t u = 0; u < nodes; ++u) {
    for (std::uint64_t v = 0; v < u; ++v) {
      const std::uint64_t sum = std::uint64_t{draw_entity(key, u)[0]} + draw_entity(key, v)[0];
      const bool flipped = below(draw_edge(key, u, v)[1], 100) < flips;
      if ((sum > std::uint64_t{1} << 32) == flipped) continue;
      ++degrees[u];
      ++degrees[v];
    }
  }
  return degrees;
}

TEST(EdgeCounts, DegreesWithFewRealisationsAreDelivered) {
  Executor executor(2);
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    for (const std::uint32_t flips : {0u, 3u}) {
      const std::vector<std::uint32_t> degrees = threshold_degrees(8 + seed, seed, flips);
      const Graph graph = generate_with_degrees(degrees, "the degrees", random_key(seed, Stream::generate, 0), executor);
      expect_simple(graph);
      for (std::uint64_t node = 0; node < degrees.size(); ++node) ASSERT_EQ(degree_of(graph, node), degrees[node]) << seed;
    }
  }
}

/// Hubs that are joined to all nodes are more than pairing finds: the graph is built by degree, and shuffled, or it would always be the
/// same.
TEST(EdgeCounts, WhatIsBuiltByDegreeIsShuffled) {
  Executor executor(1);
  std::vector<std::uint32_t> degrees(24, 18);
  for (std::uint64_t hub = 0; hub < 14; ++hub) degrees[hub] = 23;
  std::set<std::uint64_t> seen;
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const Graph graph = generate_with_degrees(degrees, "the degrees", random_key(seed, Stream::generate, 0), executor);
    for (std::uint64_t node = 0; node < degrees.size(); ++node) ASSERT_EQ(degree_of(graph, node), degrees[node]);
    seen.insert(topology_hash(graph, executor));
  }
  EXPECT_EQ(seen.size(), 5u);
}

TEST(EdgeCounts, RegularAndErdosRenyiAlike) {
  const std::pair<std::uint64_t, std::uint32_t> shapes[] = {{100, 10}, {100, 50}, {100, 49}, {100, 98}, {100, 99}, {6, 3}, {2000, 31}};
  for (const auto& [nodes, degree] : shapes) expect_edges(with_degree("regular", nodes, degree), nodes * degree / 2);
  GraphSpec full = generate_spec("erdos-renyi", 100);
  full.mean_degree = 99;
  expect_edges(full, 4950);
}

TEST(GraphSeed, IsTheGraphsOwnWhereItHasOne) {
  Executor executor(2);
  for (const char* kind : {"erdos-renyi", "regular", "barabasi-albert", "watts-strogatz", "rmat"}) {
    GraphSpec spec = with_degree(kind, 500, 6, 0.5);
    spec.mean_degree = 6;
    const std::uint64_t of_seven = topology_hash(generate(spec, 7), executor), of_one = topology_hash(generate(spec, 1), executor);
    EXPECT_NE(of_seven, of_one) << kind;
    spec.seed = 7;
    EXPECT_EQ(topology_hash(generate(spec, 1), executor), of_seven) << kind;
    EXPECT_EQ(topology_hash(generate(spec, 2), executor), of_seven) << kind;
  }
}

}  // namespace
}  // namespace colony
