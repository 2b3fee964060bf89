// Effect `spawn`: an agent is born. It is there from the next tick on.
#pragma once

#include <cstring>
#include <type_traits>

#include "engine/schema/declared.hpp"
#include "engine/state/agents.hpp"
#include "engine/state/binding.hpp"
#include "engine/state/effect.hpp"

namespace colony {

/// Agents of one species that will be put on a node at the end of the tick: newborns and, on a growing layer, agents from another shard.
class BirthEffect final : public Effect {
 public:
  BirthEffect(const Part& part, std::size_t workers, std::uint32_t species);
  static EffectSpec spec(const std::string& name, std::uint32_t species);

  void pack(Part& part, Outbox& outbox) override;
  void take(Part& part, Parcel& parcel) override;
  /// Whoever was born or came by name gets a place. Throws ModelError when two agents of the species have one id, or there is no node of a
  /// name.
  void land(Part& part) override;
  bool is_clear(const Part& part) const override;

  struct Arrivals {
    /// Where each goes: a local index for a species on the job's graph (children are born where their parent is), an id for one on a
    /// growing layer.
    Array<std::uint64_t> nodes;
    Array<std::byte> records;  ///< as agent_record_bytes says, one after the other
  };
  PerWorker<Arrivals> arrivals;

 private:
  LocalIndex place_of(const Part& part, std::uint64_t node) const;

  std::uint32_t species_;
};

/// The state of an agent that is being born: zero but for what is set.
class Newborn {
 public:
  Newborn(const SpeciesSpec& spec, std::uint32_t species, std::byte* record) : spec_(spec), species_(species), record_(record) {}
  /// A state field of its species.
  template <class T>
  void set(AgentField<T> field, T value) const {
    check_use(field.species == species_ && spec_.columns[field.column].role == Role::state,
              "a newborn's field is a state field of its own species");
    std::size_t at = sizeof(std::uint64_t);
    for (std::uint32_t c = 0; c < field.column; ++c)
      if (spec_.columns[c].role == Role::state) at += spec_.columns[c].bytes();
    std::memcpy(record_ + at, &value, sizeof value);
  }

 private:
  const SpeciesSpec& spec_;
  std::uint32_t species_;
  std::byte* record_;
};

/// What both kinds of births do.
class Birth {
 public:
  explicit Birth(std::uint32_t species) : species_(species) {}
  std::uint32_t species() const { return species_; }
  std::uint64_t tick() const { return tick_; }
  void bind(const Binding& b) {
    spec_ = &b.part.schema.species()[species_];
    arrivals_ = &b.part.effect<BirthEffect>(spec_->births).arrivals[b.worker];
    tick_ = b.part.tick.value;
  }
  template <class Fill>
  void add(std::uint64_t id, std::uint64_t node, const Fill& fill) const {
    const std::size_t bytes = agent_record_bytes(*spec_), before = arrivals_->records.size();
    arrivals_->nodes.push_back(node);
    arrivals_->records.resize(before + bytes);
    std::byte* record = arrivals_->records.data() + before;
    std::memset(record, 0, bytes);
    std::memcpy(record, &id, sizeof id);
    fill(Newborn(*spec_, species_, record));
  }

 private:
  std::uint32_t species_;
  const SpeciesSpec* spec_ = nullptr;
  BirthEffect::Arrivals* arrivals_ = nullptr;
  std::uint64_t tick_ = 0;
};

/// A rule's check: children on a growing layer are born with SpawnNamed, and no others.
void check_born_on_graph(const AskedAccess& asked);

/// A child on the job's graph, at the node that the kernel runs for, or where its agent stands in S(t). Its id is a hash of its parent's,
/// the tick and its ordinal: one parent's children of a tick differ in their ordinals.
struct Spawn {
  static constexpr AccessRule rule{"Spawn", in(Phase::act), over::nodes | over::agents, AccessItem::species, check_born_on_graph};
  Birth birth;
  explicit Spawn(std::uint32_t species) : birth(species) {}
  void note(AccessNotes& n) const { n.add(rule, birth.species()); }
  void bind(const Binding& b) { birth.bind(b); }
  /// fill(Newborn) sets its fields.
  template <class Here, class Fill>
  void operator()(const Here& here, std::uint32_t ordinal, const Fill& fill) const {
    if constexpr (std::is_base_of_v<OwnAgent, Here>)
      birth.add(child_id(Parent::agent(here.id(), here.species), birth.tick(), ordinal), here.node.index, fill);
    else birth.add(child_id(Parent::node(here.id()), birth.tick(), ordinal), here.index, fill);
  }
};

/// A child on a growing layer, at the node of a name that is there or is emitted in this tick.
struct SpawnNamed {
  static constexpr AccessRule rule{"SpawnNamed", in(Phase::act), over::nodes | over::agents | over::growing_nodes | over::growing_agents,
                                   AccessItem::species};
  Birth birth;
  explicit SpawnNamed(GrowingSpecies species) : birth(species.species) {}
  void note(AccessNotes& n) const { n.add(rule, birth.species()); }
  void bind(const Binding& b) { birth.bind(b); }
  /// parent: the id of the node of the job's graph that the kernel runs for.
  template <class Fill>
  void operator()(std::uint64_t name, std::uint64_t parent, std::uint32_t ordinal, const Fill& fill) const {
    birth.add(named_child_id(Parent::node(parent), birth.tick(), ordinal, name), name, fill);
  }
};

}  // namespace colony
