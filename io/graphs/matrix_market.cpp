#include "io/graphs/matrix_market.hpp"

#include <algorithm>
#include <sstream>

namespace colony {
namespace {

struct Header {
  bool weighted = false;
  bool symmetric = false;
  std::uint64_t nodes = 0;
  std::uint64_t entries = 0;
};

std::string lower_case(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return lower;
}

void read_banner(Cursor& cursor, Header& header, Weights weights) {
  std::istringstream words(lower_case(cursor.line()));
  std::string banner, object, layout, field, symmetry;
  words >> banner >> object >> layout >> field >> symmetry;
  const auto refuse = [&](const std::string& what) { throw ScanFault{cursor.at(), what}; };
  if (banner != "%%matrixmarket" && banner != "%matrixmarket")
    refuse("a Matrix Market file begins with \"%%MatrixMarket matrix coordinate ...\"");
  if (object != "matrix" || layout != "coordinate") refuse("only \"matrix coordinate\" describes a graph");
  if (field != "pattern" && field != "real" && field != "integer") refuse("the entries must be pattern, real or integer");
  if (symmetry != "general" && symmetry != "symmetric") refuse("the matrix must be general or symmetric");
  header.weighted = field != "pattern";
  if (header.weighted && weights == Weights::refuse)
    refuse_weights(cursor.at(), "the entries of a matrix that is " + field + " are weights");
  header.symmetric = symmetry == "symmetric";
  cursor.skip_line();
}

bool to_next_entry(Cursor& cursor) {
  for (;;) {
    cursor.skip_blanks();
    if (cursor.done()) return false;
    if (!cursor.at_line_end() && cursor.peek() != '%') return true;
    cursor.skip_line();
  }
}

void read_sizes(Cursor& cursor, Header& header) {
  if (!to_next_entry(cursor)) throw ScanFault{cursor.at(), "the line of sizes (rows, columns, entries) is missing"};
  const char* line = cursor.at();
  header.nodes = cursor.whole("number of rows");
  cursor.skip_blanks();
  const std::uint64_t columns = cursor.whole("number of columns");
  cursor.skip_blanks();
  header.entries = cursor.whole("number of entries");
  cursor.skip_blanks();
  if (!cursor.at_line_end()) throw ScanFault{cursor.at(), "the line of sizes has three numbers: rows, columns, entries"};
  if (header.nodes != columns) throw ScanFault{line, "a graph is a square matrix: rows and columns must be equal"};
  if (header.nodes == 0) throw ScanFault{line, "the matrix is empty; a graph needs a node at least"};
  if (header.nodes > max_graph_nodes) throw ScanFault{line, "more than 4294967294 nodes"};
  cursor.skip_line();
}

std::uint64_t read_index(Cursor& cursor, const char* what, std::uint64_t nodes) {
  const char* at = cursor.at();
  const std::uint64_t index = cursor.whole(what);
  if (index == 0 || index > nodes) {
    throw ScanFault{at, std::string("the ") + what + " is " + std::to_string(index) + ", but must be 1 .. " + std::to_string(nodes)};
  }
  cursor.skip_blanks();
  return index;
}

std::uint64_t scan_entries(std::string_view piece, const Header& header, bool both_ways, EdgeChunk& chunk) {
  Cursor cursor(piece);
  std::uint64_t entries = 0;
  for (; to_next_entry(cursor); ++entries) {
    const std::uint64_t row = read_index(cursor, "row", header.nodes);
    const std::uint64_t column = read_index(cursor, "column", header.nodes);
    chunk.add(row, column);
    if (both_ways && row != column) chunk.add(column, row);
    if (header.weighted) {
      cursor.skip_word("value");
      cursor.skip_blanks();
    }
    if (!cursor.at_line_end()) throw ScanFault{cursor.at(), "more columns than the first line announces"};
  }
  return entries;
}

}  // namespace

ParsedGraph parse_matrix_market(std::string_view text, const std::string& name, bool directed, Weights weights, Executor& executor) {
  Header header;
  Cursor start(text);
  try {
    read_banner(start, header, weights);
    read_sizes(start, header);
  } catch (const ScanFault& fault) {
    throw_at_line(name, text, fault);
  }
  ParsedGraph parsed;
  parsed.dropped_weights = header.weighted;
  parsed.numbered_nodes = header.nodes;
  const auto pieces = line_pieces(text.substr(static_cast<std::size_t>(start.at() - text.data())));
  parsed.chunks.resize(pieces.size());
  std::vector<std::uint64_t> counts(pieces.size());
  scan_pieces(name, text, pieces.size(), executor,
              [&](std::size_t i) { counts[i] = scan_entries(pieces[i], header, directed && header.symmetric, parsed.chunks[i]); });
  std::uint64_t entries = 0;
  for (const std::uint64_t count : counts) entries += count;
  if (entries != header.entries) {
    throw DataError(name, "announces " + std::to_string(header.entries) + " entries, but holds " + std::to_string(entries));
  }
  return parsed;
}

}  // namespace colony
