// Effect `add` on a signal: what Act drops on a node joins the signal in Decay, S(t + 1) = evaporate(diffuse(S(t))) + deposits.
#pragma once

#include <atomic>
#include <cstdint>

#include "engine/schema/declared.hpp"
#include "engine/state/binding.hpp"
#include "engine/state/effect.hpp"

namespace colony {

class DepositEffect final : public Effect {
 public:
  static constexpr std::uint32_t node_bytes = 12;

  DepositEffect(const Part& part, std::size_t workers, std::uint32_t signal);
  static EffectSpec spec(const std::string& name, std::uint32_t signal);

  void touch_memory(Executor& executor) override;
  void pack(Part& part, Outbox& outbox) override;
  void take(Part& part, Parcel& parcel) override;
  /// Steps the signal, for owned nodes; below one quantum it is exactly 0. Of a lattice's border, the share that would leave stays.
  /// Neighbours are summed in the fixed order of directions. Throws StateError naming the node when a value is not finite or deposits
  /// overflowed.
  void commit(Part& part, Executor& executor) override;
  bool is_clear(const Part& part) const override;

  Array<std::int64_t> cells;  ///< [total] quanta

 private:
  std::uint32_t signal_;
  Column spare_;  ///< the next values, swapped in
};

/// Drops 0 to most_deposits quanta on the own node or next to it.
struct Deposit {
  static constexpr AccessRule rule{"Deposit", in(Phase::act), over::nodes | over::agents, AccessItem::effect};
  std::uint32_t effect;
  std::int64_t* data = nullptr;
  std::size_t known = 0;
  bool concurrent = false;
  Deposit(SignalField f) : effect(f.effect) {}
  void note(AccessNotes& n) const { n.add(rule, effect); }
  void bind(const Binding& b) {
    Array<std::int64_t>& cells = b.part.effect<DepositEffect>(effect).cells;
    data = cells.data();
    known = cells.size();
    concurrent = b.concurrent;
  }
  void operator()(NodeRef v, std::int64_t quanta) const {
    if (v.index >= known || static_cast<std::uint64_t>(quanta) > static_cast<std::uint64_t>(most_deposits)) [[unlikely]]
      misused(v.index >= known ? "Deposit: there is no such node; neighbour() and At give no_index where they find none"
                               : "Deposit: an amount is a number of quanta from 0 to 2^52 - 1");
    std::int64_t before;
    if (concurrent) {
      before = std::atomic_ref(data[v.index]).fetch_add(quanta, std::memory_order_relaxed);
    } else {
      before = data[v.index];
      data[v.index] += quanta;
    }
    check_use(before <= most_deposits, "Deposit: the deposits on a node in one tick come to 2^52 quanta or more");
  }
};

}  // namespace colony
