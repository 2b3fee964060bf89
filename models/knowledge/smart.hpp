// Retrieval collections in the format of the SMART system: ".I n" begins record n, and a line of a dot and a letter begins a section of
// it: .T title, .A author, .W text or query; the others (.B, .K, .X: where it appeared, keys, cross references) are passed over.
// The lists of judgements that come with them: apps/knowledge/judgements.hpp.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace colony {

struct SmartRecord {
  std::uint32_t number = 0;
  std::uint64_t line = 0;  ///< of its .I
  std::string title;       ///< lines with their ends, like the two that follow; a section that comes again goes on
  std::string author;
  std::string body;
  /// What is digested, or asked: title and body. An author is found by neither.
  std::string text() const { return title + body; }
};

/// Documents or queries, ascending by number. name: what messages call the file. Throws DataError with file and line: no record, a
/// number that comes twice or is malformed, text that belongs to no record or section.
std::vector<SmartRecord> parse_smart(std::string_view text, const std::string& name);

}  // namespace colony
