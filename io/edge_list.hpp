// Edge lists as SNAP publishes them: a line an edge, source and target, perhaps a weight; columns apart by blanks or commas; lines that
// begin with # or % are comments.
#pragma once

#include <string>
#include <string_view>

#include "io/text_scan.hpp"

namespace colony {

struct EdgeListOptions {
  bool header = false;  ///< csv: one line of column names may come before the edges
};

/// name: what messages call the file. All lines must have as many columns, 2 or 3, as the first. Throws DataError with file and line.
ParsedGraph parse_edge_list(std::string_view text, const std::string& name, EdgeListOptions options, Executor& executor);

}  // namespace colony
