// Compiled for x86-64-v4 (bench/policy.cmake).
#include "bench/reference/peak.hpp"

namespace colony::bench::reference {

typedef float Vector __attribute__((vector_size(64)));

double peak_of_sixteen_lanes() { return measured_peak<Vector>(); }

}  // namespace colony::bench::reference
