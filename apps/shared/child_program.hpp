// Another program as a child process: text goes in, bytes come out. No shell is involved.
#pragma once

#include <string>
#include <vector>

namespace colony {

struct ChildResult {
  int status = 0;      ///< exit status; 128 + signal where one ended it
  std::string output;  ///< all of its standard output
  std::string errors;  ///< the beginning of its standard error, on one line
  /// "ended with status 3; it said: out of ink"
  std::string failure() const;
};

/// command: the program, looked for on PATH, and its arguments. debian_package: for the message when there is no such program. Throws
/// StorageError when it can't be started.
ChildResult run_program(const std::vector<std::string>& command, const std::string& input, const std::string& debian_package);

}  // namespace colony
