// io/graphs/graph_source: files that are as they should be.
#include <gtest/gtest.h>
#include <zlib.h>

#include "engine/error.hpp"
#include "tests/support/graphs.hpp"
#include "tests/unit/graph_support.hpp"

namespace colony {
namespace {

std::string gzip(std::string_view text) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string packed(deflateBound(&stream, text.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

TEST(EdgeList, CommentsBlanksCommasAndLineEnds) {
  const std::vector<EdgeTuple> expected{{1, 2, 1.0f}, {2, 9, 1.0f}, {9, 1, 1.0f}};
  for (const char* text :
       {"1 2\n2 9\n9 1\n", "# c\n% c\n\n1\t2\n 2  9 \n9 1", "1,2\r\n2, 9\r\n9 ,1\r\n", "1 2\n\n  # c 5 5\n2\t9\t\n9\t1\n\n",
        "# FromNodeId\tToNodeId\n# isn't \"quoted\n# to\n1 2\n2 9\n9 1\n# to from\n", "1;2\n2 ; 9\r\n9;1",
        "\"1\",\"2\"\n2,\"9\"\n\"9\" , 1\n", "1 2\n\"2\" 9\n9 \"1\" \n"}) {
    EXPECT_EQ(stored_edges(load_text(text, true)), expected) << text;
  }
}

TEST(EdgeList, WeightsAreDroppedWhereTheJobSaysSo) {
  const Graph graph = load_text("1 2 0.5\n2 1 -1\n2 3 0\n3 1 heavy\n", false, ".txt", weight_false);
  EXPECT_EQ(stored_edges(graph), stored_edges(load_text("1 2\n2 1\n2 3\n3 1\n", false)));
  EXPECT_EQ(graph.merged_edges, 1u) << "an edge that comes twice is one, with weights or without";
  EXPECT_TRUE(graph.weights.empty());
  EXPECT_TRUE(graph.dropped_weights);
  EXPECT_FALSE(load_text("1 2\n", false, ".txt", weight_false).dropped_weights);
}

TEST(EdgeList, ColumnsGoByTheirNames) {
  const std::vector<EdgeTuple> expected{{1, 2, 1.0f}, {2, 3, 1.0f}};
  for (const char* text :
       {"source,target\n1,2\n2,3\n", "target,source\n2,1\n3,2\n", ",source,target\n0,1,2\n1,2,3\n", "EdgeId,Source,Target\n7,1,2\n8,2,3\n",
        "\"\",\"from\",\"to\"\r\n\"1\",1,2\r\n\"2\",\"2\",3\r\n", "v;u\n2;1\n3;2\n", "to\tfrom\n2\t1\n3\t2\n", "dst src\n2 1\n3   2\n",
        "\tsource\ttarget\n0\t1\t2\n1\t2\t3\n", "# c\nid,to_node_id,FromNodeId\n\n5,2,1\n# c\n6,3,2\n", "i,j\n1,2\n2,3\n"}) {
    EXPECT_EQ(stored_edges(load_text(text, true, ".csv")), expected) << text;
  }
  for (const char* text : {"weight,v,u\n0.5,2,1\n,3,2\n", "source,target,weight\n1,2,3\n2,3,-1\n", "u;v;w\n1;2;0,5\n2;3;1,5\n",
                           "Source\tTarget\tWeight\n1\t2\t\n2\t3\t7\n", "from,to,\"weight\"\n1,2,\"0,5\"\n2,3,\"a \"\"b\"\"\"\n"}) {
    EXPECT_EQ(stored_edges(load_text(text, true, ".csv", weight_false)), expected) << text;
    EXPECT_THROW(load_text(text, true, ".csv"), DataError) << text;
  }
  EXPECT_EQ(stored_edges(load_text("1,2\n2,3\n", true, ".csv")), expected) << "no names";
  EXPECT_EQ(stored_edges(load_text("target\tsource\n2\t1\n3\t2\n", true, ".tsv")), expected);
}

TEST(EdgeList, ColumnsGoByTheJobWhereTheFileHasNoNames) {
  const std::vector<EdgeTuple> expected{{1, 2, 1.0f}, {2, 3, 1.0f}};
  EXPECT_EQ(stored_edges(load_text("20 1 2\n40 2 3\n", true, ".txt", {{"", "from", "to"}})), expected) << "contacts: t i j";
  EXPECT_EQ(stored_edges(load_text("2,1\n3,2\n", true, ".csv", {{"to", "from"}})), expected);
  EXPECT_EQ(stored_edges(load_text("1 2 5\n2 3 6\n", true, ".txt", {{"from", "to", "weight"}, true})), expected);
  EXPECT_EQ(stored_edges(load_text("1;2;x;\n2;3;;y\n", true, ".csv", {{"u", "v", "", ""}})), expected);
  EXPECT_EQ(stored_edges(load_text("a,source,b\n2,1,9\n3,2,9\n", true, ".csv", {{"to", "from", ""}})), expected) << "names that say less";
  EXPECT_EQ(stored_edges(load_text("a, b\tv\tu\nx, y\t2\t1\n,,,\t3\t2\n", true, ".tsv", {{"", "to", "from"}})), expected)
      << "commas in fields";
  EXPECT_THROW(load_text("1 2 5\n2 3 6\n", true, ".txt", {{"from", "to", "weight"}}), DataError);
  EXPECT_THROW(load_text("1 2 5\n2 3 6\n", true, ".txt", weight_false), DataError) << "which two are the ends?";
}

TEST(EdgeList, SparseIdsKeepTheirNamesInBothWaysOfRanking) {
  std::string near, far;
  for (std::uint64_t i = 0; i < 3000; ++i) {
    near += std::to_string(10 + 3 * i) + " " + std::to_string(10 + 3 * ((i * 7 + 1) % 3000)) + "\n";
    const auto hashed = [](std::uint64_t n) { return std::to_string(n * 0x9E3779B97F4A7C15u); };
    far += hashed(i + 1) + " " + hashed((i * 7 + 1) % 3000 + 1) + "\n";
  }
  for (const std::string& text : {near, far}) {
    const Graph graph = load_text(text, true);
    ASSERT_EQ(graph.node_count, 3000u);
    ASSERT_EQ(graph.ids.size(), 3000u);
    std::set<std::pair<std::uint64_t, std::uint64_t>> expected, found;
    std::istringstream lines(text);
    for (std::uint64_t source, target; lines >> source >> target;) {
      if (source != target) expected.emplace(source, target);
    }
    for (const auto& [source, target, weight] : stored_edges(graph)) found.emplace(source, target);
    EXPECT_EQ(found, expected);
  }
}

TEST(EdgeList, GzipInOneOrSeveralMembers) {
  const std::vector<EdgeTuple> expected{{0, 1, 1.0f}, {1, 2, 1.0f}};
  EXPECT_EQ(stored_edges(load_text(gzip("0 1\n1 2\n"), true, ".txt.gz")), expected);
  EXPECT_EQ(stored_edges(load_text(gzip("0 1\n") + gzip("1 2\n"), true, ".txt.gz")), expected);
  EXPECT_EQ(stored_edges(load_text(gzip("0 1\n1 2\n"), true, ".txt")), expected) << "known by its bytes";
  const std::string zeros(513, '\0');
  EXPECT_EQ(stored_edges(load_text(gzip("0 1\n1 2\n") + zeros, true, ".txt.gz")), expected) << "padding, as on tapes";
  EXPECT_EQ(stored_edges(load_text(gzip("0 1\n") + zeros + gzip("1 2\n") + zeros, true, ".txt.gz")), expected);
  EXPECT_THROW(load_text(gzip("0 1\n1 2\n") + "1 3\n", true, ".txt.gz"), DataError);
  EXPECT_THROW(load_text(gzip("0 1\n1 2\n") + zeros + "x", true, ".txt.gz"), DataError);
}

TEST(EdgeList, ManyPiecesGiveTheSameGraphOnOneAndTwoThreads) {
  std::string text;
  for (std::uint64_t i = 0; i < 400000; ++i) text += std::to_string(i * 7919 % 100003) + '\t' + std::to_string(i * 104729 % 99991) + '\n';
  ASSERT_GT(text.size(), std::size_t{4} << 20) << "several pieces";
  const TestFile file("many.txt", text);
  Executor one(1), two(2);
  const Graph a = load_graph(edges_spec(file.path(), true), 1, one), b = load_graph(edges_spec(file.path(), true), 1, two);
  EXPECT_EQ(topology_hash(a, one), topology_hash(b, two));
  EXPECT_EQ(a.edge_count() + a.merged_edges + a.dropped_loops, 400000u);
}

TEST(MatrixMarket, PatternRealIntegerGeneralSymmetric) {
  const std::string head = "%%MatrixMarket matrix coordinate ";
  const Graph pattern = load_text(head + "pattern general\n% c\n4 4 2\n1 2\n3 1\n", true, ".mtx");
  EXPECT_EQ(stored_edges(pattern), (std::vector<EdgeTuple>{{1, 2, 1.0f}, {3, 1, 1.0f}}));
  EXPECT_EQ(pattern.node_count, 4u) << "node 4 has no edge";
  EXPECT_TRUE(pattern.weights.empty());
  const Graph both = load_text(head + "real symmetric\n3 3 2\n2 1 0.5\n3 3 -2e-3\n", true, ".mtx", weight_false);
  EXPECT_EQ(stored_edges(both), (std::vector<EdgeTuple>{{1, 2, 1.0f}, {2, 1, 1.0f}}));
  EXPECT_EQ(both.dropped_loops, 1u);
  EXPECT_TRUE(both.dropped_weights);
  EXPECT_TRUE(both.weights.empty());
  EXPECT_EQ(load_text(head + "integer symmetric\n3 3 1\n2 1 7\n", false, ".mtx", weight_false).merged_edges, 0u);
  EXPECT_EQ(stored_edges(load_text("%MatrixMarket matrix coordinate pattern general\n4 4 2\n1 2\n3 1\n", true, ".mtx")),
            stored_edges(pattern))
      << "with one sign";
}

TEST(Metis, PlainAndWithWeightsToDrop) {
  const std::vector<EdgeTuple> path{{1, 2, 1.0f}, {2, 1, 1.0f}, {2, 3, 1.0f}, {3, 2, 1.0f}};
  const Graph plain = load_text("% c\n4 2\n2\n1 3\n2\n\n", false, ".graph");
  EXPECT_EQ(stored_edges(plain), path);
  EXPECT_EQ(plain.node_count, 4u);
  EXPECT_EQ(plain.merged_edges, 0u);
  EXPECT_EQ(stored_edges(load_text("3 2 0\n2\n1 3\n2\n", true, ".graph")), path);
  for (const char* text : {"3 2 10\n9 2\n9 1 3\n9 2\n", "3 2 110 2\n5 9 9 2\n5 9 9 1 3\n5 9 9 2\n", "3 2 100\n5 2\n5 1 3\n5 2\n",
                           "3 2 1\n2 4\n1 4 3 6\n2 6\n", "3 2 011\n8 2 4\n8 1 4 3 6\n8 2 6\n", "3 2 1\n2 0.5\n1 4 3 -1\n2 6\n"}) {
    const Graph graph = load_text(text, false, ".metis", weight_false);
    EXPECT_EQ(stored_edges(graph), path) << text;
    EXPECT_TRUE(graph.dropped_weights) << text;
  }
}

TEST(Format, ByEndingOrByName) {
  EXPECT_EQ(graph_format(edges_spec("a.csv.gz", false)), "csv");
  EXPECT_EQ(graph_format(edges_spec("a.tsv", false)), "csv");
  EXPECT_EQ(graph_format(edges_spec("a.mtx", false)), "mtx");
  EXPECT_EQ(graph_format(edges_spec("a.graph.gz", false)), "metis");
  EXPECT_EQ(graph_format(edges_spec("a.txt", false)), "snap");
  EXPECT_EQ(graph_format(edges_spec("a.txt", false, "metis")), "metis");
  EXPECT_THROW(graph_format(edges_spec("a.txt", false, "gml")), UsageError);
}

struct RealGraph {
  const char* name;
  bool directed;
  std::uint64_t nodes, edges, merged, loops;
};

class RealGraphs : public ::testing::TestWithParam<RealGraph> {};

TEST_P(RealGraphs, HaveTheirKnownCounts) {
  COLONY_NEEDS_DATA(path, std::string("graphs/") + GetParam().name);
  Executor one(1), two(2);
  const Graph graph = load_graph(edges_spec(path, GetParam().directed), 1, two);
  EXPECT_EQ(graph.node_count, GetParam().nodes);
  EXPECT_EQ(graph.edge_count(), GetParam().edges);
  EXPECT_EQ(graph.merged_edges, GetParam().merged);
  EXPECT_EQ(graph.dropped_loops, GetParam().loops);
  EXPECT_TRUE(graph.weights.empty());
  expect_simple(graph);
  EXPECT_EQ(topology_hash(graph, one), topology_hash(load_graph(edges_spec(path, GetParam().directed), 1, one), one));
}

INSTANTIATE_TEST_SUITE_P(Files, RealGraphs,
                         ::testing::Values(RealGraph{"facebook_combined.txt", false, 4039, 88234, 0, 0},
                                           RealGraph{"email-Enron.txt.gz", false, 36692, 183831, 183831, 0},
                                           RealGraph{"CA-GrQc.txt", true, 5242, 28979 - 12, 0, 12},
                                           RealGraph{"CA-GrQc.txt", false, 5242, 14484, 14483, 12},
                                           RealGraph{"wiki-Vote.txt", true, 7115, 103689, 0, 0},
                                           RealGraph{"as-caida20071105.txt.gz", false, 26475, 53381, 0, 0},
                                           RealGraph{"delaunay_n15.graph.gz", false, 32768, 98274, 0, 0},
                                           RealGraph{"delaunay_n15.graph.gz", true, 32768, 2 * 98274, 0, 0}));

}  // namespace
}  // namespace colony
