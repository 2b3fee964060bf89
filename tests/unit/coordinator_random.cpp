// Thousands of runs of a coordinator in random legal orders of events: shards that report in any order, checkpoints that come late or fail,
// a signal at any moment. What must hold of every one of them is checked at each action.
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <optional>
#include <random>
#include <set>

#include "coordinator/coordinator.hpp"

namespace colony {
namespace {

/// The world around one coordinator: it carries actions out, checks each, and chooses what happens next.
class World {
 public:
  explicit World(std::uint32_t seed) : random_(seed) {
    plan_.globals = {{"done", Reduce::sum, true, 1, true}, {"value", Reduce::sum, false, 1, false}, {"moved", Reduce::sum, false, 1, true}};
    plan_.happenings = {2};
    plan_.shards = below(4) + 1;
    start_ = below(3) == 0 ? below(20) : 0;
    fresh_ = start_ == 0;
    plan_.last = Tick(start_ + below(30));
    plan_.observe_every = below(4) + 1;
    if (below(2) == 0) plan_.checkpoint_every = below(5) + 1;
    if (below(2) == 0) plan_.checkpoint_every_ns = below(3000) + 1;
    for (std::uint32_t s = below(3); s > 0; --s) plan_.snapshot_every.push_back(below(5) + 1);
    if (below(3) == 0) {
      const std::int64_t limit = below(40) * plan_.shards;
      plan_.stop_when = [limit](Tick, const Globals& globals) { return globals[0] > limit; };
    }
    fail_one_in_ = below(3) == 0 ? 2 : 1000000;
    tick_ = start_;
    if (!fresh_) {
      last_row_ = below(static_cast<std::uint32_t>(start_) + 1);
      had_row_ = last_row_ == start_;
      since_row_ = had_row_ ? 0 : below(50);
    }
  }

  void run() {
    Coordinator coordinator(plan_, Tick(start_), fresh_ ? Globals{} : Globals{std::int64_t(start_) * plan_.shards, 0, 0}, fresh_,
                            fresh_ ? RowsSoFar{} : RowsSoFar{Tick(last_row_), {since_row_}});
    coordinator_ = &coordinator;
    begin_reports();
    for (int steps = 0; !finished_; ++steps) {
      ASSERT_LT(steps, 2000) << "the run does not come to its end";
      const std::uint64_t now = now_ns_ += below(400);
      const std::uint32_t what = below(100);
      if (what < 3 && !stop_asked_) {
        stop_asked_ = true;
        take(coordinator.step(StopRequested{130}));
      } else if (what < 6) {
        pause_asked_ = below(2) == 0;
        take(coordinator.step(PauseRequested{pause_asked_}));
      } else if (in_flight_ && (reports_.empty() || what < 30)) {
        const Tick tick(*in_flight_);
        const bool committed = below(fail_one_in_) != 0;
        in_flight_.reset();
        awaiting_ = false;
        if (committed) committed_ = tick.value;
        take(coordinator.step(CheckpointDone{tick, committed, now}));
      } else {
        ASSERT_FALSE(reports_.empty()) << "nothing to wait for, and no end";
        report(coordinator, now);
      }
      if (::testing::Test::HasFailure()) return;
    }
    expect_complete(coordinator);
  }

 private:
  std::uint32_t below(std::uint32_t n) { return n == 0 ? 0 : static_cast<std::uint32_t>(random_() % n); }

  void begin_reports() {
    reports_.resize(plan_.shards);
    std::iota(reports_.begin(), reports_.end(), 0u);
    std::shuffle(reports_.begin(), reports_.end(), random_);
  }

  void report(Coordinator& coordinator, std::uint64_t now) {
    const ShardId shard(reports_.back());
    reports_.pop_back();
    const std::int64_t moved = started_ ? below(9) : 0;
    since_row_ += moved;
    const Globals partial{started_ ? 1 : 0, shard.value, moved};
    if (started_) {
      if (reports_.empty()) tick_ += 1;
      take(coordinator.step(TickDone{shard, Tick(reports_.empty() ? tick_ : tick_ + 1), &partial, now}));
    } else {
      if (reports_.empty()) started_ = true;
      take(coordinator.step(ShardReady{shard, &partial, now}));
    }
  }

  void take(const std::vector<CoordinatorAction>& actions) {
    for (const CoordinatorAction& action : actions) {
      ASSERT_FALSE(finished_) << "an action after the end";
      std::visit([this](const auto& a) { on(a); }, action);
    }
  }

  void on(const RunTick& a) {
    EXPECT_TRUE(reports_.empty()) << "a tick before all have reported the last";
    EXPECT_EQ(a.tick.value, tick_);
    EXPECT_LT(a.tick.value, plan_.last.value);
    EXPECT_FALSE(awaiting_) << "the checkpoint was to be awaited";
    EXPECT_EQ(a.observe, (tick_ + 1) % plan_.observe_every == 0 || plan_.stop_when);
    begin_reports();
  }
  void on(const Observe& a) {
    EXPECT_EQ(a.tick.value, tick_);
    EXPECT_TRUE(observed_.insert(tick_).second) << "a row twice";
    EXPECT_EQ(coordinator_->for_row(coordinator_->globals())[2], since_row_) << "what has happened since the last row";
    EXPECT_EQ(a.last, tick_ % plan_.observe_every != 0);
    last_seen_ = a.last;
    if (a.last) return;
    last_row_ = tick_;
    since_row_ = 0;
  }
  void on(const TakeSnapshot& a) {
    EXPECT_FALSE(last_seen_);
    EXPECT_EQ(a.tick.value, tick_);
    EXPECT_EQ(tick_ % plan_.snapshot_every.at(a.series), 0u);
    EXPECT_TRUE(snapshots_.insert({a.series, tick_}).second);
  }
  void on(const TakeCheckpoint& a) {
    EXPECT_FALSE(in_flight_) << "two in flight";
    EXPECT_EQ(a.tick.value, tick_) << "only the state that the shards hold can be copied";
    EXPECT_TRUE(reports_.empty()) << "the state is being changed";
    EXPECT_NE(committed_, tick_) << "it is on disk already";
    EXPECT_EQ(coordinator_->rows().last.value, last_row_);
    EXPECT_EQ(coordinator_->rows().counts, std::vector{since_row_}) << "what the next row is to begin with";
    in_flight_ = tick_;
  }
  void on(const AwaitCheckpoint&) {
    EXPECT_TRUE(in_flight_) << "there is nothing to await";
    EXPECT_TRUE(reports_.empty());
    awaiting_ = true;
  }
  void on(const Paused& a) {
    EXPECT_TRUE(pause_asked_);
    EXPECT_TRUE(reports_.empty());
    EXPECT_FALSE(in_flight_);
    EXPECT_EQ(a.tick.value, tick_);
    EXPECT_TRUE(committed_ == tick_ || (!fresh_ && tick_ == start_)) << "what goes on must find this state on disk";
    EXPECT_FALSE(stop_asked_ || tick_ == plan_.last.value) << "a run at its end finishes";
    finished_ = true;
  }
  void on(const Finish& a) {
    EXPECT_TRUE(observed_.contains(tick_) || last_row_ == tick_) << "the last state has a row";
    EXPECT_TRUE(reports_.empty());
    EXPECT_FALSE(in_flight_) << "a checkpoint is still being written";
    const bool saved = committed_ == tick_ || (!fresh_ && tick_ == start_);
    EXPECT_EQ(a.checkpointed, saved);
    if (fail_one_in_ > 2) {
      EXPECT_TRUE(saved) << "with a disk that works, the end is on it";
    }
    if (tick_ == plan_.last.value) {
      EXPECT_EQ(a.reason, Finish::Reason::reached);
    } else if (a.reason == Finish::Reason::stopped) {
      EXPECT_TRUE(stop_asked_);
      EXPECT_EQ(a.exit_status, 130);
    } else {
      EXPECT_EQ(a.reason, Finish::Reason::condition);
    }
    finished_ = true;
  }

  void expect_complete(const Coordinator& coordinator) {
    EXPECT_EQ(coordinator.tick().value, tick_);
    EXPECT_EQ(coordinator.globals()[0], static_cast<std::int64_t>(tick_ * plan_.shards));
    for (std::uint64_t t = start_; t <= tick_; ++t) {
      const bool new_here = t > start_ || fresh_;
      if (t != tick_ || !last_seen_) {
        EXPECT_EQ(observed_.contains(t), (new_here || !had_row_) && t % plan_.observe_every == 0) << t;
      }
      for (std::size_t s = 0; s < plan_.snapshot_every.size(); ++s)
        EXPECT_EQ(snapshots_.contains({s, t}), new_here && t % plan_.snapshot_every[s] == 0) << t;
    }
  }

  std::mt19937 random_;
  CoursePlan plan_;
  std::uint64_t start_ = 0, tick_ = 0, now_ns_ = 0;
  std::uint32_t fail_one_in_ = 1;
  bool fresh_ = true, started_ = false, stop_asked_ = false, pause_asked_ = false, awaiting_ = false, finished_ = false;
  std::vector<std::uint32_t> reports_;  ///< shards that have not reported yet
  std::optional<std::uint64_t> in_flight_, committed_;
  std::set<std::uint64_t> observed_;
  Coordinator* coordinator_ = nullptr;
  std::uint64_t last_row_ = 0;
  std::int64_t since_row_ = 0;  ///< happenings
  bool had_row_ = true;         ///< the row of the start, before it
  bool last_seen_ = false;      ///< the row of the end, between rows
  std::set<std::pair<std::size_t, std::uint64_t>> snapshots_;
};

TEST(CoordinatorRandom, HoldsItsInvariantsInAnyOrderOfEvents) {
  for (std::uint32_t seed = 0; seed < 5000; ++seed) {
    World(seed).run();
    ASSERT_FALSE(HasFailure()) << "seed " << seed;
  }
}

}  // namespace
}  // namespace colony
