// The rows of a part on a device: brought when they are first asked for, and kept.
#pragma once

#include <map>

#include "cuda/device_memory.hpp"
#include "engine/error.hpp"
#include "engine/state/binding.hpp"

namespace colony {

template <class System>
class ResidentRows {
 public:
  explicit ResidentRows(const Part& part) : part_(part) {}

  /// f(rows): the part's rows, with everything that they point to on the device.
  template <class Kernel, class F>
  void with(typename System::Stream& stream, const F& f) {
    stream_ = &stream;
    const Geometry& g = part_.geometry;
    COLONY_ASSERT(runs_on<Kernel>(g.topology), "a kernel of another topology");
    if constexpr (runs_on<Kernel>(Topology::csr)) {
      if (g.topology == Topology::csr) {
        CsrRows rows = part_.csr;
        rows.in_offsets = resident(rows.in_offsets, g.in_offsets, g.out_offsets);
        rows.out_offsets = resident(rows.out_offsets, g.out_offsets, g.in_offsets);
        rows.sources = resident(rows.sources, g.sources, g.targets);
        rows.targets = resident(rows.targets, g.targets, g.sources);
        rows.source_ids = resident(rows.source_ids, g.source_ids, g.target_ids);
        rows.target_ids = resident(rows.target_ids, g.target_ids, g.source_ids);
        rows.in_weights = nullptr;
        rows.id = resident(rows.id);
        f(rows);
      }
    }
    if constexpr (runs_on<Kernel>(Topology::lattice)) {
      if (g.topology == Topology::lattice && g.whole_rows) {
        RowLattice lattice = part_.row_lattice;
        lattice.row_above = resident(lattice.row_above, g.row_above);
        lattice.row_below = resident(lattice.row_below, g.row_below);
        lattice.id = resident(lattice.id);
        f(lattice);
      } else if (g.topology == Topology::lattice) {
        TableLattice lattice = part_.table_lattice;
        lattice.table = resident(lattice.table, g.table);
        lattice.id = resident(lattice.id);
        f(lattice);
      }
    }
    if constexpr (runs_on<Kernel>(Topology::complete)) {
      if (g.topology == Topology::complete) {
        CompleteRows rows = part_.complete;
        rows.order = resident(rows.order, g.order);
        rows.id = resident(rows.id);
        f(rows);
      }
    }
  }

 private:
  /// An array of the part's geometry that stays on the device, by where it lies here.
  template <class T>
  const T* resident(const T* here, std::size_t count) {
    if (here == nullptr) return nullptr;
    auto [at, is_new] = resident_.try_emplace(here);
    if (is_new) {
      at->second.reserve(count * sizeof(T));
      stream_->copy_in(at->second.template as<T>(), here, count * sizeof(T));
    }
    return at->second.template as<T>();
  }
  template <class T>
  const T* resident(const T* here, const Array<T>& first, const Array<T>& second = {}) {
    return resident(here, here == first.data() ? first.size() : second.size());
  }
  IdMap resident(IdMap ids) { return {resident(ids.small, part_.geometry.small_ids), resident(ids.wide, part_.geometry.wide_ids)}; }

  const Part& part_;
  typename System::Stream* stream_ = nullptr;  ///< of the call
  std::map<const void*, DeviceMemory<System>> resident_;
};

}  // namespace colony
