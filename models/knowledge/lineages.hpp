// How digesters evolve. A link carries the lineage of who first made it; every few ticks the links that are left are counted by lineage,
// and in the tick after that the places where a lineage has read bear its children, the more of them the more of its links are left: in
// the mean as many as have died since the beginning.
#pragma once

#include <algorithm>
#include <cstdint>

#include "engine/model/schema.hpp"
#include "models/knowledge/digesters.hpp"

namespace colony {

inline constexpr std::uint32_t most_lineages = 1000;  ///< their sums go to the coordinator in each tick

/// Act, over the concepts: the links that are left, each once, in [lineage]; all of them in [0].
struct Credit {
  AddTo links;
  void operator()(const GrowingHere& here) const {
    here.for_each_link([&](NodeRef v, const Link& link) {
      if (here.id() > here.id(v) || link.origin == 0 || link.origin >= links.width) return;
      links(link.origin, 1);
      links(0, 1);
    });
  }
};

/// Act, over digested documents: how many a lineage has read.
struct Census {
  static constexpr Topology topology = Topology::lattice;
  Read<std::uint16_t> lineage;
  AddTo documents;
  template <class Here>
  void operator()(const Here& here) const {
    if (lineage(here) < documents.width) documents(lineage(here), 1);  // a checkpoint may say anything
  }
};

struct GeneLimits {
  std::uint16_t sight = 0;  ///< the reach of the layer
  static constexpr std::uint32_t patience = 1'000'000'000;
};

/// A gene one step up, one down or as it was, by a third each.
template <class T>
T mutated(T gene, std::uint32_t word, std::int64_t step, std::int64_t least, std::int64_t most) {
  return static_cast<T>(std::clamp<std::int64_t>(gene + (static_cast<std::int64_t>(below(word, 3)) - 1) * step, least, most));
}
inline std::uint16_t mutated_sight(std::uint16_t gene, std::uint32_t word, const GeneLimits& limits) {
  return mutated(gene, word, 1, 1, limits.sight);
}
inline std::uint32_t mutated_patience(std::uint32_t gene, std::uint32_t word) {
  return mutated(gene, word, 1 + gene / 8, 1, GeneLimits::patience);
}
inline std::uint8_t mutated_exploration(std::uint8_t gene, std::uint32_t word) { return mutated(gene, word, 1, 0, most_exploration); }

/// Act, over digested documents, while others wait: a child, with the probability that fills the places of the dead in the mean.
struct Breed {
  static constexpr Topology topology = Topology::lattice;
  Read<std::uint16_t> lineage, sight;
  Read<std::uint32_t> patience;
  Read<std::uint8_t> exploration;
  KnownSums links, documents;
  Known alive, waiting;
  Spawn spawn;
  Draws draws;
  Genome<AgentField> genome;
  AgentField<std::uint8_t> heading;
  GeneLimits limits;
  std::int64_t population;

  template <class Here>
  void operator()(const Here& here) const {
    const std::uint16_t own = lineage(here);
    if (own >= documents.width) return;
    const std::int64_t vacancies = population - alive();
    if (own == 0 || vacancies <= 0 || waiting() == 0 || links()[0] == 0 || documents()[own] == 0) return;
    const double share = static_cast<double>(links()[own]) / static_cast<double>(links()[0]);
    const double probability = static_cast<double>(vacancies) * share / static_cast<double>(documents()[own]);
    const Random4 word = draws(here), genes = draws(here, 1);
    if (!Probability(probability).heads(word)) return;
    spawn(here, 0, [&](const Newborn& child) {
      child.set(genome.lineage, own);
      child.set(genome.sight, mutated_sight(sight(here), genes[0], limits));
      child.set(genome.patience, mutated_patience(patience(here), genes[1]));
      child.set(genome.exploration, mutated_exploration(exploration(here), genes[2]));
      child.set(heading, static_cast<std::uint8_t>(genes[3] >> 29));
    });
  }
};

}  // namespace colony
