// Effect `claim`: who gets a unit of a node's stock. The smallest keyed priority wins, up to the stock in S(t), DESIGN 4.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/schema/declared.hpp"
#include "engine/state/binding.hpp"
#include "engine/state/effect.hpp"

namespace colony {

struct ClaimEntry {
  LocalIndex node;
  std::uint32_t slot;
  std::uint16_t species;
  std::uint16_t origin;  ///< 0: claimed on this shard; otherwise the claim came with a migrant from another (for statistics)
};

class ClaimEffect final : public Effect {
 public:
  ClaimEffect(const Part& part, std::size_t workers, std::uint32_t claim);
  static EffectSpec spec(const std::string& name, std::uint32_t claim);

  /// Each claim is on the node where its agent ends; the dead claim nothing.
  void settle(Part& part) override;
  /// A claim on a ghost goes with its agent.
  void pack(Part& part, Outbox& outbox) override;
  void take(Part& part, Parcel& parcel) override;
  /// Fills `winners` and takes a unit of stock for each. Throws ModelError where two win on a node of which winners write fields.
  void commit(Part& part, Executor& executor) override;
  bool is_clear(const Part& part) const override;

  PerWorker<Array<ClaimEntry>> entries;
  std::vector<ClaimEntry> winners;    ///< of this tick, until the next
  std::uint64_t contests = 0;         ///< nodes, so far, with more claimants than stock
  std::uint64_t remote_contests = 0;  ///< of these, with claimants from more than one shard

 private:
  std::uint32_t claim_;
};

/// The agent asks for one unit of the stock of the node where it ends this tick. One claim an agent and tick; who dies claims nothing.
struct ClaimOne {
  static constexpr AccessRule rule{"ClaimOne", in(Phase::act), over::agents, AccessItem::effect, check_own_species};
  std::uint32_t effect;
  std::uint16_t species;
  Array<ClaimEntry>* entries = nullptr;
  ClaimOne(ClaimField c, std::uint32_t species_index) : effect(c.effect), species(static_cast<std::uint16_t>(species_index)) {}
  void note(AccessNotes& n) const { n.add(rule, effect, species); }
  void bind(const Binding& b) { entries = &b.part.effect<ClaimEffect>(effect).entries[b.worker]; }
  template <class Here>
  void operator()(const Here& here) const {
    const auto slot = static_cast<std::uint32_t>(here.index);
    if (!entries->empty()) {
      const ClaimEntry& last = (*entries)[entries->size() - 1];
      if (last.slot == slot && last.species == species) [[unlikely]]
        misused("is the agent that makes two claims in one tick", here.id());
    }
    entries->push_back({no_index, slot, species, 0});
  }
};

}  // namespace colony
