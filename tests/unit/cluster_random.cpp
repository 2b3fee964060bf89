// Thousands of clusters under seeded faults: processes that die, hang, fall silent, are cut off, come back, leave; reports that are late,
// doubled or rubbish; disks that are full or hang; commits that fail; stops, drains, pins. ClusterWorld holds every action against what
// must be true of all; here it is seen that a run comes to its end once the faults stop, that nothing is lost in it, and that it all
// happened.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "tests/support/sanitized.hpp"
#include "tests/unit/cluster_support.hpp"

namespace colony::testing {
namespace {

/// What the seeds have met, summed over all of them: a test of faults must show that there were some.
struct Met {
  std::uint64_t balanced = 0, reached = 0, unsaved = 0, stopped = 0, failed = 0, epochs = 0, losses = 0, failed_commits = 0,
                awaited_commits = 0, fixed = 0;
};

class FaultyCluster {
 public:
  explicit FaultyCluster(std::uint32_t seed) : random_(seed) {
    ClusterOptions o;
    o.places = below(5) + 1;
    o.last = below(30) + 1;
    o.observe_every = below(3) + 1;
    if (below(2) == 0) o.digest_every = below(4) + 1;
    if (below(3) != 0) o.checkpoint_every = below(6) + 1;
    if (below(3) == 0) o.checkpoint_every_ns = below(20'000) + 1;
    for (std::uint32_t s = below(3); s > 0; --s) o.snapshot_every.push_back(below(5) + 1);
    if (below(3) == 0) {
      o.blocks = 60;
      o.rebalance_every = below(6) + 1;
      o.block_ns = [this](std::uint32_t) { return below(1'000'000); };
    }
    o.by_phase = below(4) == 0;
    o.replace_wait_ns = below(2) == 0 ? 0 : below(6000);
    o.fixed = below(8) == 0;
    fault_one_in_ = below(4) == 0 ? 1000 : below(40) + 4;
    std::optional<Manifest> from;
    if (below(4) == 0) {
      o.observe_every = 1;
      o.last += 5;
      from = test_manifest(Tick(5));
      from->block_sizes.assign(o.blocks, 4);
      from->stamp.epoch = 9;
    }
    world_.emplace(o, std::move(from));
    world_->auto_commit = false;
  }

  Texts run(Met& met) {
    for (std::uint32_t p = 0; p < world_->options.places; ++p) start_process(p);
    const std::uint32_t fault_steps = below(400);
    for (std::uint32_t steps = 0; !world_->finish && !::testing::Test::HasFailure(); ++steps) {
      if (steps == fault_steps) heal();
      if (steps > 20'000) {
        ADD_FAILURE() << "the run does not come to its end";
        break;
      }
      if (steps < fault_steps && below(fault_one_in_) == 0) fault();
      go_on();
    }
    if (!::testing::Test::HasFailure()) check_end(met);
    return std::move(log_);
  }

 private:
  std::uint32_t below(std::uint32_t n) { return n == 0 ? 0 : static_cast<std::uint32_t>(random_() % n); }
  void log(Texts texts) { log_.insert(log_.end(), texts.begin(), texts.end()); }

  std::vector<std::uint64_t> up() const {
    std::vector<std::uint64_t> connections;
    for (const auto& [connection, m] : world_->members)
      if (m.up() && m.shard) connections.push_back(connection.value);
    return connections;
  }
  FakeMember* any() {
    const auto all = up();
    return all.empty() ? nullptr : &world_->member(all[below(static_cast<std::uint32_t>(all.size()))]);
  }
  void start_process(std::optional<std::uint32_t> wanted) { log(world_->join(++connections_, wanted)); }

  // ---- What goes on by itself ----

  void go_on() {
    const std::uint32_t what = below(10);
    if (world_->pending && what < 4) {
      const bool complete = below(10) != 0 || healed_;
      failed_commits_ += !complete;
      awaited_commits_ += world_->cluster->members().empty() || world_->cluster->members()[0].state == "joined";
      return log(world_->commit(complete));
    }
    if (what < 9)
      if (FakeMember* m = any(); m && !m->hung && !m->silent && !m->out.empty() && !blocked(*m)) return deliver(*m);
    if (below(4) != 0) return;
    for (const auto& [who, whom] : cuts_) suspect(who, whom);
    log(world_->pass(500));
    if (!healed_ && below(20) == 0 && up().size() < world_->options.places + 2) start_process(std::nullopt);
  }

  void deliver(FakeMember& m) {
    if (below(fault_one_in_) == 0 && !healed_)
      if (const auto* tick = std::get_if<TickReport>(&m.out.front())) last_ = {m.connection.value, *tick};
    log(world_->deliver(m.connection.value));
  }

  /// The barrier between members: no tick is done without the frames of all.
  bool blocked(const FakeMember& m) {
    const auto* report = std::get_if<TickReport>(&m.out.front());
    if (!report) return false;
    for (const ShardId peer : m.peers) {
      const FakeMember* other = world_->at(peer);
      if (!other || other == &m || other->epoch != m.epoch) continue;
      if (cuts_.contains({m.connection, other->connection})) return true;
      if ((other->hung || other->silent) && !other->out.empty() && other->tick <= report->tick) return true;
    }
    return false;
  }

  void suspect(ConnectionId who, ConnectionId whom) {
    FakeMember &a = world_->members.at(who), &b = world_->members.at(whom);
    if (!a.up() || !b.up() || !a.shard || !b.shard || a.epoch != b.epoch || world_->finish) return;
    if (!told_.insert({who, whom, a.epoch, a.tick}).second) return;
    log(world_->report(who.value, SuspectReport{a.epoch, *b.shard}));
    if (a.up() && b.up() && below(2) == 0 && !world_->finish) log(world_->report(whom.value, SuspectReport{b.epoch, *a.shard}));
  }

  // ---- What goes wrong ----

  void fault() {
    FakeMember* m = any();
    if (!m) return start_process(std::nullopt);
    const std::uint64_t c = m->connection.value;
    switch (below(17)) {
      case 0:
      case 1: {
        const std::uint32_t place = m->shard->value;
        log(world_->disconnect(c));
        if (below(2) == 0 && !world_->finish) start_process(place);
        break;
      }
      case 2: m->hung = true; break;
      case 3: m->silent = true; break;
      case 4:
        if (const FakeMember* other = any(); other != m) cuts_.insert({m->connection, other->connection});
        break;
      case 5: log(world_->report(c, LeaveReport{})); break;
      case 6: log(world_->drain(below(6))); break;
      case 7: log(world_->pin(below(5), below(6))); break;
      case 8: start_process(below(2) == 0 ? std::optional(below(6)) : std::nullopt); break;
      case 9: m->disk_full = !m->disk_full; break;
      case 10: m->disk_hung = true; break;
      case 11:
        if (below(6) == 0) log(world_->stop(130));
        break;
      case 12:
        if (below(12) == 0) log(world_->report(c, FailureReport{m->epoch, static_cast<std::int32_t>(below(7)), "it can't go on"}));
        break;
      case 13: world_->now_ns += below(100'000); break;  // the coordinator sleeps
      case 14:
        if (last_ && world_->member(last_->first).up()) log(world_->report(last_->first, last_->second));
        break;
      case 15: log(world_->report(++connections_, LeaveReport{})); break;
      default: rubbish(*m);
    }
  }

  /// Of another epoch, or of no state that is being waited for, or of another shape. (What is in every way as it should be, and false, is
  /// for the digest to find.)
  void rubbish(FakeMember& m) {
    const std::uint64_t c = m.connection.value;
    const std::uint64_t other = below(2) == 0 ? m.epoch + 1 + below(3) : m.epoch - 1;
    const Tick far(1000 + below(9));
    switch (below(11)) {
      case 9: return log(world_->report(c, PhaseReport{below(2) == 0 ? m.epoch : other, far}));
      case 0: return log(world_->report(c, TickReport{other, m.tick, {0, 0, 0, 0, 0}, {}, {}, 0, {}, {}}));
      case 1: return log(world_->report(c, TickReport{m.epoch, far, {0, 0, 0, 0, 0}, {}, {}, 0, {}, {}}));
      case 2: return log(world_->report(c, TickReport{m.epoch, m.tick, {0, 0}, {}, {}, 0, {}, {}}));
      case 3: return log(world_->report(c, ImageReport{other, m.tick, {}, {}}));
      case 4: return log(world_->report(c, FileReport{m.epoch, far, {}, {}}));
      case 5: return log(world_->report(c, SnapshotReport{m.epoch, far, 7, {}}));
      case 6: return log(world_->report(c, SuspectReport{below(2) == 0 ? m.epoch : other, ShardId(below(6))}));
      case 7: return log(world_->report(c, BeatReport{m.epoch, far, below(9), ~0ull, ~0ull}));
      case 8: return log(world_->report(c, FailureReport{other, 4, "late"}));
      default: {
        ReadyReport ready;
        ready.epoch = other;
        ready.block_sizes.assign(3, ~0ull);
        return log(world_->report(c, std::move(ready)));
      }
    }
  }

  /// Nothing new goes wrong. Who hangs or is silent already stays so, and must be found out.
  void heal() {
    healed_ = true;
    cuts_.clear();
    for (auto& [connection, m] : world_->members) {
      m.disk_full = m.disk_hung = false;
      for (Report& report : m.held) m.out.push_back(std::move(report));
      m.held.clear();
    }
  }

  void check_end(Met& met) {
    const Cluster& cluster = *world_->cluster;
    const ClusterOptions& o = world_->options;
    const ClusterFinish& finish = *world_->finish;
    met.epochs += cluster.epoch();
    for (const std::string& text : world_->said) met.balanced += text.starts_with("rebalance: a tick");
    met.failed_commits += failed_commits_;
    met.awaited_commits += awaited_commits_;
    met.fixed += o.fixed;
    for (const auto& [connection, m] : world_->members) met.losses += m.fenced && m.shard;
    if (!finish.error.empty()) {
      ++met.failed;
      EXPECT_NE(finish.exit_status, 0);
      return;
    }
    if (finish.exit_status == 130) {
      ++met.stopped;
      return;
    }
    ++(finish.checkpointed ? met.reached : met.unsaved);
    EXPECT_EQ(finish.reason, Finish::Reason::reached);
    EXPECT_EQ(cluster.tick(), Tick(o.last));
    EXPECT_EQ(cluster.digest(), whole_digest(cluster.tick()));
    EXPECT_EQ(cluster.globals(), whole_globals(cluster.tick()));
    EXPECT_EQ(world_->rows.size(), o.last / o.observe_every + 1 + (o.last % o.observe_every != 0)) << "the last state has a row";
    EXPECT_EQ(world_->events.size(), o.last);
  }

  std::mt19937 random_;
  std::optional<ClusterWorld> world_;
  Texts log_;
  std::uint32_t fault_one_in_ = 0;
  std::uint64_t connections_ = 0, failed_commits_ = 0, awaited_commits_ = 0;
  bool healed_ = false;
  std::optional<std::pair<std::uint64_t, TickReport>> last_;
  std::set<std::pair<ConnectionId, ConnectionId>> cuts_;  ///< (who, whose frames do not come)
  std::set<std::tuple<ConnectionId, ConnectionId, std::uint64_t, Tick>> told_;
};

TEST(ClusterRandom, HoldsItsInvariantsUnderFaults) {
  Met met;
  for (std::uint32_t seed = 0; seed < (sanitized ? 500 : 5000); ++seed) {
    FaultyCluster(seed).run(met);
    ASSERT_FALSE(HasFailure()) << "seed " << seed;
  }
  if (sanitized) return;
  EXPECT_GT(met.reached, 3000u);
  EXPECT_GT(met.stopped, 100u);
  EXPECT_GT(met.failed, 300u);
  EXPECT_GT(met.unsaved, 100u);
  EXPECT_GT(met.fixed, 300u);
  EXPECT_GT(met.epochs, 10'000u);
  EXPECT_GT(met.balanced, 500u);
  EXPECT_GT(met.losses, 4000u);
  EXPECT_GT(met.failed_commits, 500u);
  EXPECT_GT(met.awaited_commits, 200u) << "epochs that ended while a commit was in flight";
}

TEST(ClusterRandom, TheSameSeedGivesTheSameActions) {
  Met met;
  for (std::uint32_t seed = 0; seed < (sanitized ? 30 : 300); ++seed)
    EXPECT_EQ(FaultyCluster(seed).run(met), FaultyCluster(seed).run(met)) << "seed " << seed;
}

}  // namespace
}  // namespace colony::testing
