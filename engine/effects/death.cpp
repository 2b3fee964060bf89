#include "engine/effects/death.hpp"

#include <algorithm>

#include "engine/state/agents.hpp"
#include "engine/state/part.hpp"

namespace colony {

DeathEffect::DeathEffect(const Part&, std::size_t workers, std::uint32_t species) : slots(workers), species_(species) {}

EffectSpec DeathEffect::spec(const std::string& name, std::uint32_t species) {
  return effect_spec<DeathEffect>("die", name, EffectStage::deaths, species);
}

void DeathEffect::settle(Part& part) {
  SpeciesPart& species = part.species[species_];
  for (auto& [list] : slots) {
    for (const std::uint32_t slot : list)
      if (species.nodes[slot] != no_index) remove_agent(species, slot);
    list.clear();
  }
}

bool DeathEffect::is_clear(const Part&) const {
  return std::all_of(slots.begin(), slots.end(), [](const auto& list) { return list.value.empty(); });
}

}  // namespace colony
