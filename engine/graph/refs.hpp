// Own is not neighbour: what a kernel runs for and what it looks at have different types.
#pragma once

#include <cstddef>

#include "engine/platform.hpp"

namespace colony {

/// A node of this shard, owned or ghost, by local index: what a kernel looks at, and what effects go to.
struct NodeRef {
  std::size_t index;
};

/// The node that a kernel runs for, by local index: it alone is written, marked and changed.
struct OwnNode {
  std::size_t index;
  COLONY_HD constexpr operator NodeRef() const { return {index}; }
};

/// The agent that a kernel runs for, by its slot in the columns of its species.
struct OwnAgent {
  std::size_t index;
};

}  // namespace colony
