// The graph format of METIS and Chaco: a line of sizes, then one line a node with its neighbours. Ids stay as in the file, from 1.
// Source of the format: the METIS 5 manual, section 4.1.1.
#pragma once

#include <string>
#include <string_view>

#include "io/graphs/text_scan.hpp"

namespace colony {

/// Sizes and weights of nodes and weights of edges (fmt 100, 10, 1) are weights. The file lists each edge at both its nodes; undirected: it
/// is handed over once; directed: an edge each way. Throws DataError with file and line, also where an edge is listed at one of its nodes
/// only.
ParsedGraph parse_metis(std::string_view text, const std::string& name, bool directed, Weights weights, Executor& executor);

}  // namespace colony
