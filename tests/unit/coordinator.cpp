// The coordinator, event by event.
#include "coordinator/coordinator.hpp"

#include <limits>

#include "engine/error.hpp"
#include "engine/globals/best.hpp"
#include "engine/globals/reduce.hpp"
#include "engine/globals/runs.hpp"
#include "engine/globals/wide_sum.hpp"
#include "tests/unit/coordinator_support.hpp"

namespace colony::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const GlobalSpec count{"count", Reduce::sum, false, 1, false};

TEST(Coordinator, DrivesTicksToTheLast) {
  Driver run(Course{.globals = {count}, .shards = 1, .last = 2});
  EXPECT_THAT(run.ready(), ElementsAre("observe 0", "run 0"));
  EXPECT_THAT(run.done(1), ElementsAre("observe 1", "run 1"));
  EXPECT_EQ(run.coordinator().tick(), Tick(1));
  EXPECT_THAT(run.done(2), ElementsAre("observe 2", "checkpoint 2", "await"));
  EXPECT_THAT(run.committed(2), ElementsAre("finish reached 0 saved"));
}

TEST(Coordinator, WaitsForEveryShard) {
  Driver run(Course{.globals = {count}, .shards = 3, .last = 9});
  const Globals partial{1};
  EXPECT_THAT(run.step(ShardReady{ShardId(2), &partial, 0}), IsEmpty());
  EXPECT_THAT(run.step(ShardReady{ShardId(0), &partial, 0}), IsEmpty());
  EXPECT_THAT(run.step(ShardReady{ShardId(1), &partial, 0}), ElementsAre("observe 0", "run 0"));
  EXPECT_THAT(run.step(TickDone{ShardId(1), Tick(1), &partial, 0}), IsEmpty());
  EXPECT_THAT(run.step(TickDone{ShardId(0), Tick(1), &partial, 0}), IsEmpty());
  EXPECT_EQ(run.coordinator().tick(), Tick(0));
  EXPECT_THAT(run.step(TickDone{ShardId(2), Tick(1), &partial, 0}), ElementsAre("observe 1", "run 1"));
}

TEST(Coordinator, ReducesGlobals) {
  const Course plan{.globals = {{"sum", Reduce::sum, false, 2, false},
                                {"max", Reduce::max, false, 1, false},
                                {"min", Reduce::min, false, 1, false},
                                {"total", Reduce::sum, true, 1, true},
                                {"gathered", Reduce::sum, false, 1, true}},
                    .shards = 2,
                    .last = 9};
  Driver run(plan, Tick(4), {0, 0, 0, 0, 100, 17}, false);
  const Globals none{1, 0, 0, 0, 0, 0}, a{1, -2, 5, 5, 7, 3}, b{10, 20, -6, -6, 8, 1};
  run.step(ShardReady{ShardId(0), &none, 0});
  run.step(ShardReady{ShardId(1), &none, 0});
  EXPECT_THAT(run.coordinator().globals(), ElementsAre(2, 0, 0, 0, 100, 17)) << "what effects gathered before is kept, the rest told anew";
  run.step(TickDone{ShardId(0), Tick(5), &a, 0});
  run.step(TickDone{ShardId(1), Tick(5), &b, 0});
  EXPECT_THAT(run.coordinator().globals(), ElementsAre(11, 18, 5, -6, 115, 4));
  run.step(TickDone{ShardId(1), Tick(6), &b, 0});
  run.step(TickDone{ShardId(0), Tick(6), &a, 0});
  EXPECT_THAT(run.coordinator().globals(), ElementsAre(11, 18, 5, -6, 130, 4)) << "a lasting global adds up, the others are of one tick";
}

/// What has no fixed number stands behind the slots, in each tick anew.
TEST(Coordinator, ReducesRuns) {
  const std::vector<GlobalSpec> specs{{"runs", Reduce::runs, false, runs_slots, false, 2}, {"sum", Reduce::sum, false, 1, false}};
  const auto partial = [](const std::vector<ValueRun>& runs, std::int64_t sum) {
    Globals globals{0, 0, sum};
    append_runs(globals, 0, runs);
    return globals;
  };
  Driver run({.globals = specs, .shards = 2, .last = 9});
  const Globals a = partial({{0, 4, 3}, {10, 10, 1}}, 4), b = partial({{6, 8, 2}}, 2), none = partial({}, 5);
  run.step(ShardReady{ShardId(0), &a, 0});
  run.step(ShardReady{ShardId(1), &b, 0});
  EXPECT_THAT(runs_of(run.coordinator().globals(), {0}), ElementsAre(ValueRun{0, 10, 6}));
  EXPECT_EQ(run.coordinator().globals()[2], 6);
  run.step(TickDone{ShardId(1), Tick(1), &none, 0});
  run.step(TickDone{ShardId(0), Tick(1), &a, 0});
  EXPECT_THAT(runs_of(run.coordinator().globals(), {0}), ElementsAre(ValueRun{0, 4, 3}, ValueRun{10, 10, 1}));
  EXPECT_EQ(run.coordinator().globals()[2], 9);
  run.step(TickDone{ShardId(1), Tick(2), &none, 0});
  run.step(TickDone{ShardId(0), Tick(2), &none, 0});
  EXPECT_THAT(run.coordinator().globals(), ElementsAre(0, 0, 10)) << "a tick that was not observed";
}

TEST(Coordinator, ObservesAndSnapshotsByTheirSchedules) {
  Driver run(Course{.shards = 1, .last = 7, .observe_every = 3, .snapshot_every = {2, 5}});
  EXPECT_THAT(run.ready(), ElementsAre("observe 0", "snapshot 0 at 0", "snapshot 1 at 0", "run 0 unobserved"));
  EXPECT_THAT(run.done(1), ElementsAre("run 1 unobserved"));
  EXPECT_THAT(run.done(2), ElementsAre("snapshot 0 at 2", "run 2")) << "tick 3 is observed, so its scans are wanted";
  EXPECT_THAT(run.done(3), ElementsAre("observe 3", "run 3 unobserved"));
  EXPECT_THAT(run.done(4), ElementsAre("snapshot 0 at 4", "run 4 unobserved"));
  EXPECT_THAT(run.done(5), ElementsAre("snapshot 1 at 5", "run 5"));
  EXPECT_THAT(run.done(6), ElementsAre("observe 6", "snapshot 0 at 6", "run 6 unobserved"));
  EXPECT_THAT(run.done(7), ElementsAre("checkpoint 7", "await"));
}

/// The row of the end belongs to no checkpoint: what goes on has it cut off.
TEST(Coordinator, TheLastStateIsARowAlsoBetweenRows) {
  Driver run(Course{.shards = 1, .last = 4, .observe_every = 3});
  run.ready();
  run.done(1);
  run.done(2);
  EXPECT_THAT(run.done(3), ElementsAre("observe 3", "run 3 unobserved"));
  EXPECT_THAT(run.done(4), ElementsAre("checkpoint 4", "await"));
  EXPECT_EQ(run.coordinator().rows().last, Tick(3));
  EXPECT_THAT(run.committed(4), ElementsAre("observe last 4", "finish reached 0 saved"));
  EXPECT_EQ(run.coordinator().rows().last, Tick(3));
  Driver again(Course{.last = 4, .observe_every = 3}, Tick(4), {}, false, RowsSoFar{Tick(3), {}});
  EXPECT_THAT(again.ready(), ElementsAre("observe last 4", "finish reached 0 saved")) << "it was cut off, and comes back";
  Driver denser(Course{.last = 4, .observe_every = 2}, Tick(4), {}, false, RowsSoFar{Tick(3), {}});
  EXPECT_THAT(denser.ready(), ElementsAre("observe 4", "finish reached 0 saved")) << "by its schedule now";
  Driver thinner(Course{.last = 4, .observe_every = 3}, Tick(4), {}, false, RowsSoFar{Tick(4), {}});
  EXPECT_THAT(thinner.ready(), ElementsAre("finish reached 0 saved")) << "observe_every was 1, and the row is there";
}

/// 5 things happen in each tick and on each of two shards.
TEST(Coordinator, HappeningsAddUpOverThinnedRows) {
  const Course plan{.globals = {{"moved", Reduce::sum, false, 1, true}},
                    .shards = 2,
                    .last = 8,
                    .observe_every = 3,
                    .checkpoint_every = 2,
                    .happenings = {0}};
  const auto shown = [](const Driver& run) { return run.coordinator().for_row(run.coordinator().globals())[0]; };
  Driver run(plan);
  run.ready();
  run.done(1, 5);
  EXPECT_THAT(run.done(2, 5), ElementsAre("checkpoint 2", "run 2"));
  EXPECT_EQ(run.coordinator().globals()[0], 10) << "conditions see the tick's own";
  EXPECT_THAT(run.coordinator().rows().counts, ElementsAre(20));
  run.committed(2);
  EXPECT_THAT(run.done(3, 5), ElementsAre("observe 3", "run 3 unobserved"));
  EXPECT_EQ(shown(run), 30);
  EXPECT_THAT(run.coordinator().rows().counts, ElementsAre(0)) << "a checkpoint of tick 3 would hold nothing";
  run.done(4, 5);
  EXPECT_EQ(shown(run), 10);

  Driver resumed(plan, Tick(2), {10}, false, RowsSoFar{Tick(0), {20}});
  resumed.ready();
  resumed.done(3, 5);
  EXPECT_EQ(shown(resumed), 30);
  resumed.done(4, 5);
  resumed.committed(4);
  resumed.done(5, 5);
  resumed.done(6, 5);
  resumed.committed(6);
  resumed.done(7, 5);
  EXPECT_THAT(resumed.done(8, 5), ElementsAre("checkpoint 8", "await"));
  EXPECT_THAT(resumed.committed(8), ElementsAre("observe last 8", "finish reached 0 saved"));
  EXPECT_EQ(shown(resumed), 20) << "of ticks 7 and 8";
  EXPECT_THAT(resumed.coordinator().rows().counts, ElementsAre(20)) << "which a run that goes on shows at tick 9";
}

/// Within a tick the smaller payload wins, between ticks nothing but a smaller value or id.
TEST(Coordinator, OfOneValueAndIdTheEarlierTickLasts) {
  Driver run(Course{.globals = {{"best", Reduce::best, true, 3, true}}, .shards = 2, .last = 9});
  const Globals nothing{0, 0, 0};
  run.step(ShardReady{ShardId(0), &nothing, 0});
  run.step(ShardReady{ShardId(1), &nothing, 0});
  std::uint64_t tick = 0;
  const auto after = [&](std::int64_t id, std::int64_t payload, std::int64_t other_payload) {
    const Globals a{best_key(7), id, payload}, b{best_key(7), id, other_payload};
    ++tick;
    run.step(TickDone{ShardId(0), Tick(tick), &a, 0});
    run.step(TickDone{ShardId(1), Tick(tick), &b, 0});
    return run.coordinator().globals();
  };
  EXPECT_THAT(after(3, 50, 40), ElementsAre(best_key(7), 3, 40));
  EXPECT_THAT(after(3, 10, 20), ElementsAre(best_key(7), 3, 40));
  EXPECT_THAT(after(2, 90, 80), ElementsAre(best_key(7), 2, 80));
  EXPECT_THAT(after(-1, 0, 0), ElementsAre(best_key(7), 2, 80)) << "ids have no sign";
}

TEST(Coordinator, HappeningsBeyond64BitsAreAnError) {
  Driver run(Course{.globals = {{"moved", Reduce::sum, false, 1, true}}, .last = 9, .observe_every = 9, .happenings = {0}});
  run.ready();
  run.done(1, std::numeric_limits<std::int64_t>::max());
  EXPECT_THROW(run.done(2, 1), StateError);
}

TEST(Coordinator, WideSumsCarryFromWordToWord) {
  const std::vector<GlobalSpec> specs{{"total", Reduce::wide_sum, false, 2, false}};
  const auto reduced = [&](Wide a, Wide b) {
    Globals left(2), right(2);
    put_wide(left.data(), a);
    put_wide(right.data(), b);
    reduce_globals(left, right, specs);
    return wide_of(left.data());
  };
  const Wide word = Wide{1} << 64, most = ~(Wide{1} << 127);
  EXPECT_TRUE(reduced(word - 1, 1) == word);
  EXPECT_TRUE(reduced(-1, 1) == 0);
  EXPECT_TRUE(reduced(-word, -1) == -word - 1);
  EXPECT_TRUE(reduced(most - 1, 1) == most);
  EXPECT_THROW(reduced(most, 1), StateError);
  EXPECT_THROW(reduced(-most, -2), StateError);
}

TEST(Coordinator, ChecksPointsByTicksBehindTheTicksThatFollow) {
  Driver run(Course{.shards = 1, .last = 9, .observe_every = 100, .checkpoint_every = 2});
  EXPECT_THAT(run.ready(), ElementsAre("observe 0", "run 0 unobserved")) << "S(0) can be made again: no checkpoint";
  run.done(1);
  EXPECT_THAT(run.done(2), ElementsAre("checkpoint 2", "run 2 unobserved"));
  EXPECT_THAT(run.done(3), ElementsAre("run 3 unobserved")) << "the write goes on behind the ticks";
  EXPECT_THAT(run.committed(2), IsEmpty());
  EXPECT_THAT(run.done(4), ElementsAre("checkpoint 4", "run 4 unobserved"));
}

TEST(Coordinator, ChecksPointsByTime) {
  Driver run(Course{.shards = 1, .last = 99, .observe_every = 100, .checkpoint_every_ns = 500});
  run.ready();
  run.now_ns += 499;
  EXPECT_THAT(run.done(1), ElementsAre("run 1 unobserved"));
  run.now_ns += 1;
  EXPECT_THAT(run.done(2), ElementsAre("checkpoint 2", "run 2 unobserved"));
  run.now_ns += 400;
  EXPECT_THAT(run.committed(2), IsEmpty());
  run.now_ns += 99;
  EXPECT_THAT(run.done(3), ElementsAre("run 3 unobserved"));
  run.now_ns += 1;
  EXPECT_THAT(run.done(4), ElementsAre("checkpoint 4", "run 4 unobserved"));
}

TEST(Coordinator, TheNextCheckpointWaitsForTheOneInFlight) {
  Driver run(Course{.shards = 2, .last = 99, .observe_every = 100, .checkpoint_every = 1});
  run.ready();
  EXPECT_THAT(run.done(1), ElementsAre("checkpoint 1", "run 1 unobserved"));
  EXPECT_THAT(run.done(2), ElementsAre("await"));
  EXPECT_THAT(run.committed(1), ElementsAre("checkpoint 2", "run 2 unobserved"));
  EXPECT_THAT(run.done(3), ElementsAre("await"));
}

TEST(Coordinator, AFailedWriteIsTriedAgainAtTheNext) {
  Driver run(Course{.shards = 1, .last = 99, .observe_every = 100, .checkpoint_every = 2});
  run.ready();
  run.done(1);
  EXPECT_THAT(run.done(2), ElementsAre("checkpoint 2", "run 2 unobserved"));
  EXPECT_THAT(run.committed(2, false), IsEmpty()) << "no manifest for a torn checkpoint, and the run goes on";
  EXPECT_THAT(run.done(3), ElementsAre("run 3 unobserved"));
  EXPECT_THAT(run.done(4), ElementsAre("checkpoint 4", "run 4 unobserved"));
  EXPECT_THAT(run.committed(4), IsEmpty());
}

TEST(Coordinator, AFailedWriteThatWasAwaitedLetsTheNextBegin) {
  Driver run(Course{.shards = 1, .last = 99, .observe_every = 100, .checkpoint_every = 1});
  run.ready();
  run.done(1);
  EXPECT_THAT(run.done(2), ElementsAre("await"));
  EXPECT_THAT(run.committed(1, false), ElementsAre("checkpoint 2", "run 2 unobserved"));
}

TEST(Coordinator, ReachingTheEndWhileACheckpointIsInFlight) {
  Driver run(Course{.shards = 1, .last = 3, .observe_every = 100, .checkpoint_every = 2});
  run.ready();
  run.done(1);
  run.done(2);
  EXPECT_THAT(run.done(3), ElementsAre("await"));
  EXPECT_THAT(run.committed(2), ElementsAre("checkpoint 3", "await"));
  EXPECT_THAT(run.committed(3), ElementsAre("observe last 3", "finish reached 0 saved"));
}

TEST(Coordinator, TheLastCheckpointFails) {
  Driver run(Course{.shards = 1, .last = 1});
  run.ready();
  run.done(1);
  EXPECT_THAT(run.committed(1, false), ElementsAre("finish reached 0 unsaved")) << "there is no later boundary to try again at";
}

TEST(Coordinator, AnOlderOneFailsAtTheEnd) {
  Driver run(Course{.shards = 1, .last = 3, .observe_every = 100, .checkpoint_every = 2});
  run.ready();
  run.done(1);
  run.done(2);
  run.done(3);
  EXPECT_THAT(run.committed(2, false), ElementsAre("checkpoint 3", "await")) << "the last state is still worth a try";
  EXPECT_THAT(run.committed(3), ElementsAre("observe last 3", "finish reached 0 saved"));
}

TEST(Coordinator, StopDuringATick) {
  Driver run(Course{.shards = 2, .last = 99});
  run.ready();
  run.done(1);
  EXPECT_THAT(run.stop(130), IsEmpty()) << "the tick is finished first";
  EXPECT_THAT(run.done(2), ElementsAre("observe 2", "checkpoint 2", "await"));
  EXPECT_THAT(run.committed(2), ElementsAre("finish stopped 130 saved"));
}

TEST(Coordinator, StopWhileACheckpointIsInFlight) {
  Driver run(Course{.shards = 1, .last = 99, .observe_every = 100, .checkpoint_every = 1});
  run.ready();
  run.done(1);
  EXPECT_THAT(run.stop(143), IsEmpty());
  EXPECT_THAT(run.done(2), ElementsAre("await"));
  EXPECT_THAT(run.committed(1), ElementsAre("checkpoint 2", "await"));
  EXPECT_THAT(run.committed(2), ElementsAre("observe last 2", "finish stopped 143 saved"));
}

TEST(Coordinator, StopWhileTheRunAwaitsACheckpoint) {
  Driver run(Course{.shards = 1, .last = 99, .observe_every = 100, .checkpoint_every = 1});
  run.ready();
  run.done(1);
  EXPECT_THAT(run.done(2), ElementsAre("await"));
  EXPECT_THAT(run.stop(130), IsEmpty());
  EXPECT_THAT(run.committed(1), ElementsAre("checkpoint 2", "await"));
  EXPECT_THAT(run.committed(2, false), ElementsAre("observe last 2", "finish stopped 130 unsaved"));
}

TEST(Coordinator, StopBeforeTheFirstTick) {
  Driver run(Course{.shards = 1, .last = 99});
  EXPECT_THAT(run.stop(130), IsEmpty());
  EXPECT_THAT(run.ready(), ElementsAre("observe 0", "checkpoint 0", "await"));
  EXPECT_THAT(run.committed(0), ElementsAre("finish stopped 130 saved"));
}

TEST(Coordinator, TheFirstSignalNamesTheExitStatus) {
  Driver run(Course{.shards = 1, .last = 99});
  run.ready();
  run.stop(143);
  run.stop(130);
  run.done(1);
  EXPECT_THAT(run.committed(1), ElementsAre("finish stopped 143 saved"));
}

TEST(Coordinator, ReachingTheEndCountsMoreThanASignal) {
  Driver run(Course{.shards = 1, .last = 1});
  run.ready();
  run.stop(130);
  run.done(1);
  EXPECT_THAT(run.committed(1), ElementsAre("finish reached 0 saved"));
}

TEST(Coordinator, ResumeDoesNotRepeatTheRow) {
  Driver run(Course{.shards = 1, .last = 12, .snapshot_every = {5}}, Tick(10), {}, false);
  EXPECT_THAT(run.ready(), ElementsAre("run 10"));
  EXPECT_THAT(run.done(11), ElementsAre("observe 11", "run 11"));
}

TEST(Coordinator, ResumeAtTheLastTickHasNothingToDo) {
  Driver run(Course{.shards = 1, .last = 10, .checkpoint_every = 5}, Tick(10), {}, false);
  EXPECT_THAT(run.ready(), ElementsAre("finish reached 0 saved"));
}

TEST(Coordinator, ResumeDoesNotCheckpointWhatIsCommitted) {
  Driver run(Course{.shards = 1, .last = 99, .observe_every = 100, .checkpoint_every = 5}, Tick(10), {}, false);
  EXPECT_THAT(run.ready(), ElementsAre("run 10 unobserved"));
  EXPECT_THAT(run.stop(130), IsEmpty());
  EXPECT_THAT(run.done(11), ElementsAre("checkpoint 11", "await"));
}

TEST(Coordinator, StopsWhenTheConditionHolds) {
  const Course plan{.globals = {count}, .shards = 2, .last = 99, .observe_every = 100, .stop_when = [](Tick, const Globals& globals) {
                      return globals[0] >= 6;
                    }};
  Driver run(plan);
  EXPECT_THAT(run.ready(1), ElementsAre("observe 0", "run 0")) << "the condition needs every tick's scans";
  EXPECT_THAT(run.done(1, 2), ElementsAre("run 1"));
  EXPECT_THAT(run.done(2, 3), ElementsAre("checkpoint 2", "await"));
  EXPECT_THAT(run.committed(2), ElementsAre("observe last 2", "finish condition 0 saved"));
}

/// "moving == 0" holds of every S(0), before anything could move.
TEST(Coordinator, ConditionIsNotAskedAtTickZero) {
  const Course plan{.globals = {count}, .last = 99, .stop_when = [](Tick, const Globals& globals) { return globals[0] == 0; }};
  Driver fresh(plan);
  EXPECT_THAT(fresh.ready(), ElementsAre("observe 0", "run 0"));
  EXPECT_THAT(fresh.done(1), ElementsAre("observe 1", "checkpoint 1", "await"));
  Driver resumed(plan, Tick(7), {}, false);
  EXPECT_THAT(resumed.ready(), ElementsAre("finish condition 0 saved"));
}

TEST(Coordinator, ConditionMayAskForTheTick) {
  Driver run(Course{.last = 99, .stop_when = [](Tick tick, const Globals&) { return tick.value == 2; }});
  run.ready();
  EXPECT_THAT(run.done(1), ElementsAre("observe 1", "run 1"));
  EXPECT_THAT(run.done(2), ElementsAre("observe 2", "checkpoint 2", "await"));
}

TEST(Coordinator, PausesBehindACommittedCheckpoint) {
  Driver run(Course{.shards = 1, .last = 99, .observe_every = 100});
  run.ready();
  run.done(1);
  EXPECT_THAT(run.pause(), IsEmpty()) << "the tick is finished first";
  EXPECT_THAT(run.done(2), ElementsAre("checkpoint 2", "await"));
  EXPECT_THAT(run.committed(2), ElementsAre("paused 2"));
}

TEST(Coordinator, PausesAtOnceWhereTheStateIsCommitted) {
  Driver resumed(Course{.shards = 2, .last = 99}, Tick(10), {}, false);
  resumed.pause();
  EXPECT_THAT(resumed.ready(), ElementsAre("paused 10"));
  Driver fresh(Course{.shards = 2, .last = 99});
  fresh.pause();
  EXPECT_THAT(fresh.ready(), ElementsAre("observe 0", "checkpoint 0", "await"));
  EXPECT_THAT(fresh.committed(0), ElementsAre("paused 0"));
}

TEST(Coordinator, APauseWaitsForTheCheckpointInFlight) {
  Driver run(Course{.shards = 1, .last = 99, .observe_every = 100, .checkpoint_every = 2});
  run.ready();
  run.done(1);
  run.done(2);
  run.pause();
  EXPECT_THAT(run.done(3), ElementsAre("await"));
  EXPECT_THAT(run.committed(2), ElementsAre("checkpoint 3", "await"));
  EXPECT_THAT(run.committed(3), ElementsAre("paused 3"));
}

TEST(Coordinator, APauseWhoseCheckpointFailsIsTriedAgainAtTheNextBoundary) {
  Driver run(Course{.shards = 1, .last = 99, .observe_every = 100});
  run.ready();
  run.pause();
  EXPECT_THAT(run.done(1), ElementsAre("checkpoint 1", "await"));
  EXPECT_THAT(run.committed(1, false), ElementsAre("run 1 unobserved"));
  EXPECT_THAT(run.done(2), ElementsAre("checkpoint 2", "await"));
  EXPECT_THAT(run.committed(2), ElementsAre("paused 2"));
}

TEST(Coordinator, APauseCanBeWithdrawn) {
  Driver run(Course{.shards = 1, .last = 99, .observe_every = 100});
  run.ready();
  run.pause();
  run.pause(false);
  EXPECT_THAT(run.done(1), ElementsAre("run 1 unobserved"));
  run.pause();
  EXPECT_THAT(run.done(2), ElementsAre("checkpoint 2", "await"));
  run.pause(false);
  EXPECT_THAT(run.committed(2), ElementsAre("run 2 unobserved")) << "also while its checkpoint is being written";
}

TEST(Coordinator, TheEndCountsMoreThanAPause) {
  Driver run(Course{.shards = 1, .last = 2, .observe_every = 100});
  run.ready();
  run.done(1);
  run.pause();
  EXPECT_THAT(run.done(2), ElementsAre("checkpoint 2", "await"));
  EXPECT_THAT(run.committed(2), ElementsAre("observe last 2", "finish reached 0 saved"));
  Driver stopped(Course{.shards = 1, .last = 9, .observe_every = 100});
  stopped.ready();
  stopped.pause();
  EXPECT_THAT(stopped.done(1), ElementsAre("checkpoint 1", "await"));
  stopped.stop(130);
  EXPECT_THAT(stopped.committed(1, false), ElementsAre("observe last 1", "finish stopped 130 unsaved"));
}

TEST(CoordinatorDeathTest, RefusesEventsThatCanNotBe) {
  const Course plan{.globals = {count}, .shards = 2, .last = 9};
  const Globals partial{0};
  const auto ready = [&] {
    Driver run(plan);
    run.ready();
    return run;
  };
  EXPECT_DEATH(Driver(plan).step(TickDone{ShardId(0), Tick(1), &partial, 0}), "not asked for");
  EXPECT_DEATH(ready().step(ShardReady{ShardId(0), &partial, 0}), "ready twice");
  EXPECT_DEATH(ready().step(TickDone{ShardId(0), Tick(2), &partial, 0}), "not asked for");
  EXPECT_DEATH(ready().step(TickDone{ShardId(2), Tick(1), &partial, 0}), "no member");
  EXPECT_DEATH(
      {
        Driver run = ready();
        run.step(TickDone{ShardId(1), Tick(1), &partial, 0});
        run.step(TickDone{ShardId(1), Tick(1), &partial, 0});
      },
      "reports twice");
  EXPECT_DEATH(ready().committed(0), "not in flight");
  EXPECT_DEATH(Driver(plan, Tick(3), {1, 2}, false), "another schema");
}

}  // namespace
}  // namespace colony::testing
