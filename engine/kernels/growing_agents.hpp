// Agents that stand on the nodes of a growing layer and walk along its links.
#pragma once

#include "engine/kernels/growing_here.hpp"

namespace colony {

/// Links come in no order, as in GrowingHere.
struct GrowingAgentHere : OwnAgent {
  GrowingHere node;  ///< where it stands
  const std::uint64_t* ids;
  std::uint32_t species;  ///< the agent's
  std::uint64_t id() const { return ids[index]; }
  std::uint64_t id(NodeRef v) const { return node.id(v); }
  std::size_t degree() const { return node.degree(); }
  template <class F>
  void for_each_link(F&& f) const {
    node.for_each_link(f);
  }
};

/// Runs an agent kernel over slots [begin, end).
template <class Kernel>
void run_growing_agents(const Kernel& prototype, GrowingSpecies of, Part& part, std::size_t begin, std::size_t end, bool concurrent) {
  static_assert(std::is_void_v<std::invoke_result_t<const Kernel&, const GrowingAgentHere&>>,
                "a kernel on a growing layer returns nothing");
  const Kernel kernel = bound(prototype, part, concurrent);
  const SpeciesPart& species = part.species[of.species];
  const GrowingPart& layer = part.growing[of.layer];
  for (std::size_t slot = begin; slot < end; ++slot)
    if (species.nodes[slot] != no_index) kernel(GrowingAgentHere{{slot}, {{species.nodes[slot]}, &layer}, species.ids.data(), of.species});
}

}  // namespace colony
