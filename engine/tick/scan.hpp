// The scans over columns that observables are made of.
#pragma once

#include "engine/executor.hpp"
#include "engine/state/part.hpp"

namespace colony {

/// Puts a scan's integers into the partial globals, from slot scan.slot on. Throws StateError, naming the observable, when a sum is
/// beyond its bits or a value is not finite.
void scan_column(const Part& part, const ScanSpec& scan, Executor& executor, Globals& partial);

}  // namespace colony
