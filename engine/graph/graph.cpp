#include "engine/graph/graph.hpp"

#define XXH_INLINE_ALL
#include <tbb/parallel_sort.h>
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <vector>

#include "engine/error.hpp"
#include "engine/executor.hpp"

namespace colony {
namespace {

constexpr std::size_t arc_grain = std::size_t{1} << 16;
constexpr std::size_t row_grain = 512;
constexpr std::size_t long_row = std::size_t{1} << 18;  // a row worth sorting by several threads
constexpr std::size_t short_row = 64;
constexpr std::uint64_t max_nodes = 0xFFFFFFFEu;  // ranks are 32 bits, and the largest one is no_index

template <class T>
void sort_values(T* begin, T* end) {
  if (static_cast<std::size_t>(end - begin) >= long_row) {
    tbb::parallel_sort(begin, end);
  } else {
    std::sort(begin, end);
  }
}

std::uint64_t bump(Array<std::uint64_t>& counters, std::uint64_t row) {
  return std::atomic_ref<std::uint64_t>(counters[row]).fetch_add(1, std::memory_order_relaxed);
}

void zero(Array<std::uint64_t>& counters, Executor& executor) {
  executor.for_range(counters.size(), arc_grain, [&](std::size_t begin, std::size_t end) {
    std::fill(counters.data() + begin, counters.data() + end, std::uint64_t{0});
  });
}

/// counts of rows -> begins of rows; the last element becomes the total.
void begins_from_counts(Array<std::uint64_t>& offsets) {
  std::uint64_t sum = 0;
  for (std::uint64_t& offset : offsets) sum += std::exchange(offset, sum);
}

/// While rows are filled, offsets[r] runs from the begin of row r to its end, which is the begin of row r + 1.
void begins_from_ends(Array<std::uint64_t>& offsets) {
  std::memmove(offsets.data() + 1, offsets.data(), (offsets.size() - 1) * sizeof(std::uint64_t));
  offsets[0] = 0;
}

/// Packs a target and its weight so that sorting orders by target, then by weight: the sum of equal targets has one order.
std::uint64_t pack(std::uint32_t target, float weight) { return (std::uint64_t{target} << 32) | std::bit_cast<std::uint32_t>(weight); }

/// Sorts up to short_row values by counting, for each, how many belong before it: quadratic, but without a branch to mispredict, and the
/// loops run in vector lanes; about five times faster than std::sort on rows of 32.
void sort_short(std::uint32_t* row, std::size_t size) {
  std::array<std::uint32_t, short_row> values, place{};
  std::copy_n(row, size, values.begin());
  for (std::size_t j = 0; j < size; ++j) {
    const std::uint32_t value = values[j];
    for (std::size_t i = 0; i < j; ++i) place[i] += value < values[i] ? 1 : 0;
    for (std::size_t i = j + 1; i < size; ++i) place[i] += value <= values[i] ? 1 : 0;
  }
  for (std::size_t i = 0; i < size; ++i) row[place[i]] = values[i];
}

std::size_t sort_unweighted(std::uint32_t* row, std::size_t size) {
  if (size <= short_row) {
    sort_short(row, size);
  } else {
    sort_values(row, row + size);
  }
  return static_cast<std::size_t>(std::unique(row, row + size) - row);
}

std::size_t sort_weighted(std::uint32_t* row, float* weights, std::size_t size, std::vector<std::uint64_t>& scratch) {
  scratch.resize(size);
  for (std::size_t i = 0; i < size; ++i) scratch[i] = pack(row[i], weights[i]);
  sort_values(scratch.data(), scratch.data() + size);
  std::size_t kept = 0;
  for (std::size_t i = 0; i < size;) {
    const auto target = static_cast<std::uint32_t>(scratch[i] >> 32);
    double sum = 0;
    for (; i < size && scratch[i] >> 32 == target; ++i) sum += std::bit_cast<float>(static_cast<std::uint32_t>(scratch[i]));
    row[kept] = target;
    weights[kept++] = static_cast<float>(sum);
  }
  return kept;
}

/// Sorts each row and merges its duplicates, which leaves gaps at the ends of rows. lengths: [rows] what is left of each. Returns how many
/// entries were merged away.
std::uint64_t sort_rows(Graph& graph, Array<std::uint32_t>& lengths, Executor& executor) {
  std::atomic<std::uint64_t> merged{0};
  executor.for_range(graph.node_count, row_grain, [&](std::size_t begin, std::size_t end) {
    std::vector<std::uint64_t> scratch;
    std::uint64_t merged_here = 0;
    for (std::size_t row = begin; row < end; ++row) {
      const std::uint64_t at = graph.offsets[row], size = graph.offsets[row + 1] - at;
      const std::size_t kept = graph.weights.empty() ? sort_unweighted(graph.targets.data() + at, size)
                                                     : sort_weighted(graph.targets.data() + at, graph.weights.data() + at, size, scratch);
      lengths[row] = static_cast<std::uint32_t>(kept);
      merged_here += size - kept;
    }
    merged.fetch_add(merged_here, std::memory_order_relaxed);
  });
  return merged;
}

/// Gives the array the room of its size, where much more was allocated.
template <class T>
void trim(Array<T>& array) {
  if (array.capacity() - array.size() <= array.capacity() / 4) return;
  Array<T> trimmed(array.size());
  std::copy(array.begin(), array.end(), trimmed.begin());
  array.swap(trimmed);
}

/// Closes the gaps that sort_rows left, in place: first touch of fresh memory costs more than moving within the old.
void close_gaps(Graph& graph, const Array<std::uint32_t>& lengths) {
  std::uint64_t to = 0;
  for (std::size_t row = 0; row < graph.node_count; ++row) {
    const std::uint64_t from = graph.offsets[row];
    graph.offsets[row] = to;
    if (from != to) {
      std::memmove(graph.targets.data() + to, graph.targets.data() + from, lengths[row] * sizeof(std::uint32_t));
      if (!graph.weights.empty()) std::memmove(graph.weights.data() + to, graph.weights.data() + from, lengths[row] * sizeof(float));
    }
    to += lengths[row];
  }
  graph.offsets[graph.node_count] = to;
  graph.targets.resize(to);
  trim(graph.targets);
  if (graph.weights.empty()) return;
  graph.weights.resize(to);
  trim(graph.weights);
}

void count_rows(Graph& graph, const Array<Arc>& arcs, Executor& executor) {
  std::atomic<std::uint64_t> loops{0};
  std::atomic<bool> in_range{true};
  executor.for_range(arcs.size(), arc_grain, [&](std::size_t begin, std::size_t end) {
    std::uint64_t loops_here = 0;
    for (std::size_t i = begin; i < end; ++i) {
      const Arc arc = arcs[i];
      if (std::max(arc.source, arc.target) >= graph.node_count) [[unlikely]] {
        in_range = false;
        return;
      }
      if (arc.source == arc.target) {
        ++loops_here;
        continue;
      }
      bump(graph.offsets, arc.source);
      if (!graph.directed) bump(graph.offsets, arc.target);
    }
    loops.fetch_add(loops_here, std::memory_order_relaxed);
  });
  COLONY_ASSERT(in_range, "an arc names a node beyond node_count");
  graph.dropped_loops = loops;
}

/// Puts entries into rows, a batch at a time: an atomic add waits for all stores before it, so that one after each store, which misses the
/// cache, would cost its whole latency (nine times slower).
class RowFiller {
 public:
  explicit RowFiller(Graph& graph) : graph_(graph), weighted_(!graph.weights.empty()) {}
  ~RowFiller() { flush(); }
  RowFiller(const RowFiller&) = delete;
  RowFiller& operator=(const RowFiller&) = delete;

  void put(std::uint32_t source, std::uint32_t target, float weight) {
    batch_[size_++] = {source, target, weight};
    if (size_ == batch_.size()) flush();
  }

 private:
  struct Entry {
    std::uint32_t source;
    std::uint32_t target;
    float weight;
  };

  void flush() {
    for (std::size_t i = 0; i < size_; ++i) at_[i] = bump(graph_.offsets, batch_[i].source);
    for (std::size_t i = 0; i < size_; ++i) graph_.targets[at_[i]] = batch_[i].target;
    if (weighted_) {
      for (std::size_t i = 0; i < size_; ++i) graph_.weights[at_[i]] = batch_[i].weight;
    }
    size_ = 0;
  }

  Graph& graph_;
  bool weighted_;
  std::size_t size_ = 0;
  std::array<Entry, 256> batch_;
  std::array<std::uint64_t, 256> at_;
};

void fill_rows(Graph& graph, const Array<Arc>& arcs, const Array<float>& weights, Executor& executor) {
  executor.for_range(arcs.size(), arc_grain, [&](std::size_t begin, std::size_t end) {
    RowFiller filler(graph);
    for (std::size_t i = begin; i < end; ++i) {
      const Arc arc = arcs[i];
      if (arc.source == arc.target) continue;
      const float weight = weights.empty() ? 1.0f : weights[i];
      filler.put(arc.source, arc.target, weight);
      if (!graph.directed) filler.put(arc.target, arc.source, weight);
    }
  });
}

std::uint64_t lattice_edges(const LatticeShape& shape) {
  const std::uint64_t w = shape.width, h = shape.height;
  if (w == 0 || h == 0) return 0;
  if (shape.torus) return w * h * (shape.neighbours / 2);
  const std::uint64_t straight = (w - 1) * h + w * (h - 1);
  return shape.neighbours == 4 ? straight : straight + 2 * (w - 1) * (h - 1);
}

std::uint64_t hash_words(std::initializer_list<std::uint64_t> words) {
  return XXH3_64bits(words.begin(), words.size() * sizeof(std::uint64_t));
}

}  // namespace

std::uint64_t Graph::edge_count() const {
  switch (topology) {
    case Topology::csr: return directed ? targets.size() : targets.size() / 2;
    case Topology::lattice: return lattice_edges(lattice);
    case Topology::complete: {
      if (node_count == 0) return 0;
      const std::uint64_t pairs = node_count % 2 == 0 ? node_count / 2 * (node_count - 1) : (node_count - 1) / 2 * node_count;
      return directed ? 2 * pairs : pairs;
    }
    default: return 0;
  }
}

std::uint64_t Graph::rank_of(std::uint64_t id) const {
  if (ids.empty()) return std::min(id, node_count);
  const std::uint64_t* at = std::lower_bound(ids.begin(), ids.end(), id);
  return at != ids.end() && *at == id ? static_cast<std::uint64_t>(at - ids.begin()) : node_count;
}

Graph build_csr(std::uint64_t node_count, bool directed, Array<Arc> arcs, Array<float> weights, Executor& executor) {
  COLONY_ASSERT(node_count <= max_nodes, "more nodes than 32-bit ranks can name");
  COLONY_ASSERT(weights.empty() || weights.size() == arcs.size(), "weights must be parallel to arcs");
  Graph graph;
  graph.topology = Topology::csr;
  graph.node_count = node_count;
  graph.directed = directed;
  executor.run([&] {
    graph.offsets.resize(node_count + 1);
    zero(graph.offsets, executor);
    count_rows(graph, arcs, executor);
    begins_from_counts(graph.offsets);
    graph.targets.resize(graph.offsets[node_count]);
    if (!weights.empty()) graph.weights.resize(graph.targets.size());
    fill_rows(graph, arcs, weights, executor);
    begins_from_ends(graph.offsets);
    arcs = {};  // swapped into a temporary that dies here
    weights = {};
    Array<std::uint32_t> lengths(node_count);
    const std::uint64_t merged = sort_rows(graph, lengths, executor);
    graph.merged_edges = directed ? merged : merged / 2;
    if (merged != 0) close_gaps(graph, lengths);
  });
  return graph;
}

Graph reversed(const Graph& graph, Executor& executor) {
  COLONY_ASSERT(graph.topology == Topology::csr, "only rows can be reversed");
  Graph result;
  result.topology = graph.topology;
  result.node_count = graph.node_count;
  result.directed = graph.directed;
  executor.run([&] {
    result.offsets.resize(graph.node_count + 1);
    zero(result.offsets, executor);
    executor.for_range(graph.targets.size(), arc_grain, [&](std::size_t begin, std::size_t end) {
      for (std::size_t i = begin; i < end; ++i) bump(result.offsets, graph.targets[i]);
    });
    begins_from_counts(result.offsets);
    result.targets.resize(graph.targets.size());
    result.weights.resize(graph.weights.size());
    executor.for_range(graph.node_count, row_grain, [&](std::size_t begin, std::size_t end) {
      RowFiller filler(result);
      for (std::size_t row = begin; row < end; ++row) {
        for (std::uint64_t i = graph.offsets[row]; i < graph.offsets[row + 1]; ++i) {
          filler.put(graph.targets[i], static_cast<std::uint32_t>(row), graph.weights.empty() ? 1.0f : graph.weights[i]);
        }
      }
    });
    begins_from_ends(result.offsets);
    Array<std::uint32_t> lengths(graph.node_count);
    const std::uint64_t merged = sort_rows(result, lengths, executor);
    COLONY_ASSERT(merged == 0, "the rows to reverse had duplicates");
  });
  return result;
}

void sort_unique(Array<std::uint64_t>& ids, Executor& executor) {
  executor.run([&] { tbb::parallel_sort(ids.begin(), ids.end()); });
  ids.resize(static_cast<std::size_t>(std::unique(ids.begin(), ids.end()) - ids.begin()));
}

std::uint64_t topology_hash(const Graph& graph, Executor& executor) {
  std::atomic<std::uint64_t> sum{0};
  if (graph.topology == Topology::csr) {
    executor.run([&] {
      executor.for_range(graph.node_count, row_grain, [&](std::size_t begin, std::size_t end) {
        std::uint64_t sum_here = 0;
        for (std::size_t row = begin; row < end; ++row) {
          const std::uint64_t source = graph.id_of(row);
          sum_here += hash_words({source});
          for (std::uint64_t i = graph.offsets[row]; i < graph.offsets[row + 1]; ++i) {
            const float weight = graph.weights.empty() ? 1.0f : graph.weights[i];
            sum_here += hash_words({source, graph.id_of(graph.targets[i]), std::bit_cast<std::uint32_t>(weight)});
          }
        }
        sum.fetch_add(sum_here, std::memory_order_relaxed);
      });
    });
  }
  const LatticeShape shape = graph.topology == Topology::lattice ? graph.lattice : LatticeShape{0, 0, 0, false};
  return hash_words({static_cast<std::uint64_t>(graph.topology), graph.node_count, graph.directed ? 1u : 0u, shape.width, shape.height,
                     shape.neighbours, shape.torus ? 1u : 0u, sum});
}

}  // namespace colony
