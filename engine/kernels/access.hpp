// Accessors: the members of a kernel. Each says by its type what the kernel does with a field, and is bound to a shard's columns before
// the loop, so that inside it there is nothing but pointers. The rule of each says which phase may hold it (engine/schema/rules.hpp). Those
// of effects are with their effects (engine/effects/).
#pragma once

#include <cstdint>
#include <type_traits>

#include "engine/globals/carried_sum.hpp"
#include "engine/kernels/draws.hpp"
#include "engine/schema/field_rules.hpp"
#include "engine/state/binding.hpp"

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
  void note(AccessNotes& n) const { n.add(rules::read_own, column, species); }
  template <class B>
  void bind(const B& b) {
    data = b.template read<T>(species, column);
  }
  COLONY_HD T operator()(OwnNode here) const { return data[here.index]; }
  COLONY_HD T operator()(OwnAgent here) const { return data[here.index]; }
};

/// The own field, written in place: of nodes in Act and Decay, of agents in Act and Advance (intents in Sense too).
/// Not before Decay for fields that some kernel reads near.
template <class T>
struct Write {
  T* data = nullptr;
  std::uint32_t column = 0;
  std::int32_t species = -1;
  Write(NodeField<T> f) : column(f.column) {}
  Write(AgentField<T> f) : column(f.column), species(static_cast<std::int32_t>(f.species)) {}
  void note(AccessNotes& n) const { n.add(rules::write_own, column, species); }
  template <class B>
  void bind(const B& b) {
    data = b.template write<T>(species, column);
  }
  COLONY_HD T& operator()(OwnNode here) const { return data[here.index]; }
  COLONY_HD T& operator()(OwnAgent here) const { return data[here.index]; }
};

/// The next() of a field: of each node what the kernel returns for it. The kernel runs in Sense, over all nodes, in every tick, and has one
/// such member; in Decay the values take the field's place.
template <class T>
struct Next {
  using Value = T;
  T* data = nullptr;
  std::uint32_t column = 0;
  Next(NextField<T> f) : column(f.column) {}
  void note(AccessNotes& n) const { n.add(rules::fill_next, column); }
  template <class B>
  void bind(const B& b) {
    data = b.template write<T>(-1, column);
  }
};
template <class Member>
struct IsNext : std::false_type {};
template <class T>
struct IsNext<Next<T>> : std::true_type {};

/// A node field within reach: of the node one stands on and of its neighbours, ghosts included.
template <class T>
struct Near {
  const T* data = nullptr;
  std::uint32_t column = 0;
  std::uint32_t known = 0;  ///< nodes that the shard knows
  Near(NodeField<T> f) : column(f.column) {}
  Near(SignalField f) requires std::is_same_v<T, float> : column(f.column) {}
  Near(Category f) requires std::is_same_v<T, std::uint8_t> : column(f.column) {}
  void note(AccessNotes& n) const { n.add(rules::read_near, column); }
  template <class B>
  void bind(const B& b) {
    data = b.template read<T>(-1, column);
    known = b.known_nodes();
  }
  COLONY_HD T operator()(NodeRef v) const {
    debug_check_use(v.index < known, "Near: there is no such node; neighbour() and At give no_index where they find none");
    return data[v.index];
  }
};

/// The node of an id within the layer's reach; its index is no_index when it is further away and not here. Ids are 0 .. nodes - 1.
struct At {
  const LocalIndex* local = nullptr;
  std::size_t ids = 0;
  void note(AccessNotes& n) const { n.add(rules::find_by_id); }
  void bind(const Binding& b) {
    const Array<LocalIndex>& table = b.part.geometry.local_of_id;
    local = table.empty() ? nullptr : table.data();
    ids = table.empty() ? b.known_nodes() : table.size();
  }
  COLONY_HD NodeRef operator()(std::uint64_t id) const {
    const auto rank = static_cast<std::size_t>(id);
    check_use(rank < ids, "At: the layer has no node of such an id");
    return {local != nullptr ? local[rank] : rank};
  }
};

/// Lists the own node in a mark. Kernels that use one mark run over different nodes.
struct Mark {
  std::uint32_t mark;
  Array<LocalIndex>* list = nullptr;
  Mark(MarkField f) : mark(f.mark) {}
  void note(AccessNotes& n) const { n.add(rules::mark, mark); }
  void bind(const Binding& b) { list = &b.scratch.marked[mark]; }
  void operator()(OwnNode here) const {
    const auto node = static_cast<LocalIndex>(here.index);
    if (list->empty() || (*list)[list->size() - 1] != node) list->push_back(node);  // a second time says nothing new
  }
};

/// Changes the value of a category, in Decay, at most once a node and tick.
struct Become {
  std::uint32_t category, column;
  std::uint8_t* data = nullptr;
  Array<CategoryChange>* changes = nullptr;
  Become(Category c) : category(c.category), column(c.column) {}
  void note(AccessNotes& n) const { n.add(rules::become, column); }
  void bind(const Binding& b) {
    data = b.part.columns[column].as<std::uint8_t>();
    changes = &b.scratch.changes[category];
  }
  void operator()(OwnNode here, std::uint8_t value) const {
    if (value == data[here.index]) return;
    changes->push_back({static_cast<LocalIndex>(here.index), data[here.index], value});
    data[here.index] = value;
  }
};

/// Effect `add` on a global.
struct Add {
  std::uint32_t slot;
  std::int64_t* sum = nullptr;  ///< with its carry behind it
  Add(GlobalSum g) : slot(g.slot) {}
  void note(AccessNotes& n) const { n.add(rules::add_global, slot); }
  void bind(const Binding& b) { sum = &b.scratch.globals[slot]; }
  void operator()(std::int64_t amount) const { add_carried(sum[0], sum[1], amount); }
};

/// A row of the event list, for Decay and Advance. The event carries the tick that this one leads to: it is there that observables and
/// snapshots show it. Costs nothing when the job doesn't want events.
struct Emit {
  std::uint32_t kind;
  Array<Event>* events = nullptr;
  std::uint64_t tick = 0;
  Emit(EventList list) : kind(list.kind) {}
  void note(AccessNotes& n) const { n.add(rules::emit_event, kind); }
  void bind(const Binding& b) {
    events = b.part.events_wanted ? &b.scratch.events : nullptr;
    tick = b.part.tick.value + 1;
  }
  void operator()(std::uint64_t source, std::uint64_t target) const {
    if (events) events->push_back({tick, kind, source, target});
  }
};

}  // namespace colony
