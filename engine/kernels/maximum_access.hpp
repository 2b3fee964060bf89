// Accessors of the effect `max`: what Act raises, on any node within reach, and what Decay finds.
#pragma once

#include <atomic>
#include <cstdint>

#include "engine/kernels/binding.hpp"

namespace colony {

/// Effect `max` on a node, own or next to one.
struct Raise {
  std::uint32_t maximum;
  std::uint64_t* data = nullptr;
  std::uint32_t known = 0;
  Array<LocalIndex>* touched = nullptr;  ///< null on a device, where they are looked for afterwards
  bool concurrent = false;
  Raise(MaxField f) : maximum(f.maximum) {}
  void note(AccessNotes& n) const { n.add(Use::raise, maximum); }
  template <class B>
  void bind(const B& b) {
    data = b.maximum(maximum);
    known = b.known_nodes();
    touched = b.touched(maximum);
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

/// What a `max` gathered on the own node, in Decay.
struct Raised {
  std::uint32_t maximum;
  const std::uint64_t* data = nullptr;
  Raised(MaxField f) : maximum(f.maximum) {}
  void note(AccessNotes& n) const { n.add(Use::raised, maximum); }
  void bind(const Binding& b) { data = b.part.maxima[maximum].data(); }
  std::uint64_t operator()(OwnNode here) const { return data[here.index]; }
};

}  // namespace colony
