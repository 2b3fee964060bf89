// Simple graphs with given degrees: regular and configuration. Stubs 0 .. sum - 1 belong to the nodes in order; a keyed permutation puts
// them in pairs, each pair an edge. About degree^2 / 4 of these are loops or parallel; they are dropped, which leaves free stubs, and these
// are joined one pair after the other: directly, or by switching with an edge that a key draws. Where that fails in all tries, as it does
// for dense graphs with few realisations, one is built by degree and shuffled.
#include <algorithm>
#include <array>
#include <bit>
#include <functional>
#include <queue>
#include <utility>

#include "engine/error.hpp"
#include "engine/executor.hpp"
#include "io/graphs/generate.hpp"

namespace colony {
namespace {

__extension__ using Wide = unsigned __int128;

constexpr std::uint64_t repair_draws = std::uint64_t{1} << 63;  // ids of draws that no stub has
constexpr std::uint64_t max_tries = 64;                         // pairings before another way
constexpr std::uint64_t max_switches = 20000;                   // edges tried for one pair of free stubs
constexpr std::uint64_t shuffles = 10;                          // pairs of edges drawn, an edge, to shuffle what was built by degree

/// A keyed permutation of 0 .. size - 1: a Feistel network over the next power of two, walked until it falls inside (two steps at most on
/// average).
class KeyedPermutation {
 public:
  KeyedPermutation(std::uint64_t size, RandomKey key, std::uint64_t attempt) : size_(size) {
    const auto bits = std::max(2u, static_cast<unsigned>(std::bit_width(size - 1)));
    low_bits_ = bits / 2;
    low_mask_ = (std::uint64_t{1} << low_bits_) - 1;
    high_mask_ = (std::uint64_t{1} << (bits - low_bits_)) - 1;
    for (std::uint64_t round = 0; round < round_keys_.size(); ++round) {
      round_keys_[round] = high_word(draw_entity(key, repair_draws + round, attempt));
    }
  }

  std::uint64_t operator()(std::uint64_t value) const {
    do {
      std::uint64_t low = value & low_mask_, high = value >> low_bits_;
      for (std::size_t round = 0; round < round_keys_.size(); round += 2) {
        high ^= mix(low, round_keys_[round]) & high_mask_;
        low ^= mix(high, round_keys_[round + 1]) & low_mask_;
      }
      value = high << low_bits_ | low;
    } while (value >= size_);
    return value;
  }

 private:
  static std::uint64_t mix(std::uint64_t half, std::uint64_t key) {
    std::uint64_t hash = (half ^ key) * 0x9E3779B97F4A7C15u;
    hash = (hash ^ (hash >> 32)) * 0xD6E8FEB86659FD93u;
    return hash >> 32;
  }

  std::uint64_t size_;
  unsigned low_bits_ = 0;
  std::uint64_t low_mask_ = 0;
  std::uint64_t high_mask_ = 0;
  std::array<std::uint64_t, 8> round_keys_;
};

/// Which node a stub belongs to.
class Stubs {
 public:
  explicit Stubs(const std::vector<std::uint32_t>& degrees) : first_(degrees.size() + 1) {
    std::uint64_t sum = 0;
    bool equal = true;
    for (std::size_t node = 0; node < degrees.size(); ++node) {
      first_[node] = sum;
      sum += degrees[node];
      equal = equal && degrees[node] == degrees[0];
    }
    first_[degrees.size()] = sum;
    if (equal) {
      degree_ = degrees[0];
      return;
    }
    shift_ = std::max(0, static_cast<int>(std::bit_width(sum)) - static_cast<int>(std::bit_width(degrees.size())));
    hints_.resize((sum >> shift_) + 1);
    std::uint32_t node = 0;
    for (std::size_t hint = 0; hint < hints_.size(); ++hint) {
      while (node + 1 < degrees.size() && first_[node + 1] <= hint << shift_) ++node;
      hints_[hint] = node;
    }
  }

  std::uint64_t count() const { return first_[first_.size() - 1]; }
  std::uint64_t first(std::uint64_t node) const { return first_[node]; }
  std::uint32_t node(std::uint64_t stub) const {
    if (degree_ != 0) return static_cast<std::uint32_t>(stub / degree_);
    std::uint32_t node = hints_[stub >> shift_];
    while (first_[node + 1] <= stub) ++node;
    return node;
  }
  Array<std::uint64_t> take_first() { return std::move(first_); }

 private:
  Array<std::uint64_t> first_;
  Array<std::uint32_t> hints_;
  std::uint32_t degree_ = 0;  // 0: they differ
  int shift_ = 0;
};

/// Rows with room for all stubs, and the edges switched between them. Rows stay sorted.
class Switcher {
 public:
  Switcher(const Stubs& stubs, const Graph& simple, RandomKey key, std::uint64_t attempt, Executor& executor)
      : stubs_(stubs), key_(key), attempt_(attempt), targets_(stubs.count()), filled_(simple.node_count) {
    executor.run([&] {
      executor.for_range(simple.node_count, 1024, [&](std::size_t begin, std::size_t end) {
        for (std::size_t node = begin; node < end; ++node) {
          filled_[node] = static_cast<std::uint32_t>(simple.offsets[node + 1] - simple.offsets[node]);
          std::copy_n(simple.targets.data() + simple.offsets[node], filled_[node], row(node));
        }
      });
    });
  }

  /// Joins all free stubs; false when some pair found no edge to switch with.
  bool join_free() {
    std::vector<std::uint32_t> free;
    for (std::uint64_t node = 0; node < filled_.size(); ++node) {
      free.insert(free.end(), stubs_.first(node + 1) - stubs_.first(node) - filled_[node], static_cast<std::uint32_t>(node));
    }
    for (std::size_t i = 0; i < free.size(); i += 2) {
      if (!join(free[i], free[i + 1])) return false;
    }
    return true;
  }

  /// Switches the ends of pairs of edges that are drawn, where that leaves the graph simple. All stubs must be joined.
  void shuffle() {
    for (std::uint64_t tries = 0; tries < shuffles * (stubs_.count() / 2); ++tries) {
      const std::uint64_t first = drawn_stub(), second = drawn_stub();
      const std::uint32_t a = stubs_.node(first), c = stubs_.node(second);
      const std::uint32_t b = targets_[first], d = targets_[second];
      if (a == d || c == b || adjacent(a, d) || adjacent(c, b)) continue;
      erase(a, b);
      erase(c, d);
      insert(a, d);
      insert(c, b);
    }
  }

  Array<std::uint32_t> take_targets() { return std::move(targets_); }

 private:
  std::uint32_t* row(std::uint64_t node) { return targets_.data() + stubs_.first(node); }

  bool adjacent(std::uint32_t a, std::uint32_t b) {
    if (filled_[b] < filled_[a]) std::swap(a, b);
    return std::binary_search(row(a), row(a) + filled_[a], b);
  }
  void insert_into(std::uint32_t node, std::uint32_t other) {
    std::uint32_t* end = row(node) + filled_[node]++;
    std::uint32_t* at = std::lower_bound(row(node), end, other);
    std::copy_backward(at, end, end + 1);
    *at = other;
  }
  void erase_from(std::uint32_t node, std::uint32_t other) {
    std::uint32_t* end = row(node) + filled_[node]--;
    std::uint32_t* at = std::lower_bound(row(node), end, other);
    std::copy(at + 1, end, at);
  }
  void insert(std::uint32_t a, std::uint32_t b) {
    insert_into(a, b);
    insert_into(b, a);
  }

  void erase(std::uint32_t a, std::uint32_t b) {
    erase_from(a, b);
    erase_from(b, a);
  }
  std::uint64_t drawn_stub() {
    const std::uint64_t word = high_word(draw_entity(key_, repair_draws + 64 + draws_++, attempt_));
    return static_cast<std::uint64_t>((Wide{word} * stubs_.count()) >> 64);
  }

  bool join(std::uint32_t a, std::uint32_t b) {
    if (a != b && !adjacent(a, b)) {
      insert(a, b);
      return true;
    }
    for (std::uint64_t tries = 0; tries < max_switches; ++tries) {
      const std::uint64_t stub = drawn_stub();
      const std::uint32_t c = stubs_.node(stub);
      const std::uint64_t slot = stub - stubs_.first(c);
      if (slot >= filled_[c]) continue;
      const std::uint32_t d = row(c)[slot];
      if (a == c || b == d || adjacent(a, c) || adjacent(b, d)) continue;
      erase(c, d);  // c d becomes a c and b d; these differ, since c d was there and a c was not
      insert(a, c);
      insert(b, d);
      return true;
    }
    return false;
  }

  const Stubs& stubs_;
  RandomKey key_;
  std::uint64_t attempt_;
  std::uint64_t draws_ = 0;
  Array<std::uint32_t> targets_;
  Array<std::uint32_t> filled_;
};

/// Whether a simple graph with these degrees exists. Source: Erdos and Gallai 1960.
bool is_graphical(std::vector<std::uint32_t> degrees) {
  std::sort(degrees.begin(), degrees.end(), std::greater<>());
  const std::size_t n = degrees.size();
  std::vector<std::uint64_t> tail(n + 1, 0);  // sums from the end
  for (std::size_t i = n; i-- > 0;) tail[i] = tail[i + 1] + degrees[i];
  std::size_t above = n;  // degrees[i] > k for i < above
  std::uint64_t sum = 0;
  for (std::size_t k = 1; k <= n; ++k) {
    sum += degrees[k - 1];
    while (above > 0 && degrees[above - 1] <= k) --above;
    const std::size_t from = std::max(above, k);
    if (sum > k * (k - 1) + (from - k) * k + tail[from]) return false;
  }
  return true;
}

/// A simple graph with these degrees, which must exist: the node with the most free stubs is joined to those that come next. Source: Havel
/// 1955, Hakimi 1962.
Array<Arc> join_by_degree(const std::vector<std::uint32_t>& degrees, std::uint64_t edges) {
  using Free = std::pair<std::uint32_t, std::uint32_t>;  // stubs, node
  std::priority_queue<Free> queue;
  for (std::uint32_t node = 0; node < degrees.size(); ++node) queue.emplace(degrees[node], node);
  Array<Arc> arcs;
  arcs.reserve(edges);
  std::vector<Free> next;
  while (arcs.size() < edges) {
    const auto [stubs, node] = queue.top();
    queue.pop();
    next.clear();
    for (std::uint32_t i = 0; i < stubs; ++i) {
      next.emplace_back(queue.top().first - 1, queue.top().second);
      queue.pop();
      arcs.push_back({node, next.back().second});
    }
    for (const Free& free : next) queue.push(free);
  }
  return arcs;
}

Graph complement(const Graph& graph) {
  Graph result;
  result.topology = Topology::csr;
  const std::uint64_t n = result.node_count = graph.node_count;
  result.offsets.resize(n + 1);
  result.targets.resize(n * (n - 1) - graph.targets.size());
  std::uint64_t at = 0;
  for (std::uint64_t node = 0; node < n; ++node) {
    result.offsets[node] = at;
    std::uint64_t i = graph.offsets[node];
    for (std::uint32_t other = 0; other < n; ++other) {
      const bool joined = i < graph.offsets[node + 1] && graph.targets[i] == other;
      i += joined ? 1 : 0;
      if (!joined && other != node) result.targets[at++] = other;
    }
  }
  result.offsets[n] = at;
  return result;
}

/// The graph with all stubs joined.
Graph joined(Graph graph, Switcher& switcher, Stubs& stubs) {
  graph.targets = switcher.take_targets();
  graph.offsets = stubs.take_first();
  graph.merged_edges = graph.dropped_loops = 0;
  return graph;
}

Array<Arc> pair_stubs(const Stubs& stubs, const KeyedPermutation& permutation, Executor& executor) {
  Array<Arc> arcs(stubs.count() / 2);
  executor.run([&] {
    executor.for_range(arcs.size(), 1 << 14, [&](std::size_t begin, std::size_t end) {
      for (std::size_t i = begin; i < end; ++i) arcs[i] = {stubs.node(permutation(2 * i)), stubs.node(permutation(2 * i + 1))};
    });
  });
  return arcs;
}

}  // namespace

Graph generate_with_degrees(const std::vector<std::uint32_t>& degrees, const std::string& what, RandomKey key, Executor& executor) {
  Stubs stubs(degrees);
  if (stubs.count() % 2 != 0) {
    throw UsageError(what + " add up to an odd number, " + std::to_string(stubs.count()) + "; each edge has two ends");
  }
  if (!is_graphical(degrees)) {
    throw UsageError("no simple graph has " + what + " (Erdos and Gallai's condition fails); lower the largest ones");
  }
  if (stubs.count() == 0) return build_csr(degrees.size(), false, {}, {}, executor);
  for (std::uint64_t attempt = 0; attempt < max_tries; ++attempt) {
    const KeyedPermutation permutation(stubs.count(), key, attempt);
    Graph graph = build_csr(degrees.size(), false, pair_stubs(stubs, permutation, executor), {}, executor);
    if (graph.targets.size() == stubs.count()) return graph;
    Switcher switcher(stubs, graph, key, attempt, executor);
    if (switcher.join_free()) return joined(std::move(graph), switcher, stubs);
  }
  Graph graph = build_csr(degrees.size(), false, join_by_degree(degrees, stubs.count() / 2), {}, executor);
  Switcher switcher(stubs, graph, key, max_tries, executor);
  switcher.shuffle();
  return joined(std::move(graph), switcher, stubs);
}

Graph generate_regular(std::uint64_t nodes, std::uint32_t degree, RandomKey key, Executor& executor) {
  if (degree >= nodes) throw UsageError("[graph] degree of regular must be below nodes, " + std::to_string(nodes));
  if (nodes % 2 != 0 && degree % 2 != 0) throw UsageError("[graph] nodes times degree must be even: each edge has two ends");
  const std::uint64_t missing = nodes - 1 - degree;  // a dense graph is made as the complement of a sparse one: room for switching
  if (missing < degree) return complement(generate_regular(nodes, static_cast<std::uint32_t>(missing), key, executor));
  return generate_with_degrees(std::vector<std::uint32_t>(nodes, degree), "the degrees", key, executor);
}

}  // namespace colony
