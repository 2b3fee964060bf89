// Graphs for tests: small ones made by keyed draws, and the real ones from the folder of test data.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "engine/executor.hpp"
#include "engine/graph/graph.hpp"

namespace colony::testing {

using GraphMaker = std::function<Graph(Executor&)>;

GraphMaker lattice(std::uint32_t width, std::uint32_t height, std::uint32_t neighbours = 8, bool torus = true);
GraphMaker complete(std::uint64_t nodes);
/// `arcs` random pairs of nodes; loops dropped, parallel ones merged. sparse_ids: ids are spread over 64 bits instead of 0 .. nodes - 1.
GraphMaker random_graph(std::uint64_t nodes, std::uint64_t arcs, bool directed, bool sparse_ids = false, std::uint64_t seed = 7);
/// Every node has about `degree` neighbours: `degree` / 2 random permutations, each a set of cycles. Loops and parallel edges (a few in
/// all) are dropped.
GraphMaker random_regular(std::uint64_t nodes, std::uint32_t degree, std::uint64_t seed = 7);

/// Path of a file of the test data: below the folder that COLONY_DATA names, else beside the source tree. Empty when it is not there.
std::string data_file(const std::string& name);

/// Arcs of a SNAP edge list (plain or .gz) as they stand there, by original ids.
struct EdgeFile {
  std::vector<std::uint64_t> sources, targets;
};
EdgeFile read_edge_file(const std::string& path);
GraphMaker graph_of(const EdgeFile& edges, bool directed);

}  // namespace colony::testing

/// Where a file of the test data lies. When it is absent the test is skipped, or fails where CI is set in the environment.
#define COLONY_NEEDS_DATA(path, name)                                                                                 \
  const std::string path = ::colony::testing::data_file(name);                                                        \
  if (path.empty() && std::getenv("CI") != nullptr) FAIL() << "no " << (name) << ", which CI needs: set COLONY_DATA"; \
  if (path.empty()) GTEST_SKIP() << "no " << (name) << ": set COLONY_DATA to the folder of test data"
