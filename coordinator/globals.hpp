// The reduced globals of a state: how the shards' shares become one, and which of them a checkpoint keeps.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/model.hpp"
#include "io/manifest.hpp"

namespace colony {

/// Takes one more share of a global, [width], into what others gave. Throws StateError, naming the global, when a sum is beyond 64 bits.
void reduce_global(std::int64_t* reduced, const std::int64_t* share, const GlobalSpec& spec);

/// Takes the shares of one more shard, of the same schema as `reduced`, into what others gave. Throws StateError.
void reduce_globals(Globals& reduced, const Globals& partial, const std::vector<GlobalSpec>& specs);

/// Those that are gathered from effects, for a manifest: the state alone can't give them back.
std::vector<GlobalValues> globals_by_name(const Globals& globals, const Schema& schema);
/// The reverse; the rest is 0. Throws StorageError when the manifest lacks one.
Globals kept_globals(const Manifest& manifest, const Schema& schema);

}  // namespace colony
