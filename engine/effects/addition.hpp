// Effect `add` on a field of nodes: what Act adds, here or on other shards, is in the field when the kernels of Decay look at it. Amounts
// are whole numbers, of the field's unit or of its quantum: their sum is exact in any order, of both signs too.
#pragma once

#include <atomic>
#include <cstdint>

#include "engine/schema/declared.hpp"
#include "engine/state/binding.hpp"
#include "engine/state/effect.hpp"

namespace colony {

class AdditionEffect final : public Effect {
 public:
  static constexpr std::uint32_t node_bytes = 8;

  AdditionEffect(const Part& part, std::size_t workers, std::uint32_t column, double quantum);
  static EffectSpec spec(const ColumnSpec& column_spec, std::uint32_t column, double quantum);

  void touch_memory(Executor& executor) override;
  void pack(Part& part, Outbox& outbox) override;
  void take(Part& part, Parcel& parcel) override;
  void commit(Part& part, Executor& executor) override;
  bool is_clear(const Part& part) const override;

  /// Of a node's sum: 2^64 times `times`, by which the sum in its cell has wrapped.
  struct Carry {
    LocalIndex node;
    std::int64_t times;
  };
  struct Gathered {
    Array<LocalIndex> touched;  ///< nodes whose sum was 0 before an amount was added; some of them several times
    Array<Carry> carries;
  };
  /// low + 2^64 carry
  struct Sum {
    std::int64_t low, carry;
  };

  Array<std::int64_t> cells;  ///< [total] sums modulo 2^64
  PerWorker<Gathered> gathered;

 private:
  /// f(node, sum) for each node of `first` .. `end` - 1 that something was added to, once; what was gathered on them is gone.
  template <class F>
  void take_sums(LocalIndex first, LocalIndex end, const F& f);

  std::uint32_t column_;
  double quantum_;  ///< of real fields
};

/// Adds to the field of a node, own or next to one.
struct AddNear {
  static constexpr AccessRule rule{"AddNear", in(Phase::act), over::nodes | over::agents, AccessItem::effect};
  std::uint32_t effect;
  std::int64_t* data = nullptr;
  std::uint32_t known = 0;
  AdditionEffect::Gathered* gathered = nullptr;
  bool concurrent = false;
  AddNear(Addition a) : effect(a.effect) {}
  void note(AccessNotes& n) const { n.add(rule, effect); }
  void bind(const Binding& b) {
    auto& additions = b.part.effect<AdditionEffect>(effect);
    data = additions.cells.data();
    known = b.known_nodes();
    gathered = &additions.gathered[b.worker];
    concurrent = b.concurrent;
  }
  void operator()(NodeRef v, std::int64_t amount) const {
    check_use(v.index < known, "AddNear: there is no such node; neighbour() and At give no_index where they find none");
    if (amount == 0) return;
    const auto node = static_cast<LocalIndex>(v.index);
    const std::int64_t before = concurrent ? std::atomic_ref(data[node]).fetch_add(amount, std::memory_order_relaxed) : data[node];
    std::int64_t after;
    const bool wrapped = __builtin_add_overflow(before, amount, &after);
    if (!concurrent) data[node] = after;
    if (before == 0) gathered->touched.push_back(node);
    if (wrapped) [[unlikely]]
      gathered->carries.push_back({node, amount < 0 ? -1 : 1});
  }
};

}  // namespace colony
