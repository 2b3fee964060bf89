#include "apps/run.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <deque>
#include <filesystem>
#include <future>
#include <memory>

#include "apps/prepare.hpp"
#include "apps/profile_report.hpp"
#include "apps/progress.hpp"
#include "apps/run_state.hpp"
#include "apps/signals.hpp"
#include "coordinator/coordinator.hpp"
#include "engine/digest.hpp"
#include "engine/error.hpp"
#include "engine/fail_point.hpp"
#include "io/checkpoint.hpp"
#include "io/checkpoint_writer.hpp"
#include "io/clock.hpp"
#include "io/graph_source.hpp"
#include "io/log.hpp"
#include "io/observables.hpp"
#include "io/run_directory.hpp"
#include "io/run_report.hpp"
#include "io/run_summary.hpp"
#include "io/snapshot_series.hpp"
#include "io/static_graph.hpp"
#include "shard/host.hpp"

namespace colony {
namespace {

double seconds_between(std::uint64_t from_ns, std::uint64_t to_ns) { return static_cast<double>(to_ns - from_ns) * 1e-9; }

/// One run, from its folder to its last line. Members in the order in which they come to life.
class Run {
 public:
  Run(const RunOptions& options, const ModelRegistry& models, Job job)
      : options_(options),
        prepared_(std::move(job), models),
        executor_(prepared_.job.execution.threads),
        storage_(prepared_.job.output.directory),
        graph_(load_before_touching()),
        directory_(storage_,
                   options.force && !options.resume ? RunStart::force
                   : options.resume                 ? RunStart::resume
                                                    : RunStart::fresh,
                   options.force),
        log_({directory_.path_of(log_file_name), true, LogLevel::info}),
        writer_(storage_),
        profile_(clock_) {}

  int execute(const ModelCatalogue& catalogue);

 private:
  const Job& job() const { return prepared_.job; }
  const Schema& schema() const { return *prepared_.schema; }

  Graph load_before_touching();
  void refuse_changed_job(const ModelCatalogue& catalogue);
  void set_up();
  void load(const CommittedCheckpoint& checkpoint);
  void open_files(const Manifest* resumed);
  void drive();
  int finish();

  void perform(const RunTick& action);
  void perform(const Observe& action);
  void perform(const TakeSnapshot& action);
  void perform(const TakeCheckpoint& action);
  void perform(const AwaitCheckpoint& action);
  void perform(const CommitCheckpoint& action);
  void perform(const Finish& action);

  void take_result(WrittenCheckpoint written);
  void finish_commit();
  Digest digest_now();
  Manifest manifest_now(const std::vector<ShardImage>& images, Tick tick);
  void say_what_is_kept();
  RunReport report(const std::string& exit, int status);
  void write_report(const std::string& exit, int status);
  void warn(const std::string& event, const std::string& message) {
    if (progress_) progress_->clear();
    log_.write(LogLevel::warning, event, message);
  }

  const RunOptions& options_;
  SystemClock clock_;
  std::uint64_t started_ns_ = clock_.now_ns();
  PreparedJob prepared_;
  Executor executor_;
  PosixStorage storage_;
  Graph graph_;  ///< the job's, until the shards have it
  RunDirectory directory_;
  Log log_;
  CheckpointWriter writer_;
  Profile profile_;
  std::vector<InputFile> inputs_;
  std::unique_ptr<Host> host_;
  std::unique_ptr<Coordinator> coordinator_;
  std::unique_ptr<CsvWriter> observables_;
  std::unique_ptr<CsvWriter> events_;
  std::unique_ptr<Progress> progress_;
  std::deque<CoordinatorEvent> queue_;
  std::optional<Manifest> pending_;  ///< of the checkpoint in flight, files still missing
  std::vector<ShardImage> spare_images_;
  std::vector<Globals> first_partials_;
  std::optional<std::uint64_t> resumed_from_;
  Tick start_;
  std::optional<Finish> finished_;
  std::string last_error_;
  std::uint64_t ticks_begin_ns_ = 0, ticks_end_ns_ = 0;
  std::future<void> committing_;  ///< the manifest that is being written behind the ticks
  std::string started_at_ = fmt::format("{:%FT%TZ}", fmt::gmtime(std::time(nullptr)));
};

// ---- Beginning ----

/// Whatever can be wrong with a new run's input is found before an earlier run is touched.
Graph Run::load_before_touching() {
  course_plan(job(), schema());
  if (options_.resume) return {};
  if (!options_.force && holds_run(storage_)) throw RunExistsError(job().output.directory);
  Graph graph = executor_.run([&] { return load_graph(job().graph, job().seed, executor_); });
  check_fit(schema(), graph);
  prepared_.model->check(graph);
  return graph;
}

void Run::refuse_changed_job(const ModelCatalogue& catalogue) {
  if (!directory_.earlier_job()) return;
  const Job earlier = parse_job({directory_.path_of(job_file_name), *directory_.earlier_job(), {}}, catalogue.known());
  const auto changed = changed_keys(earlier, job());
  if (changed.empty()) return;
  throw UsageError(fmt::format(
      "{}: the run was started with another value of {}; a resumed run must keep it (put it back, or start afresh with --out or --force)",
      directory_.path(), fmt::join(changed, ", ")));
}

void Run::set_up() {
  std::optional<CommittedCheckpoint> checkpoint;
  if (options_.resume && directory_.earlier_job()) {
    RecoveryOptions recovery;
    recovery.fallback = options_.fallback;
    if (options_.from_tick) recovery.tick = Tick(*options_.from_tick);
    recovery.warn = [this](const std::string& message) { warn("checkpoint-passed-over", message); };
    checkpoint = latest_run_checkpoint(storage_, job(), schema(), recovery);
    if (!checkpoint) log_.write(LogLevel::info, "restart", "no checkpoint was committed: the run starts again from tick 0");
  }
  if (checkpoint) graph_ = graph_of_run(storage_, checkpoint->manifest.static_hash, job(), executor_);
  else if (options_.resume) graph_ = load_graph(job().graph, job().seed, executor_);
  if (graph_.merged_edges != 0 || graph_.dropped_loops != 0)
    log_.write(LogLevel::info, "graph",
               fmt::format("graph: {} parallel edges merged, {} self loops dropped", graph_.merged_edges, graph_.dropped_loops));
  if (!checkpoint) write_static(storage_, graph_, topology_hash(graph_, executor_));
  host_ = std::make_unique<Host>(schema(), std::move(graph_), executor_);
  if (checkpoint) load(*checkpoint);
  else host_->populate(*prepared_.model);
  if (job().output.events) host_->want_events(true);
  if (options_.profile) host_->profile_into(&profile_);
  open_files(checkpoint ? &checkpoint->manifest : nullptr);
  directory_.write_job(to_toml(job()));
  coordinator_ = std::make_unique<Coordinator>(course_plan(job(), schema()), start_,
                                               checkpoint ? kept_globals(checkpoint->manifest, schema()) : Globals{}, !checkpoint);
}

void Run::load(const CommittedCheckpoint& checkpoint) {
  const Manifest& manifest = checkpoint.manifest;
  host_->load(*prepared_.model, [&](const std::function<void(const ShardImage&)>& take) {
    for (std::size_t i = 0; i < manifest.files.size(); ++i) take(read_shard_file(storage_, manifest, i));
  });
  const Digest digest = combine_digest(host_->digest_sum(), schema(), kept_globals(manifest, schema()), manifest.stamp.tick);
  if (digest != manifest.digest)
    throw StorageError(checkpoint.folder, "its state has the digest " + digest.hex() + ", its manifest says " + manifest.digest.hex());
  start_ = manifest.stamp.tick;
  resumed_from_ = start_.value;
  fail_point("in-recovery");
  log_.write(LogLevel::info, "resume", fmt::format("resuming {} at tick {}", directory_.path(), start_.value), {{"tick", start_.value}});
}

void Run::open_files(const Manifest* resumed) {
  std::vector<std::string> names;
  for (const ObservableSpec& observable : schema().observables()) names.push_back(observable.name);
  const auto digest = job().output.digest_every != 0 ? CsvWriter::DigestColumn::yes : CsvWriter::DigestColumn::no;
  observables_ = std::make_unique<CsvWriter>(
      CsvWriter::open_at(storage_, observables_file_name, resumed ? resumed->observables_bytes : 0, names, digest));
  if (job().output.events)
    events_ = std::make_unique<CsvWriter>(CsvWriter::open_at(storage_, events_file_name, resumed ? resumed->events_bytes : 0,
                                                             {"subject", "object"}, CsvWriter::DigestColumn::no));
}

int Run::execute(const ModelCatalogue& catalogue) {
  try {
    refuse_changed_job(catalogue);
    inputs_ = hash_inputs(job(), prepared_.model->parameters());
    executor_.run([&] { set_up(); });
    write_report("running", 0);
    log_.write(LogLevel::info, "start",
               fmt::format("{}: {} nodes, {} edges, {} agents on {} shards ({} blocks), {} threads; set up in {:.2f} s", job().name,
                           host_->node_count(), host_->edge_count(), host_->agent_count(), job().shards.count, host_->block_count(),
                           executor_.threads(), seconds_between(started_ns_, clock_.now_ns())));
    executor_.run([&] { drive(); });
    return finish();
  } catch (const Error& error) {
    if (writer_.in_flight()) writer_.wait();
    if (committing_.valid()) committing_.wait();
    if (observables_) {
      try {
        observables_->flush();
        write_report(error.what(), static_cast<int>(error.status()));
      } catch (const Error& second) {
        log_.write(LogLevel::error, "report", second.what());
      }
    }
    log_.write(LogLevel::error, "failed", "", {{"error", error.what()}});
    say_what_is_kept();
    directory_.lock().release();
    throw;
  }
}

// ---- The loop: events in, actions out ----

void Run::drive() {
  const SignalWatch signals;
  int told = 0;
  ticks_begin_ns_ = clock_.now_ns();
  progress_ = std::make_unique<Progress>(options_.progress, start_.value, job().ticks, ticks_begin_ns_);
  first_partials_ = host_->tally();
  for (std::size_t s = 0; s < first_partials_.size(); ++s)
    queue_.push_back(ShardReady{ShardId(static_cast<std::uint32_t>(s)), &first_partials_[s], ticks_begin_ns_});
  std::vector<CoordinatorAction> actions;
  while (!finished_) {
    if (const int requested = SignalWatch::requested(); requested != told) queue_.push_front(StopRequested{told = requested});
    if (writer_.in_flight())
      if (auto written = writer_.poll()) take_result(std::move(*written));
    if (committing_.valid() && committing_.wait_for(std::chrono::seconds(0)) == std::future_status::ready) committing_.get();
    COLONY_ASSERT(!queue_.empty(), "the run waits for nothing");
    const CoordinatorEvent event = queue_.front();
    queue_.pop_front();
    actions = coordinator_->step(event);
    for (const CoordinatorAction& action : actions) std::visit([this](const auto& a) { perform(a); }, action);
  }
  ticks_end_ns_ = clock_.now_ns();
  progress_.reset();
}

void Run::perform(const RunTick& action) {
  const auto& partials = host_->run_tick(action.tick, coordinator_->globals(), action.observe);
  const Tick reached(action.tick.value + 1);
  if (events_)
    for (const Event& event : host_->events()) {
      const std::uint64_t ids[] = {event.subject, event.object};
      events_->row(event.tick, ids);
    }
  const std::uint64_t now = clock_.now_ns();
  for (std::size_t s = 0; s < partials.size(); ++s)
    queue_.push_back(TickDone{ShardId(static_cast<std::uint32_t>(s)), reached, partials[s], now});
  observables_->flush_if_due(now);
  if (events_) events_->flush_if_due(now);
  progress_->update(reached.value, now);
}

void Run::perform(const Observe& action) {
  std::vector<ObservableValue> row;
  for (const ObservableSpec& observable : schema().observables()) row.emplace_back(observable.value(coordinator_->globals()));
  const std::uint64_t every = job().output.digest_every;
  observables_->row(action.tick.value, row, every != 0 && action.tick.value % every == 0 ? digest_now().hex() : "");
}

void Run::perform(const TakeSnapshot& action) {
  const SnapshotSpec& spec = job().output.snapshots[action.series];
  const std::vector<ShardImage> images = host_->images(action.tick);
  const auto groups = merge_images(images, snapshot_columns(spec, schema()));
  write_snapshot(storage_, {spec.name, job().name, job().model, job().seed, action.tick}, groups);
}

void Run::perform(const TakeCheckpoint& action) {
  timed(options_.profile ? &profile_ : nullptr, "copy snapshot", [&] {
    finish_commit();
    spare_images_ = host_->images(action.tick, std::move(spare_images_));
    pending_ = manifest_now(spare_images_, action.tick);
    writer_.start(pending_->stamp, std::move(spare_images_));
    spare_images_.clear();
  });
}

void Run::perform(const AwaitCheckpoint&) {
  timed(options_.profile ? &profile_ : nullptr, "wait for checkpoint", [&] {
    if (auto written = writer_.wait()) take_result(std::move(*written));
  });
}

void Run::take_result(WrittenCheckpoint written) {
  bool complete = written.complete();
  for (const ShardFileResult& shard : written.shards) {
    if (shard.record) {
      pending_->files.push_back(*shard.record);
    } else if (last_error_.empty() || last_error_ != shard.error) {
      last_error_ = shard.error;
      warn("checkpoint-failed",
           fmt::format("the checkpoint of tick {} was not written: {}; the run goes on, the last committed one is kept",
                       written.stamp.tick.value, shard.error));
    }
  }
  spare_images_ = std::move(written.images);
  queue_.push_front(CheckpointWritten{written.stamp.tick, complete, clock_.now_ns()});
}

/// The syncs of a commit take longer than a tick: they run behind the ticks too, and the next checkpoint waits for them.
void Run::perform(const CommitCheckpoint& action) {
  COLONY_ASSERT(pending_ && pending_->stamp.tick == action.tick, "a commit of another checkpoint than the one in flight");
  finish_commit();
  committing_ = std::async(std::launch::async, [this, manifest = std::move(*pending_)] {
    observables_->sync_flushed();
    if (events_) events_->sync_flushed();
    directory_.lock().require_own();
    commit_checkpoint(storage_, manifest);
    prune_checkpoints(storage_, manifest.stamp, job().checkpoint.keep);
    log_.write(LogLevel::debug, "checkpoint", fmt::format("checkpoint of tick {} committed", manifest.stamp.tick.value),
               {{"tick", manifest.stamp.tick.value}, {"digest", manifest.digest.hex()}});
  });
  last_error_.clear();
  pending_.reset();
}

void Run::finish_commit() {
  if (committing_.valid()) committing_.get();
}

void Run::perform(const Finish& action) {
  finish_commit();
  finished_ = action;
}

// ---- What is said of a state ----

Digest Run::digest_now() { return combine_digest(host_->digest_sum(), schema(), coordinator_->globals(), coordinator_->tick()); }

Manifest Run::manifest_now(const std::vector<ShardImage>& images, Tick tick) {
  Manifest manifest;
  manifest.stamp = {job().model, schema_number(schema()), job().seed, tick, directory_.lock().incarnation(), 1};
  Digest sum;
  for (const ShardImage& image : images) sum += image.digest;
  manifest.digest = combine_digest(sum, schema(), coordinator_->globals(), tick);
  manifest.static_hash = host_->topology_hash();
  manifest.block_sizes = host_->block_sizes();
  manifest.globals = globals_by_name(coordinator_->globals(), schema());
  observables_->flush();  // the commit syncs it
  manifest.observables_bytes = observables_->length();
  if (events_) {
    events_->flush();
    manifest.events_bytes = events_->length();
  }
  return manifest;
}

RunReport Run::report(const std::string& exit, int status) {
  RunReport r;
  r.job = job().name;
  r.model = job().model;
  r.seed = job().seed;
  char host[256] = {};
  gethostname(host, sizeof host - 1);
  r.host = host;
  r.pid = getpid();
  r.incarnation = directory_.lock().incarnation();
  r.started = started_at_;
  r.versions = program_versions();
  r.shards = job().shards.count;
  r.threads = static_cast<std::uint32_t>(executor_.threads());
  r.inputs = inputs_;
  r.resumed_from = resumed_from_;
  if (host_) {
    r.blocks = host_->block_count();
    r.nodes = host_->node_count();
    r.edges = host_->edge_count();
    r.agents = host_->agent_count();
  }
  if (coordinator_) r.tick = coordinator_->tick().value;
  if (ticks_begin_ns_ != 0) r.seconds.emplace_back("setup", seconds_between(started_ns_, ticks_begin_ns_));
  if (ticks_end_ns_ != 0) {
    r.seconds.emplace_back("ticks", seconds_between(ticks_begin_ns_, ticks_end_ns_));
    r.digest = executor_.run([&] { return digest_now().hex(); });
  }
  r.exit = exit;
  r.exit_status = status;
  return r;
}

void Run::say_what_is_kept() {
  if (progress_) progress_->clear();
  const auto committed = list_committed(storage_);
  if (!committed.empty())
    fmt::print(stderr, "kept: the checkpoint of tick {}; when the trouble is mended, go on with:\n  {}\n", committed.front().tick.value,
               resume_command(options_));
}

void Run::write_report(const std::string& exit, int status) { directory_.write_report(to_json(report(exit, status))); }

int Run::finish() {
  observables_->sync();
  if (events_) events_->sync();
  int status = finished_->exit_status;
  const char* exit = status != 0 ? "interrupted" : finished_->reason == Finish::Reason::condition ? "stopped by stop_when" : "done";
  if (!finished_->checkpointed && status == 0) status = static_cast<int>(ExitStatus::storage);
  const RunReport r = report(exit, status);
  directory_.write_report(to_json(r));

  RunSummary summary;
  summary.job = r.job;
  summary.model = r.model;
  summary.directory = directory_.path();
  summary.tick = r.tick;
  summary.digest = r.digest;
  summary.setup_seconds = seconds_between(started_ns_, ticks_begin_ns_);
  summary.seconds = seconds_between(ticks_begin_ns_, ticks_end_ns_);
  summary.ticks_per_second = summary.seconds > 0 ? static_cast<double>(r.tick - start_.value) / summary.seconds : 0;
  summary.nodes = r.nodes;
  summary.edges = r.edges;
  summary.agents = r.agents;
  summary.shards = r.shards;
  summary.threads = r.threads;
  summary.exit = exit;
  const Globals last = executor_.run([&] { return globals_of_state(*host_, schema(), coordinator_->globals()); });
  for (const ObservableSpec& observable : schema().observables()) summary.observables.emplace_back(observable.name, observable.value(last));

  print_summary(summary, options_.json);
  std::fflush(stdout);
  if (options_.profile) print_profile(profile_, directory_.path_of("profile.json"));
  if (finished_->exit_status != 0)
    fmt::print(stderr, "interrupted at tick {}{}; go on with:\n  {}\n", r.tick,
               finished_->checkpointed ? ", checkpointed" : ", NOT checkpointed", resume_command(options_));
  else if (!finished_->checkpointed)
    fmt::print(stderr, "the last checkpoint could not be written; what earlier ones hold is kept in {}\n", directory_.path());
  log_.write(LogLevel::info, "finish", "", {{"tick", r.tick}, {"digest", r.digest}, {"exit_status", status}});
  directory_.lock().release();
  return status;
}

}  // namespace

int run_command(const RunOptions& options, const ModelRegistry& models) {
  const ModelCatalogue catalogue(models);
  Job job = parse_job(load_job_source(options.config, overrides_of(options)), catalogue.known());
  if (!options.out.empty()) job.output.directory = std::filesystem::absolute(options.out).lexically_normal().string();
  Run run(options, models, std::move(job));
  return run.execute(catalogue);
}

}  // namespace colony
