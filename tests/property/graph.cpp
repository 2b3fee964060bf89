// Graphs of any shape against definitions that are too slow to use: rows against a map, files against what was written to them.
#include "engine/graph/graph.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <map>
#include <set>

#include "engine/executor.hpp"
#include "io/graphs/edge_list.hpp"
#include "io/graphs/generate.hpp"
#include "io/graphs/graph_source.hpp"
#include "io/graphs/metis_format.hpp"

namespace colony {
namespace {

using Pair = std::pair<std::uint64_t, std::uint64_t>;

struct DrawnEdges {
  std::uint64_t nodes;
  std::vector<Pair> pairs;
  std::vector<float> weights;  // whole numbers: sums are exact in any order
};

DrawnEdges draw_edges() {
  DrawnEdges drawn;
  drawn.nodes = *rc::gen::inRange<std::uint64_t>(1, 40);
  const auto node = rc::gen::inRange<std::uint64_t>(0, drawn.nodes);
  drawn.pairs = *rc::gen::container<std::vector<Pair>>(rc::gen::pair(node, node));
  const auto weight = rc::gen::map(rc::gen::inRange(1, 9), [](int value) { return static_cast<float>(value); });
  drawn.weights = *rc::gen::container<std::vector<float>>(drawn.pairs.size(), weight);
  return drawn;
}

/// The definition: weights summed by pair of ids, loops left out.
std::map<Pair, float> summed(const DrawnEdges& drawn, bool directed) {
  std::map<Pair, float> sums;
  for (std::size_t i = 0; i < drawn.pairs.size(); ++i) {
    const auto [u, v] = drawn.pairs[i];
    if (u == v) continue;
    sums[{u, v}] += drawn.weights[i];
    if (!directed) sums[{v, u}] += drawn.weights[i];
  }
  return sums;
}

/// The same where each pair counts once.
std::map<Pair, float> once(const DrawnEdges& drawn, bool directed) {
  std::map<Pair, float> pairs = summed(drawn, directed);
  for (auto& [pair, weight] : pairs) weight = 1;
  return pairs;
}

std::map<Pair, float> rows_of(const Graph& graph) {
  std::map<Pair, float> rows;
  for (std::uint64_t row = 0; row < graph.node_count; ++row) {
    for (std::uint64_t i = graph.offsets[row]; i < graph.offsets[row + 1]; ++i) {
      RC_ASSERT((i == graph.offsets[row] || graph.targets[i - 1] < graph.targets[i]));  // the macro alone evaluates both sides
      rows[{graph.id_of(row), graph.id_of(graph.targets[i])}] = graph.weights.empty() ? 1.0f : graph.weights[i];
    }
  }
  return rows;
}

TEST(GraphProperties, RowsEqualTheirDefinitionWhateverTheOrder) {
  EXPECT_TRUE(rc::check("build_csr", [] {
    const DrawnEdges drawn = draw_edges();
    const bool directed = *rc::gen::arbitrary<bool>();
    const auto turn = *rc::gen::arbitrary<std::uint32_t>();
    Array<Arc> arcs;
    Array<float> weights;
    for (std::size_t n = 0; n < drawn.pairs.size(); ++n) {
      const std::size_t i = (n + turn) % drawn.pairs.size();
      arcs.push_back({static_cast<std::uint32_t>(drawn.pairs[i].first), static_cast<std::uint32_t>(drawn.pairs[i].second)});
      weights.push_back(drawn.weights[i]);
    }
    Executor executor(2);
    const Graph graph = build_csr(drawn.nodes, directed, std::move(arcs), std::move(weights), executor);
    RC_ASSERT(rows_of(graph) == summed(drawn, directed));
    RC_ASSERT(graph.edge_count() + graph.merged_edges + graph.dropped_loops == drawn.pairs.size());
    const Graph back = reversed(graph, executor);
    for (const auto& [pair, weight] : rows_of(back)) RC_ASSERT((summed(drawn, directed).at({pair.second, pair.first}) == weight));
    RC_ASSERT(back.targets.size() == graph.targets.size());
  }));
}

TEST(GraphProperties, AFileOfAnyEdgesIsReadAsWritten) {
  EXPECT_TRUE(rc::check("parse_edge_list", [] {
    DrawnEdges drawn = draw_edges();
    RC_PRE(!drawn.pairs.empty());
    const auto stretch = *rc::gen::element<std::uint64_t>(1, 3, 0x9E3779B97F4A7C15u);  // dense, a bitmap, sorted
    std::string text;
    const bool weighted = *rc::gen::arbitrary<bool>(), comma = *rc::gen::arbitrary<bool>();
    for (std::size_t i = 0; i < drawn.pairs.size(); ++i) {
      drawn.pairs[i] = {drawn.pairs[i].first * stretch, drawn.pairs[i].second * stretch};
      const std::string gap = comma ? *rc::gen::element<std::string>(",", " , ", ",\t") : *rc::gen::element<std::string>(" ", "\t", "  ");
      const std::string quote = *rc::gen::element<std::string>("", "", "\"");
      text += quote + std::to_string(drawn.pairs[i].first) + quote + gap + std::to_string(drawn.pairs[i].second);
      if (weighted) text += gap + std::to_string(static_cast<int>(drawn.weights[i]));
      text += *rc::gen::element<std::string>("\n", "\r\n", " \n", "\n# c\n\n");
    }
    const bool directed = *rc::gen::arbitrary<bool>();
    Executor executor(2);
    const EdgeListOptions options{.columns = weighted ? std::vector<std::string>{"from", "to", "weight"} : std::vector<std::string>(),
                                  .weights = weighted ? Weights::drop : Weights::refuse};
    const Graph graph = assemble(parse_edge_list(text, "text", options, executor), "text", directed, executor);
    RC_ASSERT(rows_of(graph) == once(drawn, directed));
    std::set<std::uint64_t> ids;
    for (const auto& [u, v] : drawn.pairs) ids.insert(u), ids.insert(v);
    RC_ASSERT(graph.node_count == ids.size());
    for (const std::uint64_t id : ids) RC_ASSERT(graph.id_of(graph.rank_of(id)) == id);
  }));
}

TEST(GraphProperties, AGraphWrittenForMetisComesBack) {
  EXPECT_TRUE(rc::check("parse_metis", [] {
    const DrawnEdges drawn = draw_edges();
    const std::map<Pair, float> rows = summed(drawn, false);
    std::string text = std::to_string(drawn.nodes) + " " + std::to_string(rows.size() / 2) + " 1\n";
    for (std::uint64_t u = 0; u < drawn.nodes; ++u) {
      for (auto at = rows.lower_bound({u, 0}); at != rows.end() && at->first.first == u; ++at) {
        text += std::to_string(at->first.second + 1) + ' ' + std::to_string(static_cast<int>(at->second)) + ' ';
      }
      text += "\n";
    }
    Executor executor(1);
    const Graph graph = assemble(parse_metis(text, "text", false, Weights::drop, executor), "text", false, executor);
    std::map<Pair, float> from_one;
    for (const auto& [pair, weight] : rows) from_one[{pair.first + 1, pair.second + 1}] = 1;
    RC_ASSERT(rows_of(graph) == from_one);
    RC_ASSERT(graph.node_count == drawn.nodes);
  }));
}

TEST(GraphProperties, AnyGraphicalDegreesAreMet) {
  EXPECT_TRUE(rc::check("generate_with_degrees", [] {
    const DrawnEdges drawn = draw_edges();
    std::vector<std::uint32_t> degrees(drawn.nodes, 0);
    for (const auto& [pair, weight] : summed(drawn, false)) ++degrees[pair.first];  // of a simple graph: so there is one
    RC_PRE(drawn.pairs.size() < 2 * drawn.nodes);                                   // sparse, where pairing and switching always ends
    Executor executor(1);
    const Graph graph = generate_with_degrees(degrees, "the degrees", random_key(5, Stream::generate, 0), executor);
    const std::map<Pair, float> rows = rows_of(graph);
    std::vector<std::uint32_t> found(drawn.nodes, 0);
    for (const auto& [pair, weight] : rows) {
      ++found[pair.first];
      RC_ASSERT(pair.first != pair.second);
      RC_ASSERT(rows.count({pair.second, pair.first}) == 1u);
    }
    RC_ASSERT(found == degrees);
  }));
}

}  // namespace
}  // namespace colony
