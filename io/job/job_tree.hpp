// A job file as a tree of values that know where they were written. The only source that sees toml++ is job_tree.cpp.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "io/job/job_errors.hpp"
#include "io/job/job_file.hpp"

namespace colony {

struct JobValue {
  enum class Kind : std::uint8_t { flag, integer, real, text, list, table, moment } kind = Kind::table;
  JobPlace key_place;  ///< where the key stands; of the value itself in lists
  JobPlace place;      ///< where the value stands
  bool flag = false;
  std::int64_t integer = 0;
  double real = 0;
  std::string text;
  std::vector<JobValue> items;     ///< of a list or table
  std::vector<std::string> names;  ///< table: parallel to items

  const JobValue* find(std::string_view name) const;
  /// "text", "a whole number", ...: for messages.
  std::string kind_name() const;
  /// As the user wrote it, roughly and shortened: for messages.
  std::string shown() const;
};

/// The tree of the file with the overrides put in. A syntax error or a bad override becomes a mistake; the rest of the tree stands.
JobValue read_job_tree(const JobSource& source, std::vector<JobMistake>& mistakes);

/// A string as TOML writes it, quotes included.
std::string toml_quoted(std::string_view text);
/// A real as TOML writes it: the shortest text that reads back as the same bits; always with a point, an exponent, or inf or nan.
std::string toml_real(double value);

}  // namespace colony
