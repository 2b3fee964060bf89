// Accessors of the node on which an agent stands: what it finds there in Sense, and what a winner leaves there in Advance.
#pragma once

#include <span>

#include "engine/schema/field_rules.hpp"
#include "engine/state/binding.hpp"

namespace colony {

/// The array of the node on which the agent stands.
template <class T>
struct ArrayHere {
  const T* data = nullptr;
  std::uint32_t column, width;
  ArrayHere(TraceField f) requires std::is_same_v<T, float> : ArrayHere(NodeArray<float>(f)) {}
  ArrayHere(NodeArray<T> f) : column(f.column), width(f.width) {}
  void note(AccessNotes& n) const { n.add(rules::read_here, column); }
  void bind(const Binding& b) { data = b.part.columns[column].template as<T>(); }
  template <class Here>
  std::span<const T> operator()(const Here& here) const {
    return {data + here.node.index * width, width};
  }
};

/// A field of the node on which the agent stands, that no agent reads from further away: it needs no ghosts.
template <class T>
struct FieldHere {
  const T* data = nullptr;
  std::uint32_t column;
  FieldHere(NodeField<T> f) : column(f.column) {}
  void note(AccessNotes& n) const { n.add(rules::read_here, column); }
  void bind(const Binding& b) { data = b.part.columns[column].template as<T>(); }
  template <class Here>
  T operator()(const Here& here) const {
    return data[here.node.index];
  }
};

/// In Advance, over the winners of a claim: the winner writes a field of the node where it stands. Two on one node stop the run.
template <class T>
struct LeaveHere {
  T* data = nullptr;
  std::uint32_t column;
  LeaveHere(NodeField<T> f) : column(f.column) {}
  void note(AccessNotes& n) const { n.add(rules::leave, column); }
  void bind(const Binding& b) { data = b.part.columns[column].template as<T>(); }
  template <class Here>
  void operator()(const Here& here, T value) const {
    data[here.node.index] = value;
  }
};

}  // namespace colony
