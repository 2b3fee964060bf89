// What is wrong with a job: every mistake at once, each with its place.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/error.hpp"

namespace colony {

/// Where a key or value was written. An override has no line; its source is "--set key=value".
struct JobPlace {
  std::string source;
  std::uint32_t line = 0;    ///< from 1; 0: not in a file
  std::uint32_t column = 0;  ///< from 1, in characters
  /// "job.toml:12:9", or the override.
  std::string text() const;
};

struct JobMistake {
  JobPlace place;
  std::string message;
};

/// Everything that is wrong with a job file and its overrides; the message has one line a mistake, in the order of the file.
struct JobErrors : UsageError {
  explicit JobErrors(std::vector<JobMistake> mistakes_);
  std::vector<JobMistake> mistakes;
};

}  // namespace colony
