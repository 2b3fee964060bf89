// Where an agent kernel stands: the agent, its node, and the ways out of it.
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/graph/here.hpp"

namespace colony {

/// Rows is RowLattice, TableLattice, CsrRows or CompleteRows.
template <class Rows>
struct AgentHere : OwnAgent {
  NodeRef node;  ///< where it stands
  const Rows* rows;
  const std::uint64_t* ids;
  typename Rows::Spot spot;
  std::uint32_t species = 0;  ///< the agent's
  COLONY_HD std::uint64_t id() const { return ids[index]; }
  COLONY_HD std::uint64_t id(NodeRef v) const { return rows->id(v.index); }
  /// Ways out of here: targets of the node's row, or directions of a lattice (8 or 4, counter-clockwise from east).
  COLONY_HD int degree() const { return rows->ways_of(node.index); }
  /// The node that way; its index is no_index beyond a border of a lattice.
  COLONY_HD NodeRef neighbour(int way) const {
    debug_check_use(way >= 0 && way < degree(), "neighbour(way): a way is a number from 0 to degree() - 1");
    return NodeRef{rows->way_from(spot, way)};
  }
};

}  // namespace colony
