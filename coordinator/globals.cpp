#include "coordinator/globals.hpp"

#include <algorithm>

#include "engine/error.hpp"
#include "engine/reduce.hpp"

namespace colony {

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

Globals globals_of_state(const Globals& reduced, const std::vector<const Globals*>& partials, const std::vector<GlobalSpec>& specs) {
  Globals globals = *partials.front();
  for (std::size_t p = 1; p < partials.size(); ++p) reduce_globals(globals, *partials[p], specs);
  std::size_t slot = 0;
  for (const GlobalSpec& spec : specs)
    for (std::uint32_t i = 0; i < spec.width; ++i, ++slot)
      if (spec.of_effects || spec.lasting) globals[slot] = reduced[slot];  // no tick was done for them
  return globals;
}

}  // namespace colony
