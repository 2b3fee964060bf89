#include "io/edge_list.hpp"

namespace colony {
namespace {

/// To the next line that holds more than blanks or a comment; false at the end.
bool to_next_edge(Cursor& cursor) {
  for (;;) {
    cursor.skip_blanks();
    if (cursor.done()) return false;
    if (!cursor.at_line_end() && cursor.peek() != '#' && cursor.peek() != '%') return true;
    cursor.skip_line();
  }
}

/// Whether the line at the cursor has a third column. The columns themselves are checked when the line is read as an edge.
bool has_third_column(Cursor cursor) {
  for (int column = 0; column < 2; ++column) {
    while (!cursor.at_line_end() && std::string_view(" \t\r,").find(cursor.peek()) == std::string_view::npos) cursor.skip_char();
    cursor.skip_separator();
  }
  return !cursor.at_line_end();
}

void scan_edges(std::string_view piece, bool weighted, EdgeChunk& chunk) {
  Cursor cursor(piece);
  while (to_next_edge(cursor)) {
    const std::uint64_t source = cursor.whole("source id");
    cursor.skip_separator();
    const std::uint64_t target = cursor.whole("target id");
    cursor.skip_separator();
    chunk.add(source, target);
    if (weighted) {
      chunk.weights.push_back(cursor.number("weight"));
      cursor.skip_blanks();
    }
    if (!cursor.at_line_end()) {
      throw ScanFault{cursor.at(), weighted ? "more than three columns; an edge is: source, target, weight"
                                            : "a third column here, but the first edge has two: all lines need the same columns"};
    }
  }
}

}  // namespace

ParsedGraph parse_edge_list(std::string_view text, const std::string& name, EdgeListOptions options, Executor& executor) {
  Cursor start(text);
  bool any = to_next_edge(start);
  const bool is_header = any && options.header && (start.peek() < '0' || start.peek() > '9') && start.peek() != '-';
  if (is_header) {
    start.skip_line();
    any = to_next_edge(start);
  }
  if (!any) throw DataError(name, "holds no edge; a graph needs one at least");

  ParsedGraph parsed;
  parsed.weighted = has_third_column(start);
  const auto pieces = line_pieces(text.substr(static_cast<std::size_t>(start.at() - text.data())));
  parsed.chunks.resize(pieces.size());
  scan_pieces(name, text, pieces.size(), executor, [&](std::size_t i) { scan_edges(pieces[i], parsed.weighted, parsed.chunks[i]); });
  return parsed;
}

}  // namespace colony
