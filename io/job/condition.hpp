// A condition on observables, `infectious == 0 and (recovered > 100 or exposed < 3)`: when a run may stop early. Pure.
//
//   condition  = all { "or" all }            all = term { "and" term }
//   term       = "(" condition ")" | side comparison side
//   comparison = "==" | "!=" | "<" | "<=" | ">" | ">="
//   side       = name of an observable | whole or decimal number
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "engine/error.hpp"
#include "engine/schema/declared.hpp"

namespace colony {

/// A condition that can't be read, or names no observable. offset: in bytes from the beginning of the text.
struct ConditionError : UsageError {
  ConditionError(const std::string& text, std::size_t offset_, const std::string& what);
  std::size_t offset;
};

class Condition {
 public:
  /// Throws ConditionError.
  static Condition parse(const std::string& text);

  /// Looks the names up among the observables. Throws ConditionError that says which is nearest.
  void bind(std::span<const std::string> observables);
  /// row: parallel to the names given to bind(). Integers and reals are compared as the exact numbers they are; a NaN only differs.
  bool holds(std::span<const ObservableValue> row) const;

  const std::string& text() const { return text_; }

 private:
  friend class ConditionParser;
  enum class Step : std::uint8_t { equal, differ, less, at_most, more, at_least, all, any };
  struct Side {
    long double number = 0;
    std::string name;        ///< "": a number
    std::size_t offset = 0;  ///< of the name
    std::size_t column = 0;  ///< in the row, after bind()
  };
  /// Postfix: a comparison pushes its truth, `all` and `any` join the last two.
  struct Instruction {
    Step step;
    Side left, right;
  };

  std::string text_;
  std::vector<Instruction> program_;
  bool bound_ = false;
};

}  // namespace colony
