// Matrix Market coordinate files: the pattern of a square matrix as a graph, an entry (i, j) is the edge i j. Ids stay as in the file,
// from 1. Source of the format: math.nist.gov/MatrixMarket/formats.html.
#pragma once

#include <string>
#include <string_view>

#include "io/graphs/text_scan.hpp"

namespace colony {

/// pattern, real or integer; general or symmetric. directed: an entry of a symmetric matrix gives an edge each way. The values of real and
/// integer matrices are weights. Throws DataError with file and line.
ParsedGraph parse_matrix_market(std::string_view text, const std::string& name, bool directed, Weights weights, Executor& executor);

}  // namespace colony
