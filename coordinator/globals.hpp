// The reduced globals of a state, what a checkpoint keeps of them, and of rows that stand for several ticks.
#pragma once

#include <cstdint>
#include <vector>

#include "coordinator/coordinator.hpp"
#include "engine/model/model.hpp"
#include "io/checkpoints/manifest.hpp"

namespace colony {

/// All globals of a state: tallies and scans from the shards' partials, what ticks have gathered from effects as `reduced` has it. Throws
/// StateError.
Globals globals_of_state(const Globals& reduced, const std::vector<const Globals*>& partials, const std::vector<GlobalSpec>& specs);

/// Those that are gathered from effects, for a manifest: the state alone can't give them back.
std::vector<GlobalValues> globals_by_name(const Globals& globals, const Declared& schema);
/// The reverse; the rest is 0. Throws StorageError when the manifest lacks one.
Globals kept_globals(const Manifest& manifest, const Declared& schema);

/// Where the observables count what happens in a tick, for CoursePlan.
std::vector<std::uint32_t> happening_slots(const Declared& schema);
/// What a checkpoint keeps of thinned rows, and the reverse. Throws StorageError when the manifest lacks a count.
std::vector<GlobalValues> counts_by_name(const RowsSoFar& rows, const Declared& schema);
RowsSoFar rows_so_far(const Manifest& manifest, const Declared& schema);

}  // namespace colony
