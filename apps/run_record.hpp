// What a run leaves behind: rows, events, manifests, run.json, log.jsonl, the last lines on the terminal. The same for a run in one process
// and for the coordinator of a cluster.
#pragma once

#include <cstdint>
#include <future>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "apps/options.hpp"
#include "apps/prepare.hpp"
#include "apps/progress.hpp"
#include "coordinator/coordinator.hpp"
#include "engine/part.hpp"
#include "io/log.hpp"
#include "io/manifest.hpp"
#include "io/observables.hpp"
#include "io/run_directory.hpp"
#include "io/run_report.hpp"

namespace colony {

/// What run.json and the last lines say of a colony and of its run.
struct RunFacts {
  std::uint32_t shards = 0, threads = 0, blocks = 0;
  std::uint64_t nodes = 0, edges = 0, agents = 0;
  std::uint64_t first_tick = 0, tick = 0;
  std::optional<std::uint64_t> resumed_from;
  std::uint64_t ticks_begin_ns = 0, ticks_end_ns = 0;  ///< 0: not yet
  std::optional<ClusterCosts> cluster;
  std::string digest;
};

class RunRecord {
 public:
  /// Claims the run folder, as the options say. started_ns: when the program began, of the clock that all times are of. Throws as
  /// RunDirectory does.
  RunRecord(const RunOptions& options, const PreparedJob& prepared, Storage& storage, std::uint64_t started_ns);

  RunDirectory& directory() { return directory_; }
  Log& log() { return log_; }

  /// Throws UsageError when the folder's run was started with other keys that may not change.
  void refuse_changed_job(const ModelCatalogue& catalogue);
  /// Hashes of the files that the job reads, for run.json.
  void hash_inputs();

  /// Writes job.toml, and opens observables.csv and events.csv so that they go on after these lengths; 0: anew.
  void open_rows(std::uint64_t observables_bytes, std::uint64_t events_bytes);
  bool rows_open() const { return observables_ != nullptr; }
  /// globals: as the row shows them (Coordinator::for_row).
  void row(Tick tick, const Globals& globals, const std::string& digest);
  void events(std::span<const Event> events);
  void flush_if_due(std::uint64_t now_ns);
  /// Writes out what is buffered and notes the lengths in the manifest of the tick that was just observed.
  void note_lengths(std::uint64_t& observables_bytes, std::uint64_t& events_bytes);

  /// Syncs the rows, sees that the folder is still ours, writes the manifest, prunes: behind the ticks. One at a time.
  void commit(Manifest manifest);
  bool committing() const { return committing_.valid(); }
  bool commit_finished() const;
  /// Waits for the commit in flight, if there is one. Throws what it threw.
  void finish_commit();

  void begin_progress(std::uint64_t first_tick, std::uint64_t now_ns);
  void progress(std::uint64_t tick, std::uint64_t now_ns);
  void end_progress() { progress_.reset(); }
  void warn(const std::string& event, const std::string& message);

  void write_report(const RunFacts& facts, const std::string& exit, int status);
  /// Syncs the rows, writes run.json, prints the summary and how to go on. globals: of the last tick, scans included. Returns the exit
  /// status.
  int finish(const RunFacts& facts, const Finish& how, const Globals& globals);
  /// After an error: waits for a commit in flight, writes what can be written, says what is kept. Throws nothing of its own.
  void fail(const RunFacts& facts, const Error& error);

 private:
  const Job& job() const { return prepared_.job; }
  RunReport report(const RunFacts& facts, const std::string& exit, int status);
  void say_what_is_kept();

  const RunOptions& options_;
  const PreparedJob& prepared_;
  Storage& storage_;
  std::uint64_t started_ns_;
  std::string started_at_;
  RunDirectory directory_;
  Log log_;
  std::vector<InputFile> inputs_;
  std::unique_ptr<CsvWriter> observables_;
  std::unique_ptr<CsvWriter> events_;
  std::unique_ptr<Progress> progress_;
  std::future<void> committing_;  ///< the last member: what it uses outlives it
};

}  // namespace colony
