// Lines of fields between blanks, and numbers in them: what the readers of TREC's files share.
#pragma once

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "engine/error.hpp"

namespace colony::retrieval {

inline bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v'; }

inline std::vector<std::string_view> fields_of(std::string_view line) {
  std::vector<std::string_view> fields;
  for (std::size_t at = 0; at < line.size();) {
    while (at < line.size() && is_blank(line[at])) ++at;
    const std::size_t begin = at;
    while (at < line.size() && !is_blank(line[at])) ++at;
    if (at > begin) fields.push_back(line.substr(begin, at - begin));
  }
  return fields;
}

/// The number that the whole text is, or nothing.
template <class T>
std::optional<T> number_of(std::string_view text) {
  T value{};
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || parsed.ec != std::errc{} || parsed.ptr != text.data() + text.size()) return std::nullopt;
  return value;
}

/// Lines end in LF or CR LF. Throws DataError, naming the line: in a text whose lines end in CR alone all would be one.
inline void check_line_ends(std::string_view text, const std::string& where) {
  for (std::size_t at = text.find('\r'); at != text.npos; at = text.find('\r', at + 1)) {
    if (at + 1 == text.size() || text[at + 1] == '\n') continue;
    const auto line = 1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n');
    throw DataError(where + ":" + std::to_string(line), "a line ends in CR alone; write LF or CR LF");
  }
}

/// trec_eval passes over such lines.
inline bool is_comment(std::string_view first_field) { return first_field.starts_with('#'); }

}  // namespace colony::retrieval
