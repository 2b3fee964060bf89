// What a model can be told: the declaration of its parameters, and their values as the job gave them.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace colony {

/// flag: bool; integer: int64; real: double; text: string (one of `choices` if any); path: string, made absolute by the job reader against
/// the job file's folder; integers, reals: flat lists; rows: a list of equal lists of numbers; ids: a list of nodes' ids.
enum class ParameterType : std::uint8_t { flag, integer, real, text, path, integers, reals, rows, ids };

/// What the job gives in place of one number: a number for each value of a category, by ascending name. Only a setting takes it.
struct NumbersBy {
  struct Number {
    std::string name;
    double number;
    std::string place{};  ///< where it was written, for messages
    bool operator==(const Number& other) const { return name == other.name && number == other.number; }
  };
  std::string category;
  std::vector<Number> numbers;
  std::string place{};
  bool operator==(const NumbersBy& other) const { return category == other.category && numbers == other.numbers; }
};

using ParameterValue = std::variant<bool, std::int64_t, double, std::string, std::vector<std::int64_t>, std::vector<double>,
                                    std::vector<std::vector<double>>, std::vector<std::uint64_t>, NumbersBy>;

struct ParameterSpec {
  std::string name{};
  ParameterType type = ParameterType::real;
  std::optional<ParameterValue> fallback{};  ///< absent: the job may leave it out and the model sees "not given"
  bool required = false;
  double least = -std::numeric_limits<double>::infinity();
  double most = std::numeric_limits<double>::infinity();
  std::vector<std::string> choices{};
  std::size_t row_width = 0;  ///< rows only
  bool folder_too = false;    ///< path only: a folder will do as well as a file
  std::string unless{};       ///< a parameter that takes this one's place: both together are refused, and then there is no fallback
  std::string needs{};        ///< a parameter without which this one says nothing: alone it is refused, and then there is no fallback
  std::string help{};         ///< one line: what it does, its unit
};

/// Resolved values by name. The job reader has checked them against the specs.
class Parameters {
 public:
  std::map<std::string, ParameterValue> values;

  bool has(const std::string& name) const { return values.contains(name); }
  /// T: bool, std::int64_t, double, std::string or one of the lists. An integer may be read as double, and integers as ids. Throws
  /// ModelError where the model declared no such parameter, or one of another type, and UsageError where the job gives numbers by a
  /// category in place of the one that is asked for.
  template <class T>
  T get(const std::string& name) const {
    const ParameterValue& value = value_of(name);
    if constexpr (std::is_same_v<T, double>) {
      if (const auto* integer = std::get_if<std::int64_t>(&value)) return static_cast<double>(*integer);
    }
    if constexpr (std::is_same_v<T, std::vector<std::uint64_t>>) {
      if (const auto* integers = std::get_if<std::vector<std::int64_t>>(&value)) return T(integers->begin(), integers->end());
    }
    if (const T* same = std::get_if<T>(&value)) return *same;
    throw_type(name, value);
  }
  /// Throws ModelError where the model declared no such parameter.
  const ParameterValue& value_of(const std::string& name) const;

  /// Another value while a colony lives: settings have it from the next tick on.
  void change(const std::string& name, ParameterValue value) {
    values[name] = std::move(value);
    ++changes_;
  }
  std::uint64_t changes() const { return changes_; }

 private:
  [[noreturn]] static void throw_type(const std::string& name, const ParameterValue& value);
  std::uint64_t changes_ = 0;
};

}  // namespace colony
