#include "engine/globals/reduce.hpp"

#include <algorithm>

#include "engine/error.hpp"
#include "engine/globals/best.hpp"
#include "engine/globals/carried_sum.hpp"
#include "engine/globals/runs.hpp"
#include "engine/globals/wide_sum.hpp"

namespace colony {
namespace {

/// sum += amount: overflow is an error, never a wrap.
void add_global(std::int64_t& sum, std::int64_t amount, const GlobalSpec& spec) {
  if (__builtin_add_overflow(sum, amount, &sum)) throw StateError("the global \"" + spec.name + "\" is beyond 64 bits");
}

}  // namespace

void reduce_global(std::int64_t* reduced, const std::int64_t* share, const GlobalSpec& spec) {
  if (spec.reduce == Reduce::best) return take_best(reduced, share, spec.width);
  if (spec.reduce == Reduce::wide_sum) {
    Wide sum = wide_of(reduced);
    if (!add_wide(sum, wide_of(share))) throw StateError("the global \"" + spec.name + "\" is beyond 128 bits");
    return put_wide(reduced, sum);
  }
  if (spec.reduce == Reduce::carried_sum) {
    const std::uint32_t sums = spec.width / 2;
    for (std::uint32_t i = 0; i < sums; ++i) {
      add_carried(reduced[i], reduced[sums + i], share[i]);
      add_global(reduced[sums + i], share[sums + i], spec);
    }
    return;
  }
  for (std::uint32_t i = 0; i < spec.width; ++i) {
    switch (spec.reduce) {
      case Reduce::sum: add_global(reduced[i], share[i], spec); break;
      case Reduce::max: reduced[i] = std::max(reduced[i], share[i]); break;
      case Reduce::min: reduced[i] = std::min(reduced[i], share[i]); break;
      case Reduce::carried_sum:
      case Reduce::best:
      case Reduce::wide_sum:
      case Reduce::runs: break;
    }
  }
}

void take_into_lasting(std::int64_t* lasting, const std::int64_t* of_tick, const GlobalSpec& spec) {
  if (spec.reduce == Reduce::best) return keep_best(lasting, of_tick, spec.width);
  reduce_global(lasting, of_tick, spec);
}

void reduce_slots(Globals& reduced, const Globals& partial, const std::vector<GlobalSpec>& specs) {
  std::size_t slot = 0;
  for (const GlobalSpec& spec : specs) {
    reduce_global(&reduced[slot], &partial[slot], spec);
    slot += spec.width;
  }
}

void check_sums(const Globals& globals, const std::vector<GlobalSpec>& specs) {
  std::size_t slot = 0;
  for (const GlobalSpec& spec : specs) {
    if (spec.reduce == Reduce::carried_sum)
      for (std::uint32_t i = spec.width / 2; i < spec.width; ++i)
        if (globals[slot + i] != 0) throw StateError("the global \"" + spec.name + "\" is beyond 64 bits");
    slot += spec.width;
  }
}

void reduce_globals(Globals& reduced, const Globals& partial, const std::vector<GlobalSpec>& specs) {
  reduce_slots(reduced, partial, specs);
  reduce_runs(reduced, partial, specs);
}

}  // namespace colony
