#include "tests/unit/cluster_support.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace colony::testing {

// ---- The colony ----

const Schema& test_schema() {
  static const Job job;
  static const Schema schema = [] {
    Schema s(job);
    s.layer("places");
    const auto food = s.field<std::uint32_t>("food");
    s.observe("done", s.global("done", true));
    s.observe_happenings("moved", s.global("moved", false));
    s.observe_sum("food", food);
    s.events("move");
    return s;
  }();
  return schema;
}

constexpr std::size_t moved_slot = 2;

Globals whole_globals(Tick tick) {
  const auto t = static_cast<std::int64_t>(tick.value);
  return {7 * t, 0, t == 0 ? 0 : 5, 0, 3 * t};  // sums of effects with their carries
}

std::uint64_t share(std::uint64_t whole, std::size_t index, std::size_t of) { return whole / of + (index < whole % of ? 1 : 0); }

Digest state_sum(Tick tick) { return {1000 + tick.value, 2000 + tick.value}; }

Digest whole_digest(Tick tick) { return combine_digest(state_sum(tick), test_schema(), whole_globals(tick), tick); }

Globals partial(Tick tick, std::size_t index, std::size_t of, bool of_tick, bool scans) {
  const auto part = [&](std::uint64_t whole) { return static_cast<std::int64_t>(share(whole, index, of)); };
  return {of_tick ? part(7) : 0, 0, of_tick ? part(5) : 0, 0, scans ? part(3 * tick.value) : 0};
}

std::uint64_t agents_at(Tick tick) { return 100 + 3 * tick.value; }

Digest digest_share(Tick tick, std::size_t index, std::size_t of) {
  const Digest whole = state_sum(tick);
  return {share(whole.low, index, of), share(whole.high, index, of)};
}

Manifest test_manifest(Tick tick, std::uint64_t incarnation) {
  Manifest manifest;
  manifest.stamp = {"test", test_schema_hash, test_seed, tick, incarnation, 1};
  manifest.digest = whole_digest(tick);
  manifest.static_hash = test_topology;
  manifest.block_sizes = {4, 4, 4, 4};
  manifest.globals = globals_by_name(whole_globals(tick), test_schema());
  manifest.last_row = tick;
  manifest.counts = counts_by_name({tick, {}}, test_schema());
  manifest.rows.observables.bytes = (tick.value + 1) * row_bytes;
  manifest.rows.events.bytes = tick.value * event_bytes;
  return manifest;
}

JoinReport test_identity() {
  JoinReport report;
  report.program = "colony 1";
  report.job_hash = 33;
  report.schema_hash = test_schema_hash;
  report.seed = test_seed;
  report.nonce = "nonce";
  report.host = "here";
  return report;
}

// ---- A member ----

std::size_t FakeMember::index() const {
  return static_cast<std::size_t>(std::find(peers.begin(), peers.end(), shard.value()) - peers.begin());
}

void FakeMember::take(const Order& order) {
  if (const auto* welcome = std::get_if<WelcomeOrder>(&order)) shard = welcome->shard;
  if (const auto* refuse = std::get_if<RefuseOrder>(&order)) refused = *refuse;
  if (const auto* finish = std::get_if<FinishOrder>(&order)) finished = *finish;
  if (const auto* begin = std::get_if<BeginOrder>(&order)) answer(*begin);
  if (const auto* run = std::get_if<TickOrder>(&order)) answer(*run);
  if (const auto* checkpoint = std::get_if<CheckpointOrder>(&order)) answer(*checkpoint);
  if (const auto* snapshot = std::get_if<SnapshotOrder>(&order)) {
    SnapshotReport report{epoch, snapshot->tick, snapshot->series, {}};
    report.groups.emplace_back().name = std::to_string(shard->value);
    out.emplace_back(std::move(report));
  }
  if (const auto* on = std::get_if<PhaseOrder>(&order)) {
    EXPECT_TRUE(acted && acted->tick.value == on->tick.value + 1) << "an order to go on for one that does not wait for it";
    out.emplace_back(*std::exchange(acted, std::nullopt));
  }
  if (std::holds_alternative<AbandonOrder>(order)) {
    phase = 0;
    acted.reset();
  }
}

void FakeMember::answer(const BeginOrder& order) {
  epoch = order.epoch;
  pins = order.pins;
  peers.clear();
  for (const MemberAddress& peer : order.members) peers.push_back(peer.shard);
  tick = order.checkpoint ? order.checkpoint->tick : Tick(0);
  phase = 0;
  acted.reset();
  ReadyReport report;
  report.epoch = epoch;
  report.tick = tick;
  report.partial = partial(tick, index(), peers.size(), false, true);
  report.digest = digest_share(tick, index(), peers.size());
  if (wrong_state) report.digest.low += 1;
  report.placement_hash = 5;
  report.topology_hash = test_topology;
  report.nodes = 4 * std::uint64_t{blocks};
  report.edges = 40;
  report.agents = share(agents_at(tick), index(), peers.size());
  report.block_sizes.assign(blocks, 4);
  out.emplace_back(std::move(report));
}

void FakeMember::answer(const TickOrder& order) {
  EXPECT_EQ(order.tick, tick) << "a tick of another state than the member holds";
  const Globals known = whole_globals(order.tick);
  EXPECT_EQ(order.globals[0], known[0]);
  EXPECT_EQ(order.globals[moved_slot], known[moved_slot]);
  phase = 1;
  TickReport report;
  report.epoch = epoch;
  report.tick = tick = Tick(order.tick.value + 1);
  report.partial = partial(tick, index(), peers.size(), true, order.observe);
  if (order.digest) report.digest = digest_share(tick, index(), peers.size());
  if (index() + 1 == peers.size()) report.events = {{tick.value, 0, 1, 2}};
  report.agents = share(agents_at(tick), index(), peers.size());
  report.cost = {10, 2, 30};
  if (order.measure)  // of all blocks: those of others are not this member's to speak of
    for (std::uint32_t b = 0; b <= blocks; ++b) report.block_costs.push_back({b, block_ns && b < blocks ? block_ns(b) : 0});
  if (!order.by_phase) {
    out.emplace_back(std::move(report));
    return;
  }
  acted = std::move(report);
  out.emplace_back(PhaseReport{epoch, order.tick});
}

void FakeMember::answer(const CheckpointOrder& order) {
  EXPECT_EQ(order.tick, tick);
  const Digest digest = digest_share(tick, index(), peers.size());
  out.emplace_back(ImageReport{epoch, tick, digest, partial(tick, index(), peers.size(), false, true)});
  FileReport file{epoch, tick, {}, "disk full"};
  const CheckpointStamp stamp{"test", test_schema_hash, test_seed, tick, 1, epoch};
  if (!disk_full) file = {epoch, tick, {FileRecord{shard_file_name(stamp, *shard), *shard, {}, digest}}, {}};
  if (disk_hung) held.emplace_back(std::move(file));
  else out.emplace_back(std::move(file));
}

// ---- The world ----

ClusterWorld::ClusterWorld(const ClusterOptions& chosen, std::optional<Manifest> from) : options(chosen) {
  ClusterPlan plan;
  plan.course.globals = test_schema().globals();
  plan.course.happenings = happening_slots(test_schema());
  plan.course.last = Tick(options.last);
  plan.course.observe_every = options.observe_every;
  plan.course.checkpoint_every = options.checkpoint_every;
  plan.course.checkpoint_every_ns = options.checkpoint_every_ns;
  plan.course.snapshot_every = options.snapshot_every;
  plan.course.stop_when = options.stop_when;
  plan.schema = &test_schema();
  plan.identity = test_identity();
  plan.model = "test";
  plan.schema_hash = test_schema_hash;
  plan.seed = test_seed;
  plan.places = options.places;
  plan.placement.pins = options.pins;
  plan.digest_every = options.digest_every;
  plan.rebalance_every = options.rebalance_every;
  plan.by_phase = options.by_phase;
  plan.heartbeat_ns = 1000;
  plan.heartbeat_misses = options.misses;
  plan.stall_ns = options.stall_ns;
  plan.begin_timeout_ns = options.begin_timeout_ns;
  plan.replace_wait_ns = options.replace_wait_ns;
  plan.join_wait_ns = options.join_wait_ns;
  plan.fixed_members = options.fixed;
  if (from) first_seen_ = from->stamp.tick.value + 1;
  if (from)
    for (std::uint64_t t = 0; t <= from->stamp.tick.value; ++t) {
      rows.push_back(t);
      if (t != 0) events.push_back(t);
    }
  cluster.emplace(std::move(plan), std::move(from), now_ns);
}

FakeMember* ClusterWorld::at(ShardId shard) {
  for (auto& [connection, m] : members)
    if (m.up() && m.shard == shard) return &m;
  return nullptr;
}

Texts ClusterWorld::step(ClusterEvent event) {
  Texts texts;
  const bool over = finish.has_value();
  for (ClusterAction& action : cluster->step(std::move(event))) {
    const auto* order = std::get_if<SendOrder>(&action);
    EXPECT_TRUE(!over || (order && std::holds_alternative<FinishOrder>(order->order))) << "an action after the end";
    std::string text = perform(action);
    if (!text.empty()) texts.push_back(std::move(text));
  }
  const std::optional<Tick> now_committed = cluster->committed() ? std::optional(cluster->committed()->stamp.tick) : std::nullopt;
  EXPECT_GE(now_committed, committed_) << "what is committed never goes back";
  committed_ = now_committed;
  EXPECT_EQ(cluster->epoch(), epoch);
  if (const auto agents = cluster->agent_count()) {
    EXPECT_EQ(*agents, agents_at(cluster->tick())) << "a sum over reports of different ticks";
  }
  EXPECT_EQ(cluster->finished(), finish.has_value());
  return texts;
}

Texts ClusterWorld::join(std::uint64_t connection, std::optional<std::uint32_t> wanted) {
  FakeMember& m = members[ConnectionId(connection)];
  m.connection = ConnectionId(connection);
  m.blocks = options.blocks;
  m.block_ns = options.block_ns;
  JoinReport join = test_identity();
  join.pid = static_cast<std::int64_t>(connection);
  join.bulk_url = fmt::format("url {}", connection);
  if (wanted) join.wanted = ShardId(*wanted);
  return report(connection, join);
}

Texts ClusterWorld::deliver(std::uint64_t connection) {
  FakeMember& m = member(connection);
  if (m.out.empty()) return {};
  Report next = std::move(m.out.front());
  m.out.pop_front();
  if (std::holds_alternative<TickReport>(next) && m.phase == 1) m.phase = 0;
  if (const auto* file = std::get_if<FileReport>(&next); file && file->epoch == epoch && noted_ == file->tick) {
    ++files_reported_;
    file_failed_ |= file->records.empty();
  }
  return report(connection, std::move(next));
}

Texts ClusterWorld::disconnect(std::uint64_t connection) {
  member(connection).dead = true;
  return step(Disconnected{ConnectionId(connection), now_ns});
}

Texts ClusterWorld::commit(bool complete) {
  const Manifest manifest = pending.value();
  pending.reset();
  noted_.reset();
  if (complete) commits.push_back(manifest.stamp.tick);
  return step(CommitDone{manifest.stamp.tick, complete, complete ? "" : "no room", now_ns});
}

Texts ClusterWorld::pass(std::uint64_t ns) {
  Texts texts;
  const auto add = [&](Texts more) { texts.insert(texts.end(), more.begin(), more.end()); };
  for (const std::uint64_t end = now_ns + ns; now_ns < end && !finish;) {
    now_ns = std::min(end, now_ns + 500);
    for (auto& [connection, m] : members)
      if (m.up() && m.shard && !m.silent && !finish) {
        const bool behind = m.phase == 1;  // its report of that tick has not left it yet
        add(step(Received{connection, BeatReport{m.epoch, Tick(m.tick.value - (behind ? 1 : 0)), m.hung ? 0 : m.phase, 1, 2}, now_ns}));
      }
    if (!finish) add(step(TimePassed{now_ns}));
  }
  return texts;
}

Texts ClusterWorld::settle() {
  Texts texts;
  const auto add = [&](Texts more) { texts.insert(texts.end(), more.begin(), more.end()); };
  for (bool moved = true; moved && !finish;) {
    moved = false;
    std::vector<std::uint64_t> connections;
    for (const auto& [connection, m] : members) connections.push_back(connection.value);
    for (const std::uint64_t c : connections)
      if (member(c).up() && !member(c).hung && !member(c).silent && !member(c).out.empty() && !finish) {
        add(deliver(c));
        moved = true;
      }
    if (pending && auto_commit && !finish) {
      add(commit());
      moved = true;
    }
  }
  return texts;
}

void ClusterWorld::start(std::uint64_t until_tick) {
  for (std::uint32_t p = 0; p < options.places; ++p) join(p + 1);
  for (std::uint32_t p = 0; p < options.places; ++p) deliver(p + 1);
  for (std::uint64_t reached = cluster->tick().value; reached < until_tick;) {
    for (auto& [connection, m] : members) deliver(connection.value);
    if (pending && auto_commit) commit();
    reached = cluster->tick().value;
  }
}

// ---- What must be true of every action ----

std::string ClusterWorld::perform(ClusterAction& action) {
  return std::visit([this](auto& a) { return on(a); }, action);
}

void ClusterWorld::check_order(const FakeMember& to, const Order& order) {
  const auto of_epoch = [&](std::uint64_t e) {
    EXPECT_EQ(e, epoch) << "an order of another epoch";
    EXPECT_TRUE(std::count(epoch_members.begin(), epoch_members.end(), *to.shard)) << "an order to one who is not in the epoch";
  };
  if (const auto* begin = std::get_if<BeginOrder>(&order)) {
    if (begin->epoch != epoch) {
      EXPECT_GT(begin->epoch, epoch) << "epochs only grow";
      EXPECT_FALSE(pending) << "the commit in flight decides where an epoch begins";
      EXPECT_EQ(begin->checkpoint, cluster->committed() ? std::optional(cluster->committed()->stamp) : std::nullopt);
      const std::uint64_t at = begin->checkpoint ? begin->checkpoint->tick.value : 0;
      if (!abandoned_) {
        EXPECT_EQ(at, next_tick_) << "a planned change does no tick twice";
      }
      abandoned_ = restored_ = false;
      noted_.reset();
      next_tick_ = at;
      epoch = begin->epoch;
      epoch_members.clear();
      for (const MemberAddress& member : begin->members) epoch_members.push_back(member.shard);
      EXPECT_TRUE(std::is_sorted(epoch_members.begin(), epoch_members.end()));
    }
    of_epoch(begin->epoch);
    EXPECT_EQ(begin->writes_static, !begin->checkpoint && epoch_members.front() == *to.shard);
    EXPECT_EQ(begin->static_hash, begin->checkpoint ? test_topology : 0);
    tick_sent_.clear();
  } else if (const auto* tick = std::get_if<TickOrder>(&order)) {
    of_epoch(tick->epoch);
    EXPECT_TRUE(restored_) << "the files must be as the checkpoint has them before ticks are done";
    if (tick_sent_.size() == epoch_members.size() || tick_sent_.empty()) {
      EXPECT_EQ(tick->tick.value, next_tick_);
      next_tick_ = tick->tick.value + 1;
      tick_sent_.clear();
    }
    EXPECT_EQ(tick->tick.value + 1, next_tick_);
    EXPECT_TRUE(tick_sent_.insert(*to.shard).second);
    EXPECT_LT(tick->tick.value, options.last);
  } else if (const auto* on = std::get_if<PhaseOrder>(&order)) {
    of_epoch(on->epoch);
    EXPECT_EQ(on->tick.value + 1, next_tick_);
    for (const ShardId shard : epoch_members) {
      const FakeMember* m = at(shard);
      EXPECT_TRUE(!m || m->tick.value == next_tick_) << "one has not acted yet";
    }
  } else if (const auto* checkpoint = std::get_if<CheckpointOrder>(&order)) {
    of_epoch(checkpoint->epoch);
    EXPECT_EQ(noted_, checkpoint->tick) << "the lengths of the files belong to a checkpoint";
  } else if (const auto* abandon = std::get_if<AbandonOrder>(&order)) {
    of_epoch(abandon->epoch);
    abandoned_ = true;
  }
}

std::string ClusterWorld::on(SendOrder& action) {
  FakeMember& to = members[action.connection];
  EXPECT_FALSE(to.fenced) << "an order to a fenced connection";
  EXPECT_FALSE(to.finished) << "an order to one who was sent away";
  check_order(to, action.order);
  to.take(action.order);
  struct Visitor {
    std::string operator()(const WelcomeOrder& o) { return fmt::format("welcome {}", o.shard.value); }
    std::string operator()(const RefuseOrder& o) { return fmt::format("refuse {}", o.status); }
    std::string operator()(const BeginOrder& o) {
      std::vector<std::uint32_t> shards;
      for (const MemberAddress& member : o.members) shards.push_back(member.shard.value);
      return fmt::format("begin {} at {} with {}", o.epoch, o.checkpoint ? std::to_string(o.checkpoint->tick.value) : "0",
                         fmt::join(shards, ","));
    }
    std::string operator()(const TickOrder& o) {
      return fmt::format("tick {}{}{}", o.tick.value, o.observe ? "" : " unobserved", o.digest ? " digest" : "");
    }
    std::string operator()(const PhaseOrder& o) { return fmt::format("phase {}", o.tick.value); }
    std::string operator()(const CheckpointOrder& o) { return fmt::format("checkpoint {}", o.tick.value); }
    std::string operator()(const SnapshotOrder& o) { return fmt::format("snapshot {} at {}", o.series, o.tick.value); }
    std::string operator()(const AbandonOrder& o) { return fmt::format("abandon {}", o.epoch); }
    std::string operator()(const FinishOrder& o) { return fmt::format("finish {}", o.status); }
  };
  return fmt::format("{}: {}", action.connection.value, std::visit(Visitor{}, action.order));
}

std::string ClusterWorld::on(CloseConnection& action) {
  EXPECT_FALSE(members[action.connection].fenced);
  members[action.connection].fenced = true;
  if (members[action.connection].shard && members[action.connection].epoch == epoch) abandoned_ = true;
  EXPECT_FALSE(action.reason.empty());
  return fmt::format("close {}", action.connection.value);
}

std::string ClusterWorld::on(RestoreFiles&) {
  const KeptRows kept = cluster->committed() ? cluster->committed()->rows : KeptRows{};
  const std::uint64_t observables_bytes = kept.observables.bytes, events_bytes = kept.events.bytes;
  EXPECT_EQ(observables_bytes % row_bytes, 0u);
  EXPECT_LE(observables_bytes, rows.size() * row_bytes) << "there is not so much to go back to";
  EXPECT_LE(events_bytes, events.size() * event_bytes);
  rows.resize(observables_bytes / row_bytes);
  events.resize(events_bytes / event_bytes);
  restored_ = true;
  return fmt::format("restore {}", rows.size());
}

std::string ClusterWorld::on(WriteRow& action) {
  const std::uint64_t before = rows.empty() ? 0 : rows.back(), due = rows.empty() ? 0 : before + options.observe_every;
  EXPECT_LE(action.tick.value, due) << "no row is left out";
  EXPECT_TRUE(action.tick.value == due || action.tick.value > before) << "each row once";
  last_row_extra_ = action.tick.value != due;  // the run ends between rows
  EXPECT_EQ(action.tick, cluster->tick());
  Globals expected = whole_globals(action.tick);
  expected[moved_slot] = 5 * static_cast<std::int64_t>(action.tick.value - before);
  EXPECT_EQ(action.globals, expected);
  EXPECT_EQ(cluster->globals(), whole_globals(action.tick)) << "conditions see the tick's own";
  const bool wanted = options.digest_every != 0 && action.tick.value % options.digest_every == 0;
  EXPECT_EQ(action.digest, wanted ? std::optional(whole_digest(action.tick)) : std::nullopt);
  rows.push_back(action.tick.value);
  return fmt::format("row {}", action.tick.value);
}

std::string ClusterWorld::on(WriteEvents& action) {
  EXPECT_TRUE(std::is_sorted(action.events.begin(), action.events.end()));
  for (const Event& event : action.events) {
    EXPECT_EQ(event.tick, events.empty() ? 1 : events.back() + 1);
    events.push_back(event.tick);
  }
  return {};
}

std::string ClusterWorld::on(WriteSnapshot& action) {
  EXPECT_EQ(action.tick.value % options.snapshot_every.at(action.series), 0u);
  Texts names, expected;
  for (const auto& part : action.parts) names.push_back(part.at(0).name);
  for (const ShardId shard : epoch_members) expected.push_back(std::to_string(shard.value));
  EXPECT_EQ(names, expected);
  snapshots.insert({action.tick.value, action.series});
  return fmt::format("write snapshot {} at {}", action.series, action.tick.value);
}

std::string ClusterWorld::on(NoteLengths& action) {
  EXPECT_FALSE(last_row_extra_) << "a row that no checkpoint may have";
  EXPECT_FALSE(pending) << "a checkpoint while a commit is in flight";
  EXPECT_TRUE(!noted_ || (file_failed_ && files_reported_ == epoch_members.size())) << "two checkpoints in flight";
  EXPECT_EQ(action.tick.value, next_tick_);
  noted_ = action.tick;
  files_reported_ = 0;
  file_failed_ = false;
  noted_rows_ = {{rows.size() * row_bytes, rows.size()}, {events.size() * event_bytes, events.size()}};
  cluster->note_lengths(noted_rows_);
  return {};
}

std::string ClusterWorld::on(Commit& action) {
  const Manifest& manifest = action.manifest;
  const Tick tick = manifest.stamp.tick;
  EXPECT_FALSE(pending);
  EXPECT_EQ(noted_, tick) << "a commit of a checkpoint that is not in flight";
  EXPECT_EQ(manifest.stamp, (CheckpointStamp{"test", test_schema_hash, test_seed, tick, 1, epoch})) << "of an epoch that is over";
  std::vector<ShardId> shards;
  for (const FileRecord& file : manifest.files) {
    shards.push_back(file.shard);
    EXPECT_EQ(file.name, shard_file_name(manifest.stamp, file.shard));
  }
  EXPECT_EQ(shards, epoch_members) << "the files of exactly the members of the epoch";
  EXPECT_EQ(manifest.digest, whole_digest(tick));
  EXPECT_EQ(kept_globals(manifest, test_schema())[0], whole_globals(tick)[0]);
  EXPECT_THAT(manifest.globals.front().values, ::testing::ElementsAre(whole_globals(tick)[0])) << "a sum is kept without its carry";
  EXPECT_EQ(manifest.static_hash, test_topology);
  EXPECT_EQ(manifest.block_sizes.size(), options.blocks);
  EXPECT_EQ(manifest.rows, noted_rows_);
  const RowsSoFar noted = rows_so_far(manifest, test_schema());
  EXPECT_EQ(noted.last.value, tick.value - tick.value % options.observe_every);
  EXPECT_THAT(noted.counts, ::testing::ElementsAre(5 * static_cast<std::int64_t>(tick.value - noted.last.value)));
  if (!commits.empty()) {
    EXPECT_GT(tick, commits.back()) << "what is committed never goes back";
  }
  for (std::uint64_t t = 0; t <= tick.value; ++t)
    for (std::uint32_t s = 0; s < options.snapshot_every.size(); ++s)
      if (t % options.snapshot_every[s] == 0 && t >= first_seen_) {
        EXPECT_TRUE(snapshots.contains({t, s})) << "a failure could still take it away";
      }
  pending = manifest;
  return fmt::format("commit {}", tick.value);
}

std::string ClusterWorld::on(Say& action) {
  EXPECT_FALSE(action.message.empty());
  said.push_back(action.event + ": " + action.message);
  return action.level == Say::Level::warning ? "warn " + action.event : "";
}

std::string ClusterWorld::on(ClusterFinish& action) {
  EXPECT_FALSE(finish);
  EXPECT_FALSE(pending) << "a commit is still in flight";
  for (const auto& [connection, m] : members) EXPECT_FALSE(m.up() && m.shard) << "one was not told of the end";
  EXPECT_EQ(action.checkpointed, cluster->committed() && cluster->committed()->stamp.tick == cluster->tick());
  finish = action;
  const char* reasons[] = {"reached", "condition", "stopped"};
  return fmt::format("end {} {}{}", reasons[static_cast<int>(action.reason)], action.exit_status, action.checkpointed ? " saved" : "");
}

std::size_t count(const Texts& texts, const std::string& text) {
  return static_cast<std::size_t>(std::count(texts.begin(), texts.end(), text));
}

}  // namespace colony::testing
