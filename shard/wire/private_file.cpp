#include "shard/wire/private_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "engine/error.hpp"

namespace colony {
namespace {

struct Descriptor {
  explicit Descriptor(int fd_) : fd(fd_) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd >= 0) ::close(fd);
  }
  int fd;
};

[[noreturn]] void fail(const std::string& path, const std::string& what) { throw StorageError(path, what + ": " + std::strerror(errno)); }

}  // namespace

std::string read_private_file(const std::string& path, const std::string& what, std::size_t max_bytes) {
  const std::string unreadable = "can't read the " + what;
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));  // a pipe must not hold us up
  if (file.fd < 0) fail(path, unreadable);
  struct stat status {};
  if (::fstat(file.fd, &status) != 0) fail(path, unreadable);
  if (!S_ISREG(status.st_mode)) throw StorageError(path, "a " + what + " is an ordinary file");
  if ((status.st_mode & 077) != 0) throw StorageError(path, "others than its owner may use this " + what + "; chmod 600 it");
  std::string text;
  std::array<char, 4096> buffer;
  while (true) {
    const ssize_t got = ::read(file.fd, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail(path, unreadable);
    if (got == 0) break;
    text.append(buffer.data(), static_cast<std::size_t>(got));
    if (text.size() > max_bytes) {
      throw StorageError(path, "a " + what + " of more than " + std::to_string(max_bytes) + " bytes: is it the right file?");
    }
  }
  if (text.empty()) throw StorageError(path, "the " + what + " is empty");
  return text;
}

void write_private_file(const std::string& path, const std::string& what, const std::string& text) {
  // Written under another name first: who sees the name sees the whole file.
  const std::string temporary = path + "." + std::to_string(::getpid()) + ".tmp";
  {
    const Descriptor file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (file.fd < 0) fail(path, "can't write a new " + what);
    const ssize_t put = ::write(file.fd, text.data(), text.size());
    const bool written = put == static_cast<ssize_t>(text.size()) && ::fsync(file.fd) == 0;
    if (!written || ::link(temporary.c_str(), path.c_str()) != 0) {
      const int reason = written || put < 0 ? errno : ENOSPC;
      ::unlink(temporary.c_str());
      errno = reason;
      fail(path, "can't write a new " + what);
    }
  }
  ::unlink(temporary.c_str());
}

}  // namespace colony
