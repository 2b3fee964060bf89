// What the tests of graphs share: edges as a list, files that vanish, the folder of real inputs.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "engine/executor.hpp"
#include "engine/graph/graph.hpp"
#include "engine/schema/job.hpp"
#include "io/graphs/graph_source.hpp"

namespace colony {

using EdgeTuple = std::tuple<std::uint64_t, std::uint64_t, float>;  ///< source id, target id, weight

/// The stored edges, row by row.
inline std::vector<EdgeTuple> stored_edges(const Graph& graph) {
  std::vector<EdgeTuple> edges;
  for (std::uint64_t row = 0; row < graph.node_count; ++row) {
    for (std::uint64_t i = graph.offsets[row]; i < graph.offsets[row + 1]; ++i) {
      edges.emplace_back(graph.id_of(row), graph.id_of(graph.targets[i]), graph.weights.empty() ? 1.0f : graph.weights[i]);
    }
  }
  return edges;
}

/// Rows ascend without duplicates and loops; undirected: each edge stands in both.
inline void expect_simple(const Graph& graph) {
  ASSERT_EQ(graph.offsets.size(), graph.node_count + 1);
  ASSERT_EQ(graph.offsets[graph.node_count], graph.targets.size());
  std::set<std::pair<std::uint32_t, std::uint32_t>> arcs;
  for (std::uint32_t row = 0; row < graph.node_count; ++row) {
    for (std::uint64_t i = graph.offsets[row]; i < graph.offsets[row + 1]; ++i) {
      ASSERT_NE(graph.targets[i], row) << "a loop";
      ASSERT_LT(graph.targets[i], graph.node_count);
      if (i > graph.offsets[row]) {
        ASSERT_LT(graph.targets[i - 1], graph.targets[i]) << "row " << row;
      }
      if (!graph.directed) arcs.emplace(row, graph.targets[i]);
    }
  }
  for (const auto& [source, target] : arcs)
    ASSERT_TRUE(arcs.count({target, source})) << source << " " << target << " stands in one row only";
}

/// A file of a test, removed at its end.
class TestFile {
 public:
  TestFile(const std::string& name, std::string_view content)
      : path_(std::filesystem::path(::testing::TempDir()) / (flat_test_name() + "-" + name)) {
    std::ofstream(path_, std::ios::binary) << content;
  }
  ~TestFile() { std::filesystem::remove(path_); }
  TestFile(const TestFile&) = delete;
  TestFile& operator=(const TestFile&) = delete;
  std::string path() const { return path_.string(); }

 private:
  /// Tests run at the same time: each has names of its own. That of a parametrised test holds a slash.
  static std::string flat_test_name() {
    const ::testing::TestInfo* test = ::testing::UnitTest::GetInstance()->current_test_info();
    std::string name = std::string(test->test_suite_name()) + "." + test->name();
    std::replace(name.begin(), name.end(), '/', '-');
    return name;
  }

  std::filesystem::path path_;
};

inline GraphSpec edges_spec(const std::string& path, bool directed, const std::string& format = "") {
  GraphSpec spec;
  spec.source = GraphSpec::Source::edges;
  spec.path = path;
  spec.directed = directed;
  spec.format = format;
  return spec;
}

inline GraphSpec generate_spec(const std::string& kind, std::uint64_t nodes) {
  GraphSpec spec;
  spec.source = GraphSpec::Source::generate;
  spec.kind = kind;
  spec.nodes = nodes;
  return spec;
}

/// What a job says of the columns of its file.
struct ColumnKeys {
  std::vector<std::string> columns = {};
  bool drop_weights = false;
};
inline const ColumnKeys weight_false{.columns = {}, .drop_weights = true};

/// Loads a graph from text, as a file with that ending.
inline Graph load_text(std::string_view text, bool directed, const std::string& ending = ".txt", const ColumnKeys& keys = {}) {
  const TestFile file("graph" + ending, text);
  Executor executor(2);
  GraphSpec spec = edges_spec(file.path(), directed);
  spec.columns = keys.columns;
  spec.drop_weights = keys.drop_weights;
  return load_graph(spec, 1, executor);
}

}  // namespace colony
