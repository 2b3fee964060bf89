// Descriptors 0 to 2 as a program may find them: closed, full, or a pipe that has lost its reader.
#pragma once

#include <fmt/format.h>

#include <cstdio>
#include <string>
#include <utility>

namespace colony {

/// Opens /dev/null in place of each of the descriptors 0 to 2 that is closed: the next file that is opened would get its number, and what
/// is meant for a person would be written into it. Call it before any file is opened. Returns false when there is no /dev/null.
bool open_standard_descriptors();

/// A run goes on when the reader of its messages has gone: without this, SIGPIPE ends it. All other commands are there for their reader
/// and end with it, as shells expect.
void outlive_readers();

/// Writes to standard error. A message that can't be written is lost and hurts no run.
template <class... T>
void say(fmt::format_string<T...> format, T&&... values) {
  const std::string text = fmt::format(format, std::forward<T>(values)...);
  std::fwrite(text.data(), 1, text.size(), stderr);
}

/// Hands to the system what was printed on standard output. Returns false once something could not be written; status_after_output tells.
bool flush_output() noexcept;

/// What an attempt to print reported in place of printing: an errno.
void note_output_error(int error) noexcept;

/// What becomes of a program's exit status once all was printed: that of file trouble, with a message, when standard output could not be
/// written. outlives_readers: a reader that went away is not an error.
int status_after_output(int status, bool outlives_readers);

}  // namespace colony
