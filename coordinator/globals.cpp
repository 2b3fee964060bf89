#include "coordinator/globals.hpp"

#include <algorithm>

#include "engine/error.hpp"
#include "engine/globals/reduce.hpp"

namespace colony {

std::vector<GlobalValues> globals_by_name(const Globals& globals, const Declared& schema) {
  std::vector<GlobalValues> named;
  std::size_t slot = 0;
  for (const GlobalSpec& spec : schema.globals()) {
    if (spec.of_effects)
      named.push_back(
          {spec.name,
           {globals.begin() + static_cast<std::ptrdiff_t>(slot), globals.begin() + static_cast<std::ptrdiff_t>(slot + kept_width(spec))}});
    slot += spec.width;
  }
  return named;
}

Globals kept_globals(const Manifest& manifest, const Declared& schema) {
  Globals globals(schema.slot_count(), 0);
  std::size_t slot = 0, at = 0;
  for (const GlobalSpec& spec : schema.globals()) {
    if (spec.of_effects) {
      if (at >= manifest.globals.size() || manifest.globals[at].name != spec.name || manifest.globals[at].values.size() != kept_width(spec))
        throw StorageError(checkpoint_folder(manifest.stamp.tick), "the manifest lacks the global \"" + spec.name + "\"");
      std::copy(manifest.globals[at].values.begin(), manifest.globals[at].values.end(),
                globals.begin() + static_cast<std::ptrdiff_t>(slot));
      ++at;
    }
    slot += spec.width;
  }
  return globals;
}

namespace {

/// The observables that count happenings, with the place of each among the counts.
template <class F>
void for_each_happening(const Declared& schema, const F& f) {
  std::size_t at = 0;
  for (const ObservableSpec& observable : schema.observables())
    if (observable.happenings) f(observable, at++);
}

}  // namespace

Globals globals_of_state(const Globals& reduced, const std::vector<const Globals*>& partials, const std::vector<GlobalSpec>& specs) {
  Globals globals = *partials.front();
  for (std::size_t p = 1; p < partials.size(); ++p) reduce_globals(globals, *partials[p], specs);
  std::size_t slot = 0;
  for (const GlobalSpec& spec : specs)
    for (std::uint32_t i = 0; i < spec.width; ++i, ++slot)
      if (spec.of_effects || spec.lasting) globals[slot] = reduced[slot];  // no tick was done for them
  return globals;
}

std::vector<std::uint32_t> happening_slots(const Declared& schema) {
  std::vector<std::uint32_t> slots;
  for_each_happening(schema, [&](const ObservableSpec& observable, std::size_t) { slots.push_back(*observable.happenings); });
  return slots;
}

std::vector<GlobalValues> counts_by_name(const RowsSoFar& rows, const Declared& schema) {
  std::vector<GlobalValues> named;
  for_each_happening(schema, [&](const ObservableSpec& observable, std::size_t at) {
    named.push_back({observable.name, {rows.counts.empty() ? 0 : rows.counts[at]}});
  });
  return named;
}

RowsSoFar rows_so_far(const Manifest& manifest, const Declared& schema) {
  RowsSoFar rows{manifest.last_row, {}};
  for_each_happening(schema, [&](const ObservableSpec& observable, std::size_t at) {
    if (at >= manifest.counts.size() || manifest.counts[at].name != observable.name || manifest.counts[at].values.size() != 1)
      throw StorageError(checkpoint_folder(manifest.stamp.tick),
                         "the manifest lacks the count of \"" + observable.name + "\" since the last row");
    rows.counts.push_back(manifest.counts[at].values[0]);
  });
  return rows;
}

}  // namespace colony
