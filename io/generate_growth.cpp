// Graphs whose edges follow the order of nodes: barabasi-albert and watts-strogatz.
#include <algorithm>

#include "engine/error.hpp"
#include "engine/executor.hpp"
#include "io/generate.hpp"

namespace colony {
namespace {

__extension__ using Wide = unsigned __int128;

std::uint64_t scaled(std::uint64_t word, std::uint64_t n) { return static_cast<std::uint64_t>((Wide{word} * n) >> 64); }

/// The edges of preferential attachment, numbered. A node that is drawn by degree is drawn by drawing one of the ends of the edges before
/// it; where that end was drawn itself, its draw is done again from the key, instead of being remembered.
class Attachment {
 public:
  Attachment(std::uint64_t degree, RandomKey key) : degree_(degree), clique_edges_(degree * (degree + 1) / 2), key_(key) {}

  std::uint64_t edges(std::uint64_t nodes) const {
    if (nodes <= degree_ + 1) return nodes * (nodes - 1) / 2;
    return clique_edges_ + (nodes - degree_ - 1) * degree_;
  }
  Arc operator[](std::uint64_t edge) const { return {static_cast<std::uint32_t>(source(edge)), static_cast<std::uint32_t>(target(edge))}; }

 private:
  std::uint64_t source(std::uint64_t edge) const {
    if (edge >= clique_edges_) return degree_ + 1 + (edge - clique_edges_) / degree_;
    std::uint64_t u = 1;
    while (u * (u + 1) / 2 <= edge) ++u;
    return u;
  }
  std::uint64_t target(std::uint64_t edge) const {
    while (edge >= clique_edges_) {
      const std::uint64_t first_of_node = edge - (edge - clique_edges_) % degree_;
      const std::uint64_t end = scaled(high_word(draw_entity(key_, edge)), 2 * first_of_node);
      edge = end / 2;
      if (end % 2 == 0) return source(edge);
    }
    const std::uint64_t u = source(edge);
    return edge - u * (u - 1) / 2;
  }

  std::uint64_t degree_;
  std::uint64_t clique_edges_;
  RandomKey key_;
};

/// Writes the edges that a node of the small world owns: to its degree / 2 successors on the ring, or where they were rewired to.
void rewire_node(std::uint64_t node, const GraphSpec& spec, RandomKey key, Arc* arcs) {
  constexpr std::uint64_t max_attempts = 64;
  const std::uint64_t half = spec.degree / 2, strangers = spec.nodes - 1 - spec.degree;
  const Probability rewire(spec.rewire);
  const auto is_new = [&](std::uint64_t other, std::uint64_t count) {
    return std::none_of(arcs, arcs + count, [&](const Arc& arc) { return arc.target == other; });
  };
  for (std::uint64_t j = 0; j < half; ++j) {
    std::uint64_t target = (node + j + 1) % spec.nodes;
    if (strangers != 0 && rewire.heads(draw_entity(key, node, j * (max_attempts + 1)))) {
      for (std::uint64_t attempt = 1; attempt <= max_attempts; ++attempt) {
        const std::uint64_t word = high_word(draw_entity(key, node, j * (max_attempts + 1) + attempt));
        const std::uint64_t stranger = (node + half + 1 + scaled(word, strangers)) % spec.nodes;
        if (!is_new(stranger, j)) continue;
        target = stranger;
        break;
      }
    }
    arcs[j] = {static_cast<std::uint32_t>(node), static_cast<std::uint32_t>(target)};
  }
}

}  // namespace

Graph generate_barabasi_albert(const GraphSpec& spec, RandomKey key, Executor& executor) {
  if (spec.degree == 0 || spec.degree >= spec.nodes) {
    throw UsageError("[graph] degree of barabasi-albert, the edges of each new node, must be 1 .. nodes - 1");
  }
  const Attachment attachment(spec.degree, key);
  Array<Arc> arcs(attachment.edges(spec.nodes));
  executor.run([&] {
    executor.for_range(arcs.size(), 1 << 14, [&](std::size_t begin, std::size_t end) {
      for (std::size_t edge = begin; edge < end; ++edge) arcs[edge] = attachment[edge];
    });
  });
  return build_csr(spec.nodes, false, std::move(arcs), {}, executor);
}

Graph generate_watts_strogatz(const GraphSpec& spec, RandomKey key, Executor& executor) {
  if (spec.degree == 0 || spec.degree % 2 != 0 || spec.degree >= spec.nodes) {
    throw UsageError("[graph] degree of watts-strogatz must be even, and 2 .. nodes - 1");
  }
  if (!(spec.rewire >= 0 && spec.rewire <= 1)) throw UsageError("[graph] rewire is a probability, 0 .. 1");
  const std::uint64_t half = spec.degree / 2;
  Array<Arc> arcs(spec.nodes * half);
  executor.run([&] {
    executor.for_range(spec.nodes, 4096, [&](std::size_t begin, std::size_t end) {
      for (std::size_t node = begin; node < end; ++node) rewire_node(node, spec, key, arcs.data() + node * half);
    });
  });
  return build_csr(spec.nodes, false, std::move(arcs), {}, executor);
}

}  // namespace colony
