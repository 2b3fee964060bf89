#include "engine/quoting.hpp"

#include <fmt/format.h>

#include <cstddef>

namespace colony {
namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";

/// Bytes of the well-formed UTF-8 character at the beginning; 0 when there is none. Neither surrogates nor overlong forms are.
std::size_t character_bytes(std::string_view text) {
  const auto at = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  const auto follows = [&](std::size_t i) { return (at(i) & 0xC0u) == 0x80u; };
  const unsigned first = at(0), second = at(1);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first < 0xE0) return follows(1) ? 2 : 0;
  if (first >= 0xE0 && first < 0xF0) {
    if ((first == 0xE0 && second < 0xA0) || (first == 0xED && second >= 0xA0)) return 0;
    return follows(1) && follows(2) ? 3 : 0;
  }
  if (first >= 0xF0 && first < 0xF5) {
    if ((first == 0xF0 && second < 0x90) || (first == 0xF4 && second >= 0x90)) return 0;
    return follows(1) && follows(2) && follows(3) ? 4 : 0;
  }
  return 0;
}

/// Calls write(character) for each; a byte that is not part of one is written as the replacement.
template <class F>
void for_each_character(std::string_view text, const F& write) {
  while (!text.empty()) {
    const std::size_t bytes = character_bytes(text);
    write(bytes == 0 ? replacement : text.substr(0, bytes));
    text.remove_prefix(bytes == 0 ? 1 : bytes);
  }
}

bool is_control(std::string_view character) {
  return character.size() == 1 && (static_cast<unsigned char>(character[0]) < 32 || character[0] == 127);
}

}  // namespace

std::string json_quoted(std::string_view text) {
  std::string result = "\"";
  for_each_character(text, [&](std::string_view c) {
    if (c == "\"" || c == "\\") result.append("\\").append(c);
    else if (c == "\n") result += "\\n";
    else if (c == "\t") result += "\\t";
    else if (is_control(c)) result += fmt::format("\\u{:04x}", c[0]);
    else result += c;
  });
  return result + '"';
}

std::string xml_escaped(std::string_view text) {
  std::string result;
  for_each_character(text, [&](std::string_view c) {
    if (c == "&") result += "&amp;";
    else if (c == "<") result += "&lt;";
    else if (c == ">") result += "&gt;";
    else if (c == "\"") result += "&quot;";
    else if (c == "\t" || c == "\n" || c == "\r") result += fmt::format("&#{};", +c[0]);
    // XML 1.0 can't name these at all.
    else if (is_control(c) || c == "\xEF\xBF\xBE" || c == "\xEF\xBF\xBF") result += replacement;
    else result += c;
  });
  return result;
}

std::string csv_field(std::string_view text) {
  std::string result;
  bool quote = text.empty() || text.front() == ' ' || text.back() == ' ';
  for_each_character(text, [&](std::string_view c) {
    quote = quote || c == "," || c == "\"" || c == "\n" || c == "\r";
    if (c == "\"") result += '"';
    result += c == std::string_view("\0", 1) ? replacement : c;
  });
  return quote ? '"' + result + '"' : result;
}

}  // namespace colony
