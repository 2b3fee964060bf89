// For every processor that colony runs on.
#include "bench/reference/peak.hpp"

namespace colony::bench::reference {

typedef float Vector __attribute__((vector_size(32)));

double peak_of_eight_lanes() { return measured_peak<Vector>(); }

}  // namespace colony::bench::reference
