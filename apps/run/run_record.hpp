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

#include "apps/run/progress.hpp"
#include "apps/shared/options.hpp"
#include "apps/shared/prepare.hpp"
#include "coordinator/coordinator.hpp"
#include "engine/state/part.hpp"
#include "io/checkpoints/manifest.hpp"
#include "io/log.hpp"
#include "io/run/observables.hpp"
#include "io/run/run_directory.hpp"
#include "io/run/run_report.hpp"

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
  /// Writes run.json ("setting up") where the folder holds no run yet. job.toml, the mark of a run that can be gone on with, comes with the
  /// rows: a set-up that fails or is killed leaves a folder in which the same command begins anew.
  void begin_set_up(const RunFacts& facts);
  /// Says and logs what the set-up does now, such as "reading edges.txt". `colony status` shows the last of these.
  void set_up_step(const std::string& what);
  /// After a set-up that failed: run.json goes again, unless another start has the folder by now.
  void withdraw_set_up();
  /// Hashes of the files that the job reads, for run.json. Those of the graph of a resumed run are what run.json says: it has a copy.
  void hash_inputs();

  /// The run goes on from this checkpoint; null: from the beginning. At the first call of a start that is written down
  /// (io/checkpoints/course.hpp), and what lies beyond goes. Writes job.toml, and opens observables.csv and events.csv so that they go on
  /// after what was kept. from: of a later epoch of the same start, it need not say which snapshots there are. Throws RunHeldError, with
  /// nothing changed, where another start has taken the folder.
  void open_rows(const Manifest* from);
  bool rows_open() const { return observables_ != nullptr; }
  /// globals: as the row shows them (Coordinator::for_row).
  void row(Tick tick, const Globals& globals, const std::string& digest);
  void events(std::span<const Event> events);
  void flush_if_due(std::uint64_t now_ns);
  /// A snapshot was written: later checkpoints stand for it.
  void keep(const KeptFile& snapshot);
  /// Writes out what is buffered; what the files hold then is what the checkpoint of the tick that was just observed stands for.
  KeptRows note_lengths();

  /// Syncs the rows, sees that the folder is still ours and that rows and snapshots are still there, writes the manifest, prunes: behind
  /// the ticks. One at a time. Adds to the manifest what snapshots there are up to its tick.
  void commit(Manifest manifest);
  bool committing() const { return committing_.valid(); }
  bool commit_finished() const;
  /// Waits for the commit in flight, if there is one, at most so long.
  void await_commit(std::uint64_t most_ns) const;
  /// Waits for the commit in flight, if there is one. Throws what it threw.
  void finish_commit();
  /// The same, but returns why it failed where the run can go on without it; "": it did not. Throws RunHeldError and AlteredFileError.
  std::string end_commit();

  void begin_progress(std::uint64_t first_tick, std::uint64_t now_ns);
  void progress(std::uint64_t tick, std::uint64_t now_ns);
  void end_progress() { progress_.reset(); }
  void warn(const std::string& event, const std::string& message);

  void write_report(const RunFacts& facts, const std::string& exit, int status);
  /// Syncs the rows and reads them back, and the snapshots unless the run was interrupted; writes run.json, prints the summary and how to
  /// go on. globals: of the last tick, scans included. Returns the exit status. Throws AlteredFileError or StorageError when the results
  /// are not what the run wrote.
  int finish(const RunFacts& facts, const Finish& how, const Globals& globals);
  /// After an error: waits for a commit in flight, writes what can be written, says what is kept. Throws nothing of its own.
  void fail(const RunFacts& facts, const Error& error);

 private:
  const RunJob& job() const { return prepared_.job; }
  /// Says what the model remarks on its last state.
  void remark(const Globals& globals);
  RunReport report(const RunFacts& facts, const std::string& exit, int status);
  void say_what_is_kept();
  void leave_future(const Manifest* from);
  std::vector<std::string> snapshot_series() const;
  void read_rows_back();
  /// Does what touches the rows. Where they are found altered because the folder was taken, that is what is thrown.
  template <class F>
  void with_rows(const F& f) {
    try {
      f();
    } catch (const AlteredFileError&) {
      directory_.lock().require_own();
      throw;
    }
  }

  const RunOptions& options_;
  const PreparedJob& prepared_;
  Storage& storage_;
  std::uint64_t started_ns_;
  std::string started_at_;
  RunDirectory directory_;
  Log log_;
  std::vector<InputFile> inputs_;
  bool reported_set_up_ = false;      ///< run.json says "setting up"
  std::vector<std::string> remarks_;  ///< of the last state, for run.json
  std::unique_ptr<CsvWriter> observables_;
  std::unique_ptr<CsvWriter> events_;
  struct Snapshot {
    Tick tick;
    KeptFile file;
  };
  std::vector<Snapshot> snapshots_;  ///< of the series that the job has, up to the present tick
  bool course_begun_ = false;
  std::unique_ptr<Progress> progress_;
  std::future<void> committing_;  ///< the last member: what it uses outlives it
};

}  // namespace colony
