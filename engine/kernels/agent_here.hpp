// Where an agent kernel stands: the agent, its node, and the ways out of it.
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/graph/here.hpp"

namespace colony {

/// An agent: `index` is its slot in the columns of its species. Rows is RowLattice, TableLattice, CsrRows or CompleteRows.
template <class Rows>
struct AgentHere {
  std::size_t index;
  NodeRef node;  ///< where it stands
  const Rows* rows;
  const std::uint64_t* ids;
  typename Rows::Spot spot;
  COLONY_HD std::uint64_t id() const { return ids[index]; }
  COLONY_HD std::uint64_t id(NodeRef v) const { return rows->id(v.index); }
  /// Ways out of here: targets of the node's row, or directions of a lattice (8, also when only the even ones lead anywhere).
  COLONY_HD int degree() const { return rows->degree_of(node.index); }
  /// The node that way (of a lattice: in that direction); its index is no_index beyond a border.
  COLONY_HD NodeRef neighbour(int way) const { return NodeRef{rows->neighbour_at(spot, way)}; }
};

}  // namespace colony
