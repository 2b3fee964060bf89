#include "apps/command_gnuplot.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <string_view>

#include "engine/error.hpp"
#include "io/storage.hpp"

namespace colony {
namespace {

constexpr const char* program = "gnuplot";

class Descriptor {
 public:
  explicit Descriptor(int value) : value_(value) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { close(); }
  void close() {
    if (value_ >= 0) ::close(value_);
    value_ = -1;
  }
  operator int() const { return value_; }  // NOLINT: handed to the system as it is

 private:
  int value_;
};

/// A file that goes away unless it was given its name.
struct Temporary {
  std::string path;
  bool kept = false;
  ~Temporary() {
    if (!kept) unlink(path.c_str());
  }
};

/// A file without a name that the child reads or writes.
FILE* scratch(const std::string& path) {
  FILE* file = std::tmpfile();
  if (file == nullptr) throw storage_error(path, "making a temporary file for gnuplot", errno);
  return file;
}

struct CloseFile {
  FILE* file;
  ~CloseFile() { std::fclose(file); }
};

int run_child(int input, int output, int errors) {
  const pid_t child = fork();
  if (child < 0) throw storage_error(program, "starting it", errno);
  if (child == 0) {
    if (dup2(input, 0) < 0 || dup2(output, 1) < 0 || dup2(errors, 2) < 0) _exit(126);
    execlp(program, program, "-", static_cast<char*>(nullptr));
    _exit(errno == ENOENT ? 127 : 126);
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0)
    if (errno != EINTR) throw storage_error(program, "waiting for it", errno);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

std::string first_words(FILE* file) {
  std::string text(2000, '\0');
  std::rewind(file);
  text.resize(std::fread(text.data(), 1, text.size(), file));
  for (char& c : text)
    if (c == '\n' || c == '\r') c = ' ';
  const std::size_t begin = text.find_first_not_of(' ');
  return begin == std::string::npos ? "" : text.substr(begin, text.find_last_not_of(' ') + 1 - begin);
}

}  // namespace

void run_gnuplot(const std::string& script, const std::string& path) {
  const CloseFile input{scratch(path)}, errors{scratch(path)};
  if (std::fwrite(script.data(), 1, script.size(), input.file) != script.size() || std::fflush(input.file) != 0)
    throw storage_error(path, "writing a temporary file for gnuplot", errno);
  if (lseek(fileno(input.file), 0, SEEK_SET) != 0) throw storage_error(path, "reading a temporary file for gnuplot", errno);

  const std::size_t slash = path.find_last_of('/');
  const std::size_t name = slash == std::string::npos ? 0 : slash + 1;
  Temporary temporary{path.substr(0, name) + "." + path.substr(name) + "." + std::to_string(getpid()) + ".tmp"};
  Descriptor output(open(temporary.path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
  if (output < 0) throw storage_error(path, "writing", errno);

  const int status = run_child(fileno(input.file), output, fileno(errors.file));
  if (status == 127) throw StorageError(program, "is not installed; Debian has it as gnuplot-nox (apt-get install gnuplot-nox)");
  char magic[8] = {};
  const bool is_png = pread(output, magic, sizeof magic, 0) == sizeof magic && std::memcmp(magic, "\x89PNG\r\n\x1a\n", sizeof magic) == 0;
  const std::string said = first_words(errors.file);
  if (status != 0 || !is_png)
    throw StorageError(program,
                       "ended with status " + std::to_string(status) + " and drew nothing" + (said.empty() ? "" : "; it said: " + said));
  if (fsync(output) != 0) throw storage_error(path, "writing", errno);
  if (std::rename(temporary.path.c_str(), path.c_str()) != 0) throw storage_error(path, "writing", errno);
  temporary.kept = true;
}

std::string gnuplot_quote(const std::string& text) {
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'') quoted += "''";
    else quoted += static_cast<unsigned char>(c) < 32 ? ' ' : c;
  }
  return quoted + "'";
}

}  // namespace colony
