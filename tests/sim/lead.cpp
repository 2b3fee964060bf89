#include "tests/sim/lead.hpp"

#include <utility>

#include "coordinator/globals.hpp"
#include "engine/error.hpp"
#include "io/checkpoints/checkpoint.hpp"
#include "tests/sim/words.hpp"

namespace colony::sim {
namespace {

constexpr std::uint64_t poll_ns = 3 * ms;
constexpr std::uint32_t lead_machine = Weather::machines - 1;

ClusterPlan plan_of(const Scene& scene, std::uint64_t incarnation) {
  const Options& o = scene.options;
  const Schema& schema = scene.subject.schema();
  ClusterPlan plan;
  plan.course.globals = schema.globals();
  plan.course.happenings = happening_slots(schema);
  plan.course.last = Tick(o.ticks);
  plan.course.observe_every = o.observe_every;
  plan.course.checkpoint_every = o.checkpoint_every;
  if (o.snapshot_every != 0) plan.course.snapshot_every = {o.snapshot_every};
  plan.schema = &schema;
  plan.identity.program = "sim";
  plan.model = scene.subject.job().model;
  plan.schema_hash = scene.subject.schema_hash();
  plan.seed = scene.subject.job().seed;
  plan.incarnation = incarnation;
  plan.places = o.places;
  plan.placement.strategy = parse_strategy(o.placement);
  plan.placement.virtual_nodes = scene.subject.job().shards.virtual_nodes;
  plan.placement.load_bound = scene.subject.job().shards.load_bound;
  plan.digest_every = o.digest_every;
  plan.rebalance_every = o.rebalance_every;
  plan.by_phase = o.by_phase;
  plan.heartbeat_ns = o.heartbeat_ns;
  plan.heartbeat_misses = o.heartbeat_misses;
  plan.stall_ns = o.stall_ns;
  plan.begin_timeout_ns = o.begin_timeout_ns;
  plan.replace_wait_ns = o.replace_wait_ns;
  plan.join_wait_ns = o.join_wait_ns;
  return plan;
}

}  // namespace

Lead::Lead(Scene& scene, RunFiles& files, RunLock& lock, std::optional<Manifest> from, Hooks hooks)
    : scene_(scene),
      files_(files),
      lock_(lock),
      hooks_(std::move(hooks)),
      storage_(scene, lead_machine, SimStorage::Of::coordinator),
      cluster_(std::make_unique<Cluster>(plan_of(scene, lock.incarnation()), std::move(from), scene.now())) {
  scene_.timeline.after(poll_ns, [this] { beat(); });
}

// ---- Events ----

void Lead::when_running(std::function<void()> what) {
  if (dead_) return;
  if (hung_) waiting_.push_back(std::move(what));
  else what();
}

void Lead::beat() {
  if (over()) return;
  if (!hung_) handle(TimePassed{scene_.now()});
  scene_.timeline.after(poll_ns, [this] { beat(); });
}

void Lead::receive(ConnectionId connection, ToLead&& message) {
  if (over()) return;
  if (std::holds_alternative<Closed>(message)) return handle(Disconnected{connection, scene_.now()});
  Report& report = std::get<Report>(message);
  if (std::holds_alternative<BeatReport>(report)) hooks_.to_member(connection, Answered{});
  handle(Received{connection, std::move(report), scene_.now()});
}

void Lead::handle(ClusterEvent event) {
  if (over()) return;
  std::vector<ClusterAction> actions = cluster_->step(std::move(event));
  for (ClusterAction& action : actions) std::visit([this](auto& a) { perform(a); }, action);
  highest_tick_ = std::max(highest_tick_, cluster_->tick().value);
  hooks_.moved();
}

void Lead::hang(std::uint64_t length_ns) {
  if (!runs() || over()) return;
  scene_.trace.note("the coordinator hangs for {} us", length_ns / us);
  hung_ = true;
  scene_.timeline.after(length_ns, [this] {
    hung_ = false;
    if (dead_) return;
    scene_.trace.note("the coordinator wakes");
    for (auto& what : std::exchange(waiting_, {})) what();
    scene_.timeline.after(scene_.dice.below(4 * ms), [this] { hooks_.woken(); });
  });
}

// ---- Actions ----

void Lead::perform(SendOrder& action) {
  scene_.trace.note("coordinator to c{}: {}", action.connection.value, scene_.plain(words_of(action.order)));
  if (const auto* tick = std::get_if<TickOrder>(&action.order)) {
    if (ticks_of_epoch_ != tick->epoch) hooks_.ticks_begin(ticks_of_epoch_ = tick->epoch);
    scene_.tally.ticks_redone += tick->tick.value < highest_tick_;
  }
  if (std::holds_alternative<RefuseOrder>(action.order)) ++scene_.tally.refused_joins;
  hooks_.to_member(action.connection, std::move(action.order));
}

void Lead::perform(CloseConnection& action) {
  scene_.trace.note("coordinator closes c{}: {}", action.connection.value, action.reason);
  hooks_.to_member(action.connection, Closed{});
}

void Lead::perform(RestoreFiles&) {
  const KeptRows rows = cluster_->committed() ? cluster_->committed()->rows : KeptRows{};
  if (committing_) scene_.violate("an epoch begins while a commit is on its way");
  ++scene_.tally.epochs;
  scene_.trace.note("files are cut to {} and {}", rows.observables.bytes, rows.events.bytes);
  files_.restore(rows.observables.bytes, rows.events.bytes);
}

void Lead::perform(WriteRow& action) {
  scene_.trace.note("row of tick {}", action.tick.value);
  files_.row(action.tick, action.globals, action.digest);
}

void Lead::perform(WriteEvents& action) { files_.events(action.events); }

void Lead::perform(WriteSnapshot& action) { files_.snapshot(action.tick, std::move(action.parts)); }

void Lead::perform(NoteLengths&) {
  KeptRows rows;
  files_.flush(rows.observables.bytes, rows.events.bytes);
  cluster_->note_lengths(rows);
}

void Lead::perform(Say& action) {
  scene_.tally.rebalances += action.event == "rebalance" && action.message.starts_with("a tick");
  scene_.trace.note("coordinator: {}: {}", action.event, scene_.plain(action.message));
}

void Lead::perform(ClusterFinish& action) {
  scene_.trace.note("the run ends with {}, tick {}: {}", action.exit_status, cluster_->tick().value, scene_.plain(action.error));
  finish_ = std::move(action);
  scene_.tally.ignored_reports += cluster_->ignored_reports();
  hooks_.finished(*finish_);
}

// ---- Commits, behind the ticks ----

void Lead::perform(Commit& action) {
  if (std::exchange(committing_, true)) scene_.violate("two commits at once");
  const bool slow = scene_.weather.slow_commit > scene_.now();
  const auto draw = [&] { return scene_.dice.below(slow ? scene_.weather.commit_ms * ms : ms) + 1; };
  scene_.timeline.after(draw(), [this, manifest = std::move(action.manifest), later = draw()] {
    when_running([this, manifest, later] {
      CommitDone done{manifest.stamp.tick, true, {}, 0, false};
      try {
        commit(manifest);
      } catch (const RunHeldError& error) {
        done = {done.tick, false, error.what(), 0, true};
      } catch (const Error& error) {
        ++scene_.tally.failed_commits;
        done.complete = false;
        done.error = error.what();
      }
      scene_.timeline.after(later, [this, done] {
        when_running([this, done] {
          CommitDone told = done;
          told.now_ns = scene_.now();
          committing_ = false;
          handle(std::move(told));
        });
      });
    });
  });
}

void Lead::commit(const Manifest& manifest) {
  scene_.trace.note("tick {} of epoch {} is being committed", manifest.stamp.tick.value, manifest.stamp.epoch);
  lock_.require_own();
  commit_checkpoint(storage_, manifest);
  ++scene_.tally.commits;
  files_.check_commit(manifest.stamp.tick);
  hooks_.committed(manifest);
  prune_checkpoints(storage_, manifest.stamp, scene_.options.keep);
}

}  // namespace colony::sim
