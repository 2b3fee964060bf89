#include "coordinator/globals.hpp"

#include <algorithm>

#include "engine/best.hpp"
#include "engine/error.hpp"
#include "engine/runs.hpp"

namespace colony {

namespace {

/// sum += amount: overflow is an error, never a wrap.
void add_global(std::int64_t& sum, std::int64_t amount, const GlobalSpec& spec) {
  if (__builtin_add_overflow(sum, amount, &sum)) throw StateError("the global \"" + spec.name + "\" is beyond 64 bits");
}

}  // namespace

void reduce_global(std::int64_t* reduced, const std::int64_t* share, const GlobalSpec& spec) {
  if (spec.reduce == Reduce::best) return take_best(reduced, share, spec.width);
  for (std::uint32_t i = 0; i < spec.width; ++i) {
    switch (spec.reduce) {
      case Reduce::sum: add_global(reduced[i], share[i], spec); break;
      case Reduce::max: reduced[i] = std::max(reduced[i], share[i]); break;
      case Reduce::min: reduced[i] = std::min(reduced[i], share[i]); break;
      case Reduce::best:
      case Reduce::runs: break;
    }
  }
}

void reduce_globals(Globals& reduced, const Globals& partial, const std::vector<GlobalSpec>& specs) {
  std::size_t slot = 0;
  for (const GlobalSpec& spec : specs) {
    reduce_global(&reduced[slot], &partial[slot], spec);
    slot += spec.width;
  }
  reduce_runs(reduced, partial, specs);
}

std::vector<GlobalValues> globals_by_name(const Globals& globals, const Schema& schema) {
  std::vector<GlobalValues> named;
  std::size_t slot = 0;
  for (const GlobalSpec& spec : schema.globals()) {
    if (spec.of_effects)
      named.push_back(
          {spec.name,
           {globals.begin() + static_cast<std::ptrdiff_t>(slot), globals.begin() + static_cast<std::ptrdiff_t>(slot + spec.width)}});
    slot += spec.width;
  }
  return named;
}

Globals kept_globals(const Manifest& manifest, const Schema& schema) {
  Globals globals(schema.slot_count(), 0);
  std::size_t slot = 0, at = 0;
  for (const GlobalSpec& spec : schema.globals()) {
    if (spec.of_effects) {
      if (at >= manifest.globals.size() || manifest.globals[at].name != spec.name || manifest.globals[at].values.size() != spec.width)
        throw StorageError(checkpoint_folder(manifest.stamp.tick), "the manifest lacks the global \"" + spec.name + "\"");
      std::copy(manifest.globals[at].values.begin(), manifest.globals[at].values.end(),
                globals.begin() + static_cast<std::ptrdiff_t>(slot));
      ++at;
    }
    slot += spec.width;
  }
  return globals;
}

}  // namespace colony
