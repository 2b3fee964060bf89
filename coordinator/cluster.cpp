#include "coordinator/cluster.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "coordinator/cluster_state.hpp"
#include "coordinator/globals.hpp"
#include "engine/error.hpp"

namespace colony {

Cluster::Cluster(ClusterPlan plan, std::optional<Manifest> from, std::uint64_t now_ns)
    : state_(std::make_unique<State>(std::move(plan), std::move(from), now_ns)) {}

Cluster::~Cluster() = default;

Cluster::State::State(ClusterPlan plan_, std::optional<Manifest> from, std::uint64_t now_ns)
    : plan(std::move(plan_)),
      committed(std::move(from)),
      kept_values(committed ? kept_globals(*committed, *plan.schema) : Globals(plan.schema->slot_count(), 0)),
      kept_rows(committed ? rows_so_far(*committed, *plan.schema) : RowsSoFar{}),
      shell_ns(now_ns),
      deadline_ns(plan.join_wait_ns),
      wanted_members(plan.places) {
  COLONY_ASSERT(plan.places != 0 && plan.shards_each != 0, "a cluster without places, or places without shards");
  COLONY_ASSERT(plan.places == 1 || (plan.shards_each == 1 && !plan.one_process), "several members have a shard each");
  for (const Pin& pin : plan.placement.pins) pins.push_back({pin.block.value, pin.shard.value});
  if (committed) block_sizes = committed->block_sizes;
}

std::vector<ClusterAction> Cluster::step(ClusterEvent event) {
  state_->actions.clear();
  std::visit([this](auto&& e) { state_->on(std::move(e)); }, std::move(event));
  state_->tell_pause();
  return std::move(state_->actions);
}

// ---- Events ----

/// Deadlines are of a time that passes a heartbeat at most between two events: when the coordinator was stopped for a minute, its members'
/// reports of that minute wait behind this event, and no member was silent.
void Cluster::State::pass_time(std::uint64_t now_ns) {
  if (now_ns <= shell_ns) return;
  const std::uint64_t passed = now_ns - shell_ns;
  shell_ns = now_ns;
  time_ns += plan.heartbeat_ns != 0 ? std::min(passed, plan.heartbeat_ns) : passed;
}

void Cluster::State::on(Received&& event) {
  pass_time(event.now_ns);
  const ConnectionId connection = event.connection;
  if (gone.contains(connection)) {
    ++ignored;
    return;
  }
  const auto known = connections.find(connection);
  if (known == connections.end()) {
    if (auto* report = std::get_if<JoinReport>(&event.report)) return join(connection, std::move(*report));
    gone.insert(connection);
    ++ignored;
    actions.emplace_back(CloseConnection{connection, "it did not begin with joining"});
    return;
  }
  const ShardId shard = known->second;
  ClusterMember& member = members.at(shard);
  member.heard_ns = time_ns;
  member.seen.last_beat_ns = shell_ns;
  if (ended()) {
    ++ignored;
    return;
  }
  std::visit([&](auto&& report) { take(shard, member, std::move(report)); }, std::move(event.report));
}

void Cluster::State::on(Disconnected&& event) {
  pass_time(event.now_ns);
  const auto known = connections.find(event.connection);
  if (known == connections.end() || phase == Phase::finished) return;  // then it has had its FinishOrder
  fail(known->second, "its connection is closed");
}

void Cluster::State::on(TimePassed&& event) {
  pass_time(event.now_ns);
  if (!ended()) watch();
}

void Cluster::State::on(StopAsked&& event) {
  if (stop_status != 0 || ended()) return;
  stop_status = event.exit_status;
  if (phase == Phase::running) drive(StopRequested{stop_status});
  else end_stopped();
}

/// Member failures that others in its place would meet too end the run; any other ends the member.
void Cluster::State::take(ShardId shard, ClusterMember& member, FailureReport&& report) {
  const bool of_epoch = member.in_epoch && report.epoch == epoch;
  if (!of_epoch && (member.in_epoch || phase == Phase::gathering)) {
    ++ignored;  // of an epoch that is over: it will try again in the next
    return;
  }
  const auto status = static_cast<ExitStatus>(report.status);
  if (of_epoch && (plan.one_process || status == ExitStatus::usage || status == ExitStatus::bad_data || status == ExitStatus::storage))
    end(Finish::Reason::stopped, report.status, words_of(shard) + report.message);
  else fail(shard, report.message);
}

// ---- The end ----

/// A commit that was begun is awaited: what is kept must be known before it is said.
void Cluster::State::end(Finish::Reason reason, int exit_status, std::string error) {
  if (ended()) return;
  finish = ClusterFinish{reason, exit_status, false, std::move(error)};
  phase = Phase::ending;
  if (!flight || !flight->committing) finish_now();
}

void Cluster::State::finish_now() {
  phase = Phase::finished;
  finish->checkpointed = committed && committed->stamp.tick == tick();
  if (!finish->error.empty() && !plan.one_process) finish->error += "; " + kept();
  for (const auto& [shard, member] : members) send(member.connection, FinishOrder{finish->exit_status, finish->error});
  actions.emplace_back(*finish);
}

std::string Cluster::State::kept() const {
  return committed ? fmt::format("the last committed checkpoint is of tick {}", committed->stamp.tick.value)
                   : "no checkpoint was committed";
}

// ---- Out ----

void Cluster::State::say(Say::Level level, const char* event, std::string message) {
  actions.emplace_back(Say{level, event, std::move(message)});
}

void Cluster::State::send(ConnectionId connection, Order order) { actions.emplace_back(SendOrder{connection, std::move(order)}); }

const Globals& Cluster::State::globals() const {
  if (scanned && scanned->first == tick()) return scanned->second;
  return course ? course->globals() : kept_values;
}

void Cluster::note_lengths(const KeptRows& rows) {
  COLONY_ASSERT(state_->flight && !state_->flight->lengths_noted, "lengths that were not asked for");
  state_->flight->lengths_noted = true;
  state_->flight->rows = rows;
}

std::uint64_t Cluster::epoch() const { return state_->epoch; }
Tick Cluster::tick() const { return state_->tick(); }
const Globals& Cluster::globals() const { return state_->globals(); }
std::optional<Digest> Cluster::digest() const { return state_->digest; }
const std::optional<Manifest>& Cluster::committed() const { return state_->committed; }
std::uint64_t Cluster::node_count() const { return state_->nodes; }
std::uint64_t Cluster::edge_count() const { return state_->edges; }
std::optional<std::uint64_t> Cluster::agent_count() const { return state_->agents; }
std::uint32_t Cluster::block_count() const { return static_cast<std::uint32_t>(state_->block_sizes.size()); }
bool Cluster::finished() const { return state_->phase == State::Phase::finished; }
const Placement* Cluster::placement() const { return state_->placement ? &*state_->placement : nullptr; }

const char* Cluster::phase() const {
  switch (state_->phase) {
    case State::Phase::gathering: return "gathering";
    case State::Phase::beginning: return "beginning";
    case State::Phase::running: return "running";
    case State::Phase::ending: return "ending";
    case State::Phase::finished: break;
  }
  return "finished";
}

std::uint64_t Cluster::ignored_reports() const { return state_->ignored; }

std::vector<MemberView> Cluster::members() const {
  std::vector<MemberView> views;
  for (const auto& [shard, member] : state_->members) {
    MemberView view = member.seen;
    view.shard = shard;
    view.host = member.join.host;
    view.pid = member.join.pid;
    view.tick = member.tick;
    view.phase = member.phase;
    view.state = member.leaving                             ? "leaving"
                 : !member.in_epoch                         ? "joined"
                 : state_->phase == State::Phase::beginning ? "beginning"
                 : member.phase == 3                        ? "at barrier"
                                                            : "running";
    views.push_back(std::move(view));
  }
  return views;
}

}  // namespace colony
