// Effect `spawn`: an agent is born. It is there from the next tick on.
#pragma once

#include <cstring>
#include <type_traits>

#include "engine/effects/agents.hpp"
#include "engine/kernels/binding.hpp"

namespace colony {

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
  void bind(const Binding& b) {
    arrivals_ = &b.scratch.arrivals[species_];
    tick_ = b.part.tick.value;
  }
  template <class Fill>
  void add(const Parent& parent, std::uint32_t ordinal, std::uint64_t node, const Fill& fill) const {
    const SpeciesSpec& spec = *arrivals_->spec;
    const std::size_t bytes = agent_record_bytes(spec), before = arrivals_->records.size();
    arrivals_->nodes.push_back(node);
    arrivals_->records.resize(before + bytes);
    std::byte* record = arrivals_->records.data() + before;
    std::memset(record, 0, bytes);
    const std::uint64_t id = child_id(parent, tick_, ordinal);
    std::memcpy(record, &id, sizeof id);
    fill(Newborn(spec, species_, record));
  }

 private:
  std::uint32_t species_;
  Arrivals* arrivals_ = nullptr;
  std::uint64_t tick_ = 0;
};

/// A child on the job's graph, at the node that the kernel runs for, or where its agent stands in S(t). Its id is a hash of its parent's,
/// the tick and its ordinal: one parent's children of a tick differ in their ordinals.
struct Spawn {
  Birth birth;
  explicit Spawn(std::uint32_t species) : birth(species) {}
  void note(AccessNotes& n) const { n.add(Use::spawn, birth.species()); }
  void bind(const Binding& b) { birth.bind(b); }
  /// fill(Newborn) sets its fields.
  template <class Here, class Fill>
  void operator()(const Here& here, std::uint32_t ordinal, const Fill& fill) const {
    if constexpr (std::is_base_of_v<OwnAgent, Here>) birth.add(Parent::agent(here.id()), ordinal, here.node.index, fill);
    else birth.add(Parent::node(here.id()), ordinal, here.index, fill);
  }
};

/// A child on a growing layer, at the node of a name that is there or is emitted in this tick.
struct SpawnNamed {
  Birth birth;
  explicit SpawnNamed(GrowingSpecies species) : birth(species.species) {}
  void note(AccessNotes& n) const { n.add(Use::spawn_named, birth.species()); }
  void bind(const Binding& b) { birth.bind(b); }
  /// parent: the id of the node of the job's graph that the kernel runs for.
  template <class Fill>
  void operator()(std::uint64_t name, std::uint64_t parent, std::uint32_t ordinal, const Fill& fill) const {
    birth.add(Parent::node(parent), ordinal, name, fill);
  }
};

}  // namespace colony
