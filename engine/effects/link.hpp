// Effect `link`: groups of nodes of a growing layer are joined pair by pair. Decay weakens all links, joins what was asked for, and prunes.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/content.hpp"
#include "engine/schema/declared.hpp"
#include "engine/state/binding.hpp"
#include "engine/state/effect.hpp"

namespace colony {

class LinkEffect final : public Effect {
 public:
  LinkEffect(const Part& part, std::size_t workers, std::uint32_t layer);
  static EffectSpec spec(const std::string& name, std::uint32_t layer);

  /// A group goes whole to all who own a member of it: each makes the rows of its own.
  void pack(Part& part, Outbox& outbox) override;
  void take(Part& part, Parcel& parcel) override;
  /// Throws ModelError where a member was never emitted.
  void commit(Part& part, Executor& executor) override;
  bool is_clear(const Part& part) const override;

  struct Groups {
    Array<GroupMember> members;  ///< group after group
    Array<std::uint32_t> sizes;
  };
  PerWorker<Groups> groups;

 private:
  std::uint32_t layer_;
  Array<HalfLink> batch_, spare_;  ///< scratch of one tick
};

/// A rule's check: the layer has links, and a function for their decay.
void check_linked(const AskedAccess& asked);

/// Joins all pairs of a group: nodes of the layer that were emitted before or are in this tick.
struct LinkGroup {
  static constexpr AccessRule rule{"LinkGroup", in(Phase::act), over::nodes | over::agents | over::growing_nodes | over::growing_agents,
                                   AccessItem::growing, check_linked};
  std::uint32_t layer;
  LinkEffect::Groups* groups = nullptr;
  LinkGroup(GrowingLayer l) : layer(l.layer) {}
  void note(AccessNotes& n) const { n.add(rule, layer); }
  void bind(const Binding& b) { groups = &b.part.effect<LinkEffect>(b.part.schema.growing()[layer].joins).groups[b.worker]; }
  /// member(i): GroupMember i of `size`, at most most_group; ids differ.
  template <class F>
  void operator()(std::uint32_t size, const F& member) const {
    if (size < 2) return;
    check_use(size <= most_group, "LinkGroup: a group of nodes to be linked is too large");
    groups->sizes.push_back(size);
    for (std::uint32_t i = 0; i < size; ++i) groups->members.push_back(member(i));
  }
};

}  // namespace colony
