// Members that die, fall silent, hang, are cut off, or say what can't be: who goes, and how the run goes on.
#include "tests/unit/cluster_support.hpp"

namespace colony::testing {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// ---- Lost and replaced ----

TEST(ClusterFailures, ARunGoesOnFromItsCheckpointWithTheReplacement) {
  ClusterWorld world({.places = 2, .last = 9, .checkpoint_every = 2});
  world.start(2);
  world.settle();
  ClusterWorld again({.places = 2, .last = 9, .checkpoint_every = 2});
  again.start(4);
  EXPECT_THAT(again.disconnect(1), ElementsAre("close 1", "warn member-failed", "2: abandon 1"));
  EXPECT_THAT(again.cluster->members().at(0).state, "joined");
  EXPECT_THAT(again.join(3, 0), ElementsAre("3: welcome 0", "3: begin 2 at 2 with 0,1", "2: begin 2 at 2 with 0,1"));
  EXPECT_THAT(again.settle(), Contains("end reached 0 saved"));
  EXPECT_EQ(again.rows, world.rows) << "the same rows as without the failure";
  EXPECT_EQ(again.events, world.events);
}

TEST(ClusterFailures, WithoutAReplacementTheSurvivorsGoOn) {
  ClusterWorld world({.places = 3, .last = 9, .replace_wait_ns = 4000});
  world.start(3);
  world.disconnect(2);
  EXPECT_THAT(world.pass(3500), IsEmpty());
  EXPECT_THAT(world.pass(500), ElementsAre("1: begin 2 at 0 with 0,2", "3: begin 2 at 0 with 0,2"))
      << "nothing was committed: from tick 0, whose row is written again";
  EXPECT_THAT(world.settle(), Contains("end reached 0 saved"));
}

TEST(ClusterFailures, ASpareThatWaitsTakesThePlaceAtOnce) {
  ClusterWorld world({.places = 2, .last = 9});
  world.start(3);
  world.join(3);
  EXPECT_THAT(world.disconnect(1),
              ElementsAre("close 1", "warn member-failed", "2: abandon 1", "2: begin 2 at 0 with 1,2", "3: begin 2 at 0 with 1,2"));
}

TEST(ClusterFailures, WhoIsLostWhileOthersAreAwaitedIsAwaitedToo) {
  ClusterWorld world({.places = 3, .last = 9, .replace_wait_ns = 4000});
  world.start(3);
  world.disconnect(2);
  world.pass(3000);
  EXPECT_THAT(world.disconnect(3), ElementsAre("close 3", "warn member-failed"));
  EXPECT_THAT(world.pass(3000), IsEmpty());
  world.join(4);
  EXPECT_THAT(world.join(5), Contains("5: begin 2 at 0 with 0,1,2"));
}

TEST(ClusterFailures, WithoutMembersTheRunWaitsThenEnds) {
  ClusterWorld world({.places = 1, .last = 9, .checkpoint_every = 2, .replace_wait_ns = 4000});
  world.start(3);
  EXPECT_THAT(world.disconnect(1), ElementsAre("close 1", "warn member-failed"));
  EXPECT_THAT(world.pass(3500), IsEmpty());
  EXPECT_THAT(world.pass(1000), ElementsAre("end stopped 5 saved"));
  EXPECT_THAT(world.finish->error, AllOf(HasSubstr("all members have failed"), HasSubstr("last committed checkpoint is of tick 2")));
}

TEST(ClusterFailures, AFailureWhileAnEpochBegins) {
  ClusterWorld world({.places = 2, .last = 9, .replace_wait_ns = 0});
  world.join(1);
  world.join(2);
  world.deliver(1);
  EXPECT_THAT(world.disconnect(1), ElementsAre("close 1", "warn member-failed", "2: abandon 1", "2: begin 2 at 0 with 1"));
  EXPECT_THAT(world.settle(), Contains("end reached 0 saved")) << "its answer to the first begin counts for nothing";
  EXPECT_EQ(world.cluster->ignored_reports(), 1u);
}

TEST(ClusterFailures, FixedMembersEndWithTheFirstLoss) {
  ClusterWorld world({.places = 2, .last = 9, .checkpoint_every = 2, .fixed = true});
  world.start(3);
  EXPECT_THAT(world.disconnect(2), ElementsAre("close 2", "warn member-failed", "1: finish 5", "end stopped 5"));
  EXPECT_THAT(world.finish->error, AllOf(HasSubstr("member 1 (here, process 2) has failed"), HasSubstr("of tick 2")));
}

TEST(ClusterFailures, AStopAfterAFailureEndsAtOnce) {
  ClusterWorld world({.places = 2, .last = 9, .checkpoint_every = 2});
  world.start(3);
  world.disconnect(2);
  EXPECT_THAT(world.stop(130), ElementsAre("1: finish 130", "end stopped 130 saved"));
  EXPECT_EQ(world.cluster->tick(), Tick(2));
  ClusterWorld stopping({.places = 2, .last = 9, .checkpoint_every = 2});
  stopping.start(3);
  stopping.stop(143);
  EXPECT_THAT(stopping.disconnect(2), Contains("end stopped 143 saved"));
}

// ---- What members say ----

TEST(ClusterFailures, WhatAnotherWouldHitTooEndsTheRun) {
  for (const int status : {2, 3, 4}) {
    ClusterWorld world({.places = 2, .last = 9});
    world.start(3);
    EXPECT_THAT(
        world.report(2, FailureReport{1, status, "nodes.csv:3: not a number"}),
        ElementsAre("1: finish " + std::to_string(status), "2: finish " + std::to_string(status), "end stopped " + std::to_string(status)));
    EXPECT_THAT(world.member(1).finished->reason, HasSubstr("member 1 (here, process 2): nodes.csv:3: not a number"));
  }
}

TEST(ClusterFailures, AnyOtherFailureIsTheMembersOwn) {
  ClusterWorld world({.places = 2, .last = 9});
  world.start(3);
  EXPECT_THAT(world.report(2, FailureReport{1, 5, "frame refused"}), ElementsAre("close 2", "warn member-failed", "1: abandon 1"));
  ClusterWorld late({.places = 2, .last = 9, .replace_wait_ns = 0});
  late.start(3);
  late.disconnect(2);
  EXPECT_THAT(late.report(1, FailureReport{1, 4, "a file is gone"}), IsEmpty()) << "of an epoch that is over";
  late.join(3);
  EXPECT_THAT(late.report(3, FailureReport{0, 4, "no room here"}), ElementsAre("close 3", "warn member-failed"))
      << "a joiner does not end the others' run";
}

TEST(ClusterFailures, AStateThatIsNotTheCheckpointsEndsTheRun) {
  ClusterWorld world({.places = 2, .last = 19}, test_manifest(Tick(10)));
  world.join(1);
  world.join(2);
  world.member(2).out.clear();
  ReadyReport report;
  report.epoch = 1;
  report.tick = Tick(10);
  report.partial = {0, 0, 0, 0, 0};
  report.digest = {1, 2};
  report.placement_hash = 5;
  report.topology_hash = test_topology;
  report.nodes = 16;
  report.edges = 40;
  report.block_sizes = {4, 4, 4, 4};
  world.deliver(1);
  EXPECT_THAT(world.report(2, report), Contains("end stopped 4 saved"));
  EXPECT_THAT(world.finish->error, AllOf(HasSubstr("tick-000000000010"), HasSubstr(whole_digest(Tick(10)).hex())));
}

TEST(ClusterFailures, MembersThatHoldDifferentColoniesEndTheRun) {
  const auto ends_with = [](auto change) {
    ClusterWorld world({.places = 2, .last = 9});
    world.join(1);
    world.join(2);
    world.deliver(1);
    auto report = std::get<ReadyReport>(world.member(2).out.front());
    change(report);
    EXPECT_THAT(world.report(2, report), Contains("end stopped 5"));
    return world.finish->error;
  };
  EXPECT_THAT(ends_with([](ReadyReport& r) { r.placement_hash = 1; }), HasSubstr("members 0 and 1 differ in the placement"));
  EXPECT_THAT(ends_with([](ReadyReport& r) { r.topology_hash = 1; }), HasSubstr("differ in the graph"));
  EXPECT_THAT(ends_with([](ReadyReport& r) { r.nodes = 1; }), HasSubstr("number of nodes: 16 and 1"));
  EXPECT_THAT(ends_with([](ReadyReport& r) { r.edges = 1; }), HasSubstr("number of edges"));
  EXPECT_THAT(ends_with([](ReadyReport& r) { r.block_sizes = {16}; }), HasSubstr("blocks"));
  EXPECT_THAT(ends_with([](ReadyReport& r) { r.tick = Tick(1); }), HasSubstr("holds tick 1 instead of 0"));
}

TEST(ClusterFailures, WhatIsLateDoubledOrNotAskedForIsCounted) {
  ClusterWorld world({.places = 2, .last = 9});
  world.start(2);
  const TickReport old{1, Tick(2), {0, 0, 0, 0, 0}, {}, {}, 0, {}, {}};
  EXPECT_THAT(world.report(1, old), IsEmpty()) << "the tick before";
  EXPECT_THAT(world.report(1, TickReport{1, Tick(9), {0, 0, 0, 0, 0}, {}, {}, 0, {}, {}}), IsEmpty()) << "a tick to come";
  EXPECT_THAT(world.report(1, TickReport{7, Tick(3), {0, 0, 0, 0, 0}, {}, {}, 0, {}, {}}), IsEmpty()) << "another epoch";
  EXPECT_THAT(world.report(1, ReadyReport{}), IsEmpty());
  EXPECT_THAT(world.report(1, ImageReport{1, Tick(2), {}, {}}), IsEmpty());
  EXPECT_THAT(world.report(1, FileReport{1, Tick(2), {}, {}}), IsEmpty());
  EXPECT_THAT(world.report(1, SnapshotReport{1, Tick(2), 0, {}}), IsEmpty());
  EXPECT_THAT(world.report(1, SuspectReport{1, ShardId(9)}), IsEmpty());
  EXPECT_THAT(world.report(1, SuspectReport{1, ShardId(0)}), IsEmpty()) << "itself";
  EXPECT_EQ(world.cluster->ignored_reports(), 9u);
  world.deliver(1);
  EXPECT_THAT(world.report(1, TickReport{1, Tick(3), {0, 0, 0, 0, 0}, {}, {}, 0, {}, {}}), IsEmpty()) << "twice";
  EXPECT_EQ(world.cluster->ignored_reports(), 10u);
  EXPECT_THAT(world.deliver(2), ElementsAre("row 3", "1: tick 3", "2: tick 3")) << "nothing of it showed";
}

TEST(ClusterFailures, AnAnswerOfAnotherShapeFailsItsSender) {
  ClusterWorld world({.places = 2, .last = 9});
  world.start(2);
  EXPECT_THAT(world.report(1, TickReport{1, Tick(3), {0}, {}, {}, 0, {}, {}}), Contains("close 1"));
  ClusterWorld beginning({.places = 2, .last = 9});
  beginning.join(1);
  beginning.join(2);
  ReadyReport ready;
  ready.epoch = 1;
  EXPECT_THAT(beginning.report(1, ready), Contains("close 1"));
  ClusterWorld digest({.places = 1, .last = 9, .digest_every = 1});
  digest.start(2);
  EXPECT_THAT(digest.report(1, TickReport{1, Tick(3), {0, 0, 0, 0, 0}, {}, {}, 0, {}, {}}), Contains("close 1"));
}

TEST(ClusterFailures, GlobalsBeyond64BitsEndTheRunAsTheyDoInOneProcess) {
  ClusterWorld world({.places = 2, .last = 9});
  world.start(2);
  const std::int64_t most = std::numeric_limits<std::int64_t>::max();
  world.report(1, TickReport{1, Tick(3), {0, 0, most, 0, 0}, {}, {}, 55, {}, {}});
  EXPECT_THAT(world.report(2, TickReport{1, Tick(3), {0, 0, most, 0, 0}, {}, {}, 54, {}, {}}), Contains("end stopped 3"));
  EXPECT_THAT(world.finish->error, HasSubstr("\"moved\" is beyond 64 bits"));
}

// ---- Silence ----

TEST(ClusterFailures, ASilentMemberHasFailedAfterThreeHeartbeats) {
  ClusterWorld world({.places = 2, .last = 9});
  world.start(2);
  world.member(1).silent = true;
  world.member(2).hung = true;
  EXPECT_THAT(world.pass(2500), IsEmpty());
  EXPECT_THAT(world.pass(500), ElementsAre("close 1", "warn member-failed", "2: abandon 1"));
  EXPECT_THAT(world.report(1, TickReport{1, Tick(3), {0, 0, 0, 0, 0}, {}, {}, 0, {}, {}}), IsEmpty()) << "out is out";
}

TEST(ClusterFailures, AllThatAreSilentGoAtOnce) {
  ClusterWorld world({.places = 3, .last = 9, .replace_wait_ns = 0});
  world.start(2);
  world.member(1).silent = world.member(3).silent = true;
  EXPECT_THAT(world.pass(3000),
              ElementsAre("close 1", "warn member-failed", "close 3", "warn member-failed", "2: abandon 1", "2: begin 2 at 0 with 1"))
      << "no epoch with one that is known to be lost";
}

TEST(ClusterFailures, ACoordinatorThatSleptBlamesNobody) {
  ClusterWorld world({.places = 2, .last = 9});
  world.start(2);
  world.now_ns += 3'600'000;
  EXPECT_THAT(world.step(TimePassed{world.now_ns}), IsEmpty());
  EXPECT_THAT(world.settle(), Contains("end reached 0 saved"));
}

TEST(ClusterFailures, AJoinerThatFallsSilentWhileItWaits) {
  ClusterWorld world({.places = 2, .last = 9});
  world.join(1);
  world.member(1).silent = true;
  EXPECT_THAT(world.pass(3000), ElementsAre("close 1", "warn member-failed"));
}

// ---- Standing still ----

TEST(ClusterFailures, AMemberThatBeatsAndDoesNotMoveKeepsOthersWaiting) {
  ClusterWorld world({.places = 3, .last = 9, .stall_ns = 5000});
  world.start(2);
  world.member(2).hung = true;  // before round 1, which the others wait for
  EXPECT_THAT(world.pass(4500), IsEmpty());
  EXPECT_THAT(world.pass(1000), ElementsAre("close 2", "warn member-failed", "1: abandon 1", "3: abandon 1"));
}

TEST(ClusterFailures, AMemberThatHangsWhenTheOthersHaveReported) {
  ClusterWorld world({.places = 2, .last = 9, .stall_ns = 5000});
  world.start(2);
  world.deliver(1);
  world.member(2).hung = true;
  EXPECT_THAT(world.pass(4500), IsEmpty());
  EXPECT_THAT(world.pass(1000), Contains("close 2"));
}

TEST(ClusterFailures, WhereNobodyIsAheadAMemberHasTwiceTheTime) {
  ClusterWorld world({.places = 1, .last = 9, .stall_ns = 5000});
  world.start(2);
  world.member(1).hung = true;
  EXPECT_THAT(world.pass(9500), IsEmpty());
  EXPECT_THAT(world.pass(1000), ElementsAre("close 1", "warn member-failed"));
  ClusterWorld patient({.places = 1, .last = 9, .stall_ns = 0});
  patient.start(2);
  patient.member(1).hung = true;
  EXPECT_THAT(patient.pass(100'000), IsEmpty()) << "0: never";
}

TEST(ClusterFailures, LoadingMayTakeLongButNotForever) {
  ClusterWorld world({.places = 2, .last = 9, .stall_ns = 2000, .begin_timeout_ns = 20'000});
  world.join(1);
  world.join(2);
  world.deliver(1);
  world.member(2).hung = true;
  EXPECT_THAT(world.pass(19'500), IsEmpty());
  EXPECT_THAT(world.pass(500), ElementsAre("close 2", "warn member-failed", "1: abandon 1"));
}

TEST(ClusterFailures, AFileThatAllButOneHaveWritten) {
  ClusterWorld world({.places = 2, .last = 9, .begin_timeout_ns = 20'000});
  world.start(2);
  world.member(2).disk_hung = true;
  world.stop(130);
  world.settle();
  EXPECT_FALSE(world.finish);
  EXPECT_THAT(world.pass(19'500), IsEmpty());
  EXPECT_THAT(world.pass(1000), Contains("end stopped 130"));
  ClusterWorld both({.places = 2, .last = 9, .begin_timeout_ns = 20'000});
  both.start(2);
  both.member(1).disk_hung = both.member(2).disk_hung = true;
  both.stop(130);
  both.settle();
  EXPECT_THAT(both.pass(39'000), IsEmpty()) << "a disk that hangs for all may come back";
  EXPECT_THAT(both.pass(1500), Contains("end stopped 130"));
}

TEST(ClusterFailures, AnImageThatNeverComes) {
  ClusterWorld world({.places = 2, .last = 9, .stall_ns = 5000});
  world.start(2);
  world.stop(130);
  world.deliver(1);
  world.deliver(2);
  world.deliver(1);
  world.deliver(1);
  world.member(2).hung = true;
  EXPECT_THAT(world.pass(6000), Contains("close 2"));
}

// ---- Suspicion ----

TEST(ClusterFailures, TheOneThatMostSuspectLeaves) {
  ClusterWorld world({.places = 4, .last = 9});
  world.start(2);
  for (const std::uint32_t peer : {0, 2, 3}) world.report(2, SuspectReport{1, ShardId(peer)});  // it gets no frames
  for (const std::uint64_t c : {1, 3, 4}) world.report(c, SuspectReport{1, ShardId(1)});        // and so sends none
  EXPECT_THAT(world.pass(500), IsEmpty()) << "all are heard first";
  const Texts texts = world.pass(1000);
  EXPECT_THAT(texts, ElementsAre("close 2", "warn member-failed", "1: abandon 1", "3: abandon 1", "4: abandon 1")) << "and never both";
}

TEST(ClusterFailures, OfTwoThatSuspectEachOtherTheOneBehindLeaves) {
  ClusterWorld world({.places = 2, .last = 9});
  world.start(2);
  world.deliver(2);
  world.report(1, SuspectReport{1, ShardId(1)});
  world.report(2, SuspectReport{1, ShardId(0)});
  EXPECT_THAT(world.pass(1000), Contains("close 1")) << "it has not had the frames that the other sent to come so far";
}

TEST(ClusterFailures, OfTwoThatAreEqualTheOneNotHeardOfForLongestLeaves) {
  ClusterWorld world({.places = 2, .last = 9});
  world.start(2);
  world.report(1, SuspectReport{1, ShardId(1)});
  world.now_ns += 300;
  world.report(2, SuspectReport{1, ShardId(0)});
  world.now_ns += 800;
  EXPECT_THAT(world.step(TimePassed{world.now_ns}), Contains("close 1"));
}

TEST(ClusterFailures, OfTwoThatAreEqualInAllTheHigherShardLeaves) {
  ClusterWorld world({.places = 2, .last = 9});
  world.start(2);
  world.report(1, SuspectReport{1, ShardId(1)});
  world.report(2, SuspectReport{1, ShardId(0)});
  world.now_ns += 1000;
  EXPECT_THAT(world.step(TimePassed{world.now_ns}), AllOf(Contains("close 2"), Not(Contains("close 1"))));
}

TEST(ClusterFailures, WhoGoesOnSuspectsNobodyAnyMore) {
  ClusterWorld world({.places = 2, .last = 9});
  world.start(2);
  world.report(1, SuspectReport{1, ShardId(1)});
  world.deliver(1);  // the frame came
  world.deliver(2);
  EXPECT_THAT(world.pass(2000), IsEmpty());
}

TEST(ClusterFailures, OneThatStillLoadsHasNothingToSend) {
  ClusterWorld world({.places = 2, .last = 9});
  world.join(1);
  world.join(2);
  world.report(1, SuspectReport{1, ShardId(1)});
  EXPECT_THAT(world.pass(4000), IsEmpty());
  world.member(2).phase = 2;  // it has loaded, and waits for ghosts itself
  EXPECT_THAT(world.pass(1000), Contains("close 2"));
}

}  // namespace
}  // namespace colony::testing
