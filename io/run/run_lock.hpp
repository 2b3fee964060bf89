// Who may write into a run folder, and the number of its start (the incarnation).
//
// run.lock/ holds a small file for each start: r3.json says which process claimed incarnation 3, r3.released that it ended in order. A
// file there is only ever made, never changed, and making one fails when its name is taken: so of two processes that see the same dead
// holder exactly one gets the next number, and whoever finds a number above its own has lost the folder. The newest stays, so that
// numbers go on growing over clean ends. A holder is dead when its process is gone from this machine; a process of another machine can't
// be looked at and counts as alive until it has released the folder or --resume --force is given.
//
// All of run.lock/ goes through Storage. What is asked of the machine itself (/proc, the host's name) does not, since it is not in
// the run folder: RunLockOptions gives a simulator both answers, who asks and whether a holder lives.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "engine/error.hpp"
#include "io/storage.hpp"

namespace colony {

/// A process, such that a later one with the same number is told apart.
struct LockHolder {
  std::string host;
  std::int64_t pid = 0;
  std::uint64_t started = 0;  ///< clock ticks after boot, /proc/PID/stat
  std::string boot;           ///< id of the machine's boot
  std::string pid_space;      ///< the namespace that the pid belongs to
  std::uint64_t incarnation = 0;
  bool operator==(const LockHolder&) const = default;
};

enum class Life : std::uint8_t { alive, dead, unknown };

/// This process, incarnation 0.
LockHolder this_process();
/// Whether a holder still runs, as far as this machine can tell.
Life life_of(const LockHolder& holder);

/// The folder belongs to another run that is not known to be dead.
struct RunHeldError : StorageError {
  RunHeldError(const std::string& path_, const LockHolder& holder_, Life life);
  LockHolder holder;
};

/// by_force: also from a holder that can't be seen to be dead, and never from one that is seen to live.
enum class Takeover : std::uint8_t { from_the_dead, by_force };

struct RunLockOptions {
  Takeover takeover = Takeover::from_the_dead;
  LockHolder self = this_process();
  std::function<Life(const LockHolder&)> life = life_of;
  std::uint64_t above = 0;  ///< the incarnation is higher than this: names carry it, and files may outlive a lock that was removed
};

class RunLock {
 public:
  /// Claims the run folder, which must exist. Throws RunHeldError, or StorageError when run.lock/ can't be read or written.
  static RunLock acquire(Storage& storage, const RunLockOptions& options = {});

  /// Throws RunHeldError where acquire() would; writes nothing.
  static void check_free(Storage& storage, const RunLockOptions& options = {});

  /// From 1; higher than that of every start before.
  std::uint64_t incarnation() const { return incarnation_; }
  /// Reads the folder again: false when another process has taken it since. The coordinator asks before each commit.
  bool still_own() const;
  /// Throws RunHeldError, naming who has taken the folder, unless it is still our own.
  void require_own() const;
  /// The end in order: the next start need not look whether this process lives. Does nothing when the folder is no longer our own.
  void release();

 private:
  RunLock(Storage& storage, std::uint64_t incarnation) : storage_(&storage), incarnation_(incarnation) {}

  Storage* storage_;
  std::uint64_t incarnation_;
};

}  // namespace colony
