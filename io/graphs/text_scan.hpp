// What the readers of graph files share: a file's text in memory, line-aligned pieces of it that are scanned in parallel, a cursor that
// reads numbers, and errors that name the line all the same.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/array.hpp"
#include "engine/error.hpp"
#include "engine/executor.hpp"

namespace colony {

/// The text of a file, unpacked where it is gzip (known by its first bytes, not by its name). Throws DataError, naming the file, where it
/// can't be read, where gzip is truncated or corrupt, and for UTF-16 (by its mark). The mark of UTF-8 is not part of the text.
Array<char> read_text(const std::string& path);

/// A mistake at a place of the text; scan_pieces turns it into a DataError with file and line.
struct ScanFault {
  const char* at;
  std::string what;
};

/// Bytes of a file in a message, in quotes: what does not print becomes a question mark.
std::string quoted_bytes(std::string_view bytes);

/// What becomes of weights in a file: the model takes no notice of any.
enum class Weights : bool { refuse, drop };

/// Throws the fault of a file with weights that are not to be dropped. what: "column 3 holds weights".
[[noreturn]] void refuse_weights(const char* at, const std::string& what);

/// Throws the DataError of a fault: "name:line: what".
[[noreturn]] void throw_at_line(const std::string& name, std::string_view text, const ScanFault& fault);

/// Cuts text after line ends into pieces of about `bytes`.
std::vector<std::string_view> line_pieces(std::string_view text, std::size_t bytes = std::size_t{1} << 20);

/// Calls scan(i) for each piece, in parallel. Throws the DataError of the fault that comes first in the text, so that threads don't show.
template <class Scan>
void scan_pieces(const std::string& name, std::string_view text, std::size_t pieces, Executor& executor, const Scan& scan) {
  std::vector<ScanFault> faults(pieces, ScanFault{nullptr, {}});
  executor.run([&] {
    executor.for_each(pieces, [&](std::size_t i) {
      try {
        scan(i);
      } catch (const ScanFault& fault) {
        faults[i] = fault;
      }
    });
  });
  for (const ScanFault& fault : faults) {
    if (fault.at != nullptr) throw_at_line(name, text, fault);
  }
}

/// Reads the numbers of lines. Blanks are space, tab and the return of CRLF.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : at_(text.data()), end_(text.data() + text.size()) {}

  bool done() const { return at_ == end_; }
  const char* at() const { return at_; }
  bool at_line_end() const { return at_ == end_ || *at_ == '\n'; }
  char peek() const { return at_ == end_ ? '\0' : *at_; }
  void skip_blanks() {
    while (at_ != end_ && is_blank(*at_)) ++at_;
  }
  void skip_char() { ++at_; }
  /// Past the next line end.
  void skip_line();
  std::string_view line() const;

  /// The whole number here, which a blank, a comma, a semicolon or a line end must follow. Throws ScanFault: nothing here, not a whole
  /// number, negative, beyond 64 bits. `what` names it in messages.
  std::uint64_t whole(const char* what) {
    const char* begin = at_;
    std::uint64_t value = 0;
    while (at_ != end_ && static_cast<unsigned char>(*at_ - '0') < 10) value = value * 10 + static_cast<std::uint64_t>(*at_++ - '0');
    if (at_ == begin || at_ - begin > 19 || !at_token_end()) [[unlikely]]
      return unusual_whole(begin, what);
    return value;
  }

  /// Past what stands here up to the next blank, unread. Throws ScanFault where nothing does.
  void skip_word(const char* what);

 private:
  static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }
  static bool is_separator(char c) { return c == ',' || c == ';'; }
  bool at_token_end() const { return at_line_end() || is_blank(*at_) || is_separator(*at_); }
  std::string_view token(const char* begin) const;
  std::uint64_t unusual_whole(const char* begin, const char* what);

  const char* at_;
  const char* end_;
};

/// Edges as they stand in one piece of a file.
struct EdgeChunk {
  Array<std::uint64_t> ends;  ///< [2 * edges] source id, target id

  void add(std::uint64_t source, std::uint64_t target) {
    ends.push_back(source);
    ends.push_back(target);
  }
};

/// What a reader makes of a file.
struct ParsedGraph {
  std::vector<EdgeChunk> chunks;
  bool dropped_weights = false;      ///< the file has some
  std::uint64_t numbered_nodes = 0;  ///< nodes are 1 .. numbered_nodes, named by an edge or not; 0: the ids that edges name
};

inline constexpr std::uint64_t max_graph_nodes = 0xFFFFFFFEu;  ///< ranks are 32 bits, and the largest one means none

}  // namespace colony
