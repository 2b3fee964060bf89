// Effect `add` on a trace: amounts laid on edges of a complete layer; a kernel of Decay says what becomes of them.
#pragma once

#include <cstdint>
#include <span>

#include "engine/schema/declared.hpp"
#include "engine/state/binding.hpp"
#include "engine/state/effect.hpp"

namespace colony {

/// An amount laid on the edge from a node towards the id `towards`.
struct TraceDeposit {
  LocalIndex node;
  std::uint32_t towards;
  std::int64_t amount;
};

class TraceEffect final : public Effect {
 public:
  TraceEffect(const Part& part, std::size_t workers, std::uint32_t width);
  static EffectSpec spec(const std::string& name, std::uint32_t width);

  void pack(Part& part, Outbox& outbox) override;
  void take(Part& part, Parcel& parcel) override;
  /// Groups what was laid by node.
  void commit(Part& part, Executor& executor) override;
  void clear(Part& part) override;
  bool is_clear(const Part& part) const override;

  /// Of an owned node, after commit, in no order that may show.
  std::span<const TraceDeposit> on(std::size_t node) const {
    if (begin_.empty()) return {};
    return {deposits_.data() + begin_[node], begin_[node + 1] - begin_[node]};
  }

  PerWorker<Array<TraceDeposit>> laid;

 private:
  std::uint32_t width_;
  Array<TraceDeposit> deposits_;  ///< on owned node i: [begin_[i], begin_[i + 1])
  Array<std::uint32_t> begin_;    ///< [owned + 1]; empty when nothing was laid
};

/// Lays an amount on the edge from a node towards the node of an id.
struct Lay {
  static constexpr AccessRule rule{"Lay", in(Phase::act), over::nodes | over::agents, AccessItem::effect};
  std::uint32_t effect, width;
  std::uint32_t known = 0;
  Array<TraceDeposit>* deposits = nullptr;
  Lay(TraceField f) : effect(f.effect), width(f.width) {}
  void note(AccessNotes& n) const { n.add(rule, effect); }
  void bind(const Binding& b) {
    deposits = &b.part.effect<TraceEffect>(effect).laid[b.worker];
    known = b.known_nodes();
  }
  void operator()(NodeRef from, std::uint32_t towards, std::int64_t amount) const {
    check_use((from.index < known) & (towards < width), "Lay: there is no such edge");
    deposits->push_back({static_cast<LocalIndex>(from.index), towards, amount});
  }
};

/// What was laid on the edges of the own node, in Decay.
struct Laid {
  static constexpr AccessRule rule{"Laid", in(Phase::decay), over::nodes, AccessItem::effect};
  std::uint32_t effect;
  const TraceEffect* trace = nullptr;
  Laid(TraceField f) : effect(f.effect) {}
  void note(AccessNotes& n) const { n.add(rule, effect); }
  void bind(const Binding& b) { trace = &b.part.effect<TraceEffect>(effect); }
  /// Each deposit by itself, an edge's one after the other or apart: what a kernel makes of them must not depend on their order.
  std::span<const TraceDeposit> operator()(OwnNode here) const { return trace->on(here.index); }
};

}  // namespace colony
