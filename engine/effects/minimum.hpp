// Effect `min`: of what Act lowers a node to, here or on other shards, the smallest is what Decay finds. It is the `max` of what is left to
// the largest number.
#pragma once

#include "engine/effects/maximum.hpp"

namespace colony {

/// Lowers a node, own or next to one.
struct Lower {
  static constexpr AccessRule rule{"Lower", in(Phase::act), over::nodes | over::agents, AccessItem::effect};
  Raise raise;
  Lower(MinField f) : raise(MaxField{f.effect}) {}
  void note(AccessNotes& n) const { n.add(rule, raise.effect); }
  template <class B>
  void bind(const B& b) {
    raise.bind(b);
  }
  /// value < 2^64 - 1
  COLONY_HD void operator()(NodeRef v, std::uint64_t value) const { raise(v, ~value); }
};

/// What was gathered on the own node, in Decay; 2^64 - 1 where it was not lowered.
struct Lowered {
  static constexpr AccessRule rule{"Lowered", in(Phase::decay), over::nodes, AccessItem::effect};
  Raised raised;
  Lowered(MinField f) : raised(MaxField{f.effect}) {}
  void note(AccessNotes& n) const { n.add(rule, raised.effect); }
  void bind(const Binding& b) { raised.bind(b); }
  std::uint64_t operator()(OwnNode here) const { return ~raised(here); }
};

}  // namespace colony
