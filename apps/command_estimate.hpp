// What a job will take: bytes from the schema's columns, and a guess at the rate.
#pragma once

#include "apps/prepare.hpp"

namespace colony {

/// Reads or makes the graph, so that its numbers are exact and what only it can tell (a seed node that is not there) is told. Throws as
/// load_graph and Model::check do.
void print_estimate(const PreparedJob& prepared);

}  // namespace colony
