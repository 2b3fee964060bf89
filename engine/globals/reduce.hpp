// How shares of a global become one, within a shard as between shards.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/schema/declared.hpp"

namespace colony {

/// How many of its slots a global's value has: of sums that carry, the carries are 0 between ticks.
inline std::uint32_t kept_width(const GlobalSpec& spec) { return spec.reduce == Reduce::carried_sum ? spec.width / 2 : spec.width; }

/// Takes one more share of a global, [width], into what others gave. Throws StateError, naming the global, when a sum is beyond its bits.
void reduce_global(std::int64_t* reduced, const std::int64_t* share, const GlobalSpec& spec);

/// Takes what all shares of a tick came to into what lasts since tick 0. Throws StateError. Both: [width].
void take_into_lasting(std::int64_t* lasting, const std::int64_t* of_tick, const GlobalSpec& spec);

/// Takes the shares of one more thread, which gathers no runs, of the same schema as `reduced`, into what others gave. Throws StateError.
void reduce_slots(Globals& reduced, const Globals& partial, const std::vector<GlobalSpec>& specs);

/// Takes the shares of one more shard, of the same schema as `reduced`, into what others gave. Throws StateError.
void reduce_globals(Globals& reduced, const Globals& partial, const std::vector<GlobalSpec>& specs);

/// When all shares are in: sums fit 64 bits. Throws StateError, naming the global.
void check_sums(const Globals& globals, const std::vector<GlobalSpec>& specs);

}  // namespace colony
