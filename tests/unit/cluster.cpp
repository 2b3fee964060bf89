// A cluster in which nothing goes wrong: joining, beginning, ticks, the end.
#include "coordinator/cluster.hpp"

#include "tests/unit/cluster_support.hpp"

namespace colony::testing {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(Cluster, BeginsWhenAllPlacesAreFilled) {
  ClusterWorld world({.places = 2});
  EXPECT_THAT(world.join(7), ElementsAre("7: welcome 0"));
  EXPECT_THAT(world.join(4), ElementsAre("4: welcome 1", "7: begin 1 at 0 with 0,1", "4: begin 1 at 0 with 0,1"));
  EXPECT_EQ(world.cluster->epoch(), 1u);
  EXPECT_THAT(world.deliver(4), IsEmpty());
  EXPECT_THAT(world.deliver(7), ElementsAre("restore 0", "row 0", "7: tick 0", "4: tick 0"));
}

TEST(Cluster, TellsEveryMemberWhereTheOthersAre) {
  ClusterWorld world({.places = 2, .pins = {{BlockId(3), ShardId(1)}}});
  world.join(1);
  JoinReport second = test_identity();
  second.bulk_url = "tcp://there";
  const auto actions = world.cluster->step(Received{ConnectionId(2), second, 1000});
  const BeginOrder* begin = nullptr;
  for (const ClusterAction& action : actions)
    if (const auto* send = std::get_if<SendOrder>(&action))
      if (const auto* order = std::get_if<BeginOrder>(&send->order)) begin = order;
  ASSERT_TRUE(begin);
  EXPECT_EQ(begin->members, (std::vector<MemberAddress>{{ShardId(0), "url 1"}, {ShardId(1), "tcp://there"}}));
  EXPECT_EQ(begin->pins, (std::vector<PinSpec>{{3, 1}}));
  EXPECT_EQ(begin->incarnation, 1u);
}

TEST(Cluster, TakesTheTicksToTheLast) {
  ClusterWorld world({.places = 2, .last = 2});
  world.start();
  EXPECT_THAT(world.deliver(2), IsEmpty()) << "one has done it, the other has not";
  EXPECT_THAT(world.deliver(1), ElementsAre("row 1", "1: tick 1", "2: tick 1"));
  world.deliver(1);
  EXPECT_THAT(world.deliver(2), ElementsAre("row 2", "1: checkpoint 2", "2: checkpoint 2"));
  world.auto_commit = false;
  EXPECT_THAT(world.settle(), ElementsAre("commit 2"));
  EXPECT_THAT(world.commit(), ElementsAre("1: finish 0", "2: finish 0", "end reached 0 saved"));
  EXPECT_EQ(world.cluster->tick(), Tick(2));
  EXPECT_EQ(world.cluster->digest(), whole_digest(Tick(2)));
  EXPECT_EQ(world.cluster->globals(), whole_globals(Tick(2)));
  EXPECT_TRUE(world.cluster->finished());
  EXPECT_EQ(world.finish->error, "");
}

TEST(Cluster, AsksForScansAndDigestsWhereRowsWantThem) {
  ClusterWorld world({.places = 1, .last = 7, .observe_every = 2, .digest_every = 4});
  world.start();
  EXPECT_THAT(world.deliver(1), ElementsAre("1: tick 1"));
  EXPECT_THAT(world.deliver(1), ElementsAre("row 2", "1: tick 2 unobserved"));
  EXPECT_THAT(world.deliver(1), ElementsAre("1: tick 3 digest"));
  EXPECT_THAT(world.deliver(1), ElementsAre("row 4", "1: tick 4 unobserved")) << "the world compares the digest in the row";
  EXPECT_THAT(world.deliver(1), ElementsAre("1: tick 5"));
  EXPECT_THAT(world.deliver(1), ElementsAre("row 6", "1: tick 6")) << "the last tick is observed for the summary";
}

TEST(Cluster, GlobalsAtTheEndHaveTheScansOfTheLastImage) {
  ClusterWorld world({.places = 2, .last = 99, .observe_every = 50});
  world.start(3);
  world.stop();
  world.settle();
  EXPECT_EQ(world.cluster->tick(), Tick(4));
  EXPECT_EQ(world.cluster->globals(), whole_globals(Tick(4))) << "tick 4 was not observed";
}

TEST(Cluster, WritesSnapshotsOfAllMembers) {
  ClusterWorld world({.places = 2, .last = 4, .snapshot_every = {3}});
  world.join(1);
  world.join(2);
  world.deliver(1);
  EXPECT_THAT(world.deliver(2), ElementsAre("restore 0", "row 0", "1: snapshot 0 at 0", "2: snapshot 0 at 0", "1: tick 0", "2: tick 0"));
  world.deliver(1);
  EXPECT_THAT(world.deliver(2), ElementsAre("write snapshot 0 at 0"));
  world.settle();
  EXPECT_TRUE(world.snapshots.contains({3, 0}));
  EXPECT_EQ(world.finish->exit_status, 0);
}

TEST(Cluster, GoesOnFromACheckpoint) {
  ClusterWorld world({.places = 2, .last = 12}, test_manifest(Tick(10)));
  EXPECT_EQ(world.cluster->tick(), Tick(10));
  EXPECT_EQ(world.cluster->globals()[0], 70);
  world.join(1);
  EXPECT_THAT(world.join(2), ElementsAre("2: welcome 1", "1: begin 1 at 10 with 0,1", "2: begin 1 at 10 with 0,1"));
  world.deliver(1);
  EXPECT_THAT(world.deliver(2), ElementsAre("restore 11", "1: tick 10", "2: tick 10")) << "row 10 is in the file already";
  world.settle();
  EXPECT_EQ(world.finish->exit_status, 0);
  EXPECT_EQ(world.rows.size(), 13u);
}

TEST(Cluster, ARunThatIsDoneHasNothingToDo) {
  ClusterWorld world({.places = 1, .last = 10}, test_manifest(Tick(10)));
  world.join(1);
  EXPECT_THAT(world.deliver(1), ElementsAre("restore 11", "1: finish 0", "end reached 0 saved"));
  EXPECT_EQ(world.cluster->globals()[4], 30) << "scans come with the begin";
}

TEST(Cluster, StopsWhenTheConditionHolds) {
  ClusterWorld world({.places = 2, .last = 99, .stop_when = [](Tick, const Globals& globals) { return globals[0] >= 21; }});
  world.start();
  EXPECT_THAT(world.settle(), Contains("end condition 0 saved"));
  EXPECT_EQ(world.cluster->tick(), Tick(3));
}

TEST(Cluster, StopFinishesTheTickAndCommits) {
  ClusterWorld world({.places = 2, .last = 99});
  world.start(2);
  EXPECT_THAT(world.stop(143), IsEmpty());
  EXPECT_THAT(world.settle(), ElementsAre("row 3", "1: checkpoint 3", "2: checkpoint 3", "commit 3", "1: finish 143", "2: finish 143",
                                          "end stopped 143 saved"));
}

TEST(Cluster, StopWhileGatheringOrBeginningIsAtOnce) {
  ClusterWorld gathering({.places = 2});
  gathering.join(1);
  EXPECT_THAT(gathering.stop(130), ElementsAre("1: finish 130", "end stopped 130"));
  ClusterWorld beginning({.places = 1, .last = 99}, test_manifest(Tick(10)));
  beginning.join(1);
  EXPECT_THAT(beginning.stop(130), ElementsAre("1: finish 130", "end stopped 130 saved"));
  EXPECT_EQ(beginning.cluster->tick(), Tick(10));
}

TEST(Cluster, ALateJoinerIsToldThatTheRunIsOver) {
  ClusterWorld world({.places = 1, .last = 1});
  world.start();
  world.settle();
  EXPECT_THAT(world.join(2), ElementsAre("2: finish 0"));
  EXPECT_THAT(world.disconnect(1), IsEmpty());
}

TEST(Cluster, ShowsItsMembers) {
  ClusterWorld world({.places = 2, .last = 9});
  world.join(1);
  EXPECT_EQ(world.cluster->members().at(0).state, "joined");
  world.join(2);
  EXPECT_EQ(world.cluster->members().at(1).state, "beginning");
  world.settle();
  ClusterWorld running({.places = 2, .last = 99});
  running.start(3);
  running.pass(500);
  const auto members = running.cluster->members();
  ASSERT_EQ(members.size(), 2u);
  EXPECT_EQ(members[1].shard, ShardId(1));
  EXPECT_EQ(members[1].host, "here");
  EXPECT_EQ(members[1].pid, 2);
  EXPECT_EQ(members[1].state, "running");
  EXPECT_EQ(members[1].tick, Tick(3));
  EXPECT_EQ(members[1].cost.compute_ns, 30u) << "summed over the epoch";
  EXPECT_EQ(members[1].resident_bytes, 2u);
  EXPECT_EQ(members[0].blocks + members[1].blocks, 4u);
  EXPECT_EQ(members[0].nodes + members[1].nodes, 16u);
  EXPECT_EQ(running.cluster->agent_count(), agents_at(running.cluster->tick()));
  EXPECT_EQ(running.cluster->node_count(), 16u);
  EXPECT_EQ(running.cluster->edge_count(), 40u);
  EXPECT_EQ(running.cluster->block_count(), 4u);
}

TEST(ClusterDeathTest, RefusesAnswersThatTheShellCanNotHave) {
  ClusterWorld world({.places = 1});
  EXPECT_DEATH(world.cluster->note_lengths({}), "not asked for");
  EXPECT_DEATH(world.step(CommitDone{Tick(1), true, "", 1000}), "not asked for");
}

TEST(Cluster, PhaseByPhaseNobodyGoesOnBeforeAllHaveActed) {
  ClusterWorld world({.places = 2, .last = 5, .by_phase = true});
  world.start(2);
  EXPECT_THAT(world.deliver(1), IsEmpty());
  EXPECT_EQ(world.cluster->members()[0].state, "at barrier");
  EXPECT_EQ(world.cluster->members()[1].state, "running");
  const std::uint64_t ignored = world.cluster->ignored_reports();
  EXPECT_THAT(world.report(1, PhaseReport{1, Tick(2)}), IsEmpty());
  EXPECT_THAT(world.report(1, *world.member(1).acted), IsEmpty()) << "it was not let go on";
  EXPECT_EQ(world.cluster->ignored_reports(), ignored + 2);
  EXPECT_THAT(world.deliver(2), ElementsAre("1: phase 2", "2: phase 2"));
  EXPECT_THAT(world.deliver(2), IsEmpty());
  EXPECT_THAT(world.deliver(1), ElementsAre("row 3", "1: tick 3", "2: tick 3"));
  world.settle();
  EXPECT_EQ(world.finish->exit_status, 0);
}

TEST(Cluster, OneThatDoesNotActIsFoundOut) {
  ClusterWorld world({.places = 2, .last = 5, .replace_wait_ns = 0, .by_phase = true});
  world.start(2);
  world.deliver(1);
  world.member(2).hung = true;
  EXPECT_THAT(world.pass(7000), Contains("close 2"));
  world.settle();
  EXPECT_EQ(world.finish->exit_status, 0);
}

}  // namespace
}  // namespace colony::testing
