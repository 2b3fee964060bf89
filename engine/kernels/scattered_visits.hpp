// Visits of a kernel to nodes that lie apart, in batches whose rows are fetched ahead.
#pragma once

#include <cstddef>
#include <type_traits>

#include "engine/graph/node_set.hpp"
#include "engine/kernels/access.hpp"
#include "engine/kernels/members.hpp"
#include "engine/state/part.hpp"

namespace colony {

template <class Accessor>
struct IsNear : std::false_type {};
template <class T>
struct IsNear<Near<T>> : std::true_type {};
template <class Accessor>
struct IsDraws : std::is_same<Accessor, Draws> {};

/// Whether a kernel looks along rows, and whether at the ids of those it meets there: from the types of its members.
template <class Kernel>
constexpr bool has_near() {
  return any_member<Kernel, IsNear>;
}
template <class Kernel>
constexpr bool has_draws() {
  return any_member<Kernel, IsDraws>;
}

/// Visits nodes that lie apart. Their rows do too, so those of a batch are asked for before the first is read.
template <class Kernel, class Visit>
class ScatteredVisits {
 public:
  ScatteredVisits(const Part& part, const Visit& visit) : part_(part), visit_(visit) {}

  void add(std::size_t node) {
    if constexpr (!has_near<Kernel>()) {
      visit_(node);
    } else {
      waiting_[count_++] = node;
      if (count_ == batch) flush();
    }
  }
  void flush() {
    if (part_.geometry.topology == Topology::csr) fetch_rows();
    for (std::size_t k = 0; k < count_; ++k) visit_(waiting_[k]);
    count_ = 0;
  }

 private:
  void fetch_rows() const {
    const CsrRows& rows = part_.csr;
    const std::uint64_t* offsets = rows.out_offsets ? rows.out_offsets : rows.in_offsets;
    if (offsets == nullptr) return;  // a model that looks at no neighbours
    const LocalIndex* ends = rows.out_offsets ? rows.targets : rows.sources;
    const std::uint32_t* ids = !has_draws<Kernel>() ? nullptr : rows.out_offsets ? rows.target_ids : rows.source_ids;
    for (std::size_t k = 0; k < count_; ++k) __builtin_prefetch(&offsets[waiting_[k]]);
    for (std::size_t k = 0; k < count_; ++k) {
      const std::uint64_t first = offsets[waiting_[k]], end = offsets[waiting_[k] + 1];
      if (first == end) continue;
      const std::uint64_t last = end - 1;  // short rows straddle two lines
      __builtin_prefetch(&ends[first]);
      __builtin_prefetch(&ends[last]);
      if (!ids) continue;
      __builtin_prefetch(&ids[first]);
      __builtin_prefetch(&ids[last]);
    }
  }

  static constexpr std::size_t batch = 16;
  const Part& part_;
  const Visit& visit_;
  std::size_t waiting_[batch];
  std::size_t count_ = 0;
};

/// Visits the nodes of a set: full words in order, single ones as scattered.
template <class Kernel, class Visit>
void walk_set(NodeSet& set, std::size_t begin, std::size_t end, const Part& part, const Visit& visit) {
  ScatteredVisits<Kernel, Visit> scattered(part, visit);
  set.walk(begin, end, [&](std::size_t first, std::size_t length) {
    if (length == 1) {
      scattered.add(first);
    } else {
      for (std::size_t i = first; i < first + length; ++i) visit(i);
    }
  });
  scattered.flush();
}

}  // namespace colony
