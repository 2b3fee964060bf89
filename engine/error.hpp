// Two roots: colony::Error is the user's problem (a file, a job, a disk) and carries the exit status it ends with;
// COLONY_ASSERT is ours.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>

namespace colony {

/// Exit status of the program, docs/running.md.
enum class ExitStatus : int { done = 0, bug = 1, usage = 2, bad_data = 3, storage = 4, cluster = 5, interrupted = 130, terminated = 143 };

/// What a user can cause. The message says where, what, and how to mend it. Caught once, in apps/.
class Error : public std::runtime_error {
 public:
  Error(ExitStatus status, const std::string& message) : std::runtime_error(message), status_(status) {}
  ExitStatus status() const { return status_; }

 private:
  ExitStatus status_;
};

/// Bad usage or job file.
struct UsageError : Error {
  explicit UsageError(const std::string& message) : Error(ExitStatus::usage, message) {}
};

/// Input data that can't be used; `where` is file[:line].
struct DataError : Error {
  DataError(const std::string& where_, const std::string& what_) : Error(ExitStatus::bad_data, where_ + ": " + what_), where(where_) {}
  std::string where;
};

/// A file, folder or checkpoint that can't be read, written or trusted.
struct StorageError : Error {
  StorageError(const std::string& path_, const std::string& what_) : Error(ExitStatus::storage, path_ + ": " + what_), path(path_) {}
  std::string path;
};

/// Processes that can't find, reach or agree with one another.
struct ClusterError : Error {
  explicit ClusterError(const std::string& what_) : Error(ExitStatus::cluster, what_) {}
};

/// A frame that is malformed, or does not belong to this run, or is for another receiver.
struct FrameError : Error {
  explicit FrameError(const std::string& what_) : Error(ExitStatus::cluster, "frame refused: " + what_) {}
};

/// A state that the promises forbid (a signal that is not finite, an accumulator that overflowed); names the entity.
struct StateError : Error {
  explicit StateError(const std::string& what_) : Error(ExitStatus::bad_data, what_) {}
};

/// A mistake of a model: what its declaration shows is bad usage, what only its data can show is bad data.
struct ModelError : Error {
  enum class Shown : bool { by_data, by_declaration };
  explicit ModelError(const std::string& what_, Shown shown = Shown::by_data)
      : Error(shown == Shown::by_data ? ExitStatus::bad_data : ExitStatus::usage, "your model: " + what_) {}
};

[[noreturn]] void assertion_failed(const char* condition, const std::string& message, const char* file, int line);

}  // namespace colony

/// What only a bug can cause; on in every build.
#define COLONY_ASSERT(condition, message)                                    \
  do {                                                                       \
    if (!(condition)) [[unlikely]]                                           \
      ::colony::assertion_failed(#condition, (message), __FILE__, __LINE__); \
  } while (false)

#ifdef NDEBUG
#define COLONY_DEBUG_ASSERT(condition, message) static_cast<void>(0)
#else
#define COLONY_DEBUG_ASSERT(condition, message) COLONY_ASSERT(condition, message)
#endif
