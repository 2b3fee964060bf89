// The reduced globals of a state: how the shards' shares become one, and which of them a checkpoint keeps.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/model.hpp"
#include "io/manifest.hpp"

namespace colony {

/// All globals of a state: tallies and scans from the shards' partials, what ticks have gathered from effects as `reduced` has it. Throws
/// StateError.
Globals globals_of_state(const Globals& reduced, const std::vector<const Globals*>& partials, const std::vector<GlobalSpec>& specs);

/// Those that are gathered from effects, for a manifest: the state alone can't give them back.
std::vector<GlobalValues> globals_by_name(const Globals& globals, const Schema& schema);
/// The reverse; the rest is 0. Throws StorageError when the manifest lacks one.
Globals kept_globals(const Manifest& manifest, const Schema& schema);

}  // namespace colony
