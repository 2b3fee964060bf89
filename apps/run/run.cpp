#include "apps/run/run.hpp"

#include <fmt/format.h>

#include <deque>
#include <memory>
#include <utility>

#include "apps/run/profile_report.hpp"
#include "apps/run/run_record.hpp"
#include "apps/run/run_state.hpp"
#include "apps/shared/prepare.hpp"
#include "apps/shared/signals.hpp"
#include "apps/shared/standard_streams.hpp"
#include "coordinator/coordinator.hpp"
#include "coordinator/globals.hpp"
#include "engine/error.hpp"
#include "engine/fail_point.hpp"
#include "engine/state/digest.hpp"
#include "io/checkpoints/checkpoint.hpp"
#include "io/checkpoints/checkpoint_writer.hpp"
#include "io/checkpoints/snapshot_series.hpp"
#include "io/checkpoints/static_graph.hpp"
#include "io/graphs/graph_source.hpp"
#include "shard/host.hpp"

namespace colony {
namespace {

/// Mistakes in a new run's input are found before an earlier run is touched.
std::optional<Graph> load_before_touching(const RunOptions& options, const PreparedJob& prepared, Storage& storage, Executor& executor) {
  course_plan(prepared.job, *prepared.schema);
  if (options.resume || !holds_run(storage)) return std::nullopt;
  if (!options.force) throw RunExistsError(prepared.job.output.directory);
  RunLock::check_free(storage);
  if (options.progress != "never") say("set-up: {}\n", graph_step(prepared.graph));
  return load_job_graph(prepared, executor);
}

/// One run in one process, from its folder to its last line. Members in the order in which they come to life.
class Run {
 public:
  Run(const RunOptions& options, const ModelRegistry& models, RunJob job)
      : options_(options),
        prepared_(std::move(job), models, Computes::yes),
        executor_(prepared_.job.execution.threads),
        storage_(prepared_.job.output.directory),
        graph_(load_before_touching(options, prepared_, storage_, executor_)),
        record_(options, prepared_, storage_, started_ns_),
        writer_(storage_),
        profile_(clock_) {}

  int execute(const ModelCatalogue& catalogue);

 private:
  const RunJob& job() const { return prepared_.job; }
  const Schema& schema() const { return *prepared_.schema; }
  Log& log() { return record_.log(); }

  void set_up();
  void load(const CommittedCheckpoint& checkpoint);
  void drive();
  int finish();

  void perform(const RunTick& action);
  void perform(const Observe& action);
  void perform(const TakeSnapshot& action);
  void perform(const TakeCheckpoint& action);
  void perform(const AwaitCheckpoint& action);
  void perform(const Paused&) { COLONY_ASSERT(false, "a run in one process is not asked to pause"); }
  void perform(const Finish& action);

  void take_result(WrittenCheckpoint written);
  void take_commit();
  void answer_checkpoint(Tick tick, const std::string& error);
  Digest digest_now();
  Manifest manifest_now(const std::vector<ShardImage>& images, Tick tick);
  RunFacts facts();

  const RunOptions& options_;
  SystemClock clock_;
  std::uint64_t started_ns_ = clock_.now_ns();
  PreparedJob prepared_;
  Executor executor_;
  PosixStorage storage_;
  std::optional<Graph> graph_;  ///< the job's, until the shards have it
  RunRecord record_;
  CheckpointWriter writer_;
  Profile profile_;
  std::unique_ptr<Host> host_;
  std::unique_ptr<Coordinator> coordinator_;
  std::deque<CoordinatorEvent> queue_;
  std::optional<Manifest> pending_;  ///< of the checkpoint in flight
  std::vector<ShardImage> spare_images_;
  std::vector<Globals> first_partials_;
  std::optional<std::uint64_t> resumed_from_;
  Tick start_;
  std::optional<Finish> finished_;
  std::string last_error_;
  std::uint64_t ticks_begin_ns_ = 0, ticks_end_ns_ = 0;
};

// ---- Beginning ----

void Run::set_up() {
  for (const std::string& line : prepared_.where_it_runs()) log().write(LogLevel::info, "backend", line);
  std::optional<CommittedCheckpoint> checkpoint;
  if (options_.resume && record_.directory().earlier_job()) {
    RecoveryOptions recovery;
    recovery.fallback = options_.fallback;
    if (options_.from_tick) recovery.tick = Tick(*options_.from_tick);
    recovery.warn = [this](const std::string& message) { record_.warn("checkpoint-passed-over", message); };
    checkpoint = latest_run_checkpoint(storage_, job(), schema(), recovery);
    if (!checkpoint) log().write(LogLevel::info, "restart", "no checkpoint was committed: the run starts again from tick 0");
  }
  if (checkpoint) {
    record_.set_up_step("reading the graph that the run keeps");
    graph_ = graph_of_run(storage_, checkpoint->manifest.static_hash, prepared_, executor_);
  } else if (!graph_) {
    record_.set_up_step(graph_step(prepared_.graph));
    graph_ = load_job_graph(prepared_, executor_);
  }
  if (graph_->merged_edges != 0 || graph_->dropped_loops != 0)
    log().write(LogLevel::info, "graph",
                fmt::format("graph: {} parallel edges merged, {} self loops dropped", graph_->merged_edges, graph_->dropped_loops));
  if (graph_->dropped_weights)
    log().write(LogLevel::info, "graph", "graph: the weights in its file are dropped, as [graph] weight = false says");
  if (!checkpoint) write_static(storage_, *graph_, topology_hash(*graph_, executor_));
  record_.set_up_step(fmt::format("laying out {} nodes, {} edges", graph_->node_count, graph_->edge_count()));
  host_ = std::make_unique<Host>(schema(), std::move(*graph_), executor_);
  host_->want_events(job().output.events);
  record_.set_up_step(checkpoint ? fmt::format("loading the checkpoint of tick {}", checkpoint->manifest.stamp.tick.value)
                                 : std::string("filling tick 0"));
  if (checkpoint) load(*checkpoint);
  else host_->populate(*prepared_.model);
  if (options_.profile) host_->profile_into(&profile_);
  record_.open_rows(checkpoint ? &checkpoint->manifest : nullptr);
  if (!checkpoint) record_.events(host_->events());
  coordinator_ = std::make_unique<Coordinator>(course_plan(job(), schema()), start_,
                                               checkpoint ? kept_globals(checkpoint->manifest, schema()) : Globals{}, !checkpoint,
                                               checkpoint ? rows_so_far(checkpoint->manifest, schema()) : RowsSoFar{});
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
  log().write(LogLevel::info, "resume", fmt::format("resuming {} at tick {}", record_.directory().path(), start_.value),
              {{"tick", start_.value}});
}

int Run::execute(const ModelCatalogue& catalogue) {
  try {
    record_.refuse_changed_job(catalogue);
    record_.begin_set_up(facts());
    record_.hash_inputs();
    executor_.run([&] { set_up(); });
    record_.write_report(facts(), "running", 0);
    log().write(LogLevel::info, "start",
                fmt::format("{}: {} nodes, {} edges, {} agents on {} shards ({} blocks), {} threads; set up in {:.2f} s", job().name,
                            host_->node_count(), host_->edge_count(), host_->agent_count(), job().shards.count, host_->block_count(),
                            executor_.threads(), static_cast<double>(clock_.now_ns() - started_ns_) * 1e-9));
    log().flush();              // `colony status` learns from it that the set-up is over
    const SignalWatch signals;  // until the end is written down too: a first signal does not cut that short
    executor_.run([&] { drive(); });
    return finish();
  } catch (const Error& error) {
    if (writer_.in_flight()) writer_.wait();
    record_.fail(facts(), error);
    throw;
  }
}

// ---- The loop: events in, actions out ----

void Run::drive() {
  int told = 0;
  ticks_begin_ns_ = clock_.now_ns();
  record_.begin_progress(start_.value, ticks_begin_ns_);
  first_partials_ = host_->tally();
  for (std::size_t s = 0; s < first_partials_.size(); ++s)
    queue_.push_back(ShardReady{ShardId(static_cast<std::uint32_t>(s)), &first_partials_[s], ticks_begin_ns_});
  std::vector<CoordinatorAction> actions;
  while (!finished_) {
    if (const int requested = SignalWatch::requested(); requested != told) queue_.push_front(StopRequested{told = requested});
    if (writer_.in_flight())
      if (auto written = writer_.poll()) take_result(std::move(*written));
    if (record_.commit_finished()) take_commit();
    COLONY_ASSERT(!queue_.empty(), "the run waits for nothing");
    const CoordinatorEvent event = queue_.front();
    queue_.pop_front();
    actions = coordinator_->step(event);
    for (const CoordinatorAction& action : actions) std::visit([this](const auto& a) { perform(a); }, action);
  }
  ticks_end_ns_ = clock_.now_ns();
  record_.end_progress();
}

void Run::perform(const RunTick& action) {
  const auto& partials = host_->run_tick(action.tick, coordinator_->globals(), action.observe);
  const Tick reached(action.tick.value + 1);
  if (job().output.events) record_.events(host_->events());
  const std::uint64_t now = clock_.now_ns();
  for (std::size_t s = 0; s < partials.size(); ++s)
    queue_.push_back(TickDone{ShardId(static_cast<std::uint32_t>(s)), reached, partials[s], now});
  record_.flush_if_due(now);
  record_.progress(reached.value, now);
}

void Run::perform(const Observe& action) {
  const std::uint64_t every = job().output.digest_every;
  const Globals& globals = coordinator_->globals();
  record_.row(action.tick, coordinator_->for_row(action.last ? globals_of_state(*host_, schema(), globals) : globals),
              every != 0 && action.tick.value % every == 0 ? digest_now().hex() : "");
}

void Run::perform(const TakeSnapshot& action) {
  const SnapshotSpec& spec = job().output.snapshots[action.series];
  const std::vector<ShardImage> images = host_->images(action.tick);
  const auto groups = merge_images(images, snapshot_columns(spec, schema()));
  record_.keep(write_snapshot(storage_, {spec.name, job().name, job().model, job().seed, action.tick}, groups));
}

void Run::perform(const TakeCheckpoint& action) {
  timed(options_.profile ? &profile_ : nullptr, "copy snapshot", [&] {
    spare_images_ = host_->images(action.tick, std::move(spare_images_));
    pending_ = manifest_now(spare_images_, action.tick);
    writer_.start(pending_->stamp, std::move(spare_images_));
    spare_images_.clear();
  });
}

void Run::perform(const AwaitCheckpoint&) {
  timed(options_.profile ? &profile_ : nullptr, "wait for checkpoint", [&] {
    if (auto written = writer_.wait()) take_result(std::move(*written));
    if (record_.committing()) take_commit();
  });
}

/// The files of a checkpoint are there, or not: then there is nothing to commit.
void Run::take_result(WrittenCheckpoint written) {
  std::string error;
  for (const ShardFileResult& shard : written.shards)
    if (shard.record) pending_->files.push_back(*shard.record);
    else if (error.empty()) error = shard.error;
  spare_images_ = std::move(written.images);
  if (error.empty()) record_.commit(*pending_);
  else answer_checkpoint(written.stamp.tick, error);
}

void Run::take_commit() { answer_checkpoint(pending_->stamp.tick, record_.end_commit()); }

/// error: "" when it is committed. One that lasts is told once.
void Run::answer_checkpoint(Tick tick, const std::string& error) {
  if (!error.empty() && error != last_error_)
    record_.warn("checkpoint-failed", fmt::format("the checkpoint of tick {} was not written: {}; the run goes on, the last committed "
                                                  "one is kept",
                                                  tick.value, error));
  last_error_ = error;
  pending_.reset();
  queue_.push_front(CheckpointDone{tick, error.empty(), clock_.now_ns()});
}

void Run::perform(const Finish& action) { finished_ = action; }

// ---- What is said of a state ----

Digest Run::digest_now() { return combine_digest(host_->digest_sum(), schema(), coordinator_->globals(), coordinator_->tick()); }

Manifest Run::manifest_now(const std::vector<ShardImage>& images, Tick tick) {
  Manifest manifest;
  manifest.stamp = {job().model, schema_number(schema()), job().seed, tick, record_.directory().lock().incarnation(), 1};
  Digest sum;
  for (const ShardImage& image : images) sum += image.digest;
  manifest.digest = combine_digest(sum, schema(), coordinator_->globals(), tick);
  manifest.static_hash = host_->topology_hash();
  manifest.block_sizes = host_->block_sizes();
  manifest.globals = globals_by_name(coordinator_->globals(), schema());
  manifest.last_row = coordinator_->rows().last;
  manifest.counts = counts_by_name(coordinator_->rows(), schema());
  manifest.rows = record_.note_lengths();
  return manifest;
}

RunFacts Run::facts() {
  RunFacts f;
  f.shards = job().shards.count;
  f.threads = static_cast<std::uint32_t>(executor_.threads());
  f.resumed_from = resumed_from_;
  f.first_tick = start_.value;
  f.ticks_begin_ns = ticks_begin_ns_;
  f.ticks_end_ns = ticks_end_ns_;
  if (host_) {
    f.blocks = host_->block_count();
    f.nodes = host_->node_count();
    f.edges = host_->edge_count();
    f.agents = host_->agent_count();
  }
  if (coordinator_) f.tick = coordinator_->tick().value;
  if (ticks_end_ns_ != 0) f.digest = executor_.run([&] { return digest_now().hex(); });
  return f;
}

int Run::finish() {
  const Globals last = executor_.run([&] { return globals_of_state(*host_, schema(), coordinator_->globals()); });
  const int status = record_.finish(facts(), *finished_, last);
  if (options_.profile) print_profile(profile_, record_.directory().path_of("profile.json"));
  return status;
}

}  // namespace

int run_command(const RunOptions& options, const ModelRegistry& models) {
  const ModelCatalogue catalogue(models);
  RunJob job = job_of(options, catalogue);
  say_model_steps(options, job, models);
  Run run(options, models, std::move(job));
  return run.execute(catalogue);
}

}  // namespace colony
