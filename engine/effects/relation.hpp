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

  /// Throws ModelError where a source is not this part's.
  void commit(Part& part, Executor& executor) override;
  bool is_clear(const Part& part) const override;

  PerWorker<Array<Relation>> asked;

 private:
  std::uint32_t layer_;
};

/// A rule's check: the layer has relations, and its nodes live where the kernel's do.
void check_related(const AskedAccess& asked);

/// A node that lives here refers to one of the layer that its own relates to; each pair once.
struct Relate {
  static constexpr AccessRule rule{"Relate", in(Phase::act), over::nodes | over::agents | over::growing_nodes | over::growing_agents,
                                   AccessItem::growing, check_related};
  std::uint32_t layer;
  Array<Relation>* relations = nullptr;
  Relate(GrowingLayer from) : layer(from.layer) {}
  void note(AccessNotes& n) const { n.add(rule, layer); }
  void bind(const Binding& b) { relations = &b.part.effect<RelationEffect>(b.part.schema.growing()[layer].relations).asked[b.worker]; }
  void operator()(std::uint64_t source, std::uint64_t target, std::uint32_t amount) const {
    relations->push_back({source, target, amount});
  }
};

}  // namespace colony
