// Accessors: the members of a kernel. Each says by its type what the kernel does with a field, and is bound to a shard's columns before
// the loop, so that inside it there is nothing but pointers. The table in engine/tick/phases.hpp says which phase may hold which.
#pragma once

#include <atomic>
#include <cstdint>

#include "engine/kernels/binding.hpp"
#include "engine/kernels/draws.hpp"

namespace colony {

/// The own field of the node or agent that the kernel runs for, read only.
template <class T>
struct Read {
  const T* data = nullptr;
  std::uint32_t column = 0;
  std::int32_t species = -1;
  Read(NodeField<T> f) : column(f.column) {}
  Read(NextField<T> f) : column(f.column) {}
  Read(AgentField<T> f) : column(f.column), species(static_cast<std::int32_t>(f.species)) {}
  void note(AccessNotes& n) const {
    if (species < 0) n.own_columns.push_back(column);
    else n.species.push_back(static_cast<std::uint32_t>(species));
  }
  template <class B>
  void bind(const B& b) {
    data = b.template read<T>(species, column);
  }
  template <class Here>
  COLONY_HD T operator()(const Here& here) const {
    return data[here.index];
  }
};

/// The own field, written in place. Not for fields that a kernel of the same phase reads near.
template <class T>
struct Write {
  T* data = nullptr;
  std::uint32_t column = 0;
  std::int32_t species = -1;
  Write(NodeField<T> f) : column(f.column) {}
  Write(NextField<T> f) : column(f.column) {}
  Write(AgentField<T> f) : column(f.column), species(static_cast<std::int32_t>(f.species)) {}
  void note(AccessNotes& n) const {
    if (species >= 0) {
      n.species.push_back(static_cast<std::uint32_t>(species));
      return;
    }
    n.own_columns.push_back(column);
    n.written_columns.push_back(column);
  }
  template <class B>
  void bind(const B& b) {
    data = b.template write<T>(species, column);
  }
  template <class Here>
  COLONY_HD T& operator()(const Here& here) const {
    return data[here.index];
  }
};

/// A node field within reach: of the node one stands on and of its neighbours, ghosts included.
template <class T>
struct Near {
  const T* data = nullptr;
  std::uint32_t column = 0;
  Near(NodeField<T> f) : column(f.column) {}
  Near(SignalField f) requires std::is_same_v<T, float> : column(f.column) {}
  Near(Category f) requires std::is_same_v<T, std::uint8_t> : column(f.column) {}
  void note(AccessNotes& n) const { n.near_columns.push_back(column); }
  template <class B>
  void bind(const B& b) {
    data = b.template read<T>(-1, column);
  }
  COLONY_HD T operator()(NodeRef v) const { return data[v.index]; }
};

/// The node of an id within the layer's reach; its index is no_index when it is further away and not here. Ids are 0 .. nodes - 1.
struct At {
  const LocalIndex* local = nullptr;
  void note(AccessNotes& n) const { n.by_id = true; }
  void bind(const Binding& b) { local = b.part.geometry.local_of_id.empty() ? nullptr : b.part.geometry.local_of_id.data(); }
  COLONY_HD NodeRef operator()(std::uint64_t id) const {
    const auto rank = static_cast<std::size_t>(id);
    if (!local) return {rank};
    return {local[rank] == no_index ? static_cast<std::size_t>(no_index) : local[rank]};
  }
};

/// Lists the node in a mark; once a node and tick.
struct Mark {
  std::uint32_t mark;
  Array<LocalIndex>* list = nullptr;
  Mark(MarkField f) : mark(f.mark) {}
  void note(AccessNotes&) const {}
  void bind(const Binding& b) { list = &b.scratch.marked[mark]; }
  void operator()(NodeRef here) const { list->push_back(static_cast<LocalIndex>(here.index)); }
};

/// Effect `add` on a signal: quanta >= 0, dropped on the own node or next to one.
struct Deposit {
  std::uint32_t signal;
  std::int64_t* data = nullptr;
  bool concurrent = false;
  Deposit(SignalField f) : signal(f.signal) {}
  void note(AccessNotes&) const {}
  void bind(const Binding& b) {
    data = b.part.signals[signal].deposits.data();
    concurrent = b.concurrent;
  }
  void operator()(NodeRef v, std::int64_t quanta) const {
    if (concurrent) std::atomic_ref(data[v.index]).fetch_add(quanta, std::memory_order_relaxed);
    else data[v.index] += quanta;
  }
};

/// Changes the value of a category, in Decay, at most once a node and tick.
struct Become {
  std::uint32_t category, column;
  std::uint8_t* data = nullptr;
  Array<CategoryChange>* changes = nullptr;
  Become(Category c) : category(c.category), column(c.column) {}
  void note(AccessNotes& n) const { n.changed_columns.push_back(column); }
  void bind(const Binding& b) {
    data = b.part.columns[column].as<std::uint8_t>();
    changes = &b.scratch.changes[category];
  }
  void operator()(NodeRef here, std::uint8_t value) const {
    changes->push_back({static_cast<LocalIndex>(here.index), data[here.index], value});
    data[here.index] = value;
  }
};

/// Effect `add` on a global.
struct Add {
  std::uint32_t slot;
  std::int64_t* sum = nullptr;
  std::uint32_t* overflowed = nullptr;
  Add(GlobalSum g) : slot(g.slot) {}
  void note(AccessNotes&) const {}
  void bind(const Binding& b) {
    sum = &b.scratch.globals[slot];
    overflowed = &b.scratch.overflowed;
  }
  void operator()(std::int64_t amount) const {
    if (__builtin_add_overflow(*sum, amount, sum)) *overflowed = slot;
  }
};

/// Effect `move`: the agent goes to a node next to its own.
struct StepTo {
  std::uint32_t species;
  LocalIndex* nodes = nullptr;
  LocalIndex owned = 0;
  Array<std::uint32_t>* leavers = nullptr;
  explicit StepTo(std::uint32_t species_index) : species(species_index) {}
  void note(AccessNotes& n) const { n.moves = true; }
  void bind(const Binding& b) {
    nodes = b.part.species[species].nodes.data();
    owned = b.part.geometry.owned;
    leavers = &b.scratch.leavers[species];
  }
  template <class Here>
  void operator()(const Here& here, NodeRef to) const {
    nodes[here.index] = static_cast<LocalIndex>(to.index);
    if (to.index >= owned) leavers->push_back(static_cast<std::uint32_t>(here.index));
  }
};

/// Effect `claim`: the agent asks for one unit of the stock of the node where it ends this tick. One claim an agent and tick.
struct ClaimOne {
  std::uint32_t claim;
  std::uint16_t species;
  Array<ClaimEntry>* entries = nullptr;
  ClaimOne(ClaimField c, std::uint32_t species_index) : claim(c.claim), species(static_cast<std::uint16_t>(species_index)) {}
  void note(AccessNotes&) const {}
  void bind(const Binding& b) { entries = &b.scratch.claims[claim]; }
  template <class Here>
  void operator()(const Here& here, NodeRef at) const {
    entries->push_back({static_cast<LocalIndex>(at.index), static_cast<std::uint32_t>(here.index), species, 0});
  }
};

/// Effect `die`, in Act: the agent is gone at the end of it. It must neither move nor claim in the same tick.
struct Die {
  std::uint32_t species;
  Array<std::uint32_t>* deaths = nullptr;
  explicit Die(std::uint32_t species_index) : species(species_index) {}
  void note(AccessNotes&) const {}
  void bind(const Binding& b) { deaths = &b.scratch.deaths[species]; }
  template <class Here>
  void operator()(const Here& here) const {
    deaths->push_back(static_cast<std::uint32_t>(here.index));
  }
};

/// A row of the event list, for Decay and Advance. The event carries the tick that this one leads to: it is there that observables and
/// snapshots show it. Costs nothing when the job doesn't want events.
struct Emit {
  std::uint32_t kind;
  Array<Event>* events = nullptr;
  std::uint64_t tick = 0;
  Emit(EventList list) : kind(list.kind) {}
  void note(AccessNotes&) const {}
  void bind(const Binding& b) {
    events = b.part.events_wanted ? &b.scratch.events : nullptr;
    tick = b.part.tick.value + 1;
  }
  void operator()(std::uint64_t source, std::uint64_t target) const {
    if (events) events->push_back({tick, kind, source, target});
  }
};

}  // namespace colony
