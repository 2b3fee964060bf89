// Effect `relate`: a node of one growing layer refers to one of another, for good. Relations live with their sources, and so never travel.
#pragma once

#include <cstdint>

#include "engine/schema/declared.hpp"
#include "engine/state/binding.hpp"
#include "engine/state/effect.hpp"

namespace colony {

class RelationEffect final : public Effect {
 public:
  RelationEffect(const Part& part, std::size_t workers, std::uint32_t layer);
  static EffectSpec spec(const std::string& name, std::uint32_t layer);

  /// Throws ModelError where a source is not there, or not the kernel's own.
  void commit(Part& part, Executor& executor) override;
  bool is_clear(const Part& part) const override;

  struct Request {
    Relation relation;
    std::uint64_t own;  ///< id of the kernel's node: what the source is, or what it is anchored to
  };
  PerWorker<Array<Request>> asked;

 private:
  std::uint32_t layer_;
};

/// A rule's check: the layer has relations, and its nodes live where the kernel's do.
void check_related(const AskedAccess& asked);

/// A node refers to one of the layer that its own relates to; each pair once. The source is the kernel's own node (or one of
/// its name in another layer) or, of an anchored layer, one that is anchored to it.
struct Relate {
  static constexpr AccessRule rule{"Relate", in(Phase::act), over::nodes | over::agents | over::growing_nodes | over::growing_agents,
                                   AccessItem::growing, check_related};
  std::uint32_t layer;
  Array<RelationEffect::Request>* requests = nullptr;
  Relate(GrowingLayer from) : layer(from.layer) {}
  void note(AccessNotes& n) const { n.add(rule, layer); }
  void bind(const Binding& b) { requests = &b.part.effect<RelationEffect>(b.part.schema.growing()[layer].relations).asked[b.worker]; }
  template <class Here>
  void operator()(const Here& here, std::uint64_t source, std::uint64_t target, std::uint32_t amount) const {
    std::uint64_t own;
    if constexpr (requires { here.node.id(); }) own = here.node.id();
    else if constexpr (requires { here.node; }) own = here.id(here.node);
    else own = here.id();
    requests->push_back({{source, target, amount}, own});
  }
};

}  // namespace colony
