// Graphs whose edges are independent draws: erdos-renyi and rmat.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "engine/error.hpp"
#include "engine/executor.hpp"
#include "io/graphs/generate.hpp"
#include "io/graphs/generate_rounds.hpp"

namespace colony {
namespace {

__extension__ using Wide = unsigned __int128;

std::uint64_t scaled(std::uint64_t word, std::uint64_t n) { return static_cast<std::uint64_t>((Wide{word} * n) >> 64); }

/// Binomial(trials, p) by inversion of a table of its cumulative probabilities, for means of about 64, where nothing underflows:
/// (1 - p)^trials by squaring, then the ratio of neighbouring terms. Near p = 1, where that power would underflow, failures are counted.
class BinomialTable {
 public:
  BinomialTable(std::uint64_t trials, double p) : trials_(trials), failures_(p > 0.999) {
    if (failures_) p = 1 - p;
    double term = 1, factor = 1 - p;
    for (std::uint64_t n = trials; n != 0; n >>= 1, factor *= factor) {
      if (n & 1) term *= factor;
    }
    const double odds = p / (1 - p), mean = p * static_cast<double>(trials);
    double sum = term;
    for (std::uint64_t k = 0;; ++k) {
      cumulative_.push_back(sum);
      if (k == trials || (static_cast<double>(k) > mean && term < 0x1p-60)) break;
      term *= odds * (static_cast<double>(trials - k) / static_cast<double>(k + 1));
      sum += term;
    }
  }

  std::uint64_t draw(std::uint64_t word) const {
    const auto at = std::upper_bound(cumulative_.begin(), cumulative_.end(), uniform_f64(word));
    const std::uint64_t count = std::min<std::uint64_t>(static_cast<std::uint64_t>(at - cumulative_.begin()), cumulative_.size() - 1);
    return failures_ ? trials_ - count : count;
  }

 private:
  std::uint64_t trials_;
  bool failures_;
  std::vector<double> cumulative_;
};

/// All pairs that may be edges, numbered. Undirected: (1, 0), (2, 0), (2, 1), (3, 0) ... Directed: row by row without the diagonal.
struct Pairs {
  std::uint64_t nodes;
  bool directed;

  std::uint64_t count() const {
    if (directed) return nodes * (nodes - 1);
    return nodes % 2 == 0 ? nodes / 2 * (nodes - 1) : (nodes - 1) / 2 * nodes;
  }
  static std::uint64_t first_of(std::uint64_t u) { return u % 2 == 0 ? u / 2 * (u - 1) : (u - 1) / 2 * u; }
  Arc operator[](std::uint64_t index) const {
    if (directed) {
      const std::uint64_t u = index / (nodes - 1), v = index % (nodes - 1);
      return {static_cast<std::uint32_t>(u), static_cast<std::uint32_t>(v + (v >= u ? 1 : 0))};
    }
    auto u = static_cast<std::uint64_t>(std::sqrt(2.0 * static_cast<double>(index))) + 1;  // a guess that is off by one or two at most
    while (u > 1 && first_of(u) > index) --u;
    while (first_of(u + 1) <= index) ++u;
    return {static_cast<std::uint32_t>(u), static_cast<std::uint32_t>(index - first_of(u))};
  }
};

constexpr double edges_a_range = 64;

/// The pairs cut into ranges of equal size, each with its own binomial count of edges, at distinct places drawn by key.
class RangedSampler {
 public:
  RangedSampler(Pairs pairs, double p, RandomKey key)
      : pairs_(pairs), key_(key), range_(range_size(pairs.count(), p)), last_(pairs.count() % range_), full_(range_, p), rest_(last_, p) {}

  std::uint64_t ranges() const { return pairs_.count() / range_ + (last_ != 0 ? 1 : 0); }
  std::uint64_t count(std::uint64_t range) const {
    const std::uint64_t word = high_word(draw_entity(key_, range, 0));
    return size_of(range) == range_ ? full_.draw(word) : rest_.draw(word);
  }
  /// Writes count(range) arcs.
  void sample(std::uint64_t range, std::uint64_t count, Arc* arcs) const {
    const std::uint64_t size = size_of(range), first = range * range_;
    std::vector<std::uint64_t> places;
    places.reserve(count);
    for (std::uint64_t draw = 1; places.size() < count;) {
      for (; places.size() < count; ++draw) {
        const Random4 random = draw_entity(key_, range, draw);
        places.push_back(scaled(high_word(random), size));
        if (places.size() < count) places.push_back(scaled(low_word(random), size));
      }
      std::sort(places.begin(), places.end());
      places.erase(std::unique(places.begin(), places.end()), places.end());
    }
    for (std::uint64_t i = 0; i < count; ++i) arcs[i] = pairs_[first + places[i]];
  }

 private:
  static std::uint64_t range_size(std::uint64_t pairs, double p) {
    const double size = edges_a_range / p;
    return size >= static_cast<double>(pairs) ? pairs : std::max<std::uint64_t>(1, static_cast<std::uint64_t>(size));
  }
  std::uint64_t size_of(std::uint64_t range) const { return range == pairs_.count() / range_ ? last_ : range_; }

  Pairs pairs_;
  RandomKey key_;
  std::uint64_t range_;
  std::uint64_t last_;
  BinomialTable full_;
  BinomialTable rest_;
};

class QuadrantDraw {
 public:
  QuadrantDraw(const GraphSpec& spec, RandomKey key)
      : key_(key), nodes_(spec.nodes), a_(spec.rmat_a), ab_(spec.rmat_a + spec.rmat_b), abc_(spec.rmat_a + spec.rmat_b + spec.rmat_c) {
    while ((std::uint64_t{1} << levels_) < nodes_) ++levels_;
  }

  Arc operator()(std::uint64_t edge) const {
    std::uint64_t source = 0, target = 0;
    for (std::uint64_t attempt = 0; attempt < max_attempts; ++attempt) {
      descend(edge, attempt, source, target);
      if (source < nodes_ && target < nodes_) break;
    }
    return {static_cast<std::uint32_t>(source % nodes_), static_cast<std::uint32_t>(target % nodes_)};
  }

 private:
  static constexpr std::uint64_t max_attempts = 256, first_further_draw = max_attempts * 8;

  void descend(std::uint64_t edge, std::uint64_t attempt, std::uint64_t& source, std::uint64_t& target) const {
    source = target = 0;
    Random4 words{};
    for (std::uint32_t level = 0; level < levels_; ++level) {
      if (level % 4 == 0) words = draw_entity(key_, edge, attempt * 8 + level / 4);
      const std::uint32_t word = words[level % 4];
      std::uint64_t past_a = word >= a_.threshold, past_b = word >= ab_.threshold, past_c = word >= abc_.threshold;
      if ((word == a_.threshold) | (word == ab_.threshold) | (word == abc_.threshold)) {  // the word alone doesn't say it
        Random4 whole = draw_entity(key_, edge, first_further_draw + attempt * 32 + level);
        whole = {word, whole[1], whole[2], whole[3]};
        past_a = a_.heads(whole) ? 0 : 1;
        past_b = ab_.heads(whole) ? 0 : 1;
        past_c = abc_.heads(whole) ? 0 : 1;
      }
      source = 2 * source + past_b;  // sums instead of branches, which a processor can't predict
      target = 2 * target + (past_a - past_b + past_c);
    }
  }

  RandomKey key_;
  std::uint64_t nodes_;
  std::uint32_t levels_ = 0;
  Probability a_, ab_, abc_;
};

/// The first so many different pairs of the sequence of draws. They are drawn in rounds, and how many a round draws shows in nothing: of
/// what is new those with the least numbers are kept.
class DistinctPairs {
 public:
  DistinctPairs(const QuadrantDraw& draw, std::uint64_t edges, bool directed) : draw_(draw), edges_(edges), directed_(directed) {}

  /// graph: what the first `edges` draws gave. Returns whether it got the rest within the draws that are allowed.
  bool complete(Graph& graph, Executor& executor) {
    std::uint64_t drawn = edges_, kept = graph.edge_count(), round = edges_;
    const std::uint64_t last = edges_ + draws_an_edge * edges_ + (std::uint64_t{1} << 20);
    for (std::uint64_t missing = edges_ - kept; missing != 0; missing -= kept) {
      const std::uint64_t left = last - drawn;
      if (static_cast<double>(2 * kept + 16) * static_cast<double>(left) < static_cast<double>(missing) * static_cast<double>(round)) {
        return false;  // the share of draws that are new only falls
      }
      round = round_size(missing, static_cast<double>(kept) / static_cast<double>(round), left);
      std::vector<DrawnEdge> edges = draw_new(drawn, round, graph, executor);
      kept = edges.size();
      keep_first(edges, missing);
      insert_edges(graph, edges, executor);
      drawn += round;
      kept = std::min(kept, missing);
    }
    return true;
  }

 private:
  static constexpr std::uint64_t draws_an_edge = 64;
  static constexpr std::uint64_t most_a_round = std::uint64_t{1} << 22;

  /// As many draws as will do, where so large a share of them is new: a tenth more than the expectation.
  static std::uint64_t round_size(std::uint64_t missing, double share, std::uint64_t left) {
    const double wanted = 1.1 * static_cast<double>(missing) / std::max(share, 0x1p-30) + 64;
    return std::min(left, wanted < static_cast<double>(most_a_round) ? static_cast<std::uint64_t>(wanted) : most_a_round);
  }

  /// Of the draws from `first` on, those that are not loops and have no kept pair, and of each pair the least. In the order of pairs, also
  /// while they are looked up: so the rows are walked through once.
  std::vector<DrawnEdge> draw_new(std::uint64_t first, std::uint64_t count, const Graph& graph, Executor& executor) const {
    constexpr std::uint64_t none = ~std::uint64_t{0};
    const auto drop = [](std::vector<DrawnEdge>& edges) {
      std::erase_if(edges, [](const DrawnEdge& edge) { return edge.number == none; });
    };
    std::vector<DrawnEdge> edges(count);
    executor.run([&] {
      executor.for_range(count, 1 << 12, [&](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i) {
          const Arc arc = draw_(first + i);
          edges[i] = {pair_of(arc, directed_), arc.source == arc.target ? none : first + i};
        }
      });
      drop(edges);
      keep_least(edges);
      executor.for_range(edges.size(), 1 << 12, [&](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i) {
          if (has_pair(graph, edges[i].pair)) edges[i].number = none;
        }
      });
      drop(edges);
    });
    return edges;
  }

  static void keep_first(std::vector<DrawnEdge>& edges, std::uint64_t count) {
    if (edges.size() <= count) return;
    const auto by_number = [](const DrawnEdge& a, const DrawnEdge& b) { return a.number < b.number; };
    const auto by_pair = [](const DrawnEdge& a, const DrawnEdge& b) { return a.pair < b.pair; };
    std::nth_element(edges.begin(), edges.begin() + static_cast<std::ptrdiff_t>(count), edges.end(), by_number);
    edges.resize(count);
    std::sort(edges.begin(), edges.end(), by_pair);
  }

  const QuadrantDraw& draw_;
  std::uint64_t edges_;
  bool directed_;
};

void check_mean_degree(const GraphSpec& spec) {
  if (!(spec.mean_degree >= 0) || spec.mean_degree > static_cast<double>(spec.nodes - 1)) {
    throw UsageError("[graph] mean_degree must be 0 .. nodes - 1 = " + std::to_string(spec.nodes - 1));
  }
}

}  // namespace

Graph generate_erdos_renyi(const GraphSpec& spec, RandomKey key, Executor& executor) {
  check_mean_degree(spec);
  if (spec.nodes == 1 || spec.mean_degree == 0) return build_csr(spec.nodes, spec.directed, {}, {}, executor);
  const double p = spec.mean_degree / static_cast<double>(spec.nodes - 1);
  const RangedSampler sampler(Pairs{spec.nodes, spec.directed}, p, key);
  Array<std::uint64_t> first(sampler.ranges() + 1);
  Array<Arc> arcs;
  executor.run([&] {
    executor.for_range(sampler.ranges(), 4096, [&](std::size_t begin, std::size_t end) {
      for (std::size_t range = begin; range < end; ++range) first[range] = sampler.count(range);
    });
    std::uint64_t sum = 0;
    first[sampler.ranges()] = 0;
    for (std::uint64_t& value : first) sum += std::exchange(value, sum);
    arcs.resize(sum);
    executor.for_range(sampler.ranges(), 256, [&](std::size_t begin, std::size_t end) {
      for (std::size_t range = begin; range < end; ++range) {
        sampler.sample(range, first[range + 1] - first[range], arcs.data() + first[range]);
      }
    });
  });
  return build_csr(spec.nodes, spec.directed, std::move(arcs), {}, executor);
}

Graph generate_rmat(const GraphSpec& spec, RandomKey key, Executor& executor) {
  check_mean_degree(spec);
  const bool valid = spec.rmat_a >= 0 && spec.rmat_b >= 0 && spec.rmat_c >= 0 && spec.rmat_a + spec.rmat_b + spec.rmat_c <= 1 + 0x1p-40;
  if (!valid) throw UsageError("[graph] a, b and c of rmat are probabilities, and their sum is at most 1");
  const double edges = spec.mean_degree * static_cast<double>(spec.nodes) / (spec.directed ? 1 : 2);
  const QuadrantDraw draw(spec, key);
  Array<Arc> arcs(static_cast<std::uint64_t>(edges + 0.5));
  executor.run([&] {
    executor.for_range(arcs.size(), 1 << 14, [&](std::size_t begin, std::size_t end) {
      for (std::size_t edge = begin; edge < end; ++edge) arcs[edge] = draw(edge);
    });
  });
  const std::uint64_t wanted = arcs.size();
  Graph graph = build_csr(spec.nodes, spec.directed, std::move(arcs), {}, executor);
  if (!DistinctPairs(draw, wanted, spec.directed).complete(graph, executor)) {
    throw UsageError(fmt::format(
        "[graph] rmat: {} of {} edges were found, then nearly all draws met pairs that are joined already; lower mean_degree, or "
        "bring a = {}, b = {} and c = {} closer to 0.25",
        graph.edge_count(), wanted, spec.rmat_a, spec.rmat_b, spec.rmat_c));
  }
  graph.merged_edges = graph.dropped_loops = 0;  // others were drawn in their place
  return graph;
}

}  // namespace colony
