#include "io/job/condition.hpp"

#include <fmt/format.h>

#include <charconv>
#include <string_view>

#include "engine/names.hpp"

namespace colony {

static_assert(sizeof(long double) > sizeof(double), "a long double has to hold each int64 and each double exactly");

ConditionError::ConditionError(const std::string& text, std::size_t offset_, const std::string& what)
    : UsageError(fmt::format("condition \"{}\", character {}: {}", text, offset_ + 1, what)), offset(offset_) {}

/// Recursive descent over the text.
class ConditionParser {
 public:
  explicit ConditionParser(const std::string& text) { result_.text_ = text; }

  Condition parse() {
    any_of(0);
    skip_spaces();
    if (at_ < text().size()) fail(at_, "\"and\", \"or\" or the end is wanted here");
    return std::move(result_);
  }

 private:
  static constexpr int max_depth = 64;
  using Step = Condition::Step;

  const std::string& text() const { return result_.text_; }
  [[noreturn]] void fail(std::size_t offset, const std::string& what) const { throw ConditionError(text(), offset, what); }
  static bool is_digit(char c) { return c >= '0' && c <= '9'; }
  static bool begins_name(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
  static bool is_in_name(char c) { return begins_name(c) || is_digit(c) || c == '.'; }
  char peek() const { return at_ < text().size() ? text()[at_] : '\0'; }
  void skip_spaces() {
    while (peek() == ' ' || peek() == '\t' || peek() == '\n') ++at_;
  }

  bool word(std::string_view wanted) {
    skip_spaces();
    if (!std::string_view(text()).substr(at_).starts_with(wanted)) return false;
    const std::size_t end = at_ + wanted.size();
    if (end < text().size() && is_in_name(text()[end])) return false;
    at_ = end;
    return true;
  }

  void any_of(int depth) {
    all_of(depth);
    while (word("or")) {
      all_of(depth);
      result_.program_.push_back({Step::any, {}, {}});
    }
  }

  void all_of(int depth) {
    term(depth);
    while (word("and")) {
      term(depth);
      result_.program_.push_back({Step::all, {}, {}});
    }
  }

  void term(int depth) {
    skip_spaces();
    if (peek() == '(') {
      if (depth == max_depth) fail(at_, "too many parentheses inside each other");
      const std::size_t opened = at_++;
      any_of(depth + 1);
      skip_spaces();
      if (peek() != ')') fail(opened, "this parenthesis is not closed");
      ++at_;
      return;
    }
    Condition::Side left = side();
    const Step step = comparison();
    result_.program_.push_back({step, std::move(left), side()});
  }

  Step comparison() {
    skip_spaces();
    const std::string_view rest = std::string_view(text()).substr(at_);
    for (const auto& [sign, step] : {std::pair<std::string_view, Step>{"==", Step::equal},
                                     {"!=", Step::differ},
                                     {"<=", Step::at_most},
                                     {">=", Step::at_least},
                                     {"<", Step::less},
                                     {">", Step::more}}) {
      if (!rest.starts_with(sign)) continue;
      at_ += sign.size();
      return step;
    }
    fail(at_, rest.starts_with('=') ? "a comparison for equality is written ==" : "a comparison is wanted here: == != < <= > >=");
  }

  Condition::Side side() {
    skip_spaces();
    const std::size_t begin = at_;
    Condition::Side result;
    result.offset = begin;
    if (begins_name(peek())) {
      while (is_in_name(peek())) ++at_;
      result.name = text().substr(begin, at_ - begin);
      if (result.name == "and" || result.name == "or") fail(begin, "the name of an observable or a number is wanted here");
      return result;
    }
    result.number = number();
    return result;
  }

  long double number() {
    const char* const first = text().data() + at_;
    const char* const last = text().data() + text().size();
    double real = 0;
    const auto as_real = std::from_chars(first, last, real);
    std::int64_t integer = 0;
    const auto as_integer = std::from_chars(first, last, integer);
    const bool wanted = is_digit(peek()) || peek() == '-' || peek() == '.';
    if (!wanted || as_real.ptr == first) fail(at_, "the name of an observable or a number is wanted here");
    if (as_real.ec != std::errc() || real - real != 0) fail(at_, "this number is too large or too small");
    at_ += static_cast<std::size_t>(as_real.ptr - first);
    if (is_in_name(peek())) fail(at_, "a number ends here, and something is joined to it");
    const bool whole = as_integer.ec == std::errc() && as_integer.ptr == as_real.ptr;
    return whole ? static_cast<long double>(integer) : static_cast<long double>(real);
  }

  Condition result_;
  std::size_t at_ = 0;
};

Condition Condition::parse(const std::string& text) { return ConditionParser(text).parse(); }

void Condition::bind(std::span<const std::string> observables) {
  for (Instruction& instruction : program_) {
    for (Side* side : {&instruction.left, &instruction.right}) {
      if (side->name.empty()) continue;
      side->column = 0;
      while (side->column < observables.size() && observables[side->column] != side->name) ++side->column;
      if (side->column < observables.size()) continue;
      throw ConditionError(text_, side->offset,
                           fmt::format("there is no observable \"{}\"{}", side->name, name_hint(side->name, observables)));
    }
  }
  bound_ = true;
}

bool Condition::holds(std::span<const ObservableValue> row) const {
  COLONY_ASSERT(bound_, "a condition is bound to the observables before it is asked: " + text_);
  const auto value = [&](const Side& side) {
    if (side.name.empty()) return side.number;
    COLONY_ASSERT(side.column < row.size(), "the row is shorter than the names that the condition was bound to: " + text_);
    return std::visit([](auto number) { return static_cast<long double>(number); }, row[side.column]);
  };
  std::vector<bool> truths;
  for (const Instruction& instruction : program_) {
    if (instruction.step == Step::all || instruction.step == Step::any) {
      const bool last = truths.back();
      truths.pop_back();
      truths.back() = instruction.step == Step::all ? truths.back() && last : truths.back() || last;
      continue;
    }
    const long double left = value(instruction.left), right = value(instruction.right);
    switch (instruction.step) {
      case Step::equal: truths.push_back(left == right); break;
      case Step::differ: truths.push_back(left != right); break;
      case Step::less: truths.push_back(left < right); break;
      case Step::at_most: truths.push_back(left <= right); break;
      case Step::more: truths.push_back(left > right); break;
      default: truths.push_back(left >= right); break;
    }
  }
  return truths.back();
}

}  // namespace colony
