#include "apps/cluster/processes.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "engine/error.hpp"

extern char** environ;

namespace colony {
namespace {

/// As exec wants them: it writes to none.
std::vector<char*> pointers_to(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

std::vector<std::string> environment_without(const std::vector<std::string>& names) {
  std::vector<std::string> settings;
  for (char** setting = environ; *setting != nullptr; ++setting) {
    const std::string text = *setting;
    if (std::find(names.begin(), names.end(), text.substr(0, text.find('='))) == names.end()) settings.push_back(text);
  }
  return settings;
}

std::string ChildEnd::text() const {
  return by_signal ? fmt::format("was killed by signal {}", code) : fmt::format("ended with status {}", code);
}

/// posix_spawn: a process that has used NNG must not fork and go on.
ChildProcess::ChildProcess(const std::vector<std::string>& argv, const std::vector<std::string>& environment) {
  const std::vector<char*> words = pointers_to(argv), settings = pointers_to(environment);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
  const int error = posix_spawnp(&pid_, words[0], &files, nullptr, words.data(), settings.data());
  posix_spawn_file_actions_destroy(&files);
  if (error != 0) throw ClusterError(fmt::format("{} can't be started: {}", argv.front(), std::strerror(error)));
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept : pid_(std::exchange(other.pid_, -1)), end_(other.end_) {}

ChildProcess& ChildProcess::operator=(ChildProcess&& other) noexcept {
  std::swap(pid_, other.pid_);
  std::swap(end_, other.end_);
  return *this;
}

ChildProcess::~ChildProcess() {
  if (pid_ < 0 || ended()) return;
  kill(pid_, SIGKILL);
  int status = 0;
  while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
}

std::optional<ChildEnd> ChildProcess::ended() {
  if (end_ || pid_ < 0) return end_;
  int status = 0;
  if (waitpid(pid_, &status, WNOHANG) == pid_)
    end_ = WIFSIGNALED(status) ? ChildEnd{true, WTERMSIG(status)} : ChildEnd{false, WEXITSTATUS(status)};
  return end_;
}

void ChildProcess::signal(int number) {
  if (pid_ > 0 && !ended()) kill(pid_, number);
}

}  // namespace colony
