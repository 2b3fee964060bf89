// Finds for each operation of a kernel what it works on.
#pragma once

#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "tests/property/models/value_accessors.hpp"

namespace colony::testing {

/// Drops operations that have nothing to work on and, unless the kernel's manner is to have them, those that are out of place or come
/// second where one may come. One binder binds all kernels of a model, in their order.
class Binder {
 public:
  explicit Binder(const ValueItems& items) : items_(items) {}

  /// The kernel must have something to run over (runs_over).
  std::vector<Bound> bind(const KernelValue& kernel);

  /// The species or growing layer of a kernel; null where the model has none, or the kernel runs over nodes.
  const SpeciesItems* species_of(const KernelValue& kernel) const;
  const GrowingItems* growing_of(const KernelValue& kernel) const;
  bool runs_over(const KernelValue& kernel) const;
  /// The mixed field whose next value a kernel returns, or none.
  std::optional<std::size_t> mixed_by(const KernelValue& kernel) const;
  /// Whether a kernel that was bound returns the next value of a mixed field.
  bool is_mixed(std::size_t field) const;

 private:
  bool find(Bound& bound, const KernelValue& kernel);
  bool find_own(Bound& bound, const KernelValue& kernel);
  bool find_growth(Bound& bound, const KernelValue& kernel);
  bool first(Do what, std::size_t of);
  bool once_a_kernel(Do what, const KernelValue& kernel);
  bool moves(const KernelValue& kernel);
  bool mixes(const KernelValue& kernel, std::size_t field);

  const ValueItems& items_;
  bool wild_ = false, careless_ = false;  ///< the kernel that is bound
  std::vector<std::pair<Do, std::size_t>> taken_;
  std::vector<std::pair<std::uint32_t, const KernelValue*>> movers_;
  std::vector<std::pair<std::size_t, const KernelValue*>> mixers_;
};

/// Whether any of the operations is one of these.
bool holds(const Program& program, std::initializer_list<Do> any);

/// The kernel's domain, or all where what it names is not there or, unless the kernel is wild, out of place.
Domain domain_of(const KernelValue& kernel, const ValueItems& items);

}  // namespace colony::testing
