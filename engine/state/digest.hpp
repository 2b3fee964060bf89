// The digest of state: the oracle of every test. DESIGN 6.
#pragma once

#include "engine/executor.hpp"
#include "engine/state/image.hpp"
#include "engine/state/part.hpp"

namespace colony {

/// Sum over the owned nodes and the agents of a part, lane by lane modulo 2^64, of XXH3-128 of (id, state fields in schema order); the seed
/// of the hash tells layer and species apart. Throws StateError, naming entity and field, where a state field is NaN: no state holds one.
Digest digest_of(const Part& part, Executor& executor);

/// The digest of a colony from the sum over its parts, its lasting globals and the tick.
Digest combine_digest(const Digest& sum, const Declared& schema, const Globals& globals, Tick tick);

}  // namespace colony
