#include "models/tours/tsplib.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace colony::tsplib {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t'; }

/// std::from_chars knows no plus sign, and files have it.
std::string_view without_plus(std::string_view word) {
  if (word.size() > 1 && word[0] == '+' && word[1] != '-') word.remove_prefix(1);
  return word;
}

}  // namespace

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

std::string_view take_word(std::string_view& text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  const auto end = static_cast<std::size_t>(std::find_if(text.begin(), text.end(), is_blank) - text.begin());
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(end);
  return word;
}

Entry entry_of(std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return {trimmed(line), {}, false};
  return {trimmed(line.substr(0, colon)), trimmed(line.substr(colon + 1)), true};
}

bool begins_number(std::string_view line) {
  const std::string_view text = trimmed(line);
  return !text.empty() && ((text[0] >= '0' && text[0] <= '9') || text[0] == '-' || text[0] == '+' || text[0] == '.');
}

std::optional<std::int64_t> whole_number(std::string_view word) {
  word = without_plus(word);
  std::int64_t number = 0;
  const auto [end, failure] = std::from_chars(word.data(), word.data() + word.size(), number);
  if (failure != std::errc{} || end != word.data() + word.size()) return {};
  return number;
}

std::optional<double> finite_number(std::string_view word) {
  word = without_plus(word);
  double number = 0;
  const auto [end, failure] = std::from_chars(word.data(), word.data() + word.size(), number);
  if (failure != std::errc{} || end != word.data() + word.size() || !std::isfinite(number)) return {};
  return number;
}

std::string quoted(std::string_view line) {
  constexpr std::size_t most = 40;
  std::string shown = "\"";
  for (const char c : line.substr(0, most)) shown += c >= ' ' && c <= '~' ? c : '?';
  return shown + (line.size() > most ? "...\"" : "\"");
}

}  // namespace colony::tsplib
