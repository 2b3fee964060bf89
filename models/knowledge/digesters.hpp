// Digesters walk about the yard, look for documents and claim them. Each has genes, a lineage and a small vocabulary: the words that it
// heard where it stood.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "engine/graph/here.hpp"
#include "engine/model/schema.hpp"
#include "models/knowledge/library.hpp"

namespace colony {

/// What is inherited, of digesters (Field = AgentField) and of the places where they read (NodeField).
template <template <class> class Field>
struct Genome {
  Field<std::uint16_t> lineage;     ///< the founder's number, from 1; 0: no founder
  Field<std::uint16_t> sight;       ///< cells
  Field<std::uint32_t> patience;    ///< ticks without work
  Field<std::uint8_t> exploration;  ///< in sixteenths: how often one wanders instead of going for a document
};
inline constexpr std::uint8_t most_exploration = 16;

/// Words, by the ids of their concepts, in a ring: the newest takes the place of the oldest.
inline constexpr std::uint32_t vocabulary_size = 8;
inline bool knows(std::span<const std::uint64_t> vocabulary, std::uint64_t word) {
  return std::find(vocabulary.begin(), vocabulary.end(), word) != vocabulary.end();
}

inline constexpr std::uint8_t stay = 8;   ///< the plan of a digester that does not walk
inline constexpr float faint = 0x1p-16f;  ///< a digester smells nothing below

/// The direction of a step (dx, dy), each -1, 0 or 1.
constexpr std::uint8_t direction_of(int dx, int dy) {
  constexpr std::uint8_t directions[3][3] = {{5, 6, 7}, {4, stay, 0}, {3, 2, 1}};
  return directions[dy + 1][dx + 1];
}
constexpr int sign(std::int64_t v) { return v < 0 ? -1 : v > 0 ? 1 : 0; }

/// Sense: the word that is left here, and the nearest waiting document in sight (ties by key); where none is, up the signal of those that
/// are further away, or about.
struct Search {
  static constexpr Topology topology = Topology::lattice;
  Near<std::uint32_t> stock;
  Near<float> input;
  FieldHere<std::uint64_t> word;
  Read<std::uint8_t> busy;
  Read<std::uint8_t> heading;
  Read<std::uint16_t> sight;
  Read<std::uint8_t> exploration;
  Write<std::uint8_t> plan;
  Write<std::uint64_t> heard;
  At at;
  Draws draws;
  Yard yard;
  std::uint16_t reach;  ///< cells that a shard knows around its own

  template <class Here>
  void operator()(const Here& here) const {
    heard(here) = word(here);
    if (busy(here) != 0) {
      plan(here) = stay;
      return;
    }
    if (exploration(here) != 0 && draws(here)[1] >> 28 < exploration(here)) {
      plan(here) = wiggle(here);
      return;
    }
    const std::uint64_t own = here.id(here.node);
    const auto x = static_cast<std::int64_t>(own % yard.width()), y = static_cast<std::int64_t>(own / yard.width());
    const std::int64_t seen = std::min(sight(here), reach);  // a checkpoint may say anything
    std::int64_t nearest = seen + 1, to_x = 0, to_y = 0;
    std::uint64_t key = 0;
    const std::int64_t first_column = Yard::first_from(x - seen), first_row = Yard::first_from(y - seen);
    const std::int64_t last_column = std::min<std::int64_t>(Yard::last_to(x + seen), yard.columns - 1);
    const std::int64_t last_row = std::min<std::int64_t>(Yard::last_to(y + seen), yard.rows - 1);
    for (std::int64_t row = first_row; row <= last_row; ++row)
      for (std::int64_t column = first_column; column <= last_column; ++column) {
        const std::uint32_t document = yard.document_at(static_cast<std::uint32_t>(column), static_cast<std::uint32_t>(row));
        if (document >= yard.documents) continue;
        const std::uint64_t place = yard.place_of(document);
        if (stock(at(place)) == 0) continue;
        const auto dx = static_cast<std::int64_t>(place % yard.width()) - x, dy = static_cast<std::int64_t>(place / yard.width()) - y;
        const std::int64_t distance = std::max(std::abs(dx), std::abs(dy));
        if (distance > nearest) continue;
        const std::uint64_t own_key = high_word(draws.edge(here.id(), place));
        if (distance == nearest && own_key >= key) continue;
        nearest = distance;
        key = own_key;
        to_x = dx;
        to_y = dy;
      }
    plan(here) = nearest <= seen ? direction_of(sign(to_x), sign(to_y)) : follow(here);
  }

 private:
  /// Up the signal, where there is one.
  template <class Here>
  std::uint8_t follow(const Here& here) const {
    float strongest = std::max(faint, input(here.node));
    std::uint8_t way = stay;
    for (std::uint8_t direction = 0; direction < 8; ++direction) {
      const NodeRef to = here.neighbour(direction);
      if (to.index == no_index || input(to) <= strongest) continue;
      strongest = input(to);
      way = direction;
    }
    return way != stay ? way : wiggle(here);
  }

  /// Half left 1/4, straight on 1/2, half right 1/4.
  template <class Here>
  std::uint8_t wiggle(const Here& here) const {
    const std::uint32_t turn = draws(here)[0] >> 30;
    return static_cast<std::uint8_t>((heading(here) + (turn == 0 ? 7 : turn == 1 ? 1 : 0)) & 7);
  }
};

/// Act: learn the word that was heard, walk, claim a waiting document where the step leads, wait while it is digested, die of idleness.
struct Walk {
  static constexpr Topology topology = Topology::lattice;
  Read<std::uint8_t> plan;
  Read<std::uint64_t> heard;
  Read<std::uint32_t> patience;
  Near<std::uint32_t> stock;
  WriteArray<std::uint64_t> vocabulary;
  Write<std::uint32_t> learnt;
  Write<std::uint8_t> heading;
  Write<std::uint8_t> busy;
  Write<std::uint32_t> idle;
  StepTo step;
  ClaimOne take;
  Die die;

  template <class Here>
  void operator()(const Here& here) const {
    if (heard(here) != 0 && !knows(vocabulary(here), heard(here))) vocabulary(here)[learnt(here)++ % vocabulary_size] = heard(here);
    if (busy(here) != 0) {
      --busy(here);
      return;
    }
    NodeRef to = here.node;
    if (plan(here) != stay) {
      heading(here) = plan(here);
      to = here.neighbour(plan(here));
      if (to.index == no_index) {  // at the border: turn round
        heading(here) = (plan(here) + 4) & 7;
        to = here.node;
      }
    }
    const bool hungry = stock(to) != 0;
    if (!hungry && idle(here) >= patience(here)) {
      die(here);
      return;
    }
    ++idle(here);
    if (hungry) take(here);
    if (to.index != here.node.index) step(here, to);
  }
};

/// Advance, over those who won a document: they wait, and leave there what they are and the word that they learnt last.
struct Settle {
  static constexpr Topology topology = Topology::lattice;
  Write<std::uint8_t> busy;
  Write<std::uint32_t> idle;
  ReadArray<std::uint64_t> vocabulary;
  Read<std::uint32_t> learnt;
  Read<std::uint16_t> lineage, sight;
  Read<std::uint32_t> patience;
  Read<std::uint8_t> exploration;
  LeaveHere<std::uint64_t> leave_word;
  LeaveHere<std::uint16_t> leave_lineage, leave_sight;
  LeaveHere<std::uint32_t> leave_patience;
  LeaveHere<std::uint8_t> leave_exploration;
  Number ticks;

  template <class Here>
  void operator()(const Here& here) const {
    busy(here) = static_cast<std::uint8_t>(ticks.whole());
    idle(here) = 0;
    leave_word(here, learnt(here) == 0 ? 0 : vocabulary(here)[(learnt(here) - 1) % vocabulary_size]);
    leave_lineage(here, lineage(here));
    leave_sight(here, sight(here));
    leave_patience(here, patience(here));
    leave_exploration(here, exploration(here));
  }
};

}  // namespace colony
