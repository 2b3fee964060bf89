#include "tests/support/graphs.hpp"

#include <zlib.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <numeric>
#include <set>

#include "engine/error.hpp"
#include "engine/random/random.hpp"

namespace colony::testing {

GraphMaker lattice(std::uint32_t width, std::uint32_t height, std::uint32_t neighbours, bool torus) {
  return [=](Executor&) {
    Graph graph;
    graph.topology = Topology::lattice;
    graph.lattice = {width, height, neighbours, torus};
    graph.node_count = std::uint64_t{width} * height;
    return graph;
  };
}

GraphMaker complete(std::uint64_t nodes) {
  return [=](Executor&) {
    Graph graph;
    graph.topology = Topology::complete;
    graph.node_count = nodes;
    return graph;
  };
}

GraphMaker random_graph(std::uint64_t nodes, std::uint64_t arcs, bool directed, bool sparse_ids, std::uint64_t seed) {
  return [=](Executor& executor) {
    const RandomKey key = random_key(seed, Stream::generate, 0);
    Array<Arc> list(arcs);
    for (std::uint64_t i = 0; i < arcs; ++i) {
      const Random4 draw = draw_entity(key, i);
      list[i] = {below(draw[0], static_cast<std::uint32_t>(nodes)), below(draw[1], static_cast<std::uint32_t>(nodes))};
    }
    Graph graph = build_csr(nodes, directed, std::move(list), {}, executor);
    if (sparse_ids) {
      std::set<std::uint64_t> ids;
      for (std::uint64_t i = 0; ids.size() < nodes; ++i) ids.insert(high_word(draw_entity(key, i, 1)) >> 1);
      for (const std::uint64_t id : ids) graph.ids.push_back(id);
    }
    return graph;
  };
}

GraphMaker random_regular(std::uint64_t nodes, std::uint32_t degree, std::uint64_t seed) {
  return [=](Executor& executor) {
    const RandomKey key = random_key(seed, Stream::generate, 1);
    Array<Arc> arcs;
    std::vector<std::uint32_t> order(nodes);
    std::iota(order.begin(), order.end(), 0u);
    for (std::uint32_t k = 0; k < degree / 2; ++k) {
      for (std::uint64_t i = nodes - 1; i > 0; --i) std::swap(order[i], order[high_word(draw_entity(key, i, k)) % (i + 1)]);
      for (std::uint64_t i = 0; i < nodes; ++i) arcs.push_back({order[i], order[(i + 1) % nodes]});
    }
    return build_csr(nodes, false, std::move(arcs), {}, executor);
  };
}

std::string data_file(const std::string& name) {
  const char* given = std::getenv("COLONY_DATA");
  const std::filesystem::path folder = given != nullptr ? given : COLONY_SOURCE_DIR "/../shared/data";
  const std::filesystem::path path = folder / name;
  return std::filesystem::exists(path) ? path.string() : std::string();
}

EdgeFile read_edge_file(const std::string& path) {
  EdgeFile edges;
  gzFile file = gzopen(path.c_str(), "rb");  // reads plain text as it is
  COLONY_ASSERT(file != nullptr, path + " can't be opened");
  char line[256];
  while (gzgets(file, line, sizeof line) != nullptr) {
    if (line[0] == '#') continue;
    const char* end = line + std::char_traits<char>::length(line);
    std::uint64_t source = 0, target = 0;
    const auto first = std::from_chars(line, end, source);
    const char* rest = std::find_if(first.ptr, end, [](char c) { return c != ' ' && c != '\t'; });
    const bool good = first.ec == std::errc{} && std::from_chars(rest, end, target).ec == std::errc{};
    COLONY_ASSERT(good, path + ": no edge in: " + line);
    edges.sources.push_back(source);
    edges.targets.push_back(target);
  }
  gzclose(file);
  return edges;
}

GraphMaker graph_of(const EdgeFile& edges, bool directed) {
  auto ids = std::make_shared<std::vector<std::uint64_t>>(edges.sources);
  ids->insert(ids->end(), edges.targets.begin(), edges.targets.end());
  std::sort(ids->begin(), ids->end());
  ids->erase(std::unique(ids->begin(), ids->end()), ids->end());
  const auto rank = [&](std::uint64_t id) {
    return static_cast<std::uint32_t>(std::lower_bound(ids->begin(), ids->end(), id) - ids->begin());
  };
  auto arcs = std::make_shared<std::vector<Arc>>();
  for (std::size_t i = 0; i < edges.sources.size(); ++i) arcs->push_back({rank(edges.sources[i]), rank(edges.targets[i])});
  return [ids, arcs, directed](Executor& executor) {
    Array<Arc> list(arcs->size());
    std::copy(arcs->begin(), arcs->end(), list.begin());
    Graph graph = build_csr(ids->size(), directed, std::move(list), {}, executor);
    if (ids->back() + 1 == ids->size()) return graph;
    graph.ids.resize(ids->size());
    std::copy(ids->begin(), ids->end(), graph.ids.begin());
    return graph;
  };
}

}  // namespace colony::testing
