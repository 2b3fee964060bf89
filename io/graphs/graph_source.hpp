// The job's [graph]: from a file, a lattice, or a generator.
#pragma once

#include <cstdint>
#include <string>

#include "engine/graph/graph.hpp"
#include "engine/schema/job.hpp"
#include "io/graphs/text_scan.hpp"

namespace colony {

/// Makes the graph that a job asks for. seed: the job's; generators draw from Stream::generate. A file with weights is refused, or
/// they are dropped. Edges that come more than once are one edge; self loops are dropped; both are counted in the graph. Throws
/// DataError for a file that can't be read or used, UsageError for a shape that can't be made.
Graph load_graph(const GraphSpec& spec, std::uint64_t seed, Executor& executor);

/// "snap", "csv", "mtx" or "metis": spec.format, or by the ending of the path (.csv, .tsv, .mtx, .graph, .metis; .gz may follow; else
/// "snap").
std::string graph_format(const GraphSpec& spec);

/// Ids become ranks, and edges rows. Frees the chunks as it goes. name: the file in messages.
Graph assemble(ParsedGraph parsed, const std::string& name, bool directed, Executor& executor);

}  // namespace colony
