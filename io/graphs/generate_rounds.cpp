#include "io/graphs/generate_rounds.hpp"

#include <algorithm>
#include <cstring>

#include "engine/executor.hpp"

namespace colony {

bool has_pair(const Graph& graph, std::uint64_t pair) {
  const std::uint64_t row = pair >> 32;
  const std::uint32_t* targets = graph.targets.data();
  return std::binary_search(targets + graph.offsets[row], targets + graph.offsets[row + 1], static_cast<std::uint32_t>(pair));
}

void keep_least(std::vector<DrawnEdge>& edges) {
  std::sort(edges.begin(), edges.end(), [](const DrawnEdge& a, const DrawnEdge& b) {
    if (a.pair != b.pair) return a.pair < b.pair;
    return a.number < b.number;
  });
  const auto same_pair = [](const DrawnEdge& a, const DrawnEdge& b) { return a.pair == b.pair; };
  edges.erase(std::unique(edges.begin(), edges.end(), same_pair), edges.end());
}

void insert_edges(Graph& graph, const std::vector<DrawnEdge>& edges, Executor& executor) {
  Array<std::uint64_t> entries;  // row and target: each edge once, or in both rows
  entries.reserve((graph.directed ? 1 : 2) * edges.size());
  for (const DrawnEdge& edge : edges) {
    entries.push_back(edge.pair);
    if (!graph.directed) entries.push_back(edge.pair << 32 | edge.pair >> 32);
  }
  sort_unique(entries, executor);
  // From the last row to the first, each moves to its new place, which never lies before the old one.
  std::uint64_t left = entries.size();
  graph.targets.resize(graph.targets.size() + left);
  std::uint32_t* targets = graph.targets.data();
  std::uint64_t old_end = graph.offsets[graph.node_count];
  for (std::uint64_t row = graph.node_count; left != 0; --row) {
    const std::uint64_t begin = graph.offsets[row - 1];
    graph.offsets[row] = old_end + left;
    std::uint64_t end = old_end;
    for (; left != 0 && entries[left - 1] >> 32 == row - 1; --left) {
      const auto target = static_cast<std::uint32_t>(entries[left - 1]);
      const std::uint32_t* after = std::lower_bound(targets + begin, targets + end, target);
      const auto place = static_cast<std::uint64_t>(after - targets);
      std::memmove(targets + place + left, after, (end - place) * sizeof(std::uint32_t));
      targets[place + left - 1] = target;
      end = place;
    }
    if (left != 0) std::memmove(targets + begin + left, targets + begin, (end - begin) * sizeof(std::uint32_t));
    old_end = begin;
  }
}

}  // namespace colony
