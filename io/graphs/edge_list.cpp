#include "io/graphs/edge_list.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace colony {
namespace {

/// To the beginning of the next line that holds more than blanks or a comment; false at the end.
bool to_next_edge(Cursor& cursor) {
  for (; !cursor.done(); cursor.skip_line()) {
    Cursor first = cursor;
    first.skip_blanks();
    if (!first.at_line_end() && first.peek() != '#' && first.peek() != '%') return true;
  }
  return false;
}

class EdgeScanner {
 public:
  EdgeScanner(const EdgeColumns& columns, EdgeChunk& chunk) : columns_(columns), chunk_(chunk) {}

  void scan(std::string_view piece) {
    const bool plain = columns_.roles == std::vector{ColumnRole::source, ColumnRole::target};
    for (Cursor cursor(piece); to_next_edge(cursor);) {
      if (plain && take_plain(cursor)) continue;
      take_fields(cursor.line());
      cursor.skip_line();
    }
  }

 private:
  /// The usual line, two numbers, and past it. False, and the cursor where it was, when there are quotes.
  bool take_plain(Cursor& cursor) {
    Cursor at = cursor;
    at.skip_blanks();
    if (at.peek() == '"') return false;
    const std::uint64_t source = at.whole("source id");
    at.skip_blanks();
    if (columns_.separator == ',' || columns_.separator == ';') {
      if (at.at_line_end()) throw ScanFault{at.at(), "the target id is missing"};
      if (at.peek() != columns_.separator) throw_no_separator(at.at());
      at.skip_char();
      at.skip_blanks();
    }
    if (at.peek() == '"') return false;
    const std::uint64_t target = at.whole("target id");
    at.skip_blanks();
    if (!at.at_line_end()) throw ScanFault{at.at(), "a third column here, but the first edge has two: all lines need the same columns"};
    if (!at.done()) at.skip_char();
    chunk_.add(source, target);
    cursor = at;
    return true;
  }

  void take_fields(std::string_view line) {
    std::uint64_t source = 0, target = 0;
    std::size_t count = 0;
    for (FieldReader reader(line, columns_.separator); reader.next(); ++count) {
      if (count == columns_.roles.size()) {
        throw ScanFault{line.data(), fmt::format("more than the {} columns of the first line; all lines need the same", count)};
      }
      if (columns_.roles[count] == ColumnRole::source) source = id_of(reader.field(), "source id");
      if (columns_.roles[count] == ColumnRole::target) target = id_of(reader.field(), "target id");
    }
    if (count != columns_.roles.size()) {
      throw ScanFault{line.data(),
                      fmt::format("{} columns here, and {} in the first line; all lines need the same", count, columns_.roles.size())};
    }
    chunk_.add(source, target);
  }

  static std::uint64_t id_of(std::string_view field, const char* what) {
    Cursor cursor(field);
    cursor.skip_blanks();
    const std::uint64_t id = cursor.whole(what);
    cursor.skip_blanks();
    if (!cursor.done()) throw ScanFault{cursor.at(), std::string("something follows the ") + what};
    return id;
  }

  [[noreturn]] void throw_no_separator(const char* at) const {
    throw ScanFault{at, fmt::format("a \"{}\" is missing here; the first line has one between its columns", columns_.separator)};
  }

  const EdgeColumns& columns_;
  EdgeChunk& chunk_;
};

void check_comments(std::string_view text, const EdgeListOptions& options) {
  for (Cursor cursor(text); !cursor.done(); cursor.skip_line()) check_comment(cursor.line(), options);
}

}  // namespace

ParsedGraph parse_edge_list(std::string_view text, const std::string& name, const EdgeListOptions& options, Executor& executor) {
  Cursor start(text);
  EdgeColumns columns;
  bool any = to_next_edge(start);
  if (any) {
    try {
      check_comments(text.substr(0, static_cast<std::size_t>(start.at() - text.data())), options);
      columns = edge_columns(start.line(), options);
    } catch (const ScanFault& fault) {
      throw_at_line(name, text, fault);
    }
    if (columns.header) {
      start.skip_line();
      any = to_next_edge(start);
    }
  }
  if (!any) throw DataError(name, "holds no edge; a graph needs one at least");

  ParsedGraph parsed;
  parsed.dropped_weights = std::count(columns.roles.begin(), columns.roles.end(), ColumnRole::weight) > 0;
  const auto pieces = line_pieces(text.substr(static_cast<std::size_t>(start.at() - text.data())));
  parsed.chunks.resize(pieces.size());
  scan_pieces(name, text, pieces.size(), executor, [&](std::size_t i) { EdgeScanner(columns, parsed.chunks[i]).scan(pieces[i]); });
  return parsed;
}

}  // namespace colony
