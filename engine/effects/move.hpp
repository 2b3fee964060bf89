// Effect `move`: agents go to nodes next to theirs, those of other shards too. Where one is told so twice, the last holds; who dies goes
// nowhere. Of a species' Act kernels, the last that runs in a tick is the one that moves its agents.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/schema/declared.hpp"
#include "engine/state/binding.hpp"
#include "engine/state/effect.hpp"

namespace colony {

class MoveEffect final : public Effect {
 public:
  MoveEffect(const Part& part, std::size_t workers, std::uint32_t species);
  static EffectSpec spec(const std::string& name, std::uint32_t species);

  /// An agent travels as its record (engine/state/agents.hpp) with the node where it ends.
  void pack(Part& part, Outbox& outbox) override;
  void take(Part& part, Parcel& parcel) override;
  void clear(Part& part) override;
  bool is_clear(const Part& part) const override;

  /// Where an agent of this tick went: the how-manieth of those that the peer was sent. Slots ascend.
  struct Departure {
    std::uint32_t slot, peer, ordinal;
  };
  /// Of an agent that left.
  const Departure& departure(std::uint32_t slot) const;
  /// The slot of the how-manieth agent that came from a peer. Throws FrameError when there are not so many.
  std::uint32_t arrived(std::size_t peer, std::uint32_t ordinal) const;

  PerWorker<Array<std::uint32_t>> leavers;  ///< slots of agents that moved to a node of another shard; they may have turned back since

 private:
  template <class F>
  void for_each_leaver(const SpeciesPart& species, const F& f);
  void take_to_growing(Part& part, Parcel& parcel);

  std::uint32_t species_;
  std::vector<Departure> departures_;
  std::vector<std::vector<std::uint32_t>> arrivals_;  ///< slots by peer
};

/// The agent goes to a node within reach of its own.
struct StepTo {
  static constexpr AccessRule rule{"StepTo", in(Phase::act), over::agents, AccessItem::species, check_own_species};
  std::uint32_t species;
  LocalIndex* nodes = nullptr;
  LocalIndex owned = 0, known = 0;
  Array<std::uint32_t>* leavers = nullptr;
  explicit StepTo(std::uint32_t species_index) : species(species_index) {}
  void note(AccessNotes& n) const { n.add(rule, species, static_cast<std::int32_t>(species)); }
  void bind(const Binding& b) {
    nodes = b.part.species[species].nodes.data();
    owned = b.part.geometry.owned;
    known = b.known_nodes();
    leavers = &b.part.effect<MoveEffect>(b.part.schema.species()[species].moves).leavers[b.worker];
  }
  template <class Here>
  void operator()(const Here& here, NodeRef to) const {
    if (to.index >= owned) {
      if (to.index >= known) [[unlikely]]
        misused("is the agent whose StepTo leads nowhere: neighbour() and At give no_index where they find no node", here.id());
      leavers->push_back(static_cast<std::uint32_t>(here.index));
    }
    nodes[here.index] = static_cast<LocalIndex>(to.index);
  }
};

/// The agent goes along a link of its node, on a growing layer.
struct StepAlong {
  static constexpr AccessRule rule{"StepAlong", in(Phase::act), over::growing_agents, AccessItem::species, check_own_species};
  std::uint32_t species, layer;
  LocalIndex* nodes = nullptr;
  const std::uint8_t* owned = nullptr;
  std::size_t known = 0;
  Array<std::uint32_t>* leavers = nullptr;
  explicit StepAlong(GrowingSpecies s) : species(s.species), layer(s.layer) {}
  void note(AccessNotes& n) const { n.add(rule, species, static_cast<std::int32_t>(species)); }
  void bind(const Binding& b) {
    nodes = b.part.species[species].nodes.data();
    owned = b.part.growing[layer].owned.data();
    known = b.part.growing[layer].owned.size();
    leavers = &b.part.effect<MoveEffect>(b.part.schema.species()[species].moves).leavers[b.worker];
  }
  template <class Here>
  void operator()(const Here& here, NodeRef to) const {
    if (to.index >= known) [[unlikely]]
      misused("is the agent whose StepAlong leads nowhere", here.id());
    nodes[here.index] = static_cast<LocalIndex>(to.index);
    if (owned[to.index] == 0) leavers->push_back(static_cast<std::uint32_t>(here.index));
  }
};

}  // namespace colony
