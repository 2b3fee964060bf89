// A signal's step, and the scans over columns that observables are made of.
#pragma once

#include "engine/executor.hpp"
#include "engine/state/part.hpp"

namespace colony {

/// S(t + 1) = evaporate(diffuse(S(t))) + deposits, for owned nodes; below one quantum it is exactly 0. Of a lattice's border, the share
/// that would leave stays. Neighbours are summed in the fixed order of directions. Clears the deposits; swaps the new values in.
/// Throws StateError naming the node when a value is not finite or deposits overflowed.
void step_signal(Part& part, std::size_t signal, Executor& executor);

/// Puts a scan's integers into the partial globals, from slot scan.slot on. Throws StateError, naming the observable, when a sum is
/// beyond its bits or a value is not finite.
void scan_column(const Part& part, const ScanSpec& scan, Executor& executor, Globals& partial);

}  // namespace colony
