#include "apps/shared/child_program.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>

#include "engine/error.hpp"
#include "io/storage.hpp"

namespace colony {
namespace {

/// A file without a name, which the child reads or writes: a pipe could fill up while neither side reads.
class Scratch {
 public:
  explicit Scratch(const std::string& program) : program_(program), file_(std::tmpfile()) {
    if (file_ == nullptr) throw storage_error(program_, "making a temporary file for it", errno);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() { std::fclose(file_); }

  int descriptor() const { return fileno(file_); }
  void write(const std::string& text) {
    if (std::fwrite(text.data(), 1, text.size(), file_) != text.size() || std::fflush(file_) != 0)
      throw storage_error(program_, "writing a temporary file for it", errno);
    if (lseek(descriptor(), 0, SEEK_SET) != 0) throw storage_error(program_, "reading a temporary file for it", errno);
  }
  /// From the beginning, `limit` bytes at most.
  std::string read(std::size_t limit) {
    std::rewind(file_);
    std::string text;
    char piece[1 << 16];
    while (text.size() < limit) {
      const std::size_t bytes = std::fread(piece, 1, std::min(sizeof piece, limit - text.size()), file_);
      if (bytes == 0) break;
      text.append(piece, bytes);
    }
    return text;
  }

 private:
  const std::string& program_;
  FILE* file_;
};

int run_child(const std::vector<std::string>& command, int input, int output, int errors) {
  std::vector<char*> arguments;
  for (const std::string& argument : command) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  const pid_t child = fork();
  if (child < 0) throw storage_error(command[0], "starting it", errno);
  if (child == 0) {
    if (dup2(input, 0) < 0 || dup2(output, 1) < 0 || dup2(errors, 2) < 0) _exit(126);
    execvp(arguments[0], arguments.data());
    _exit(errno == ENOENT ? 127 : 126);
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0)
    if (errno != EINTR) throw storage_error(command[0], "waiting for it", errno);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

std::string on_one_line(std::string text) {
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 32) c = ' ';
  const std::size_t begin = text.find_first_not_of(' ');
  return begin == std::string::npos ? "" : text.substr(begin, text.find_last_not_of(' ') + 1 - begin);
}

}  // namespace

std::string ChildResult::failure() const {
  return "ended with status " + std::to_string(status) + (errors.empty() ? "" : "; it said: " + errors);
}

ChildResult run_program(const std::vector<std::string>& command, const std::string& input, const std::string& debian_package) {
  COLONY_ASSERT(!command.empty(), "no program to run");
  Scratch in(command[0]), out(command[0]), errors(command[0]);
  in.write(input);
  ChildResult result;
  result.status = run_child(command, in.descriptor(), out.descriptor(), errors.descriptor());
  if (result.status == 127)
    throw StorageError(command[0], "is not installed; Debian has it as " + debian_package + " (apt-get install " + debian_package + ")");
  result.output = out.read(max_text_bytes);
  result.errors = on_one_line(errors.read(2000));
  return result;
}

}  // namespace colony
