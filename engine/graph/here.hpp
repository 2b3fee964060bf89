// Where a kernel stands: the node or agent it runs for, and the ways to its neighbours. One type a topology, so that the loops over them
// compile to the loops one would write by hand.
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/graph/directions.hpp"
#include "engine/graph/refs.hpp"
#include "engine/ids.hpp"
#include "engine/misuse.hpp"
#include "engine/platform.hpp"

namespace colony {

/// Global ids by local index: in 32 bits where all fit, because they are looked up at random; both null when they are the indices.
struct IdMap {
  const std::uint32_t* small = nullptr;
  const std::uint64_t* wide = nullptr;
  COLONY_HD std::uint64_t operator()(std::size_t index) const { return small ? small[index] : wide ? wide[index] : index; }
};

/// The offsets of rows; null where the model did not ask for them.
COLONY_HD inline const std::uint64_t* asked_for(const std::uint64_t* offsets) {
  check_use(offsets != nullptr,
            "it walks rows of the graph that the model did not ask for: declare() needs pull_rows() for sources, push_rows() for targets");
  return offsets;
}

/// Rows of a csr layer in local indices; in-rows hold what a node reads. Both are the same arrays for an undirected graph.
struct CsrRows {
  const std::uint64_t* in_offsets = nullptr;
  const LocalIndex* sources = nullptr;
  const float* in_weights = nullptr;  ///< null: all 1
  const std::uint64_t* out_offsets = nullptr;
  const LocalIndex* targets = nullptr;
  const std::uint32_t* source_ids = nullptr;  ///< global ids beside sources and targets, or null: what would be a random look-up a
  const std::uint32_t* target_ids = nullptr;  ///< neighbour becomes a walk along the row
  IdMap id;

  using Spot = std::uint64_t;
  COLONY_HD Spot spot(std::size_t index) const { return asked_for(out_offsets)[index]; }
  COLONY_HD int ways_of(std::size_t index) const { return static_cast<int>(out_offsets[index + 1] - out_offsets[index]); }
  COLONY_HD std::size_t way_from(const Spot& first, int k) const { return targets[first + static_cast<std::uint64_t>(k)]; }
};

/// A lattice whose blocks are whole rows: local index = local row * width + x, ghost rows after owned ones.
struct RowLattice {
  std::size_t width = 0;
  std::size_t owned_rows = 0;
  int step = 1;  ///< 1: 8 neighbours, 2: 4
  bool torus = true;
  const std::uint32_t* row_above = nullptr;  ///< [owned_rows] local row of y + 1, no_index: none
  const std::uint32_t* row_below = nullptr;  ///< [owned_rows] local row of y - 1
  IdMap id;
  std::uint64_t width_inverse = 0;  ///< ceil(2^64 / width): row = index * width_inverse / 2^64, exact below 2^32 (Lemire, Kaser, Kurz 2019)

  /// A node with the rows around it, so that several neighbours are found with one division.
  struct Spot {
    std::size_t row, x;
    std::size_t column_in[3];  ///< local index in the row below, in its own, in the row above
    bool inner;                ///< every neighbour is at column_in[1 + dy] + dx
  };
  COLONY_HD Spot spot(std::size_t index) const {
    const std::size_t row = width == 1 ? index : static_cast<std::size_t>((static_cast<unsigned __int128>(index) * width_inverse) >> 64);
    const std::size_t x = index - row * width;
    const std::uint32_t above = row_above[row], below = row_below[row];
    const bool inner = x - 1 < width - 2 && width > 2 && above != no_index && below != no_index;
    return {row, x, {below * width + x, index, above * width + x}, inner};
  }
  COLONY_HD std::size_t way_from(const Spot& at, int way) const {
    const int direction = way * step;
    if (!at.inner) return neighbour(at.row, at.x, direction);
    return at.column_in[1 + y_step(direction)] + static_cast<std::size_t>(x_step(direction));
  }

  /// Neighbour of (row, x) in a direction, or no_index.
  COLONY_HD std::size_t neighbour(std::size_t row, std::size_t x, int direction) const {
    const int dy = y_step(direction);
    std::size_t to_row = row;
    if (dy != 0) {
      const std::uint32_t r = dy > 0 ? row_above[row] : row_below[row];
      if (r == no_index) return no_index;
      to_row = r;
    }
    std::size_t to_x = x + static_cast<std::size_t>(x_step(direction));
    if (to_x >= width) {  // also below zero: unsigned
      if (!torus) return no_index;
      to_x = to_x == width ? 0 : width - 1;
    }
    return to_row * width + to_x;
  }
  COLONY_HD int ways_of(std::size_t) const { return 8 / step; }
  COLONY_HD std::size_t neighbour_of(std::size_t index, int direction) const {
    const std::size_t row = static_cast<std::uint32_t>(index) / static_cast<std::uint32_t>(width);
    return neighbour(row, index - row * width, direction);
  }
};

/// A lattice cut in any other way: eight neighbours a node, no_index where there is none.
struct TableLattice {
  const LocalIndex* table = nullptr;  ///< [owned][8]
  int step = 1;
  IdMap id;
  COLONY_HD int ways_of(std::size_t) const { return 8 / step; }
  COLONY_HD std::size_t neighbour_of(std::size_t index, int direction) const {
    return table[index * 8 + static_cast<std::size_t>(direction)];
  }
  using Spot = std::size_t;
  COLONY_HD Spot spot(std::size_t index) const { return index; }
  COLONY_HD std::size_t way_from(const Spot& index, int way) const { return neighbour_of(index, way * step); }
};

/// Every node reads every other; `order` lists all local indices by ascending global id. Ids are 0 .. nodes - 1.
struct CompleteRows {
  const LocalIndex* order = nullptr;
  std::size_t count = 0;
  IdMap id;
  // An agent's ways out are all other nodes, by ascending id.
  using Spot = std::size_t;
  COLONY_HD static Spot spot(std::size_t index) { return index; }
  COLONY_HD int ways_of(std::size_t) const { return static_cast<int>(count) - 1; }
  COLONY_HD std::size_t way_from(const Spot& index, int k) const {
    const auto way = static_cast<std::size_t>(k);
    return order[way + (way >= id(index) ? 1 : 0)];
  }
};

// ---- Node kernels ----

struct CsrHere : OwnNode {
  /// A neighbour with its place in the row.
  struct Source : NodeRef {
    std::uint64_t edge;
  };
  struct Target : NodeRef {
    std::uint64_t edge;
  };
  const CsrRows* rows;
  COLONY_HD std::uint64_t id() const { return rows->id(index); }
  COLONY_HD std::uint64_t id(NodeRef v) const { return rows->id(v.index); }
  COLONY_HD std::uint64_t id(Source u) const { return rows->source_ids ? rows->source_ids[u.edge] : rows->id(u.index); }
  COLONY_HD std::uint64_t id(Target v) const { return rows->target_ids ? rows->target_ids[v.edge] : rows->id(v.index); }

  /// f(NodeRef) for each node that this one reads, by ascending global id.
  template <class F>
  COLONY_HD void for_each_source(F&& f) const {
    const std::uint64_t* offsets = asked_for(rows->in_offsets);
    for (std::uint64_t e = offsets[index], end = offsets[index + 1]; e < end; ++e) f(Source{{rows->sources[e]}, e});
  }
  /// The same until f returns true; returns whether it did.
  template <class F>
  COLONY_HD bool any_source(F&& f) const {
    const std::uint64_t* offsets = asked_for(rows->in_offsets);
    for (std::uint64_t e = offsets[index], end = offsets[index + 1]; e < end; ++e)
      if (f(Source{{rows->sources[e]}, e})) return true;
    return false;
  }
  /// f(NodeRef) for each node that reads this one.
  template <class F>
  COLONY_HD void for_each_target(F&& f) const {
    const std::uint64_t* offsets = asked_for(rows->out_offsets);
    for (std::uint64_t e = offsets[index], end = offsets[index + 1]; e < end; ++e) f(Target{{rows->targets[e]}, e});
  }
};

/// Both lattices and `complete` are undirected: sources and targets are the same nodes.
template <class Derived>
struct UndirectedHere : OwnNode {
  using Source = NodeRef;
  using Target = NodeRef;
  template <class F>
  COLONY_HD void for_each_source(F&& f) const {
    static_cast<const Derived*>(this)->any_source([&](NodeRef v) {
      f(v);
      return false;
    });
  }
  template <class F>
  COLONY_HD void for_each_target(F&& f) const {
    for_each_source(f);
  }
};

/// Inside a row of a RowLattice, where no wrap is needed: indices are linear in `x`, which lets the loop over x be vectorised.
template <bool eight>
struct RowHere : OwnNode {
  using Source = NodeRef;
  using Target = NodeRef;
  const RowLattice* lattice;
  std::size_t above, below;  ///< local index of the node at y + 1 and y - 1
  COLONY_HD std::uint64_t id() const { return lattice->id(index); }
  COLONY_HD std::uint64_t id(NodeRef v) const { return lattice->id(v.index); }
  template <class F>
  COLONY_INLINE COLONY_HD void for_each_source(F&& f) const {
    f(NodeRef{index + 1});
    if (eight) f(NodeRef{above + 1});
    f(NodeRef{above});
    if (eight) f(NodeRef{above - 1});
    f(NodeRef{index - 1});
    if (eight) f(NodeRef{below - 1});
    f(NodeRef{below});
    if (eight) f(NodeRef{below + 1});
  }
  template <class F>
  COLONY_INLINE COLONY_HD bool any_source(F&& f) const {
    return f(NodeRef{index + 1}) || (eight && f(NodeRef{above + 1})) || f(NodeRef{above}) || (eight && f(NodeRef{above - 1})) ||
           f(NodeRef{index - 1}) || (eight && f(NodeRef{below - 1})) || f(NodeRef{below}) || (eight && f(NodeRef{below + 1}));
  }
  template <class F>
  COLONY_INLINE COLONY_HD void for_each_target(F&& f) const {
    for_each_source(f);
  }
};

/// Any node of a lattice, at its border too.
template <class Lattice>
struct LatticeHere : UndirectedHere<LatticeHere<Lattice>> {
  const Lattice* lattice;
  COLONY_HD LatticeHere(std::size_t i, const Lattice* l) : UndirectedHere<LatticeHere<Lattice>>{{i}}, lattice(l) {}
  COLONY_HD std::uint64_t id() const { return lattice->id(this->index); }
  COLONY_HD std::uint64_t id(NodeRef v) const { return lattice->id(v.index); }
  template <class F>
  COLONY_HD bool any_source(F&& f) const {
    for (int d = 0; d < 8; d += lattice->step) {
      const std::size_t v = lattice->neighbour_of(this->index, d);
      if (v != no_index && f(NodeRef{v})) return true;
    }
    return false;
  }
};

struct CompleteHere : UndirectedHere<CompleteHere> {
  const CompleteRows* rows;
  COLONY_HD CompleteHere(std::size_t i, const CompleteRows* r) : UndirectedHere<CompleteHere>{{i}}, rows(r) {}
  COLONY_HD std::uint64_t id() const { return rows->id(index); }
  COLONY_HD std::uint64_t id(NodeRef v) const { return rows->id(v.index); }
  template <class F>
  COLONY_HD bool any_source(F&& f) const {
    for (std::size_t k = 0; k < rows->count; ++k)
      if (rows->order[k] != index && f(NodeRef{rows->order[k]})) return true;
    return false;
  }
};

}  // namespace colony
