// io/graphs/generate: each kind has the law it promises, and is the same graph for any number of threads.
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "engine/error.hpp"
#include "tests/unit/graph_support.hpp"

namespace colony {
namespace {

Graph generate(const GraphSpec& spec, std::uint64_t seed = 1, int threads = 2) {
  Executor executor(threads);
  return load_graph(spec, seed, executor);
}

std::uint64_t degree_of(const Graph& graph, std::uint64_t node) { return graph.offsets[node + 1] - graph.offsets[node]; }

/// Mean and variance of the degrees.
std::pair<double, double> moments(const Graph& graph) {
  double sum = 0, squares = 0;
  for (std::uint64_t node = 0; node < graph.node_count; ++node) {
    const auto degree = static_cast<double>(degree_of(graph, node));
    sum += degree;
    squares += degree * degree;
  }
  const auto n = static_cast<double>(graph.node_count);
  return {sum / n, squares / n - sum / n * (sum / n)};
}

std::uint64_t largest_component(const Graph& graph) {
  std::vector<std::uint8_t> seen(graph.node_count, 0);
  std::uint64_t largest = 0;
  for (std::uint32_t root = 0; root < graph.node_count; ++root) {
    if (seen[root] != 0) continue;
    std::vector<std::uint32_t> queue{root};
    seen[root] = 1;
    for (std::size_t at = 0; at < queue.size(); ++at) {
      for (std::uint64_t i = graph.offsets[queue[at]]; i < graph.offsets[queue[at] + 1]; ++i) {
        if (seen[graph.targets[i]]++ == 0) queue.push_back(graph.targets[i]);
        seen[graph.targets[i]] = 1;
      }
    }
    largest = std::max<std::uint64_t>(largest, queue.size());
  }
  return largest;
}

/// A few hubs, and a sum that is even.
std::uint64_t wanted_degree(std::uint64_t node) { return node == 0 ? 151 : node < 10 ? 150 : 1 + node % 6; }

std::string degrees_file() {
  std::string text = "# degrees\n";
  for (std::uint64_t node = 0; node < 3000; ++node) text += std::to_string(wanted_degree(node)) + "\n";
  return text;
}

TEST(Generators, SameGraphForOneAndTwoThreadsAnotherForAnotherSeed) {
  const TestFile degrees("degrees.txt", degrees_file());
  for (const char* kind : {"erdos-renyi", "regular", "configuration", "barabasi-albert", "watts-strogatz", "rmat"}) {
    GraphSpec spec = generate_spec(kind, 3000);
    spec.mean_degree = 7.5;
    spec.degree = 6;
    spec.degrees_path = degrees.path();
    Executor executor(2);
    const Graph graph = generate(spec, 1, 1);
    expect_simple(graph);
    const std::uint64_t hash = topology_hash(graph, executor);
    EXPECT_EQ(hash, topology_hash(generate(spec, 1, 2), executor)) << kind;
    EXPECT_NE(hash, topology_hash(generate(spec, 2, 2), executor)) << kind;
    EXPECT_TRUE(graph.ids.empty());
    EXPECT_TRUE(graph.weights.empty());
  }
}

TEST(ErdosRenyi, MeanAndVarianceOfDegreesAreBinomial) {
  for (const double mean : {0.5, 4.0, 50.0}) {
    GraphSpec spec = generate_spec("erdos-renyi", 100000);
    spec.mean_degree = mean;
    const Graph graph = generate(spec, 7);
    const auto [found, variance] = moments(graph);
    const double edges = mean * 100000 / 2;
    EXPECT_NEAR(found, mean, 5 * mean / std::sqrt(edges));
    EXPECT_NEAR(variance, mean, 5 * mean * std::sqrt(2.0 / 100000) + 5 * std::sqrt(mean / 100000));
    EXPECT_EQ(graph.merged_edges + graph.dropped_loops, 0u);
  }
}

TEST(ErdosRenyi, DirectedAndTheExtremes) {
  GraphSpec spec = generate_spec("erdos-renyi", 20000);
  spec.directed = true;
  spec.mean_degree = 5;
  const Graph graph = generate(spec);
  expect_simple(graph);
  EXPECT_NEAR(static_cast<double>(graph.edge_count()), 1e5, 5 * std::sqrt(1e5));
  spec.directed = false;
  spec.nodes = 50;
  spec.mean_degree = 49;
  EXPECT_EQ(generate(spec).edge_count(), 50u * 49 / 2) << "all pairs";
  spec.mean_degree = 0;
  EXPECT_EQ(generate(spec).edge_count(), 0u);
  spec.nodes = 1;
  EXPECT_EQ(generate(spec).node_count, 1u);
}

TEST(ErdosRenyi, EachPairIsAsLikelyAsAnyOther) {
  constexpr int graphs = 4000;
  constexpr std::uint64_t nodes = 8;
  GraphSpec spec = generate_spec("erdos-renyi", nodes);
  spec.mean_degree = 2.1;  // p = 0.3
  std::vector<int> counts(nodes * nodes, 0);
  for (int seed = 0; seed < graphs; ++seed) {
    const Graph graph = generate(spec, static_cast<std::uint64_t>(seed), 1);
    for (const auto& [source, target, weight] : stored_edges(graph)) ++counts[source * nodes + target];
  }
  for (std::uint64_t u = 0; u < nodes; ++u) {
    for (std::uint64_t v = 0; v < u; ++v)
      EXPECT_NEAR(counts[u * nodes + v], 0.3 * graphs, 5 * std::sqrt(graphs * 0.3 * 0.7)) << u << " " << v;
  }
}

TEST(ErdosRenyi, GiantComponentAtMeanDegreeFour) {
  GraphSpec spec = generate_spec("erdos-renyi", 100000);
  spec.mean_degree = 4;
  // s = 1 - exp(-4 s) has the root 0.980173; the standard deviation here is about 0.0005.
  EXPECT_NEAR(static_cast<double>(largest_component(generate(spec))) / 100000, 0.980173, 0.003);
}

TEST(Regular, EveryNodeHasExactlyTheDegree) {
  const std::pair<std::uint64_t, std::uint32_t> shapes[] = {{10000, 4}, {1001, 16}, {500, 3}, {64, 40}, {8, 3},
                                                            {7, 6},     {6, 0},     {2, 1},   {9, 4},   {1, 0}};
  for (const auto& [nodes, degree] : shapes) {
    GraphSpec spec = generate_spec("regular", nodes);
    spec.degree = degree;
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
      const Graph graph = generate(spec, seed);
      expect_simple(graph);
      EXPECT_EQ(graph.merged_edges + graph.dropped_loops, 0u);
      for (std::uint64_t node = 0; node < nodes; ++node) ASSERT_EQ(degree_of(graph, node), degree) << nodes << " nodes";
    }
  }
}

TEST(Regular, PairsAreUniform) {
  // Mean number of triangles in a large random 4-regular graph is (d - 1)^3 / 6 = 4.5, Poisson; over 200 graphs.
  double triangles = 0;
  GraphSpec spec = generate_spec("regular", 1000);
  spec.degree = 4;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    const Graph graph = generate(spec, seed, 1);
    for (std::uint64_t u = 0; u < graph.node_count; ++u) {
      const std::set<std::uint32_t> row(graph.targets.data() + graph.offsets[u], graph.targets.data() + graph.offsets[u + 1]);
      for (const std::uint32_t v : row) {
        for (std::uint64_t i = graph.offsets[v]; i < graph.offsets[v + 1]; ++i)
          triangles += static_cast<double>(row.count(graph.targets[i]));
      }
    }
  }
  EXPECT_NEAR(triangles / 6 / 200, 4.5, 5 * std::sqrt(4.5 / 200) + 0.05);
}

TEST(Configuration, KeepsEachDegreeOfTheFile) {
  const TestFile degrees("degrees.txt", degrees_file());
  GraphSpec spec = generate_spec("configuration", 0);
  spec.degrees_path = degrees.path();
  const Graph graph = generate(spec);
  expect_simple(graph);
  ASSERT_EQ(graph.node_count, 3000u);
  for (std::uint64_t node = 0; node < 3000; ++node) ASSERT_EQ(degree_of(graph, node), wanted_degree(node));
  const TestFile zeros("zeros.txt", "0\n2\n1\n1\n0\n");
  spec.degrees_path = zeros.path();
  EXPECT_EQ(generate(spec).edge_count(), 2u);
}

TEST(BarabasiAlbert, CliqueFirstThenDegreesWithTheTailOfCubes) {
  GraphSpec spec = generate_spec("barabasi-albert", 100000);
  spec.degree = 4;
  const Graph graph = generate(spec);
  for (std::uint32_t a = 0; a <= 4; ++a) {
    for (std::uint32_t b = 0; b < a; ++b) {
      EXPECT_TRUE(std::binary_search(graph.targets.data() + graph.offsets[a], graph.targets.data() + graph.offsets[a + 1], b));
    }
  }
  EXPECT_EQ(graph.edge_count(), 10u + 99995u * 4);
  EXPECT_EQ(largest_component(graph), 100000u);
  // P(degree >= k) = m (m + 1) / (k (k + 1)), m = 4 (Bollobas et al. 2001).
  for (const std::uint64_t k : {8, 16, 32, 64}) {
    double above = 0;
    for (std::uint64_t node = 0; node < graph.node_count; ++node) above += degree_of(graph, node) >= k ? 1 : 0;
    const double expected = 100000 * 20.0 / static_cast<double>(k * (k + 1));
    EXPECT_NEAR(above, expected, 5 * std::sqrt(expected) + 0.04 * expected) << k;
  }
}

TEST(WattsStrogatz, RingWithoutRewiringRandomWithIt) {
  GraphSpec spec = generate_spec("watts-strogatz", 10000);
  spec.degree = 6;
  spec.rewire = 0;
  const Graph ring = generate(spec);
  EXPECT_EQ(ring.edge_count(), 30000u);
  for (std::uint64_t node = 0; node < ring.node_count; ++node) {
    std::set<std::uint32_t> expected;
    for (std::uint64_t j = 1; j <= 3; ++j) {
      expected.insert(static_cast<std::uint32_t>((node + j) % 10000));
      expected.insert(static_cast<std::uint32_t>((node + 10000 - j) % 10000));
    }
    ASSERT_TRUE(std::equal(expected.begin(), expected.end(), ring.targets.data() + ring.offsets[node]));
  }
  for (const double rewire : {0.1, 1.0}) {
    spec.rewire = rewire;
    const Graph graph = generate(spec);
    EXPECT_EQ(graph.edge_count(), 30000u);
    double moved = 0;
    for (const auto& [u, v, weight] : stored_edges(graph)) {
      const std::uint64_t apart = u < v ? v - u : u - v;
      moved += u < v && std::min(apart, 10000 - apart) > 3 ? 1 : 0;
    }
    EXPECT_NEAR(moved, rewire * 30000, 5 * std::sqrt(30000 * rewire * (1 - rewire)) + 40);
  }
}

TEST(Rmat, QuadrantsGetTheirShareAndIdsStayBelowNodes) {
  GraphSpec spec = generate_spec("rmat", 1 << 14);
  spec.mean_degree = 1;
  spec.directed = true;
  const Graph graph = generate(spec);
  EXPECT_EQ(graph.edge_count(), std::uint64_t{1} << 14);
  spec.rmat_a = 0.4;
  spec.rmat_b = 0.3;
  spec.rmat_c = 0.2;
  spec.nodes = 1 << 16;
  double counts[4] = {0, 0, 0, 0};
  const Graph skewed = generate(spec);
  for (const auto& [u, v, weight] : stored_edges(skewed)) ++counts[2 * (u >> 15) + (v >> 15)];
  const double total = counts[0] + counts[1] + counts[2] + counts[3];
  EXPECT_NEAR(counts[0] / total, 0.4, 0.012);
  EXPECT_NEAR(counts[1] / total, 0.3, 0.012);
  EXPECT_NEAR(counts[2] / total, 0.2, 0.012);
  for (const std::uint64_t nodes : {1u, 3u, 1000u, 1025u}) {
    spec.nodes = nodes;
    spec.mean_degree = nodes == 1 ? 0 : 2;
    EXPECT_EQ(generate(spec).node_count, nodes);
  }
}

}  // namespace
}  // namespace colony
