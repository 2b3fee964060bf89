#include "coordinator/globals.hpp"

#include <algorithm>

#include "engine/error.hpp"

namespace colony {

void add_global(std::int64_t& sum, std::int64_t amount, const GlobalSpec& spec) {
  if (__builtin_add_overflow(sum, amount, &sum)) throw StateError("the global \"" + spec.name + "\" is beyond 64 bits");
}

void reduce_globals(Globals& reduced, const Globals& partial, const std::vector<GlobalSpec>& specs) {
  std::size_t slot = 0;
  for (const GlobalSpec& spec : specs)
    for (std::uint32_t i = 0; i < spec.width; ++i, ++slot) {
      std::int64_t& cell = reduced[slot];
      switch (spec.reduce) {
        case Reduce::sum: add_global(cell, partial[slot], spec); break;
        case Reduce::max: cell = std::max(cell, partial[slot]); break;
        case Reduce::min: cell = std::min(cell, partial[slot]); break;
      }
    }
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
