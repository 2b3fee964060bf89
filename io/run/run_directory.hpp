// The run folder: who may start in it, what is in it, and what --force may remove.
//
//   runs/NAME/  job.toml  run.json  observables.csv  events.csv  log.jsonl  profile.json  run.lock/  checkpoints/  snapshots/
//
// and, of a run on many processes, cluster.json, cluster.secret and cluster.pem (how they find and know one another) and
// log-shard-NNNN.jsonl, a log of each.
//
// A folder holds a run when it has job.toml, observables.csv or a committed checkpoint. What a start that died earlier left is not a run.
// job.toml is the last file that --force removes. Of these files all go through Storage but the logs, which spdlog opens by their paths,
// and profile.json: nothing reads them back, so that a fault in them can't harm a run.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/error.hpp"
#include "engine/ids.hpp"
#include "io/run/run_lock.hpp"
#include "io/storage.hpp"

namespace colony {

inline constexpr const char* job_file_name = "job.toml";
inline constexpr const char* report_file_name = "run.json";
inline constexpr const char* observables_file_name = "observables.csv";
inline constexpr const char* events_file_name = "events.csv";
inline constexpr const char* log_file_name = "log.jsonl";
inline constexpr const char* rendezvous_file_name = "cluster.json";
inline constexpr const char* secret_file_name = "cluster.secret";
inline constexpr const char* certificate_file_name = "cluster.pem";

/// The log of the process that has a shard: "log-shard-0003.jsonl".
std::string member_log_name(ShardId shard);

/// The folder holds a run, and neither --resume nor --force was given.
struct RunExistsError : StorageError {
  explicit RunExistsError(const std::string& path_);
};

enum class RunStart : std::uint8_t {
  fresh,   ///< refused where there is a run
  resume,  ///< goes on with the run, or starts it where there is none
  force    ///< removes the earlier run of a process that has ended or is seen to be dead
};

class RunDirectory {
 public:
  /// Makes the folder if need be and claims it. storage: rooted at the run folder; must outlive this. resume_by_force: with `resume`, take
  /// the folder also from a process that can't be seen to be dead; from one that is seen to live it is never taken. Throws RunHeldError,
  /// RunExistsError, StorageError; the earlier run is then untouched.
  RunDirectory(Storage& storage, RunStart start, bool resume_by_force = false);

  Storage& storage() const { return storage_; }
  RunLock& lock() { return lock_; }
  std::string path() const { return storage_.path_of(""); }
  std::string path_of(const std::string& name) const { return storage_.path_of(name); }
  /// job.toml of the run that is resumed, as it stood when the folder was opened; empty when this is a new run.
  const std::optional<std::string>& earlier_job() const { return earlier_job_; }

  /// Writes job.toml or run.json anew: a reader sees the old one or the new one, whole. Throws StorageError.
  void write_job(std::string_view toml) { storage_.replace(job_file_name, toml); }
  void write_report(std::string_view json) { storage_.replace(report_file_name, json); }

 private:
  Storage& storage_;
  RunLock lock_;
  std::optional<std::string> earlier_job_;
};

/// Whether a folder holds a run.
bool holds_run(Storage& storage);

/// Removes the files that models make of their last state, such as best.tour. Throws StorageError.
void remove_results(Storage& storage);

/// Removes the files of a run, by the names that runs use, and the folders that are empty then. Anything else stays, and so does
/// run.lock/. Ended half-way, what is left can still be resumed or removed. Throws StorageError.
void remove_run(Storage& storage);

}  // namespace colony
