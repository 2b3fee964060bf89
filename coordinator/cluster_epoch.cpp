// An epoch of a cluster: gathering its members, beginning, the course of its ticks, its end.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "coordinator/cluster_state.hpp"
#include "coordinator/globals.hpp"
#include "engine/error.hpp"
#include "engine/globals/runs.hpp"
#include "engine/state/digest.hpp"

namespace colony {

// ---- Gathering ----

/// Begins the next epoch when enough are there, or when the time for more to come is over.
void Cluster::State::try_begin() {
  if (phase != Phase::gathering || flight) return;  // where the next begins, the commit in flight decides
  const double waited = static_cast<double>(epoch == 0 ? plan.join_wait_ns : plan.replace_wait_ns) * 1e-9;
  if (members.size() >= wanted_members) return begin_epoch();
  if (time_ns < deadline_ns) return;
  if (epoch == 0)
    end(Finish::Reason::stopped, static_cast<int>(ExitStatus::cluster),
        fmt::format("{} of {} members came within {:.3g} s; see what the others said when they were started", members.size(), plan.places,
                    waited));
  else if (members.empty())
    end(Finish::Reason::stopped, static_cast<int>(ExitStatus::cluster),
        fmt::format("all members have failed, and none came in their place within {:.3g} s", waited));
  else begin_epoch();
}

// ---- Beginning ----

void Cluster::State::begin_epoch() {
  COLONY_ASSERT(!flight, "an epoch begins while a checkpoint is in flight");
  const std::set<ShardId> leaving = leavers();
  course.reset();
  agents.reset();
  ordered.reset();
  snapshots.clear();
  suspicions.clear();
  digest_sum.reset();
  pins_changed = false;
  phase = Phase::beginning;
  ++epoch;
  epoch_size = members.size() - leaving.size();
  for (auto& [shard, member] : members) {
    member.in_epoch = !leaving.contains(shard);
    member.ready.reset();
    member.done.reset();
    member.tick = start();
    member.phase = 0;
    member.moved_ns = time_ns;
    member.seen.cost = {};
  }
  epoch_pins = pins_to_begin_with();
  send_begin();
  for (const ShardId shard : leaving) release(shard);
}

void Cluster::State::send_begin() {
  BeginOrder order;
  order.incarnation = plan.incarnation;
  order.epoch = epoch;
  order.pins = epoch_pins;
  order.shards_each = plan.shards_each;
  if (committed) {
    order.checkpoint = committed->stamp;
    order.static_hash = committed->static_hash;
  }
  std::vector<std::uint32_t> shards;
  for (const auto& [shard, member] : members)
    if (member.in_epoch) {
      order.members.push_back({shard, member.join.bulk_url});
      shards.push_back(shard.value);
    }
  say(Say::Level::info, "epoch",
      fmt::format("epoch {} begins at {} with the members {}", epoch,
                  committed ? fmt::format("the checkpoint of tick {}", start().value) : "tick 0", fmt::join(shards, ", ")));
  for (const MemberAddress& address : order.members) {
    order.writes_static = !committed && address.shard == order.members.front().shard;
    send(members.at(address.shard).connection, order);
  }
}

void Cluster::State::take(ShardId shard, ClusterMember& member, ReadyReport&& report) {
  if (!current(member, report.epoch, Phase::beginning) || member.ready) {
    ++ignored;
    return;
  }
  if (!are_globals(report.partial, plan.schema->globals())) return fail(shard, "its globals are of another schema");
  if (!known(report.events)) return fail(shard, "its events are of another schema");
  member.phase = 0;
  moved(shard, member);
  member.ready = std::move(report);
  if (std::all_of(members.begin(), members.end(), [](const auto& m) { return !m.second.in_epoch || m.second.ready; })) run_epoch();
}

/// In what the members differ that must all hold one colony; empty when they do not.
std::string Cluster::State::disagreement() const {
  const ClusterMember* first = nullptr;
  ShardId first_shard;
  for (const auto& [shard, member] : members) {
    if (!member.in_epoch) continue;
    if (!first) {
      first = &member;
      first_shard = shard;
    }
    const ReadyReport &a = *first->ready, &b = *member.ready;
    const auto differ = [&, other = shard.value](const char* what, auto x, auto y) {
      return fmt::format("members {} and {} differ in {}: {} and {}; their hosts may read other input files", first_shard.value, other,
                         what, x, y);
    };
    if (a.placement_hash != b.placement_hash) return differ("the placement of the blocks", hex(a.placement_hash), hex(b.placement_hash));
    if (a.topology_hash != b.topology_hash) return differ("the graph", hex(a.topology_hash), hex(b.topology_hash));
    if (a.nodes != b.nodes) return differ("the number of nodes", a.nodes, b.nodes);
    if (a.edges != b.edges) return differ("the number of edges", a.edges, b.edges);
    if (a.block_sizes != b.block_sizes) return differ("the sizes of the blocks", a.block_sizes.size(), b.block_sizes.size());
    if (b.tick != start()) return fmt::format("member {} holds tick {} instead of {}", shard.value, b.tick.value, start().value);
  }
  if (committed && first->ready->topology_hash != committed->static_hash)
    return fmt::format("the graph is {}, and the checkpoint is of {}", hex(first->ready->topology_hash), hex(committed->static_hash));
  return {};
}

/// All hold the state: it is the one that it should be, and the ticks begin.
void Cluster::State::run_epoch() {
  if (const std::string differs = disagreement(); !differs.empty())
    return end(Finish::Reason::stopped, static_cast<int>(ExitStatus::cluster), differs);
  std::vector<ReadyReport> reports;
  std::vector<Event> events;
  digest_sum = Digest{};
  std::uint64_t agents_loaded = 0;
  for (auto& [shard, member] : members)
    if (member.in_epoch) {
      *digest_sum += member.ready->digest;
      agents_loaded += member.seen.agents = member.ready->agents;
      reports.push_back(*member.ready);
      if (!committed) events.insert(events.end(), member.ready->events.begin(), member.ready->events.end());
    }
  const Digest whole = combine_digest(*digest_sum, *plan.schema, kept_values, start());
  if (committed && whole != committed->digest)
    return end(Finish::Reason::stopped, static_cast<int>(ExitStatus::storage),
               fmt::format("{}: its state has the digest {}, its manifest says {}", checkpoint_folder(start()), whole.hex(),
                           committed->digest.hex()));
  digest = whole;
  nodes = reports.front().nodes;
  edges = reports.front().edges;
  topology_hash = reports.front().topology_hash;
  block_sizes = reports.front().block_sizes;
  place_views();
  CoursePlan course_plan = plan.course;
  course_plan.shards = static_cast<std::uint32_t>(epoch_size);
  // Without a checkpoint the files were cut to nothing: the row of tick 0 is written, again if need be.
  course.emplace(std::move(course_plan), start(), committed ? kept_values : Globals{}, !committed, kept_rows);
  agents = agents_loaded;
  phase = Phase::running;
  pause_told = false;
  actions.emplace_back(RestoreFiles{});
  write_events(std::move(events));
  tell_pause();
  for (std::uint32_t i = 0; i < reports.size() && phase == Phase::running && course; ++i)
    drive(ShardReady{ShardId(i), &reports[i].partial, shell_ns});
}

/// What `status` shows of blocks. What a member makes of bad sizes is its own error; here they are only not shown.
void Cluster::State::place_views() {
  PlacementInput input = plan.placement;
  input.members.clear();
  input.pins.clear();
  for (auto& [shard, member] : members) {
    member.seen.blocks = member.seen.nodes = 0;
    if (!member.in_epoch) continue;
    const std::vector<ShardId> shards = shards_of(shard);
    input.members.insert(input.members.end(), shards.begin(), shards.end());
  }
  for (const PinSpec& pin : epoch_pins) input.pins.push_back({BlockId(pin.block), ShardId(pin.shard)});
  std::uint64_t sum = 0;
  for (const std::uint64_t size : block_sizes)
    if (size > nodes || (sum += size) > nodes) return;
  input.block_sizes = block_sizes;
  try {
    Placement now = place(input);
    for (auto& [shard, member] : members) {
      for (const ShardId of : shards_of(shard)) {
        member.seen.blocks += now.blocks_of(of).size();
        member.seen.nodes += now.load(of);
      }
    }
    if (placement && placement->block_count() == now.block_count())
      say(Say::Level::info, "placement", fmt::format("{} of {} blocks have moved", diff(*placement, now).size(), now.block_count()));
    placement = std::move(now);
  } catch (const Error&) {
  }
}

// ---- Running ----

/// Under barrier = "phase": no member begins Decay before all have done Act.
void Cluster::State::take(ShardId shard, ClusterMember& member, PhaseReport&& report) {
  if (!current(member, report.epoch, Phase::running) || ordered != report.tick || decay_ordered || member.acted) {
    ++ignored;
    return;
  }
  member.acted = true;
  member.tick = report.tick;
  member.phase = 3;
  moved(shard, member);
  if (!std::all_of(members.begin(), members.end(), [](const auto& m) { return !m.second.in_epoch || m.second.acted; })) return;
  decay_ordered = true;
  to_epoch(PhaseOrder{epoch, *ordered});
}

void Cluster::State::take(ShardId shard, ClusterMember& member, TickReport&& report) {
  if (!current(member, report.epoch, Phase::running) || !ordered || !decay_ordered || report.tick.value != ordered->value + 1 ||
      member.done) {
    ++ignored;
    return;
  }
  if (!are_globals(report.partial, plan.schema->globals())) return fail(shard, "its globals are of another schema");
  if (!known(report.events)) return fail(shard, "its events are of another schema");
  if (digest_ordered && !report.digest) return fail(shard, "it did not send the digest that it was asked for");
  member.tick = report.tick;
  member.phase = 2;
  moved(shard, member);
  member.seen.cost.compute_ns += report.cost.compute_ns;
  member.seen.cost.wait_ns += report.cost.wait_ns;
  member.seen.cost.bytes_sent += report.cost.bytes_sent;
  member.done = std::move(report);
  if (std::all_of(members.begin(), members.end(), [](const auto& m) { return !m.second.in_epoch || m.second.done; })) tick_done();
}

bool Cluster::State::known(const std::vector<Event>& events) const {
  return std::all_of(events.begin(), events.end(), [&](const Event& e) { return e.kind < plan.schema->event_kinds().size(); });
}

void Cluster::State::write_events(std::vector<Event> events) {
  if (events.empty()) return;
  std::sort(events.begin(), events.end());
  actions.emplace_back(WriteEvents{std::move(events)});
}

/// All have done the tick. The course hears of them in the order of their shards, whoever was first.
void Cluster::State::tick_done() {
  if (measure_ordered) balance();
  std::vector<TickReport> reports;
  std::vector<Event> events;
  digest_sum.reset();
  if (digest_ordered) digest_sum = Digest{};
  std::uint64_t agents_now = 0;
  for (auto& [shard, member] : members) {
    if (!member.in_epoch) continue;
    TickReport& report = reports.emplace_back(std::move(*member.done));
    member.done.reset();
    if (digest_sum) *digest_sum += *report.digest;
    agents_now += member.seen.agents = report.agents;
    events.insert(events.end(), report.events.begin(), report.events.end());
  }
  ordered.reset();
  write_events(std::move(events));
  for (std::uint32_t i = 0; i < reports.size() && phase == Phase::running && course; ++i)
    drive(TickDone{ShardId(i), reports[i].tick, &reports[i].partial, shell_ns});
  if (course && course->tick() == reports.front().tick) agents = agents_now;  // else the tick failed, or an epoch begins
}

/// One event into the course, and what follows from it. What its globals can't hold ends the run, as it does a run in one process.
void Cluster::State::drive(const CoordinatorEvent& event) {
  std::vector<CoordinatorAction> following;
  try {
    following = course->step(event);
  } catch (const Error& error) {
    return end(Finish::Reason::stopped, static_cast<int>(error.status()), error.what());
  }
  for (const CoordinatorAction& action : following) std::visit([this](const auto& a) { perform(a); }, action);
}

void Cluster::State::tell_pause() {
  if (phase != Phase::running) return;
  const bool wanted = stop_status == 0 && change_wanted();
  if (wanted == pause_told) return;
  pause_told = wanted;
  drive(PauseRequested{wanted});
}

void Cluster::State::perform(const RunTick& action) {
  const Tick next(action.tick.value + 1);
  const bool observed = next.value % plan.course.observe_every == 0;
  TickOrder order{epoch,
                  action.tick,
                  plan.schema->has_runs_in_every_tick()
                      ? course->globals()
                      : Globals(course->globals().begin(), course->globals().begin() + plan.schema->slot_count()),
                  action.observe || next == plan.course.last,
                  observed && digest_due(next),
                  measure_due(next),
                  plan.by_phase};
  ordered = action.tick;
  digest_ordered = order.digest;
  measure_ordered = order.measure;
  decay_ordered = !order.by_phase;
  for (auto& [shard, member] : members) member.acted = false;
  to_epoch(order);
}

void Cluster::State::perform(const Observe& action) {
  WriteRow row{action.tick, std::nullopt, course->for_row(globals())};
  if (action.last && digest_due(action.tick)) {
    row.digest = digest;  // the last checkpoint's, which is of this state
  } else if (digest_due(action.tick)) {
    COLONY_ASSERT(digest_sum, "a row's digest was not asked for");
    digest = row.digest = combine_digest(*digest_sum, *plan.schema, course->globals(), action.tick);
  }
  actions.emplace_back(std::move(row));
}

// ---- Over ----

/// A member of the epoch was lost. The others drop what they hold; where they go on, the last committed checkpoint says.
void Cluster::State::epoch_over() {
  to_epoch(AbandonOrder{epoch});
  for (auto& [shard, member] : members) {
    member.in_epoch = false;
    member.done.reset();
  }
  course.reset();
  agents.reset();
  ordered.reset();
  snapshots.clear();
  suspicions.clear();
  if (flight && !flight->committing) flight.reset();
  phase = Phase::gathering;
  wanted_members = static_cast<std::uint32_t>(epoch_size);
  deadline_ns = time_ns + plan.replace_wait_ns;
  if (stop_status != 0) end_stopped();
  else try_begin();
}

}  // namespace colony
