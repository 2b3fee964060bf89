#include "apps/run/session.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "apps/run/run_state.hpp"
#include "apps/shared/at_end.hpp"
#include "apps/shared/signals.hpp"
#include "engine/error.hpp"
#include "io/checkpoints/snapshot_series.hpp"

namespace colony {
namespace {

constexpr std::uint64_t poll_ns = 20'000'000;

ClusterPlan plan_of(const SessionOptions& options, const PreparedJob& prepared, std::uint64_t incarnation) {
  const RunJob& job = prepared.job;
  ClusterPlan plan;
  plan.course = course_plan(job, *prepared.schema);
  plan.schema = prepared.schema.get();
  plan.identity = options.identity;
  plan.model = job.model;
  plan.schema_hash = schema_number(*prepared.schema);
  plan.seed = job.seed;
  plan.incarnation = incarnation;
  plan.places = options.places;
  plan.shards_each = options.shards_each;
  plan.one_process = options.one_process;
  plan.placement.strategy = parse_strategy(job.shards.placement);
  plan.placement.virtual_nodes = job.shards.virtual_nodes;
  plan.placement.load_bound = job.shards.load_bound;
  for (const PinSpec& pin : job.shards.pins) plan.placement.pins.push_back({BlockId(pin.block), ShardId(pin.shard)});
  plan.digest_every = job.output.digest_every;
  plan.rebalance_every = job.shards.rebalance_every;
  plan.fixed_members = options.fixed_members;
  if (options.one_process) {  // who may be stopped for an hour, all of it
    plan.heartbeat_ns = 0;
    return plan;
  }
  plan.by_phase = job.cluster.barrier == "phase";
  plan.heartbeat_ns = std::uint64_t{job.cluster.heartbeat_ms} * 1'000'000;
  plan.heartbeat_misses = job.cluster.heartbeat_misses;
  plan.stall_ns = plan.begin_timeout_ns = std::uint64_t{job.cluster.stall_ms} * 1'000'000;
  plan.replace_wait_ns = options.replace_wait_ms * 1'000'000;
  return plan;
}

}  // namespace

std::optional<Manifest> manifest_to_resume(const RunOptions& options, RunRecord& record, Storage& storage, const PreparedJob& prepared) {
  if (!options.resume || !record.directory().earlier_job()) return std::nullopt;
  RecoveryOptions recovery;
  recovery.fallback = options.fallback;
  if (options.from_tick) recovery.tick = Tick(*options.from_tick);
  recovery.warn = [&](const std::string& message) { record.warn("checkpoint-passed-over", message); };
  const auto checkpoint = latest_run_checkpoint(storage, prepared.job, *prepared.schema, recovery);
  if (checkpoint) return checkpoint->manifest;
  record.log().write(LogLevel::info, "restart", "no checkpoint was committed: the run starts again from tick 0");
  return std::nullopt;
}

Session::Session(const SessionOptions& options, const PreparedJob& prepared, RunRecord& record, Storage& storage, Clock& clock,
                 Members& members, std::optional<Manifest> from)
    : options_(options), prepared_(prepared), record_(record), storage_(storage), clock_(clock), members_(members) {
  if (from) {
    start_ = from->stamp.tick;
    resumed_from_ = start_.value;
  }
  cluster_ =
      std::make_unique<Cluster>(plan_of(options, prepared, record.directory().lock().incarnation()), std::move(from), clock.now_ns());
}

Session::~Session() = default;

int Session::run() {
  try {
    drive();
    return conclude();
  } catch (const Error& error) {
    for (const auto& [connection, joined] : joined_) members_.send(connection, FinishOrder{static_cast<int>(error.status()), error.what()});
    record_.fail(facts(), error);
    throw;
  }
}

void Session::drive() {
  std::vector<ClusterEvent> events;
  while (!finished_) {
    if (!members_.gather(events, poll_ns) && events.empty()) {
      COLONY_ASSERT(record_.committing(), "the run waits for nothing");
      timed(options_.profile, "wait for checkpoint", [&] { record_.await_commit(poll_ns); });
    }
    heed_signals();  // before a report lets the next tick begin
    for (ClusterEvent& event : events) {
      if (finished_) break;
      handle(std::move(event));
    }
    events.clear();
    poll();
  }
}

void Session::heed_signals() {
  if (const int requested = SignalWatch::requested(); requested != told_) handle(StopAsked{told_ = requested});
}

/// Every member holds the first state.
void Session::begin() {
  ticks_begin_ns_ = clock_.now_ns();
  record_.begin_progress(start_.value, ticks_begin_ns_);
  record_.write_report(facts(), "running", 0);
  if (options_.began) options_.began();
}

/// All members have been told that it is over.
int Session::conclude() {
  note_traffic();
  record_.end_progress();
  try {
    record_.finish_commit();
  } catch (const Error& error) {
    record_.warn("commit-failed", error.what());
    finished_->checkpointed = false;
  }
  joined_.clear();
  if (!finished_->error.empty()) throw Error(static_cast<ExitStatus>(finished_->exit_status), finished_->error);
  ticks_end_ns_ = clock_.now_ns();
  return record_.finish(facts(), {finished_->reason, finished_->exit_status, finished_->checkpointed}, cluster_->globals());
}

/// What is looked at rather than waited for.
void Session::poll() {
  const std::uint64_t now = clock_.now_ns();
  if (record_.commit_finished()) {
    CommitDone done{*std::exchange(committing_, std::nullopt), true, "", now, false};
    try {
      done.error = record_.end_commit();
      done.complete = done.error.empty();
    } catch (const Error& error) {
      done = {done.tick, false, error.what(), now, true};
    }
    if (done.complete) committed_ns_ = now;
    if (!finished_) handle(std::move(done));
  }
  if (now - last_poll_ns_ < poll_ns || finished_) return;
  last_poll_ns_ = now;
  if (options_.housekeeping) options_.housekeeping();
  if (!finished_) handle(TimePassed{now});
  if (record_.rows_open()) record_.flush_if_due(now);
  record_.log().flush();  // `colony logs --follow` reads along
  record_.progress(cluster_->tick().value, now);
  update_view();
}

void Session::handle(ClusterEvent event) {
  const std::uint64_t begin = clock_.now_ns();
  const Tick before = cluster_->tick();
  if (const auto* received = std::get_if<Received>(&event))
    if (const auto* join = std::get_if<JoinReport>(&received->report)) joined_[received->connection] = {join->wanted, join->pid};
  members_.begin_batch();  // what one step says to a member travels in one message
  const AtEnd sent([&] { members_.end_batch(); });
  std::vector<ClusterAction> actions = cluster_->step(std::move(event));
  for (ClusterAction& action : actions) std::visit([this](auto& a) { perform(a); }, action);
  busy_ns_ += clock_.now_ns() - begin;
  if (cluster_->tick() > before) ticks_done_ += cluster_->tick().value - before.value;
}

void Session::perform(SendOrder& action) { members_.send(action.connection, std::move(action.order)); }

void Session::perform(CloseConnection& action) {
  members_.close(action.connection);
  const auto joined = joined_.find(action.connection);
  if (joined == joined_.end()) return;
  if (options_.fenced && joined->second.place) options_.fenced(*joined->second.place, joined->second.pid);
  joined_.erase(joined);
}

void Session::perform(RestoreFiles&) {
  record_.finish_commit();
  record_.open_rows(cluster_->committed() ? &*cluster_->committed() : nullptr);
  epoch_start_ = cluster_->tick();
  earlier_.bytes_sent += of_epoch_.bytes_sent;
  earlier_.wait_ns += of_epoch_.wait_ns;
  of_epoch_ = {};
  if (ticks_begin_ns_ == 0) begin();
}

void Session::perform(WriteRow& action) { record_.row(action.tick, action.globals, action.digest ? action.digest->hex() : ""); }

void Session::perform(WriteEvents& action) { record_.events(action.events); }

void Session::perform(WriteSnapshot& action) {
  const SnapshotSpec& spec = job().output.snapshots[action.series];
  std::vector<ShardImage> images(action.parts.size());
  for (std::size_t i = 0; i < images.size(); ++i) images[i].groups = std::move(action.parts[i]);
  const auto groups = merge_images(images, snapshot_columns(spec, *prepared_.schema));
  record_.keep(write_snapshot(storage_, {spec.name, job().name, job().model, job().seed, action.tick}, groups));
}

void Session::perform(NoteLengths&) { cluster_->note_lengths(record_.note_lengths()); }

void Session::perform(Commit& action) {
  COLONY_ASSERT(!committing_, "two commits at once");
  committing_ = action.manifest.stamp.tick;
  record_.commit(std::move(action.manifest));
}

void Session::perform(Say& action) {
  if (action.level == Say::Level::warning) record_.warn(action.event, action.message);
  else if (!options_.one_process) record_.log().write(LogLevel::info, action.event, action.message);
}

void Session::perform(ClusterFinish& action) { finished_ = std::move(action); }

RunFacts Session::facts() const {
  RunFacts f;
  f.shards = static_cast<std::uint32_t>(cluster_->members().size()) * options_.shards_each;
  f.threads = options_.threads;
  f.blocks = cluster_->block_count();
  f.nodes = cluster_->node_count();
  f.edges = cluster_->edge_count();
  f.agents = cluster_->agent_count().value_or(0);
  f.first_tick = start_.value;
  f.tick = cluster_->tick().value;
  f.resumed_from = resumed_from_;
  f.ticks_begin_ns = ticks_begin_ns_;
  f.ticks_end_ns = ticks_end_ns_;
  if (!options_.one_process)
    f.cluster = {cluster_->epoch(), ticks_done_, earlier_.bytes_sent + of_epoch_.bytes_sent,
                 static_cast<double>(earlier_.wait_ns + of_epoch_.wait_ns) * 1e-9, static_cast<double>(busy_ns_) * 1e-9};
  if (ticks_end_ns_ != 0 && cluster_->digest()) f.digest = cluster_->digest()->hex();
  return f;
}

// ---- What is shown ----

void Session::note_traffic() {
  Traffic sum;
  for (const MemberView& member : cluster_->members()) {
    sum.bytes_sent += member.cost.bytes_sent;
    sum.wait_ns += member.cost.wait_ns;
  }
  of_epoch_.bytes_sent = std::max(of_epoch_.bytes_sent, sum.bytes_sent);
  of_epoch_.wait_ns = std::max(of_epoch_.wait_ns, sum.wait_ns);
}

void Session::update_view() {
  note_traffic();
  const std::lock_guard lock(view_mutex_);
  const std::uint64_t now = clock_.now_ns();
  const double elapsed = ticks_begin_ns_ == 0 ? 0 : static_cast<double>(now - ticks_begin_ns_) * 1e-9;
  view_.phase = cluster_->phase();
  view_.epoch = cluster_->epoch();
  view_.epoch_start = epoch_start_;
  view_.incarnation = record_.directory().lock().incarnation();
  view_.now_ns = now;
  view_.tick = cluster_->tick();
  view_.ticks_per_second = elapsed > 0 ? static_cast<double>(ticks_done_) / elapsed : 0;
  view_.coordinator_us_per_tick = ticks_done_ == 0 ? 0 : static_cast<double>(busy_ns_) * 1e-3 / static_cast<double>(ticks_done_);
  view_.committed = cluster_->committed() ? std::optional(cluster_->committed()->stamp.tick) : std::nullopt;
  view_.committed_ns = committed_ns_;
  view_.bytes_sent = earlier_.bytes_sent + of_epoch_.bytes_sent;
  view_.wait_ns = earlier_.wait_ns + of_epoch_.wait_ns;
  const Placement* placement = cluster_->placement();
  if (placement && (!view_.placement || view_.placement->hash() != placement->hash()))
    view_.placement = std::make_shared<const Placement>(*placement);
  view_.blocks = cluster_->block_count();
  view_.nodes = cluster_->node_count();
  view_.edges = cluster_->edge_count();
  view_.agents = cluster_->agent_count();
  view_.members = cluster_->members();
}

Session::View Session::view() {
  const std::lock_guard lock(view_mutex_);
  return view_;
}

}  // namespace colony
