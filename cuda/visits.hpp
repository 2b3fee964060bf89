// What a device does for one item of a kernel's domain. The same Here types as in engine/kernels/loops.hpp, for host and device.
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/graph/here.hpp"
#include "engine/kernels/access.hpp"
#include "engine/kernels/agent_here.hpp"
#include "engine/kernels/members.hpp"

namespace colony {

COLONY_HD inline CsrHere here_at(std::size_t i, const CsrRows* rows) { return {{i}, rows}; }
COLONY_HD inline LatticeHere<RowLattice> here_at(std::size_t i, const RowLattice* lattice) { return {i, lattice}; }
COLONY_HD inline LatticeHere<TableLattice> here_at(std::size_t i, const TableLattice* lattice) { return {i, lattice}; }
COLONY_HD inline CompleteHere here_at(std::size_t i, const CompleteRows* rows) { return {i, rows}; }

/// A kernel at a node: the item itself, or the one that a list has there.
template <class Kernel, class Rows>
struct VisitNode {
  static_assert(!any_member<Kernel, IsNext>, "what a kernel returns stays on the host");
  Kernel kernel;
  Rows rows;
  const LocalIndex* list;  ///< null: items are nodes
  COLONY_HD void operator()(std::size_t item) const {
    const auto here = here_at(list != nullptr ? list[item] : item, &rows);
    kernel(here);
  }
};

/// A kernel at the agent in a slot, if there is one.
template <class Kernel, class Rows>
struct VisitAgent {
  Kernel kernel;
  Rows rows;
  const LocalIndex* nodes;
  const std::uint64_t* ids;
  COLONY_HD void operator()(std::size_t slot) const {
    if (nodes[slot] == no_index) return;
    const AgentHere<Rows> here{{slot}, {nodes[slot]}, &rows, ids, rows.spot(nodes[slot])};
    kernel(here);
  }
};

/// Conditions on nodes.
struct HasValue {
  const std::uint8_t* values;
  std::uint8_t value;
  COLONY_HD bool operator()(LocalIndex i) const { return values[i] == value; }
};
struct IsRaised {
  const std::uint64_t* maxima;
  COLONY_HD bool operator()(LocalIndex i) const { return maxima[i] != 0; }
};

/// Takes what was raised on listed nodes, and leaves 0.
struct TakeRaised {
  std::uint64_t* maxima;
  const LocalIndex* list;
  std::uint64_t* taken;
  COLONY_HD void operator()(std::size_t item) const {
    taken[item] = maxima[list[item]];
    maxima[list[item]] = 0;
  }
};

}  // namespace colony
