#include "apps/run/run_record.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <utility>

#include "apps/run/run_state.hpp"
#include "apps/shared/standard_streams.hpp"
#include "engine/error.hpp"
#include "engine/fail_point.hpp"
#include "io/checkpoints/checkpoint.hpp"
#include "io/checkpoints/checkpoint_catalog.hpp"
#include "io/checkpoints/course.hpp"
#include "io/checkpoints/snapshot_series.hpp"
#include "io/job/job_file.hpp"
#include "io/run/run_summary.hpp"

namespace colony {
namespace {

double seconds_between(std::uint64_t from_ns, std::uint64_t to_ns) { return static_cast<double>(to_ns - from_ns) * 1e-9; }

RunStart start_of(const RunOptions& options) {
  if (options.resume) return RunStart::resume;
  return options.force ? RunStart::force : RunStart::fresh;
}

/// Whether a writer has written just what was kept: a planned change of epoch, right after a checkpoint, need not read the rows back.
bool holds(const std::unique_ptr<CsvWriter>& writer, const StoredFile& kept) {
  return writer && writer->length() == kept.bytes && writer->stored() == kept;
}

std::string host_name() {
  char name[256] = {};
  gethostname(name, sizeof name - 1);
  return name;
}

}  // namespace

RunRecord::RunRecord(const RunOptions& options, const PreparedJob& prepared, Storage& storage, std::uint64_t started_ns)
    : options_(options),
      prepared_(prepared),
      storage_(storage),
      started_ns_(started_ns),
      started_at_(fmt::format("{:%FT%TZ}", fmt::gmtime(std::time(nullptr)))),
      directory_(storage, start_of(options), options.force),
      log_({directory_.path_of(log_file_name), true, LogLevel::info}) {
  for (const std::string& note : prepared.model->notes()) log_.write(LogLevel::info, "input", note);
}

void RunRecord::refuse_changed_job(const ModelCatalogue& catalogue) {
  if (!directory_.earlier_job()) return;
  const RunJob earlier = parse_job({directory_.path_of(job_file_name), *directory_.earlier_job(), {}, true}, catalogue.known());
  const auto changed = changed_keys(earlier, job());
  if (changed.empty()) return;
  throw UsageError(fmt::format(
      "{}: the run was started with another value of {}; a resumed run must keep it (put it back, or start afresh with --out or --force)",
      directory_.path(), fmt::join(changed, ", ")));
}

void RunRecord::begin_set_up(const RunFacts& facts) {
  if (directory_.earlier_job()) return;  // run.json stays that of the run's last start until this one has begun
  reported_set_up_ = true;
  write_report(facts, "setting up", 0);
}

void RunRecord::set_up_step(const std::string& what) {
  log_.write(LogLevel::info, set_up_event, options_.progress == "never" ? "" : "set-up: " + what, {{"step", what}});
  log_.flush();
}

void RunRecord::withdraw_set_up() {
  if (rows_open() || !std::exchange(reported_set_up_, false)) return;
  try {
    if (!directory_.lock().still_own()) return;
    storage_.remove(std::vector<std::string>{report_file_name});
  } catch (const StorageError& error) {
    log_.write(LogLevel::error, "report", error.what());  // what failed the set-up is what should be told
  }
}

void RunRecord::hash_inputs() {
  if (!job().graph.path.empty()) set_up_step("hashing the input files");
  const std::vector<std::string> of_graph = graph_inputs(job());
  const bool has_copy = directory_.earlier_job() && !list_committed(storage_).empty();
  if (!has_copy) inputs_ = colony::hash_inputs(of_graph);
  else if (storage_.exists(report_file_name)) inputs_ = reported_inputs(storage_.read(report_file_name));
  // What the run's own copy of the graph was made of; the model's files are read anew.
  std::erase_if(inputs_, [&](const InputFile& input) { return std::find(of_graph.begin(), of_graph.end(), input.path) == of_graph.end(); });
  std::error_code ignored;
  for (const std::string& path : of_graph)
    if (has_copy && !std::filesystem::exists(path, ignored))
      log_.write(LogLevel::info, "input", path + " is gone: the run goes on with its own copy of the graph");
  for (InputFile& input : colony::hash_inputs(model_inputs(job(), prepared_.model->parameters()))) inputs_.push_back(std::move(input));
}

// ---- Rows ----

std::vector<std::string> RunRecord::snapshot_series() const {
  std::vector<std::string> series;
  for (const SnapshotSpec& spec : job().output.snapshots) series.push_back(spec.name);
  return series;
}

void RunRecord::keep(const KeptFile& snapshot) { snapshots_.push_back({parse_snapshot_name(snapshot.name)->tick, snapshot}); }

/// What lies beyond the checkpoint is no longer part of the run: done once its record is written, however far the rest comes
/// (docs/adr/0015).
void RunRecord::leave_future(const Manifest* from) {
  std::optional<CheckpointKey> base;
  if (from) base = key_of(from->stamp);
  const auto there = list_manifests(storage_);
  const bool goes_back = std::any_of(there.begin(), there.end(), [&](const CheckpointRef& ref) { return ref.key() > base; });
  begin_course(storage_, directory_.lock().incarnation(), base);
  if (!directory_.earlier_job()) return;
  // run.json and the results tell of a tick that the run has not reached any more. The manifests go after them: a start that dies in
  // between leaves one by which the next sees that it goes back.
  if (goes_back) storage_.remove(std::vector<std::string>{report_file_name});
  if (goes_back || !from) remove_results(storage_);
  remove_left_behind(storage_);
  const std::vector<std::string> series = snapshot_series();
  remove_snapshots_after(storage_, series, from ? std::optional(from->stamp.tick) : std::nullopt);
  remove_unfinished_snapshots(storage_, series);
  if (!from) return;
  for (const KeptFile& snapshot : from->snapshots)
    if (std::find(series.begin(), series.end(), parse_snapshot_name(snapshot.name)->series) != series.end()) keep(snapshot);
  if (from->stamp.tick.value > job().ticks)
    warn("reached",
         fmt::format("the run has reached tick {}, which is beyond {}: no tick is done (--from-tick goes back to an earlier one)",
                     from->stamp.tick.value, job().ticks));
}

void RunRecord::open_rows(const Manifest* from) {
  directory_.lock().require_own();  // a start that slept through its set-up must not cut another's rows
  // Rows without a job are parts of a run that can't be resumed: a new job comes first. An earlier one stays until its rows have been
  // found to be what they should.
  const bool resumed = directory_.earlier_job().has_value();
  RunJob written = job();
  if (from) written.ticks = std::max(written.ticks, from->stamp.tick.value);
  if (!resumed) directory_.write_job(to_toml(written));
  if (!std::exchange(course_begun_, true)) {
    leave_future(from);
  } else {
    std::erase_if(snapshots_, [&](const Snapshot& snapshot) { return !from || snapshot.tick > from->stamp.tick; });
    remove_snapshots_after(storage_, snapshot_series(), from ? std::optional(from->stamp.tick) : std::nullopt);
  }
  std::vector<std::string> names;
  for (const ObservableSpec& observable : prepared_.schema->observables()) names.push_back(observable.name);
  const auto digest = job().output.digest_every != 0 ? CsvWriter::DigestColumn::yes : CsvWriter::DigestColumn::no;
  const KeptRows kept = from ? from->rows : KeptRows{};
  if (!holds(observables_, kept.observables)) {
    observables_.reset();
    observables_ = std::make_unique<CsvWriter>(CsvWriter::open_at(storage_, observables_file_name, kept.observables, names, digest));
  }
  if (!job().output.events) {
    if (!from && resumed) storage_.remove(std::vector<std::string>{events_file_name});  // of a start that died before its first commit
  } else if (!holds(events_, kept.events)) {
    events_.reset();
    events_ = std::make_unique<CsvWriter>(
        CsvWriter::open_at(storage_, events_file_name, kept.events, {"event", "source", "target"}, CsvWriter::DigestColumn::no));
  }
  // The folder may be taken by force, and its rows cut for another start.
  for (CsvWriter* rows : {observables_.get(), events_.get()})
    if (rows != nullptr) rows->guard([this] { directory_.lock().require_own(); });
  if (resumed) directory_.write_job(to_toml(written));
  fail_point("rows-open");
}

void RunRecord::row(Tick tick, const Globals& globals, const std::string& digest) {
  std::vector<ObservableValue> values;
  for (const ObservableSpec& observable : prepared_.schema->observables()) values.push_back(observable.value(globals));
  with_rows([&] { observables_->row(tick.value, values, digest); });
}

void RunRecord::events(std::span<const Event> events) {
  if (!events_) return;
  with_rows([&] {
    for (const Event& event : events) {
      const EventSpec& kind = prepared_.schema->event_kinds().at(event.kind);
      events_->event(event.tick, kind.name, kind.caused ? std::optional(event.source) : std::nullopt, event.target);
    }
  });
}

void RunRecord::flush_if_due(std::uint64_t now_ns) {
  with_rows([&] {
    observables_->flush_if_due(now_ns);
    if (events_) events_->flush_if_due(now_ns);
  });
}

KeptRows RunRecord::note_lengths() {
  with_rows([&] {
    observables_->flush();  // the commit syncs it
    if (events_) events_->flush();
  });
  return {observables_->stored(), events_ ? events_->stored() : StoredFile{}};
}

// ---- Commits ----

/// The syncs of a commit take longer than a tick: they run behind the ticks, and the next checkpoint waits for them.
void RunRecord::commit(Manifest manifest) {
  finish_commit();
  for (const Snapshot& snapshot : snapshots_)
    if (snapshot.tick <= manifest.stamp.tick) manifest.snapshots.push_back(snapshot.file);
  committing_ = std::async(std::launch::async, [this, manifest = std::move(manifest)] {
    observables_->sync_flushed();
    if (events_) events_->sync_flushed();
    with_rows([&] {
      observables_->check(manifest.rows.observables.bytes);
      if (events_) events_->check(manifest.rows.events.bytes);
      require_snapshots(storage_, manifest.snapshots);
    });
    directory_.lock().require_own();
    commit_checkpoint(storage_, manifest);
    directory_.lock().require_own();
    try {
      prune_checkpoints(storage_, manifest.stamp, job().checkpoint.keep);
    } catch (const StorageError& error) {  // it is committed all the same; the next one prunes again
      log_.write(LogLevel::warning, "not-pruned", error.what());
    }
    log_.write(LogLevel::debug, "checkpoint", fmt::format("checkpoint of tick {} committed", manifest.stamp.tick.value),
               {{"tick", manifest.stamp.tick.value}, {"digest", manifest.digest.hex()}});
  });
}

bool RunRecord::commit_finished() const {
  return committing_.valid() && committing_.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
}

void RunRecord::await_commit(std::uint64_t most_ns) const {
  if (committing_.valid()) committing_.wait_for(std::chrono::nanoseconds(most_ns));
}

void RunRecord::finish_commit() {
  if (committing_.valid()) committing_.get();
}

std::string RunRecord::end_commit() {
  try {
    finish_commit();
  } catch (const RunHeldError&) {
    throw;
  } catch (const AlteredFileError&) {
    throw;
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

// ---- For people ----

void RunRecord::begin_progress(std::uint64_t first_tick, std::uint64_t now_ns) {
  progress_ = std::make_unique<Progress>(options_.progress, first_tick, job().ticks, now_ns);
}

void RunRecord::progress(std::uint64_t tick, std::uint64_t now_ns) {
  if (progress_) progress_->update(tick, now_ns);
}

void RunRecord::warn(const std::string& event, const std::string& message) {
  if (progress_) progress_->clear();
  log_.write(LogLevel::warning, event, message);
}

void RunRecord::remark(const Globals& globals) {
  remarks_ = prepared_.model->remarks(globals);
  for (const std::string& line : remarks_) warn("remark", line);
}

RunReport RunRecord::report(const RunFacts& facts, const std::string& exit, int status) {
  RunReport r;
  r.job = job().name;
  r.model = job().model;
  r.seed = job().seed;
  r.host = host_name();
  r.pid = getpid();
  r.incarnation = directory_.lock().incarnation();
  r.started = started_at_;
  r.versions = program_versions();
  r.shards = facts.shards;
  r.threads = facts.threads;
  r.blocks = facts.blocks;
  r.nodes = facts.nodes;
  r.edges = facts.edges;
  r.agents = facts.agents;
  r.inputs = inputs_;
  r.resumed_from = facts.resumed_from;
  r.tick = facts.tick;
  r.last_tick = std::max(job().ticks, facts.tick);
  if (facts.ticks_begin_ns != 0) r.seconds.emplace_back("setup", seconds_between(started_ns_, facts.ticks_begin_ns));
  if (facts.ticks_begin_ns != 0 && facts.ticks_end_ns != 0)
    r.seconds.emplace_back("ticks", seconds_between(facts.ticks_begin_ns, facts.ticks_end_ns));
  r.cluster = facts.cluster;
  r.digest = facts.digest;
  r.remarks = remarks_;
  r.exit = exit;
  r.exit_status = status;
  return r;
}

void RunRecord::write_report(const RunFacts& facts, const std::string& exit, int status) {
  directory_.write_report(to_json(report(facts, exit, status)));
}

void RunRecord::say_what_is_kept() {
  if (progress_) progress_->clear();
  const auto committed = list_committed(storage_);
  if (!committed.empty())
    say("kept: the checkpoint of tick {}; when the trouble is mended, go on with:\n  {}\n", committed.front().tick.value,
        resume_command(options_));
}

/// All rows, once more: what was changed since is told before the run says that it is done.
void RunRecord::read_rows_back() {
  with_rows([&] {
    observables_->sync();
    if (events_) events_->sync();
    observables_->verify();
    if (events_) events_->verify();
  });
}

int RunRecord::finish(const RunFacts& facts, const Finish& how, const Globals& globals) {
  if (!observables_ && directory_.earlier_job()) {  // a resumed run that was stopped while it was set up: all is as its last start left it
    say("interrupted before the run went on from tick {}; go on with:\n  {}\n", facts.tick, resume_command(options_));
    log_.write(LogLevel::info, "finish", "", {{"tick", facts.tick}, {"exit_status", how.exit_status}});
    log_.flush();
    directory_.lock().release();
    return how.exit_status;
  }
  if (observables_) read_rows_back();  // one that was stopped before its first tick has no rows
  // Who was told to stop may have little time: the resume reads the snapshots.
  if (how.exit_status == 0)
    for (const Snapshot& snapshot : snapshots_) verify_stored(storage_, snapshot.file.name, snapshot.file.stored);
  for (const ResultFile& result : prepared_.model->results(globals)) storage_.replace(result.name, result.text);
  remark(globals);
  int status = how.exit_status;
  const char* exit = status != 0 ? "interrupted" : how.reason == Finish::Reason::condition ? "stopped by stop_when" : "done";
  if (!how.checkpointed && status == 0) status = static_cast<int>(ExitStatus::storage);
  write_report(facts, exit, status);

  RunSummary summary;
  summary.job = job().name;
  summary.model = job().model;
  summary.directory = directory_.path();
  summary.tick = facts.tick;
  summary.digest = facts.digest;
  if (facts.ticks_begin_ns != 0) {
    summary.setup_seconds = seconds_between(started_ns_, facts.ticks_begin_ns);
    summary.seconds = seconds_between(facts.ticks_begin_ns, facts.ticks_end_ns);
  }
  summary.ticks_per_second = summary.seconds > 0 ? static_cast<double>(facts.tick - facts.first_tick) / summary.seconds : 0;
  summary.nodes = facts.nodes;
  summary.edges = facts.edges;
  summary.agents = facts.agents;
  summary.shards = facts.shards;
  summary.threads = facts.threads;
  summary.exit = exit;
  for (const ObservableSpec& observable : prepared_.schema->observables())
    summary.observables.emplace_back(observable.name, observable.value(globals));
  try {
    print_summary(summary, options_.json);
  } catch (const std::system_error& error) {  // the run itself is whole: what could not be printed is told at the end of the program
    note_output_error(error.code().value());
  }
  flush_output();
  if (how.exit_status != 0)
    say("interrupted at tick {}{}; go on with:\n  {}\n", facts.tick, how.checkpointed ? ", checkpointed" : ", NOT checkpointed",
        resume_command(options_));
  else if (!how.checkpointed) say("the last checkpoint could not be written; what earlier ones hold is kept in {}\n", directory_.path());
  log_.write(LogLevel::info, "finish", "", {{"tick", facts.tick}, {"digest", facts.digest}, {"exit_status", status}});
  log_.flush();  // who follows the log reads as long as the lock is held
  directory_.lock().release();
  return status;
}

void RunRecord::fail(const RunFacts& facts, const Error& error) {
  if (committing_.valid()) committing_.wait();
  if (observables_) {
    try {
      directory_.lock().require_own();  // what is another start's by now is left alone
      write_report(facts, error.what(), static_cast<int>(error.status()));
      observables_->flush();
    } catch (const Error& second) {
      log_.write(LogLevel::error, "report", second.what());
    }
  }
  withdraw_set_up();
  log_.write(LogLevel::error, "failed", "", {{"error", error.what()}});
  say_what_is_kept();
  log_.flush();
  directory_.lock().release();
}

}  // namespace colony
