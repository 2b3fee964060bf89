// Effect `spawn`: an agent is born. It is there from the next tick on.
#pragma once

#include <cstring>

#include "engine/effects/agents.hpp"
#include "engine/kernels/binding.hpp"

namespace colony {

/// The state of an agent that is being born: zero but for what is set.
class Newborn {
 public:
  Newborn(const SpeciesSpec& spec, std::byte* record) : spec_(spec), record_(record) {}
  template <class T>
  void set(AgentField<T> field, T value) const {
    std::size_t at = sizeof(std::uint64_t);
    for (std::uint32_t c = 0; c < field.column; ++c)
      if (spec_.columns[c].role == Role::state) at += spec_.columns[c].bytes();
    std::memcpy(record_ + at, &value, sizeof value);
  }

 private:
  const SpeciesSpec& spec_;
  std::byte* record_;
};

/// Its id is a hash of its parent's, the tick and its ordinal: one parent's children of a tick differ in their ordinals.
struct Spawn {
  std::uint32_t species;
  Arrivals* arrivals = nullptr;
  const SpeciesSpec* spec = nullptr;
  std::uint64_t tick = 0;
  explicit Spawn(std::uint32_t species_index) : species(species_index) {}
  void note(AccessNotes& n) const { n.spawns = true; }
  void bind(const Binding& b) {
    arrivals = &b.scratch.arrivals[species];
    spec = arrivals->spec;
    tick = b.part.tick.value;
  }
  /// On the job's graph, at the node that the kernel runs for, which is the parent. fill(Newborn) sets its fields.
  template <class Here, class Fill>
  void operator()(const Here& here, std::uint32_t ordinal, const Fill& fill) const {
    add(here.id(), ordinal, here.index, fill);
  }
  /// On a growing layer, at the node of a name that is there or is emitted in this tick.
  template <class Fill>
  void at_name(std::uint64_t name, std::uint64_t parent, std::uint32_t ordinal, const Fill& fill) const {
    add(parent, ordinal, name, fill);
  }

 private:
  template <class Fill>
  void add(std::uint64_t parent, std::uint32_t ordinal, std::uint64_t node, const Fill& fill) const {
    const std::size_t bytes = agent_record_bytes(*spec), before = arrivals->records.size();
    arrivals->nodes.push_back(node);
    arrivals->records.resize(before + bytes);
    std::byte* record = arrivals->records.data() + before;
    std::memset(record, 0, bytes);
    const std::uint64_t id = child_id(parent, tick, ordinal);
    std::memcpy(record, &id, sizeof id);
    fill(Newborn(*spec, record));
  }
};

}  // namespace colony
