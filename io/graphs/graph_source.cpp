#include "io/graphs/graph_source.hpp"

#include <algorithm>
#include <atomic>
#include <bit>

#include "io/graphs/edge_list.hpp"
#include "io/graphs/generate.hpp"
#include "io/graphs/matrix_market.hpp"
#include "io/graphs/metis_format.hpp"

namespace colony {
namespace {

constexpr std::size_t grain = std::size_t{1} << 15;

void check_node_count(const std::string& name, std::uint64_t nodes) {
  if (nodes > max_graph_nodes) throw DataError(name, std::to_string(nodes) + " nodes; a graph has at most 4294967294");
}

std::uint64_t count_ends(const ParsedGraph& parsed) {
  std::uint64_t ends = 0;
  for (const EdgeChunk& chunk : parsed.chunks) ends += chunk.ends.size();
  return ends;
}

std::uint64_t largest_id(const ParsedGraph& parsed) {
  std::uint64_t largest = 0;
  for (const EdgeChunk& chunk : parsed.chunks) {
    for (const std::uint64_t id : chunk.ends) largest = std::max(largest, id);
  }
  return largest;
}

/// Fills arcs, chunk by chunk in parallel, with rank(id), and frees the chunks.
template <class Rank>
Graph build(ParsedGraph parsed, std::uint64_t nodes, bool directed, Executor& executor, const Rank& rank) {
  std::vector<std::uint64_t> first(parsed.chunks.size() + 1, 0);
  for (std::size_t c = 0; c < parsed.chunks.size(); ++c) first[c + 1] = first[c] + parsed.chunks[c].ends.size() / 2;
  Array<Arc> arcs(first.back());
  executor.run([&] {
    executor.for_each(parsed.chunks.size(), [&](std::size_t c) {
      const EdgeChunk chunk = std::move(parsed.chunks[c]);
      for (std::size_t i = 0; i < chunk.ends.size() / 2; ++i) {
        arcs[first[c] + i] = {static_cast<std::uint32_t>(rank(chunk.ends[2 * i])), static_cast<std::uint32_t>(rank(chunk.ends[2 * i + 1]))};
      }
    });
  });
  return build_csr(nodes, directed, std::move(arcs), {}, executor);
}

/// Ids close enough together for a bit each: the rank of an id is the number of set bits before it.
class IdBitmap {
 public:
  IdBitmap(const ParsedGraph& parsed, std::uint64_t largest, Executor& executor)
      : words_(largest / 64 + 1, std::uint64_t{0}), before_(words_.size() + 1) {
    executor.run([&] {
      executor.for_each(parsed.chunks.size(), [&](std::size_t c) {
        for (const std::uint64_t id : parsed.chunks[c].ends) {
          const std::atomic_ref<std::uint64_t> word(words_[id / 64]);
          const std::uint64_t bit = std::uint64_t{1} << (id % 64);
          if ((word.load(std::memory_order_relaxed) & bit) == 0) word.fetch_or(bit, std::memory_order_relaxed);
        }
      });
    });
    std::uint64_t sum = 0;
    for (std::size_t w = 0; w < words_.size(); ++w) {
      before_[w] = sum;
      sum += static_cast<std::uint64_t>(std::popcount(words_[w]));
    }
    before_[words_.size()] = sum;
  }

  std::uint64_t count() const { return before_[words_.size()]; }
  std::uint64_t rank(std::uint64_t id) const {
    const std::uint64_t below = words_[id / 64] & ((std::uint64_t{1} << (id % 64)) - 1);
    return before_[id / 64] + static_cast<std::uint64_t>(std::popcount(below));
  }
  Array<std::uint64_t> ids() const {
    Array<std::uint64_t> ids(count());
    std::size_t at = 0;
    for (std::size_t w = 0; w < words_.size(); ++w) {
      for (std::uint64_t word = words_[w]; word != 0; word &= word - 1) ids[at++] = 64 * w + static_cast<unsigned>(std::countr_zero(word));
    }
    return ids;
  }

 private:
  Array<std::uint64_t> words_;
  Array<std::uint64_t> before_;
};

/// Ids far apart, sorted. A table over their leading bits narrows the search: hashed ids are found in a step or two.
class IdTable {
 public:
  IdTable(const ParsedGraph& parsed, std::uint64_t ends, std::uint64_t largest, Executor& executor) {
    ids_.reserve(ends);
    for (const EdgeChunk& chunk : parsed.chunks) {
      std::copy(chunk.ends.begin(), chunk.ends.end(), ids_.data() + ids_.size());
      ids_.resize(ids_.size() + chunk.ends.size());
    }
    sort_unique(ids_, executor);
    const int table_bits = std::min(24, static_cast<int>(std::bit_width(ids_.size())));
    shift_ = std::max(0, static_cast<int>(std::bit_width(largest)) - table_bits);
    table_.resize((largest >> shift_) + 2);
    std::size_t at = 0;
    for (std::size_t lead = 0; lead < table_.size(); ++lead) {
      while (at < ids_.size() && (ids_[at] >> shift_) < lead) ++at;
      table_[lead] = at;
    }
  }

  std::uint64_t rank(std::uint64_t id) const {
    const std::uint64_t* begin = ids_.data() + table_[id >> shift_];
    const std::uint64_t* end = ids_.data() + table_[(id >> shift_) + 1];
    return static_cast<std::uint64_t>(std::lower_bound(begin, end, id) - ids_.data());
  }
  std::uint64_t count() const { return ids_.size(); }
  Array<std::uint64_t> take_ids() {
    Array<std::uint64_t> ids(ids_.size());
    std::copy(ids_.begin(), ids_.end(), ids.begin());
    return ids;
  }

 private:
  Array<std::uint64_t> ids_;
  Array<std::uint64_t> table_;
  int shift_ = 0;
};

Graph assemble_numbered(ParsedGraph parsed, bool directed, Executor& executor) {
  const std::uint64_t nodes = parsed.numbered_nodes;
  Graph graph = build(std::move(parsed), nodes, directed, executor, [](std::uint64_t id) { return id - 1; });
  graph.ids.resize(nodes);
  for (std::uint64_t i = 0; i < nodes; ++i) graph.ids[i] = i + 1;
  return graph;
}

Graph read_edges(const GraphSpec& spec, Executor& executor) {
  const std::string format = graph_format(spec);
  const Weights weights = spec.drop_weights ? Weights::drop : Weights::refuse;
  ParsedGraph parsed;
  {
    const Array<char> bytes = read_text(spec.path);
    const std::string_view text(bytes.data(), bytes.size());
    if (format == "mtx") {
      parsed = parse_matrix_market(text, spec.path, spec.directed, weights, executor);
    } else if (format == "metis") {
      parsed = parse_metis(text, spec.path, spec.directed, weights, executor);
    } else {
      parsed = parse_edge_list(text, spec.path, {.header = format == "csv", .columns = spec.columns, .weights = weights}, executor);
    }
  }
  const bool dropped_weights = parsed.dropped_weights;
  Graph graph = assemble(std::move(parsed), spec.path, spec.directed, executor);
  graph.dropped_weights = dropped_weights;
  return graph;
}

Graph make_lattice(const LatticeShape& shape) {
  if (shape.width == 0 || shape.height == 0) throw UsageError("[graph] a lattice needs a width and a height of at least 1");
  if (shape.neighbours != 4 && shape.neighbours != 8) throw UsageError("[graph] neighbours of a lattice must be 4 or 8");
  const std::uint64_t nodes = std::uint64_t{shape.width} * shape.height;
  if (nodes > max_graph_nodes) throw UsageError("[graph] a lattice has at most 4294967294 nodes, not " + std::to_string(nodes));
  Graph graph;
  graph.topology = Topology::lattice;
  graph.node_count = nodes;
  graph.lattice = shape;
  return graph;
}

}  // namespace

std::string graph_format(const GraphSpec& spec) {
  if (!spec.format.empty()) {
    for (const char* known : {"snap", "csv", "mtx", "metis"}) {
      if (spec.format == known) return known;
    }
    throw UsageError("[graph] format \"" + spec.format + "\" is unknown; it is snap, csv, mtx or metis");
  }
  std::string_view path = spec.path;
  if (path.ends_with(".gz")) path.remove_suffix(3);
  if (path.ends_with(".csv") || path.ends_with(".tsv")) return "csv";
  if (path.ends_with(".mtx")) return "mtx";
  if (path.ends_with(".graph") || path.ends_with(".metis")) return "metis";
  return "snap";
}

Graph assemble(ParsedGraph parsed, const std::string& name, bool directed, Executor& executor) {
  if (parsed.numbered_nodes != 0) return assemble_numbered(std::move(parsed), directed, executor);
  const std::uint64_t ends = count_ends(parsed), largest = largest_id(parsed);
  if (largest / 32 <= ends + 1024) {  // the bitmap takes 16 bytes a word: no more than 8 bytes an end
    const IdBitmap bitmap(parsed, largest, executor);
    check_node_count(name, bitmap.count());
    const auto rank = [&](std::uint64_t id) { return bitmap.rank(id); };
    const bool from_zero = bitmap.count() == largest + 1;
    Graph graph = from_zero ? build(std::move(parsed), bitmap.count(), directed, executor, [](std::uint64_t id) { return id; })
                            : build(std::move(parsed), bitmap.count(), directed, executor, rank);
    if (!from_zero) graph.ids = bitmap.ids();
    return graph;
  }
  IdTable table(parsed, ends, largest, executor);
  check_node_count(name, table.count());
  Graph graph = build(std::move(parsed), table.count(), directed, executor, [&](std::uint64_t id) { return table.rank(id); });
  graph.ids = table.take_ids();
  return graph;
}

Graph load_graph(const GraphSpec& spec, std::uint64_t seed, Executor& executor) {
  switch (spec.source) {
    case GraphSpec::Source::edges: return read_edges(spec, executor);
    case GraphSpec::Source::lattice: return make_lattice(spec.lattice);
    case GraphSpec::Source::generate: return generate_graph(spec, seed, executor);
    default: return {};
  }
}

}  // namespace colony
