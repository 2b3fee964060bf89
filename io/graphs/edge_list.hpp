// Edge lists as SNAP publishes them and as CSV: a line an edge, columns apart by blanks, commas or semicolons, fields perhaps in quotes;
// lines that begin with # or % are comments.
#pragma once

#include <string>
#include <string_view>

#include "io/graphs/edge_columns.hpp"
#include "io/graphs/text_scan.hpp"

namespace colony {

/// name: what messages call the file. All lines must have as many columns as the first. Throws DataError with file and line.
ParsedGraph parse_edge_list(std::string_view text, const std::string& name, const EdgeListOptions& options, Executor& executor);

}  // namespace colony
