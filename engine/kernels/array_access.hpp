// Accessors of fields that hold several values an entity, and of globals: kernels that follow a plan over many ticks
// (an ant's tour) have these beside those of engine/kernels/access.hpp.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/globals/best.hpp"
#include "engine/globals/carried_sum.hpp"
#include "engine/schema/field_rules.hpp"
#include "engine/state/binding.hpp"

namespace colony {

/// The own array of the node or agent that the kernel runs for, read only.
template <class T>
struct ReadArray {
  const T* data = nullptr;
  std::uint32_t column, width;
  std::int32_t species = -1;
  ReadArray(TraceField f) requires std::is_same_v<T, float> : ReadArray(NodeArray<float>(f)) {}
  ReadArray(NodeArray<T> f) : column(f.column), width(f.width) {}
  ReadArray(AgentArray<T> f) : column(f.column), width(f.width), species(static_cast<std::int32_t>(f.species)) {}
  void note(AccessNotes& n) const { n.add(rules::read_own, column, species); }
  void bind(const Binding& b) {
    data = (species < 0 ? b.part.columns : b.part.species[static_cast<std::size_t>(species)].columns)[column].template as<T>();
  }
  std::span<const T> operator()(OwnNode here) const { return {data + here.index * width, width}; }
  std::span<const T> operator()(OwnAgent here) const { return {data + here.index * width, width}; }
};

/// The own array, written in place.
template <class T>
struct WriteArray {
  T* data = nullptr;
  std::uint32_t column, width;
  std::int32_t species = -1;
  WriteArray(TraceField f) requires std::is_same_v<T, float> : WriteArray(NodeArray<float>(f)) {}
  WriteArray(NodeArray<T> f) : column(f.column), width(f.width) {}
  WriteArray(AgentArray<T> f) : column(f.column), width(f.width), species(static_cast<std::int32_t>(f.species)) {}
  void note(AccessNotes& n) const { n.add(rules::write_own, column, species); }
  void bind(const Binding& b) {
    data = (species < 0 ? b.part.columns : b.part.species[static_cast<std::size_t>(species)].columns)[column].template as<T>();
  }
  std::span<T> operator()(OwnNode here) const { return {data + here.index * width, width}; }
  std::span<T> operator()(OwnAgent here) const { return {data + here.index * width, width}; }
};

/// The own values of several columns, written in place: an observation for a policy.
template <class T>
struct WriteColumns {
  std::uint32_t species, first, count;
  Column* columns = nullptr;
  WriteColumns(AgentColumns<T> f) : species(f.species), first(f.first), count(f.count) {}
  void note(AccessNotes& n) const {
    for (std::uint32_t k = 0; k < count; ++k) n.add(rules::write_own, first + k, static_cast<std::int32_t>(species));
  }
  void bind(const Binding& b) { columns = b.part.species[species].columns.data() + first; }
  T& operator()(OwnAgent here, std::size_t which) const {
    debug_check_use(which < count, "WriteColumns: there is no such column");
    return columns[which].template as<T>()[here.index];
  }
};

/// Effect `add` on one of a row of sums.
struct AddTo {
  std::uint32_t slot, width;
  std::int64_t* sums = nullptr;  ///< with their carries behind them
  AddTo(GlobalSums g) : slot(g.slot), width(g.width) {}
  void note(AccessNotes& n) const { n.add(rules::add_global, slot); }
  void bind(const Binding& b) { sums = &b.scratch.globals[slot]; }
  /// which < width
  void operator()(std::size_t which, std::int64_t amount) const {
    check_use(which < width, "AddTo: the row has no such sum");
    add_carried(sums[which], sums[width + which], amount);
  }
};

/// A row of sums as of the end of the last tick.
struct KnownSums {
  std::uint32_t slot, width;
  const std::int64_t* data = nullptr;
  KnownSums(GlobalSums g) : slot(g.slot), width(g.width) {}
  void note(AccessNotes&) const {}
  void bind(const Binding& b) { data = b.part.globals->data() + slot; }
  std::span<const std::int64_t> operator()() const { return {data, width}; }
};

/// A global as of the end of the last tick.
struct Known {
  std::uint32_t slot;
  const std::int64_t* data = nullptr;
  Known(GlobalSum g) : slot(g.slot) {}
  void note(AccessNotes&) const {}
  void bind(const Binding& b) { data = b.part.globals->data() + slot; }
  std::int64_t operator()() const { return *data; }
};

/// The best of the last tick, or so far.
struct KnownBest {
  std::uint32_t slot, width;
  const std::int64_t* data = nullptr;
  KnownBest(GlobalBest g) : slot(g.slot), width(g.width) {}
  void note(AccessNotes&) const {}
  void bind(const Binding& b) { data = b.part.globals->data() + slot; }
  bool offered() const { return data[0] != 0; }
  std::int64_t value() const { return best_value(data[0]); }
  std::span<const std::int64_t> payload() const { return {data + 2, width - 2}; }
};

/// Effect `min` on a best global.
struct Offer {
  std::uint32_t slot, width;
  std::int64_t* best = nullptr;
  Offer(GlobalBest g) : slot(g.slot), width(g.width) {}
  void note(AccessNotes& n) const { n.add(rules::offer, slot); }
  void bind(const Binding& b) { best = &b.scratch.globals[slot]; }
  /// value: 0 to 2^63 - 2. fill(payload) writes the payload, which is 0 before; it is called only where the offer is the best so far, or
  /// has the value and the id of the best so far: of these two the smaller payload wins, by the first word in which they differ.
  template <class Fill>
  void operator()(std::int64_t value, std::uint64_t id, const Fill& fill) const {
    check_use(value >= 0 && value <= most_best_value, "Offer: a value is a number from 0 to 2^63 - 2");
    const std::int64_t key = best_key(value), word = static_cast<std::int64_t>(id);
    const std::span<std::int64_t> payload(best + 2, width - 2);
    if (beats(key, word, best)) {
      best[0] = key;
      best[1] = word;
      std::fill(payload.begin(), payload.end(), 0);
      fill(payload);
    } else if (ties(key, word, best)) [[unlikely]] {
      std::vector<std::int64_t> other(payload.size(), 0);
      fill(std::span<std::int64_t>(other));
      if (payload_before(other.data(), payload.data(), payload.size())) std::copy(other.begin(), other.end(), payload.begin());
    }
  }
};

/// The tick that is being done.
struct TickNumber {
  std::uint64_t tick = 0;
  void note(AccessNotes&) const {}
  void bind(const Binding& b) { tick = b.part.tick.value; }
  std::uint64_t operator()() const { return tick; }
};

}  // namespace colony
