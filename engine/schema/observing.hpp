// What is looked at from outside: observables, the scans that some are made of, and kinds of events.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <type_traits>
#include <variant>
#include <vector>

namespace colony {

/// Reduced globals by slot, as of the end of a tick; behind the slots what has no fixed number.
using Globals = std::vector<std::int64_t>;

/// Whole where the observable counts; otherwise in the units of its field.
using ObservableValue = std::variant<std::int64_t, double>;

struct ObservableSpec {
  std::string name;
  std::function<ObservableValue(const Globals&)> value;
  /// The global that it counts happenings of a tick in, a sum over effects: a row adds up what has happened since the row before it.
  std::optional<std::uint32_t> happenings{};
};

/// What an event says happened, in words of its model.
struct EventSpec {
  std::string name;
  bool caused = true;  ///< its events name a source
};

/// A reduction by scan over a column, done only in ticks that are observed (but see Declared::has_runs_in_every_tick). real_sum and
/// signal_sum fill the two slots of a wide sum.
struct ScanSpec {
  enum class Kind : std::uint8_t { sum, real_sum, signal_sum, growing_sum, runs } kind;
  std::int32_t species;  ///< -1: a node column; growing_sum: the growing layer, whose field `column` is
  std::uint32_t column;
  std::uint32_t slot;
  double quantum = 1;    ///< runs: of the whole numbers that values are
  std::int64_t gap = 0;  ///< runs
  std::string name{};    ///< of what it is for, for messages
  std::uint32_t slots() const { return kind == Kind::real_sum || kind == Kind::signal_sum ? 2 : 1; }
};

template <class T>
constexpr ScanSpec::Kind sum_of() {
  return std::is_floating_point_v<T> ? ScanSpec::Kind::real_sum : ScanSpec::Kind::sum;
}

}  // namespace colony
