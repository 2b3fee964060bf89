// Child processes of a launcher: started, looked after, stopped by their own pids.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace colony {

/// How a child ended.
struct ChildEnd {
  bool by_signal = false;
  int code = 0;  ///< exit status, or the signal
  std::string text() const;
};

class ChildProcess {
 public:
  /// Runs a program (argv[0] is searched in PATH), its standard input closed, with `environment` ("NAME=value") in place of this process's.
  /// Throws ClusterError when it can't be started.
  ChildProcess(const std::vector<std::string>& argv, const std::vector<std::string>& environment);
  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess& operator=(ChildProcess&& other) noexcept;
  /// Kills the child if it still runs, and waits for it.
  ~ChildProcess();

  pid_t pid() const { return pid_; }
  /// How it ended, once it has. Does not wait.
  std::optional<ChildEnd> ended();
  void signal(int number);

 private:
  pid_t pid_ = -1;
  std::optional<ChildEnd> end_;
};

/// This process's environment without the names given.
std::vector<std::string> environment_without(const std::vector<std::string>& names);

}  // namespace colony
