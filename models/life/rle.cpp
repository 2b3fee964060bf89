#include "models/life/rle.hpp"

#include <algorithm>
#include <utility>

#include "engine/error.hpp"

namespace colony {
namespace {

constexpr std::uint64_t max_side = 1u << 16;
constexpr std::size_t max_cells = std::size_t{1} << 24;

class RleReader {
 public:
  RleReader(std::string_view text, const std::string& name) : text_(text), name_(name) {}

  LifePattern read() {
    skip_comments();
    read_header();
    while (!ended_) read_run();
    return std::move(pattern_);
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    const auto line = 1 + std::count(text_.begin(), text_.begin() + static_cast<std::ptrdiff_t>(std::min(at_, text_.size())), '\n');
    throw DataError(name_ + ":" + std::to_string(line), what);
  }

  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool done() const { return at_ >= text_.size(); }
  static bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }
  static bool is_digit(char c) { return c >= '0' && c <= '9'; }

  void skip_blanks() {
    while (peek() == ' ' || peek() == '\t' || peek() == '\r') ++at_;
  }
  void skip_comments() {
    for (;;) {
      while (is_space(peek())) ++at_;
      if (peek() != '#') return;
      read_comment();
    }
  }

  /// Two kinds of comments say something: the rule, and where Golly has the pattern.
  void read_comment() {
    const std::size_t end = std::min(text_.find('\n', at_), text_.size());
    const std::string_view line = text_.substr(at_, end - at_);
    if (line.starts_with("#r")) {
      at_ += 2;
      skip_blanks();
      if (!done() && peek() != '\n') take_rule(read_word());
    } else if (const std::size_t pos = line.starts_with("#CXRLE") ? line.find("Pos=") : line.npos; pos != line.npos) {
      at_ += pos + 4;
      LifePattern::Position position;
      position.x = read_coordinate();
      if (peek() != ',') fail("Pos takes two whole numbers, \"Pos=-10,3\"");
      ++at_;
      position.y = read_coordinate();
      pattern_.position = position;
    }
    at_ = end;
  }

  std::int64_t read_coordinate() {
    const bool negative = peek() == '-';
    if (negative) ++at_;
    if (!is_digit(peek())) fail("Pos takes two whole numbers, \"Pos=-10,3\"");
    const auto value = static_cast<std::int64_t>(read_number());
    return negative ? -value : value;
  }

  std::string_view read_word() {
    const std::size_t begin = at_;
    while (!done() && !is_space(peek())) ++at_;
    return text_.substr(begin, at_ - begin);
  }

  std::uint64_t read_number() {
    std::uint64_t value = 0;
    while (is_digit(peek())) {
      value = value * 10 + static_cast<std::uint64_t>(text_[at_++] - '0');
      if (value > max_side * max_side) fail("a number here is too large; a pattern has at most 65536 cells a side");
    }
    return value;
  }

  void expect(char wanted) {
    skip_blanks();
    if (peek() != wanted) fail("the header must be \"x = <width>, y = <height>\", with the rule after it or not");
    ++at_;
    skip_blanks();
  }

  std::uint32_t read_side(char axis) {
    expect(axis);
    expect('=');
    if (!is_digit(peek())) fail(std::string("the header gives no number for ") + axis);
    const std::uint64_t side = read_number();
    if (side > max_side) fail(std::string(1, axis) + " = " + std::to_string(side) + ", but a pattern has at most 65536 cells a side");
    return static_cast<std::uint32_t>(side);
  }

  void read_header() {
    if (done()) fail("holds no pattern; it must begin with \"x = <width>, y = <height>\"");
    pattern_.width = read_side('x');
    expect(',');
    pattern_.height = read_side('y');
    skip_blanks();
    if (peek() == ',') read_rule();
    if (!done() && peek() != '\n') fail("the header must end after the rule");
  }

  void read_rule() {
    expect(',');
    if (text_.substr(at_, 4) != "rule") fail("after the size comes \"rule = B3/S23\", or nothing");
    at_ += 4;
    expect('=');
    take_rule(read_word());
    skip_blanks();
    if (!done() && peek() != '\n') fail("the header must end after the rule");
  }

  /// A rule with what may stand behind its colon. A second one must not say another.
  void take_rule(std::string_view word) {
    if (word.size() > 64) word = word.substr(0, 64);
    std::string rule(word);
    for (char& c : rule) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
    const std::size_t colon = std::min(rule.find(':'), rule.size());
    if (!is_conway(std::string_view(rule).substr(0, colon))) fail("only Conway's rule, B3/S23, is known here, and not" + quoted(word));
    std::optional<LifePattern::Universe> universe;
    if (colon != rule.size()) universe = read_universe(std::string_view(rule).substr(colon + 1));
    if (universe && pattern_.universe && *universe != *pattern_.universe) fail("the rule stands here with another universe than before");
    if (universe) pattern_.universe = universe;
  }

  /// Digits in any order: B3/S23, S23/B3, b3s23, or 23/3, where those that survive come first.
  static bool is_conway(std::string_view rule) {
    const bool letters = rule.starts_with('B') || rule.starts_with('S');
    const std::size_t middle = letters ? rule.find_first_of("BS", 1) : rule.find('/');
    if (middle == rule.npos) return false;
    std::string_view born = rule.substr(0, middle), survive = rule.substr(letters ? middle : middle + 1);
    if (letters && born.ends_with('/')) born.remove_suffix(1);
    if (!letters || born.starts_with('S')) std::swap(born, survive);
    if (letters) {
      if (!born.starts_with('B') || !survive.starts_with('S')) return false;
      born.remove_prefix(1);
      survive.remove_prefix(1);
    }
    return counts_of(born) == 1u << 3 && counts_of(survive) == (1u << 2 | 1u << 3);
  }

  /// Counts of neighbours as bits; no bits where something else stands among them.
  static unsigned counts_of(std::string_view digits) {
    unsigned counts = 0;
    for (const char c : digits) {
      if (c < '0' || c > '8') return 0;
      counts |= 1u << (c - '0');
    }
    return counts;
  }

  /// What follows the colon: T6,6 a torus, P20,20 a bounded plane, T6 a square one.
  LifePattern::Universe read_universe(std::string_view name) const {
    const std::size_t comma = std::min(name.find(','), name.size());
    LifePattern::Universe universe{.torus = name.starts_with('T')};
    universe.width = side_of(name.substr(std::min<std::size_t>(1, comma), comma - std::min<std::size_t>(1, comma)));
    universe.height = comma == name.size() ? universe.width : side_of(name.substr(comma + 1));
    if (!(name.starts_with('T') || name.starts_with('P')) || universe.width == 0 || universe.height == 0) {
      fail("the rule names the universe" + quoted(name) + universe_kind(name) +
           "; here are the torus, \":T<width>,<height>\", and the bounded "
           "plane, \":P<width>,<height>\"");
    }
    return universe;
  }

  /// 0: no side of 1 to 65536 cells.
  static std::uint32_t side_of(std::string_view digits) {
    std::uint64_t side = 0;
    if (digits.size() > 5) return 0;
    for (const char c : digits) {
      if (!is_digit(c)) return 0;
      side = side * 10 + static_cast<std::uint64_t>(c - '0');
    }
    return side > max_side ? 0 : static_cast<std::uint32_t>(side);
  }

  static std::string universe_kind(std::string_view name) {
    switch (name.empty() ? ' ' : name[0]) {
      case 'K': return ", a Klein bottle";
      case 'C': return ", a cross-surface";
      case 'S': return ", a sphere";
      case 'T': return name.find_first_of("+-") == name.npos ? "" : ", a torus with a shift";
      default: return "";
    }
  }

  /// Signs that can be printed, between quotes, after a blank.
  static std::string quoted(std::string_view text) {
    std::string result = " \"";
    for (const char c : text) result += c > ' ' && c <= '~' ? c : '?';
    return result + "\"";
  }

  void read_run() {
    while (is_space(peek())) ++at_;
    if (done()) fail("the pattern ends without \"!\": the file is truncated");
    if (peek() == '#') return skip_comments();
    const bool counted = is_digit(peek());
    const std::uint64_t count = counted ? read_number() : 1;
    while (is_space(peek())) ++at_;
    if (counted && count == 0) fail("a run of length 0");
    switch (peek()) {
      case 'b':
      case '.': x_ += count; break;
      case 'o':
      case 'A': add_cells(count); break;
      case '$':
        y_ += count;
        x_ = 0;
        break;
      case '!':
        if (counted) fail("a count before \"!\"");
        ended_ = true;
        break;
      case '\0':
        if (done()) fail("the pattern ends without \"!\": the file is truncated");
        [[fallthrough]];
      default: fail(std::string("an unknown sign in the pattern") + printable(peek()) + "; it is made of b, o, $, numbers and !");
    }
    ++at_;
    if (x_ > max_side || y_ > max_side) fail("the pattern is larger than 65536 cells a side");
  }

  static std::string printable(char c) { return c > ' ' && c <= '~' ? std::string(", '") + c + "'" : std::string(); }

  void add_cells(std::uint64_t count) {
    if (y_ >= pattern_.height || count > pattern_.width || x_ > pattern_.width - count) {
      fail("a live cell lies outside the " + std::to_string(pattern_.width) + " x " + std::to_string(pattern_.height) + " of the header");
    }
    if (pattern_.cells.size() + count > max_cells) fail("more than 16777216 live cells");
    for (std::uint64_t i = 0; i < count; ++i) {
      pattern_.cells.push_back({static_cast<std::uint32_t>(x_++), static_cast<std::uint32_t>(y_)});
    }
  }

  std::string_view text_;
  const std::string& name_;
  std::size_t at_ = 0;
  std::uint64_t x_ = 0;
  std::uint64_t y_ = 0;
  bool ended_ = false;
  LifePattern pattern_;
};

}  // namespace

LifePattern parse_rle(std::string_view text, const std::string& name) { return RleReader(text, name).read(); }

}  // namespace colony
