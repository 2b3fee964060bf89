#include "apps/shared/standard_streams.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>

#include "engine/error.hpp"

namespace colony {
namespace {

int output_error = 0;  ///< the first that standard output met, 0: none

}  // namespace

bool open_standard_descriptors() {
  for (int descriptor = 0; descriptor <= 2; ++descriptor) {
    if (fcntl(descriptor, F_GETFD) >= 0 || errno != EBADF) continue;
    // The lowest that is free is this one: those below are open by now.
    if (open("/dev/null", O_RDWR) != descriptor) return false;
  }
  return true;
}

void outlive_readers() { std::signal(SIGPIPE, SIG_IGN); }

void note_output_error(int error) noexcept {
  if (output_error == 0) output_error = error;
}

bool flush_output() noexcept {
  if (std::fflush(stdout) != 0) note_output_error(errno);
  if (std::ferror(stdout) != 0) note_output_error(EIO);
  return output_error == 0;
}

int status_after_output(int status, bool outlives_readers) {
  if (flush_output() || (output_error == EPIPE && outlives_readers)) return status;
  say("colony: standard output can't be written ({}): what was printed is not whole\n", std::strerror(output_error));
  const bool in_order = status == 0 || status == 1;  // 1: `diff` found a difference, and could not say which
  return in_order ? static_cast<int>(ExitStatus::storage) : status;
}

}  // namespace colony
