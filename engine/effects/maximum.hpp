// Effect `max`: of what Act raises a node to, here or on other shards, the largest is what Decay finds. An intent of the tick: no state.
#pragma once

#include <atomic>
#include <cstdint>

#include "engine/schema/declared.hpp"
#include "engine/state/binding.hpp"
#include "engine/state/effect.hpp"

namespace colony {

class MaximumEffect final : public Effect {
 public:
  static constexpr std::uint32_t node_bytes = 8;

  MaximumEffect(const Part& part, std::size_t workers);
  static EffectSpec spec(const char* verb = "max");

  void touch_memory(Executor& executor) override;
  void pack(Part& part, Outbox& outbox) override;
  void take(Part& part, Parcel& parcel) override;
  void clear(Part& part) override;
  bool is_clear(const Part& part) const override;

  Array<std::uint64_t> cells;            ///< [total]; 0: not raised
  PerWorker<Array<LocalIndex>> touched;  ///< nodes that were raised, each once, ghosts among them
};

/// Raises a node, own or next to one.
struct Raise {
  static constexpr AccessRule rule{"Raise", in(Phase::act), over::nodes | over::agents, AccessItem::effect};
  std::uint32_t effect;
  std::uint64_t* data = nullptr;
  std::uint32_t known = 0;
  Array<LocalIndex>* touched = nullptr;  ///< null on a device, where they are looked for afterwards
  bool concurrent = false;
  Raise(MaxField f) : effect(f.effect) {}
  void note(AccessNotes& n) const { n.add(rule, effect); }
  void bind(const Binding& b) {
    auto& maximum = b.part.effect<MaximumEffect>(effect);
    data = maximum.cells.data();
    known = b.known_nodes();
    touched = &maximum.touched[b.worker];
    concurrent = b.concurrent;
  }
  template <class OnDevice>
  void bind(const OnDevice& b) {
    data = b.maximum(effect);
    known = b.known_nodes();
    concurrent = b.concurrent;
  }
  /// value > 0
  COLONY_HD void operator()(NodeRef v, std::uint64_t value) const {
#ifdef __CUDA_ARCH__
    atomicMax(reinterpret_cast<unsigned long long*>(data + v.index), static_cast<unsigned long long>(value));
#else
    check_use(v.index < known, "Raise: there is no such node; neighbour() and At give no_index where they find none");
    std::uint64_t before;
    if (concurrent) {
      std::atomic_ref<std::uint64_t> cell(data[v.index]);
      before = cell.load(std::memory_order_relaxed);
      while (before < value && !cell.compare_exchange_weak(before, value, std::memory_order_relaxed)) {
      }
      if (before >= value) return;
    } else {
      before = data[v.index];
      if (before >= value) return;
      data[v.index] = value;
    }
    if (before == 0 && touched != nullptr) touched->push_back(static_cast<LocalIndex>(v.index));
#endif
  }
};

/// What was gathered on the own node, in Decay.
struct Raised {
  static constexpr AccessRule rule{"Raised", in(Phase::decay), over::nodes, AccessItem::effect};
  std::uint32_t effect;
  const std::uint64_t* data = nullptr;
  Raised(MaxField f) : effect(f.effect) {}
  void note(AccessNotes& n) const { n.add(rule, effect); }
  void bind(const Binding& b) { data = b.part.effect<MaximumEffect>(effect).cells.data(); }
  std::uint64_t operator()(OwnNode here) const { return data[here.index]; }
};

}  // namespace colony
