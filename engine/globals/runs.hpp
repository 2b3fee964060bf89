// Runs: the values of many nodes in sorted order, cut wherever two that follow each other differ by more than a gap. The runs of two
// multitudes give those of both together, in any order in which more are taken in: where two runs overlap, or come as near as the
// gap, each value of either has its neighbour within the gap. So shards send their runs, a few as a rule, and the result is exact.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/schema/declared.hpp"

namespace colony {

struct ValueRun {
  std::int64_t first = 0, last = 0;  ///< the smallest and the largest value
  std::int64_t members = 0;
  bool operator==(const ValueRun&) const = default;
};

/// The runs of values in any order, which are left sorted. Ascending.
std::vector<ValueRun> runs_of_values(std::vector<std::int64_t>& values, std::int64_t gap);

/// The runs of two multitudes together. Both, and the result: ascending.
std::vector<ValueRun> merged(const std::vector<ValueRun>& a, const std::vector<ValueRun>& b, std::int64_t gap);

/// Of a global of Reduce::runs the first slot holds the number of runs, the second where their words begin, behind all slots.
inline constexpr std::uint32_t runs_slots = 2;

/// The runs of a global; none in a tick that was not observed, unless some kernel has a `when`.
std::vector<ValueRun> runs_of(const Globals& globals, GlobalRuns runs);
/// Puts the runs of a global behind all that is there.
void append_runs(Globals& globals, std::uint32_t slot, const std::vector<ValueRun>& runs);
/// Takes all runs away.
void clear_runs(Globals& globals, const std::vector<GlobalSpec>& specs);
/// Takes the runs of one more shard into those of others.
void reduce_runs(Globals& reduced, const Globals& partial, const std::vector<GlobalSpec>& specs);
/// Whether values from elsewhere are of these globals, with as many runs behind the slots as they say.
bool are_globals(const Globals& globals, const std::vector<GlobalSpec>& specs);

}  // namespace colony
