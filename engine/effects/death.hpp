// Effect `die`: the agent is gone at the end of Act, also where it asked to move or claimed.
#pragma once

#include <cstdint>

#include "engine/schema/declared.hpp"
#include "engine/state/binding.hpp"
#include "engine/state/effect.hpp"

namespace colony {

class DeathEffect final : public Effect {
 public:
  DeathEffect(const Part& part, std::size_t workers, std::uint32_t species);
  static EffectSpec spec(const std::string& name, std::uint32_t species);

  /// They leave holes.
  void settle(Part& part) override;
  bool is_clear(const Part& part) const override;

  PerWorker<Array<std::uint32_t>> slots;  ///< of the agents that die; one may be there twice

 private:
  std::uint32_t species_;
};

struct Die {
  static constexpr AccessRule rule{"Die", in(Phase::act), over::agents | over::growing_agents, AccessItem::species, check_own_species};
  std::uint32_t species;
  Array<std::uint32_t>* slots = nullptr;
  explicit Die(std::uint32_t species_index) : species(species_index) {}
  void note(AccessNotes& n) const { n.add(rule, species, static_cast<std::int32_t>(species)); }
  void bind(const Binding& b) { slots = &b.part.effect<DeathEffect>(b.part.schema.species()[species].deaths).slots[b.worker]; }
  template <class Here>
  void operator()(const Here& here) const {
    slots->push_back(static_cast<std::uint32_t>(here.index));
  }
};

}  // namespace colony
