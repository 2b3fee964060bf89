#include "models/life/rle.hpp"

#include <algorithm>

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
      while (!done() && peek() != '\n') ++at_;
    }
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
    std::string rule;
    while (!done() && !is_space(peek()) && rule.size() < 32) {
      const char c = text_[at_++];
      rule += c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
    }
    const std::string plain = rule.substr(0, rule.find(':'));  // "B3/S23:T100,100" names a torus
    if (plain != "B3/S23" && plain != "23/3" && plain != "S23/B3") fail("only Conway's rule, B3/S23, is known here");
    while (!done() && peek() != '\n') {
      if (!is_space(peek()) && rule.size() < 32 && rule.find(':') == std::string::npos) fail("the header must end after the rule");
      ++at_;
    }
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
      case 'B':
      case '.': x_ += count; break;
      case 'o':
      case 'O':
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
