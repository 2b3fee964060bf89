// Agents that stand on the nodes of a growing layer and walk along its links.
#pragma once

#include "engine/kernels/growing_here.hpp"

namespace colony {

/// `index` is the agent's slot in the columns of its species. Links come in no order, as in GrowingHere.
struct GrowingAgentHere {
  std::size_t index;
  GrowingHere node;  ///< where it stands
  const std::uint64_t* ids;
  std::uint64_t id() const { return ids[index]; }
  std::uint64_t id(NodeRef v) const { return node.id(v); }
  std::size_t degree() const { return node.degree(); }
  template <class F>
  void for_each_link(F&& f) const {
    node.for_each_link(f);
  }
};

/// Effect `move`: the agent goes along a link of its node.
struct StepAlong {
  std::uint32_t species, layer;
  LocalIndex* nodes = nullptr;
  const std::uint8_t* owned = nullptr;
  Array<std::uint32_t>* leavers = nullptr;
  explicit StepAlong(GrowingSpecies s) : species(s.species), layer(s.layer) {}
  void note(AccessNotes& n) const { n.moves = true; }
  void bind(const Binding& b) {
    nodes = b.part.species[species].nodes.data();
    owned = b.part.growing[layer].owned.data();
    leavers = &b.scratch.leavers[species];
  }
  void operator()(const GrowingAgentHere& here, NodeRef to) const {
    nodes[here.index] = static_cast<LocalIndex>(to.index);
    if (owned[to.index] == 0) leavers->push_back(static_cast<std::uint32_t>(here.index));
  }
};

/// Runs an agent kernel over slots [begin, end).
template <class Kernel>
void run_growing_agents(const Kernel& prototype, GrowingSpecies of, Part& part, std::size_t begin, std::size_t end, bool concurrent) {
  const Kernel kernel = bound(prototype, part, concurrent);
  const SpeciesPart& species = part.species[of.species];
  const GrowingPart& layer = part.growing[of.layer];
  for (std::size_t slot = begin; slot < end; ++slot)
    if (species.nodes[slot] != no_index) kernel(GrowingAgentHere{slot, {{species.nodes[slot]}, &layer}, species.ids.data()});
}

}  // namespace colony
