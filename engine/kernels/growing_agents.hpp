// Agents that stand on the nodes of a growing layer and walk along its links.
#pragma once

#include "engine/kernels/growing_here.hpp"

namespace colony {

/// Links come in no order, as in GrowingHere.
struct GrowingAgentHere : OwnAgent {
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
  std::size_t known = 0;
  Array<std::uint32_t>* leavers = nullptr;
  explicit StepAlong(GrowingSpecies s) : species(s.species), layer(s.layer) {}
  void note(AccessNotes& n) const { n.add(Use::step_along, species, static_cast<std::int32_t>(species)); }
  void bind(const Binding& b) {
    nodes = b.part.species[species].nodes.data();
    owned = b.part.growing[layer].owned.data();
    known = b.part.growing[layer].owned.size();
    leavers = &b.scratch.leavers[species];
  }
  void operator()(const GrowingAgentHere& here, NodeRef to) const {
    if (to.index >= known) [[unlikely]]
      misused("is the agent whose StepAlong leads nowhere", here.id());
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
    if (species.nodes[slot] != no_index) kernel(GrowingAgentHere{{slot}, {{species.nodes[slot]}, &layer}, species.ids.data()});
}

}  // namespace colony
