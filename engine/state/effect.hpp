// What an effect is to the engine: something that Act asks for, gathered by each thread, carried to the owners of its targets in round 1,
// and carried out in Decay. Each kind is one file of engine/effects/: its accessors with their rules, where it is gathered, how it travels,
// and what it does. Everything else (exchange, Decay, clearing, the rules of the phases) goes over the effects that a model has.
// docs/adr/0018.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "engine/array.hpp"
#include "engine/ids.hpp"
#include "engine/schema/effects.hpp"

namespace colony {

class Executor;

/// One T for each thread that may run on a part at once, on cache lines of their own: `for (auto& [list] : lists)`.
template <class T>
class PerWorker {
 public:
  struct alignas(64) Slot {
    T value;
  };
  explicit PerWorker(std::size_t workers) : slots_(workers) {}
  T& operator[](std::size_t worker) { return slots_[worker].value; }
  const T& operator[](std::size_t worker) const { return slots_[worker].value; }
  auto begin() { return slots_.begin(); }
  auto end() { return slots_.end(); }
  auto begin() const { return slots_.begin(); }
  auto end() const { return slots_.end(); }

 private:
  std::vector<Slot> slots_;
};

/// What the effects of a shard tell its peers in round 1. Peers are numbered from 0.
class Outbox {
 public:
  virtual ~Outbox() = default;
  virtual std::size_t peers() const = 0;
  /// The peer that owns a ghost, and the ghost's local index there.
  virtual std::size_t peer_of(LocalIndex ghost) const = 0;
  virtual LocalIndex home_of(LocalIndex ghost) const = 0;
  /// The peer that owns a node named by content; no_index: this shard.
  virtual std::uint32_t peer_of_content(std::uint64_t id) const = 0;
  /// Room for `count` items for a peer, as the next of the effect that packs; fill it before the next call. A peer is told of an effect in
  /// one or several such lists, or not at all. T must be trivially copyable.
  template <class T>
  T* add(std::size_t peer, std::size_t count) {
    return reinterpret_cast<T*>(add_bytes(peer, count, sizeof(T)));
  }
  virtual std::byte* add_bytes(std::size_t peer, std::size_t count, std::size_t item_bytes) = 0;
};

/// What a peer told of one effect: the lists in the order in which they were added.
class Parcel {
 public:
  virtual ~Parcel() = default;
  std::size_t peer = 0;
  /// The next list. Throws FrameError where there is none, or its items are not of the size of T.
  template <class T>
  std::span<const T> next() {
    const Items items = next_items(sizeof(T));
    return {reinterpret_cast<const T*>(items.data), items.count};
  }
  /// The same, of as many items as another list has.
  template <class T>
  std::span<const T> next(std::size_t count) {
    return same_count(next<T>(), count);
  }
  struct Items {
    const std::byte* data;
    std::size_t count;
  };
  virtual Items next_items(std::size_t item_bytes) = 0;

 private:
  static void refuse_count();
  template <class T>
  static std::span<const T> same_count(std::span<const T> items, std::size_t count) {
    if (items.size() != count) refuse_count();
    return items;
  }
};

/// All that one part's threads ask for of one kind, about one thing: raises of one maximum, deposits on one signal, steps of one species.
class Effect {
 public:
  virtual ~Effect() = default;

  static constexpr std::uint32_t node_bytes = 0;  ///< of the cells that a kind has on each node

  /// Zeroes its memory in parallel, where it has much: the first touch of fresh memory is slow and belongs to set-up.
  virtual void touch_memory(Executor&) {}
  /// When Act is done.
  virtual void settle(Part&) {}
  /// Round 1: what others own leaves, and what they tell joins in. Throws FrameError where a parcel is not one that pack makes.
  virtual void pack(Part&, Outbox&) {}
  virtual void take(Part&, Parcel&);
  /// Decay, before its kernels.
  virtual void commit(Part&, Executor&) {}
  /// The end of Decay: nothing gathered is left, as nothing of it is state.
  virtual void clear(Part&) {}
  /// The end of Advance, when the nodes that were emitted are there. What waits until then is no state either.
  virtual void land(Part&) {}
  /// Whether nothing is gathered, as between ticks.
  virtual bool is_clear(const Part&) const = 0;

  /// What went to other shards, counted since the start.
  std::uint64_t sent = 0;
};

/// How a schema keeps an effect of type E, which is made of a part, the number of its workers, and the arguments.
template <class E, class... Args>
EffectSpec effect_spec(std::string verb, std::string name, EffectStage stage, Args... args) {
  return {std::move(verb), std::move(name), stage,
          [=](const Part& part, std::size_t workers) { return std::make_unique<E>(part, workers, args...); }, E::node_bytes};
}

}  // namespace colony
