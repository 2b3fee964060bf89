// Graphs whose edges follow the order of nodes: barabasi-albert and watts-strogatz.
#include <algorithm>
#include <cmath>
#include <iterator>
#include <mutex>
#include <vector>

#include "engine/error.hpp"
#include "engine/executor.hpp"
#include "io/graphs/generate.hpp"
#include "io/graphs/generate_rounds.hpp"

namespace colony {
namespace {

__extension__ using Wide = unsigned __int128;

std::uint64_t scaled(std::uint64_t word, std::uint64_t n) { return static_cast<std::uint64_t>((Wide{word} * n) >> 64); }

/// The edges of preferential attachment, numbered. A node that is drawn by degree is drawn by drawing one of the ends of the edges before
/// it; where that end was drawn itself, its draw is done again from the key, instead of being remembered. That draw is always the first one
/// of its edge, also where it collided and another was kept: so a node's edges are a function of the key and of no other node's collisions.
class Attachment {
 public:
  Attachment(std::uint64_t degree, RandomKey key) : degree_(degree), clique_edges_(degree * (degree + 1) / 2), key_(key) {}

  std::uint64_t clique_edges() const { return clique_edges_; }
  std::uint64_t first_edge(std::uint64_t node) const { return clique_edges_ + (node - degree_ - 1) * degree_; }
  Arc clique_edge(std::uint64_t edge) const {
    const std::uint64_t u = clique_source(edge);
    return {static_cast<std::uint32_t>(u), static_cast<std::uint32_t>(edge - u * (u - 1) / 2)};
  }

  /// Writes the edges of a node beyond the clique: the first `degree` different ones of its first draws and then of its own stream.
  void attach(std::uint64_t node, Arc* arcs, std::vector<std::uint32_t>& targets) const {
    const std::uint64_t first = first_edge(node);
    targets.clear();
    for (std::uint64_t edge = first; edge < first + degree_; ++edge) targets.push_back(static_cast<std::uint32_t>(target(edge)));
    for (std::uint64_t draw = 1;;) {
      std::sort(targets.begin(), targets.end());
      targets.erase(std::unique(targets.begin(), targets.end()), targets.end());
      if (targets.size() == degree_) break;
      for (; targets.size() < degree_; ++draw) {
        const std::uint64_t end = scaled(high_word(draw_entity(key_, first, draw)), 2 * first);
        targets.push_back(static_cast<std::uint32_t>(end % 2 == 0 ? source(end / 2) : target(end / 2)));
      }
    }
    for (std::uint64_t i = 0; i < degree_; ++i) arcs[i] = {static_cast<std::uint32_t>(node), targets[i]};
  }

 private:
  static std::uint64_t clique_source(std::uint64_t edge) {
    auto u = static_cast<std::uint64_t>(std::sqrt(2.0 * static_cast<double>(edge))) + 1;  // a guess that is off by one or two at most
    while (u > 1 && u * (u - 1) / 2 > edge) --u;
    while (u * (u + 1) / 2 <= edge) ++u;
    return u;
  }
  std::uint64_t source(std::uint64_t edge) const {
    return edge >= clique_edges_ ? degree_ + 1 + (edge - clique_edges_) / degree_ : clique_source(edge);
  }
  std::uint64_t target(std::uint64_t edge) const {
    while (edge >= clique_edges_) {
      const std::uint64_t first_of_node = edge - (edge - clique_edges_) % degree_;
      const std::uint64_t end = scaled(high_word(draw_entity(key_, edge)), 2 * first_of_node);
      edge = end / 2;
      if (end % 2 == 0) return source(edge);
    }
    return clique_edge(edge).target;
  }

  std::uint64_t degree_;
  std::uint64_t clique_edges_;
  RandomKey key_;
};

/// The small world. Each node owns the edges to its degree / 2 successors on the ring, numbered by node and place. A stranger is a node
/// that is not a ring neighbour; only rewired edges lead to strangers, and the place on the ring of an edge can be taken by no other.
class SmallWorld {
 public:
  SmallWorld(const GraphSpec& spec, RandomKey key)
      : key_(key), rewire_(spec.rewire), nodes_(spec.nodes), half_(spec.degree / 2), strangers_(spec.nodes - 1 - spec.degree) {}

  /// Writes the edges that a node owns: on the ring, or to different strangers. One that found none is left as a loop: it has no place yet.
  void first_draws(std::uint64_t node, Arc* arcs) const {
    const auto is_new = [&](std::uint64_t other, std::uint64_t count) {
      return std::none_of(arcs, arcs + count, [&](const Arc& arc) { return arc.target == other; });
    };
    for (std::uint64_t j = 0; j < half_; ++j) {
      std::uint64_t target = on_ring(node, j);
      if (strangers_ != 0 && rewire_.heads(draw_entity(key_, node, j * (first_attempts + 1)))) {
        target = node;
        for (std::uint64_t attempt = 1; attempt <= first_attempts; ++attempt) {
          const std::uint64_t word = high_word(draw_entity(key_, node, j * (first_attempts + 1) + attempt));
          const std::uint64_t stranger = stranger_of(node, scaled(word, strangers_));
          if (!is_new(stranger, j)) continue;
          target = stranger;
          break;
        }
      }
      arcs[j] = {static_cast<std::uint32_t>(node), static_cast<std::uint32_t>(target)};
    }
  }

  /// Numbers, ascending, of the edges without a place: those that found none, and of two nodes that chose each other the larger one's,
  /// which becomes a loop.
  std::vector<std::uint64_t> without_place(Array<Arc>& arcs, Executor& executor) const {
    std::vector<std::uint64_t> found;
    std::mutex mutex;
    executor.for_range(nodes_, 4096, [&](std::size_t begin, std::size_t end) {
      std::vector<std::uint64_t> found_here;
      for (std::uint64_t node = begin; node < end; ++node) {
        for (std::uint64_t j = 0; j < half_; ++j) {
          const std::uint64_t target = arcs[node * half_ + j].target;
          if (target == node) found_here.push_back(node * half_ + j);
          if (target <= node || target == node + j + 1) continue;  // on the ring, or looked at from the other end
          const Arc* others = arcs.data() + target * half_;
          for (std::uint64_t i = 0; i < half_; ++i) {
            if (others[i].target == node) found_here.push_back(target * half_ + i);
          }
        }
      }
      const std::lock_guard lock(mutex);
      found.insert(found.end(), found_here.begin(), found_here.end());
    });
    std::sort(found.begin(), found.end());
    for (const std::uint64_t number : found) arcs[number].target = arcs[number].source;
    return found;
  }

  /// Gives places to the edges that have none, in rounds: each draws among the strangers that its node is not joined to, and takes its
  /// place on the ring where there are none.
  void settle(std::vector<std::uint64_t> numbers, Graph& graph, Executor& executor) const {
    for (std::uint64_t round = 0; !numbers.empty(); ++round) {
      std::vector<DrawnEdge> edges(numbers.size());
      executor.run([&] {
        executor.for_range(numbers.size(), 64, [&](std::size_t begin, std::size_t end) {
          for (std::size_t i = begin; i < end; ++i) edges[i] = {draw_again(numbers[i], round, graph), numbers[i]};
        });
      });
      keep_least(edges);
      insert_edges(graph, edges, executor);
      std::vector<std::uint64_t> settled;
      for (const DrawnEdge& edge : edges) settled.push_back(edge.number);
      std::sort(settled.begin(), settled.end());
      std::vector<std::uint64_t> left;
      std::set_difference(numbers.begin(), numbers.end(), settled.begin(), settled.end(), std::back_inserter(left));
      numbers = std::move(left);
    }
  }

 private:
  static constexpr std::uint64_t first_attempts = 64;
  static constexpr std::uint64_t round_attempts = 15;                   // before all strangers are looked at
  static constexpr std::uint64_t round_draws = std::uint64_t{1} << 63;  // draws that no first one has

  std::uint64_t on_ring(std::uint64_t node, std::uint64_t j) const { return (node + j + 1) % nodes_; }
  std::uint64_t stranger_of(std::uint64_t node, std::uint64_t index) const { return (node + half_ + 1 + index) % nodes_; }

  std::uint64_t draw_again(std::uint64_t number, std::uint64_t round, const Graph& graph) const {
    const std::uint64_t node = number / half_;
    const auto pair_with = [&](std::uint64_t other) {
      return pair_of({static_cast<std::uint32_t>(node), static_cast<std::uint32_t>(other)}, false);
    };
    const auto word = [&](std::uint64_t attempt) {
      return high_word(draw_entity(key_, number, round_draws + round * (round_attempts + 1) + attempt));
    };
    if (strangers_ == 0) return pair_with(on_ring(node, number % half_));
    for (std::uint64_t attempt = 0; attempt < round_attempts; ++attempt) {
      const std::uint64_t pair = pair_with(stranger_of(node, scaled(word(attempt), strangers_)));
      if (!has_pair(graph, pair)) return pair;
    }
    std::vector<std::uint64_t> joined;  // strangers that are joined to the node, by index
    for (std::uint64_t i = graph.offsets[node]; i < graph.offsets[node + 1]; ++i) {
      const std::uint64_t index = (graph.targets[i] + 2 * nodes_ - node - half_ - 1) % nodes_;
      if (index < strangers_) joined.push_back(index);
    }
    if (joined.size() == strangers_) return pair_with(on_ring(node, number % half_));
    std::sort(joined.begin(), joined.end());
    std::uint64_t index = scaled(word(round_attempts), strangers_ - joined.size());  // among those that are free
    for (const std::uint64_t taken : joined) {
      if (taken <= index) ++index;
    }
    return pair_with(stranger_of(node, index));
  }

  RandomKey key_;
  Probability rewire_;
  std::uint64_t nodes_;
  std::uint64_t half_;
  std::uint64_t strangers_;
};

}  // namespace

Graph generate_barabasi_albert(const GraphSpec& spec, RandomKey key, Executor& executor) {
  if (spec.degree == 0 || spec.degree >= spec.nodes) {
    throw UsageError("[graph] degree of barabasi-albert, the edges of each new node, must be 1 .. nodes - 1");
  }
  const Attachment attachment(spec.degree, key);
  const std::uint64_t clique_nodes = std::uint64_t{spec.degree} + 1, grain = 1 + (1 << 14) / spec.degree;
  Array<Arc> arcs(attachment.first_edge(spec.nodes));
  executor.run([&] {
    executor.for_range(attachment.clique_edges(), 1 << 14, [&](std::size_t begin, std::size_t end) {
      for (std::size_t edge = begin; edge < end; ++edge) arcs[edge] = attachment.clique_edge(edge);
    });
    executor.for_range(spec.nodes - clique_nodes, grain, [&](std::size_t begin, std::size_t end) {
      std::vector<std::uint32_t> targets;
      for (std::size_t i = begin; i < end; ++i) {
        const std::uint64_t node = clique_nodes + i;
        attachment.attach(node, arcs.data() + attachment.first_edge(node), targets);
      }
    });
  });
  return build_csr(spec.nodes, false, std::move(arcs), {}, executor);
}

Graph generate_watts_strogatz(const GraphSpec& spec, RandomKey key, Executor& executor) {
  if (spec.degree == 0 || spec.degree % 2 != 0 || spec.degree >= spec.nodes) {
    throw UsageError("[graph] degree of watts-strogatz must be even, and 2 .. nodes - 1");
  }
  if (!(spec.rewire >= 0 && spec.rewire <= 1)) throw UsageError("[graph] rewire is a probability, 0 .. 1");
  const SmallWorld world(spec, key);
  const std::uint64_t half = spec.degree / 2;
  Array<Arc> arcs(spec.nodes * half);
  std::vector<std::uint64_t> homeless;
  executor.run([&] {
    executor.for_range(spec.nodes, 4096, [&](std::size_t begin, std::size_t end) {
      for (std::size_t node = begin; node < end; ++node) world.first_draws(node, arcs.data() + node * half);
    });
    homeless = world.without_place(arcs, executor);
  });
  Graph graph = build_csr(spec.nodes, false, std::move(arcs), {}, executor);
  graph.dropped_loops = 0;  // those are edges that get a place now
  world.settle(std::move(homeless), graph, executor);
  return graph;
}

}  // namespace colony
