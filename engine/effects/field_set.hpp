// Effect `set` on a field of a growing layer: what a node's own kernels, or agents that stand on it, make of it in the next tick.
#pragma once

#include <cstdint>

#include "engine/schema/declared.hpp"
#include "engine/state/binding.hpp"
#include "engine/state/effect.hpp"
#include "engine/state/growing_here.hpp"

namespace colony {

/// All fields of one layer.
class FieldSetEffect final : public Effect {
 public:
  FieldSetEffect(const Part& part, std::size_t workers, std::uint32_t layer);
  static EffectSpec spec(const std::string& name, std::uint32_t layer);

  /// Whoever has a link to a node hears of it when its fields change. Throws ModelError where a field is set to two values.
  void commit(Part& part, Executor& executor) override;
  bool is_clear(const Part& part) const override;

  PerWorker<Array<FieldWrite>> asked;

 private:
  std::uint32_t layer_;
};

/// A rule's check: the kernel runs over the layer's nodes, or over agents that stand on them.
void check_own_layer(const AskedAccess& asked);

/// The own field in S(t + 1); agents on one node that set it in one tick set it to the same. Call it only with a value that is new: what
/// was set is told to all who have a link to the node.
struct GrowingSet {
  static constexpr AccessRule rule{"GrowingSet", in(Phase::sense, Phase::act), over::growing_nodes | over::growing_agents,
                                   AccessItem::growing, check_own_layer};
  std::uint32_t layer, field;
  Array<FieldWrite>* writes = nullptr;
  GrowingSet(GrowingField f) : layer(f.layer), field(f.field) {}
  void note(AccessNotes& n) const { n.add(rule, layer); }
  void bind(const Binding& b) { writes = &b.part.effect<FieldSetEffect>(b.part.schema.growing()[layer].sets).asked[b.worker]; }
  void operator()(OwnGrowing here, std::uint64_t value) const { writes->push_back({static_cast<LocalIndex>(here.index), field, value}); }
};

}  // namespace colony
