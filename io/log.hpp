// What happened in a run: JSON lines in log.jsonl for programs, short messages on stderr for people.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "engine/error.hpp"

namespace colony {

/// The event of a line that says what a run's set-up does; its field "step" says what.
inline constexpr const char* set_up_event = "set-up";

enum class LogLevel : std::uint8_t { debug, info, warning, error };

struct LogField {
  LogField(std::string_view name_, std::string_view value_) : name(name_), value(value_) {}
  LogField(std::string_view name_, const char* value_) : name(name_), value(std::string_view(value_)) {}
  LogField(std::string_view name_, const std::string& value_) : name(name_), value(std::string_view(value_)) {}
  LogField(std::string_view name_, bool value_) : name(name_), value(value_) {}
  LogField(std::string_view name_, double value_) : name(name_), value(value_) {}
  LogField(std::string_view name_, std::int64_t value_) : name(name_), value(value_) {}
  LogField(std::string_view name_, std::uint64_t value_) : name(name_), value(value_) {}
  LogField(std::string_view name_, int value_) : name(name_), value(std::int64_t{value_}) {}
  LogField(std::string_view name_, std::uint32_t value_) : name(name_), value(std::uint64_t{value_}) {}

  std::string_view name;
  std::variant<std::string_view, bool, double, std::int64_t, std::uint64_t> value;
};

struct LogOptions {
  std::string path;                      ///< log.jsonl, appended to; "": none
  bool people = true;                    ///< messages to stderr too
  LogLevel for_people = LogLevel::info;  ///< the least of those
};

/// Thread-safe. A full disk does not end a run: what can't be written is said once on stderr.
class Log {
 public:
  /// Throws StorageError when the file can't be opened.
  explicit Log(const LogOptions& options);
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  /// One line {"time", "level", "event", "message", fields...}. event: a stable short name ("checkpoint"). message: for people; with ""
  /// nothing goes to stderr.
  void write(LogLevel level, std::string_view event, std::string_view message, std::initializer_list<LogField> fields = {});
  /// Hands buffered lines to the system; errors do so by themselves.
  void flush();

 private:
  struct Sinks;
  std::unique_ptr<Sinks> sinks_;
};

}  // namespace colony
