#include "models/knowledge/smart.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>

#include "engine/error.hpp"
#include "models/text_file.hpp"

namespace colony {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t'; }

std::string_view without_blanks(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

/// Takes a number, with blanks before it, off the front; nothing when there is none below 2^32 that ends at a blank or with the text.
std::optional<std::uint32_t> take_number(std::string_view& text) {
  const std::string_view rest = without_blanks(text);
  std::uint32_t number = 0;
  const auto [end, failure] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
  const auto length = static_cast<std::size_t>(end - rest.data());
  if (failure != std::errc{} || (length < rest.size() && !is_blank(rest[length]))) return {};
  text = rest.substr(length);
  return number;
}

/// What a message shows of a line: enough to find it, and nothing that a terminal could take for a command.
std::string quoted(std::string_view line) {
  constexpr std::size_t most = 40;
  std::string shown = "\"";
  for (const char c : line.substr(0, most)) shown += c >= ' ' && c <= '~' ? c : '?';
  return shown + (line.size() > most ? "...\"" : "\"");
}

class SmartReader {
 public:
  SmartReader(std::string_view text, const std::string& name) : lines_(text), name_(name) {}

  std::vector<SmartRecord> read() {
    while (lines_.next()) take(lines_.line());
    if (records_.empty()) fail("holds no record; a SMART collection begins with \".I 1\"");
    std::sort(records_.begin(), records_.end(), [](const SmartRecord& a, const SmartRecord& b) { return a.number < b.number; });
    return std::move(records_);
  }

 private:
  enum class Section { none, title, author, body, ignored };

  [[noreturn]] void fail(const std::string& what) const { throw DataError(name_ + ":" + std::to_string(lines_.number()), what); }

  void take(std::string_view line) {
    if (line.starts_with(".I") && (line.size() == 2 || is_blank(line[2]))) return begin_record(line);
    if (const std::string_view marker = without_blanks(line); marker.size() == 2 && line[0] == '.' && marker[1] >= 'A' && marker[1] <= 'Z')
      return begin_section(marker[1]);
    add(line);
  }

  void begin_record(std::string_view line) {
    std::string_view rest = line.substr(2);
    const std::optional<std::uint32_t> number = take_number(rest);
    if (!number || !without_blanks(rest).empty()) fail(quoted(line) + " must be .I and a number from 0 to 4294967295");
    const auto [earlier, is_new] = lines_by_number_.emplace(*number, lines_.number());
    if (!is_new) {
      fail("record " + std::to_string(*number) + " comes a second time; the first is in line " + std::to_string(earlier->second));
    }
    records_.push_back({.number = *number, .line = lines_.number(), .title = {}, .author = {}, .body = {}});
    section_ = Section::none;
  }

  void begin_section(char letter) {
    if (records_.empty()) fail("a section before the first record; a SMART collection begins with \".I 1\"");
    switch (letter) {
      case 'T': section_ = Section::title; break;
      case 'A': section_ = Section::author; break;
      case 'W': section_ = Section::body; break;
      default: section_ = Section::ignored;
    }
  }

  void add(std::string_view line) {
    switch (section_) {
      case Section::title: return append(records_.back().title, line);
      case Section::author: return append(records_.back().author, line);
      case Section::body: return append(records_.back().body, line);
      case Section::ignored: return;
      case Section::none: break;
    }
    if (without_blanks(line).empty()) return;
    if (records_.empty()) fail(quoted(line) + " stands before the first record; a SMART collection begins with \".I 1\"");
    fail(quoted(line) + " belongs to no section; after .I comes .T, .A or .W");
  }

  static void append(std::string& section, std::string_view line) { section.append(line) += '\n'; }

  LineReader lines_;
  const std::string& name_;
  Section section_ = Section::none;
  std::vector<SmartRecord> records_;
  std::map<std::uint32_t, std::uint64_t> lines_by_number_;
};

}  // namespace

std::vector<SmartRecord> parse_smart(std::string_view text, const std::string& name) { return SmartReader(text, name).read(); }

}  // namespace colony
