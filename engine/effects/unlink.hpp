// Effect `unlink`: the link between two nodes of a growing layer goes. Where the two are joined in the same tick, the link is a new one.
#pragma once

#include <cstdint>

#include "engine/schema/declared.hpp"
#include "engine/state/binding.hpp"
#include "engine/state/effect.hpp"

namespace colony {

class UnlinkEffect final : public Effect {
 public:
  UnlinkEffect(const Part& part, std::size_t workers, std::uint32_t layer);
  static EffectSpec spec(const std::string& name, std::uint32_t layer);

  /// Whoever owns the other end is told.
  void pack(Part& part, Outbox& outbox) override;
  void take(Part& part, Parcel& parcel) override;
  void commit(Part& part, Executor& executor) override;
  bool is_clear(const Part& part) const override;

  /// The ends of a link, by ids.
  struct Pair {
    std::uint64_t a, b;
  };
  PerWorker<Array<Pair>> asked;

 private:
  std::uint32_t layer_;
};

/// A rule's check: the kernel runs over the layer's nodes or their agents, and the layer has links.
void check_unlinked(const AskedAccess& asked);

/// Takes away the link between the own node, or the one where the agent stands, and a neighbour.
struct Unlink {
  static constexpr AccessRule rule{"Unlink", in(Phase::act), over::growing_nodes | over::growing_agents, AccessItem::growing,
                                   check_unlinked};
  std::uint32_t layer;
  const GrowingPart* part = nullptr;
  Array<UnlinkEffect::Pair>* asked = nullptr;
  Unlink(GrowingLayer l) : layer(l.layer) {}
  void note(AccessNotes& n) const { n.add(rule, layer); }
  void bind(const Binding& b) {
    part = &b.part.growing[layer];
    asked = &b.part.effect<UnlinkEffect>(b.part.schema.growing()[layer].unlinks).asked[b.worker];
  }
  /// here: of a node, or of an agent, whose `node` it stands on.
  template <class Here>
  void operator()(const Here& here, NodeRef v) const {
    check_use(v.index < part->ids.size(), "Unlink: there is no such node");
    std::size_t own;
    if constexpr (requires { here.node; }) own = here.node.index;
    else own = here.index;
    asked->push_back({part->ids[own], part->ids[v.index]});
  }
};

}  // namespace colony
