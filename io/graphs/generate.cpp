#include "io/graphs/generate.hpp"

#include <string_view>

#include "engine/error.hpp"
#include "io/graphs/text_scan.hpp"

namespace colony {
namespace {

/// The file of degrees of the configuration model: one whole number a line; # and % begin comments.
std::vector<std::uint32_t> read_degrees(const std::string& path) {
  const Array<char> bytes = read_text(path);
  const std::string_view text(bytes.data(), bytes.size());
  std::vector<std::uint32_t> degrees;
  try {
    for (Cursor cursor(text); !cursor.done(); cursor.skip_line()) {
      cursor.skip_blanks();
      if (cursor.at_line_end() || cursor.peek() == '#' || cursor.peek() == '%') continue;
      const char* at = cursor.at();
      const std::uint64_t degree = cursor.whole("degree");
      cursor.skip_blanks();
      if (!cursor.at_line_end()) throw ScanFault{cursor.at(), "one degree a line, and nothing after it"};
      if (degree >= max_graph_nodes) throw ScanFault{at, "a degree of " + std::to_string(degree) + " is more than a graph can hold"};
      degrees.push_back(static_cast<std::uint32_t>(degree));
    }
  } catch (const ScanFault& fault) {
    throw_at_line(path, text, fault);
  }
  if (degrees.empty()) throw DataError(path, "holds no degrees; it needs one a line");
  if (degrees.size() > max_graph_nodes) throw DataError(path, "more than 4294967294 nodes");
  return degrees;
}

Graph generate_configuration(const GraphSpec& spec, RandomKey key, Executor& executor) {
  const std::vector<std::uint32_t> degrees = read_degrees(spec.degrees_path);
  if (spec.nodes != 0 && spec.nodes != degrees.size()) {
    throw DataError(spec.degrees_path,
                    "has " + std::to_string(degrees.size()) + " degrees, but [graph] nodes is " + std::to_string(spec.nodes));
  }
  try {
    return generate_with_degrees(degrees, "the degrees", key, executor);
  } catch (const UsageError& error) {
    throw DataError(spec.degrees_path, error.what());
  }
}

Graph make_complete(std::uint64_t nodes) {
  Graph graph;
  graph.topology = Topology::complete;
  graph.node_count = nodes;
  return graph;
}

}  // namespace

Graph generate_graph(const GraphSpec& spec, std::uint64_t seed, Executor& executor) {
  const RandomKey key = random_key(spec.seed.value_or(seed), Stream::generate, 0);
  if (spec.directed && spec.kind != "erdos-renyi" && spec.kind != "rmat") {
    throw UsageError("[graph] kind \"" + spec.kind + "\" makes undirected graphs only; directed is for erdos-renyi and rmat");
  }
  if (spec.kind == "configuration") return generate_configuration(spec, key, executor);
  if (spec.nodes == 0 || spec.nodes > max_graph_nodes) {
    throw UsageError("[graph] nodes must be 1 .. 4294967294, not " + std::to_string(spec.nodes));
  }
  if (spec.kind == "erdos-renyi") return generate_erdos_renyi(spec, key, executor);
  if (spec.kind == "regular") return generate_regular(spec.nodes, spec.degree, key, executor);
  if (spec.kind == "barabasi-albert") return generate_barabasi_albert(spec, key, executor);
  if (spec.kind == "watts-strogatz") return generate_watts_strogatz(spec, key, executor);
  if (spec.kind == "rmat") return generate_rmat(spec, key, executor);
  if (spec.kind == "complete") return make_complete(spec.nodes);
  throw UsageError("[graph] kind \"" + spec.kind +
                   "\" is unknown; it is erdos-renyi, regular, configuration, barabasi-albert, watts-strogatz, rmat or complete");
}

}  // namespace colony
