// What a job will take: bytes from the schema's columns, and a guess at the rate.
#pragma once

#include "apps/shared/prepare.hpp"

namespace colony {

/// graph: the job's, so that its numbers are exact. threads: that will run.
void print_estimate(const PreparedJob& prepared, const Graph& graph, int threads);

}  // namespace colony
