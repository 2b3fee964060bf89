// Where a kernel over the nodes of a growing layer stands.
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/graph/refs.hpp"
#include "engine/state/growing_part.hpp"

namespace colony {

/// The node of a growing layer that a kernel runs for, or on which its agent stands, by local index.
struct OwnGrowing {
  std::size_t index;
  operator NodeRef() const { return {index}; }
};

/// A node of a growing layer that this shard owns. Links come in no order: what a kernel makes of them must not depend on one.
struct GrowingHere : OwnGrowing {
  const GrowingPart* layer;
  std::uint64_t id() const { return layer->ids[index]; }
  std::uint64_t id(NodeRef v) const { return layer->ids[v.index]; }
  std::size_t degree() const { return layer->links.row(static_cast<LocalIndex>(index)).size(); }
  /// f(NodeRef, const Link&) for each neighbour.
  template <class F>
  void for_each_link(F&& f) const {
    for (const Link& link : layer->links.row(static_cast<LocalIndex>(index))) f(NodeRef{link.target}, link);
  }
};

}  // namespace colony
