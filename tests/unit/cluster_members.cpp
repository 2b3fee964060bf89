// Who is in: joining, being refused, leaving, being drained, pins.
#include "tests/unit/cluster_support.hpp"

namespace colony::testing {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// ---- Joining ----

TEST(ClusterMembers, RefusesAProcessOfAnotherRunByTheFirstThingThatDiffers) {
  ClusterWorld world({.places = 2});
  std::uint64_t connection = 10;
  const auto refusal = [&](auto change) {
    JoinReport report = test_identity();
    change(report);
    EXPECT_THAT(world.report(++connection, report), Contains("warn refused"));
    return world.member(connection).refused.value();
  };
  RefuseOrder order = refusal([](JoinReport& r) {
    r.version = 9;
    r.nonce = "x";
  });
  EXPECT_EQ(order.status, 5);
  EXPECT_THAT(order.reason, AllOf(HasSubstr("version 9"), Not(HasSubstr("folder"))));
  order = refusal([](JoinReport& r) { r.program = "colony 2"; });
  EXPECT_EQ(order.status, 5);
  EXPECT_THAT(order.reason, HasSubstr("same build"));
  order = refusal([](JoinReport& r) { r.job_hash = 1; });
  EXPECT_EQ(order.status, 2);
  EXPECT_THAT(order.reason, HasSubstr("--config"));
  order = refusal([](JoinReport& r) { r.schema_hash = 1; });
  EXPECT_EQ(order.status, 5);
  EXPECT_THAT(order.reason, HasSubstr("schema"));
  order = refusal([](JoinReport& r) { r.seed = 1; });
  EXPECT_EQ(order.status, 2);
  EXPECT_THAT(order.reason, HasSubstr("--seed"));
  order = refusal([](JoinReport& r) { r.nonce = "other"; });
  EXPECT_EQ(order.status, 5);
  EXPECT_THAT(order.reason, HasSubstr("share"));
  EXPECT_THAT(world.cluster->members(), IsEmpty());
}

TEST(ClusterMembers, GivesThePlaceThatIsWantedElseTheSmallestFreeOne) {
  ClusterWorld world({.places = 4});
  EXPECT_THAT(world.join(1, 1), ElementsAre("1: welcome 1"));
  EXPECT_THAT(world.join(2), ElementsAre("2: welcome 0"));
  EXPECT_THAT(world.join(3), ElementsAre("3: welcome 2"));
  EXPECT_THAT(world.join(4, 1), ElementsAre("4: refuse 5", "warn refused"));
  EXPECT_THAT(world.member(4).refused->reason, HasSubstr("place 1 is taken by member 1 (here, process 1)"));
  EXPECT_THAT(world.join(5, 70'000), ElementsAre("5: refuse 5", "warn refused"));
  world.disconnect(1);
  EXPECT_THAT(world.join(6, 1), ElementsAre("6: welcome 1")) << "its holder has failed";
}

TEST(ClusterMembers, AStrangerThatDoesNotJoinIsFenced) {
  ClusterWorld world({.places = 1});
  EXPECT_THAT(world.report(9, LeaveReport{}), ElementsAre("close 9"));
  EXPECT_THAT(world.report(9, test_identity()), IsEmpty()) << "nothing of it counts any more";
  EXPECT_EQ(world.cluster->ignored_reports(), 2u);
  EXPECT_THAT(world.step(Disconnected{ConnectionId(9), world.now_ns}), IsEmpty());
}

TEST(ClusterMembers, JoiningTwiceIsJoiningOnce) {
  ClusterWorld world({.places = 2});
  world.join(1);
  EXPECT_THAT(world.join(1), IsEmpty());
  EXPECT_EQ(world.cluster->members().size(), 1u);
}

TEST(ClusterMembers, TheFirstEpochWaitsForItsMembersAndNoLonger) {
  ClusterWorld world({.places = 3, .join_wait_ns = 4000});
  world.join(1);
  world.join(2);
  EXPECT_THAT(world.pass(3500), IsEmpty());
  EXPECT_THAT(world.pass(1000), ElementsAre("1: finish 5", "2: finish 5", "end stopped 5"));
  EXPECT_THAT(world.finish->error, HasSubstr("2 of 3 members came"));
}

TEST(ClusterMembers, AJoinerWhileRunningIsTakenInAtACheckpoint) {
  ClusterWorld world({.places = 2, .last = 9});
  world.start(2);
  EXPECT_THAT(world.join(3), ElementsAre("3: welcome 2"));
  world.deliver(1);
  EXPECT_THAT(world.deliver(2), ElementsAre("row 3", "1: checkpoint 3", "2: checkpoint 3")) << "and no tick";
  world.auto_commit = false;
  world.settle();
  EXPECT_THAT(world.commit(), ElementsAre("1: begin 2 at 3 with 0,1,2", "2: begin 2 at 3 with 0,1,2", "3: begin 2 at 3 with 0,1,2"));
  world.auto_commit = true;
  EXPECT_THAT(world.settle(), Contains("end reached 0 saved"));
}

TEST(ClusterMembers, AJoinerWhileAnEpochBeginsIsTakenInAtItsFirstBoundary) {
  ClusterWorld world({.places = 2, .last = 9});
  world.join(1);
  world.join(2);
  world.join(3);
  world.deliver(1);
  EXPECT_THAT(world.deliver(2), ElementsAre("restore 0", "row 0", "1: checkpoint 0", "2: checkpoint 0"));
  EXPECT_THAT(world.settle(), Contains("1: begin 2 at 0 with 0,1,2"));
  EXPECT_EQ(world.finish->exit_status, 0);
}

TEST(ClusterMembers, AJoinerThatGoesAgainChangesNothing) {
  ClusterWorld world({.places = 1, .last = 9});
  world.start(2);
  world.join(2);
  world.disconnect(2);
  EXPECT_THAT(world.deliver(1), ElementsAre("row 3", "1: tick 3"));
}

// ---- Leaving ----

TEST(ClusterMembers, ALeaverGoesOnceTheOthersHaveBegunWithoutIt) {
  ClusterWorld world({.places = 3, .last = 9});
  world.start(2);
  EXPECT_THAT(world.report(2, LeaveReport{}), IsEmpty());
  EXPECT_EQ(world.cluster->members()[1].state, "leaving");
  EXPECT_THAT(world.report(2, LeaveReport{}), IsEmpty());
  world.auto_commit = false;
  EXPECT_THAT(world.settle(), Contains("commit 3"));
  EXPECT_FALSE(world.member(2).finished);
  EXPECT_THAT(world.commit(), ElementsAre("1: begin 2 at 3 with 0,2", "3: begin 2 at 3 with 0,2", "2: finish 0"));
  EXPECT_THAT(world.disconnect(2), IsEmpty()) << "it was sent away";
  world.auto_commit = true;
  EXPECT_THAT(world.settle(), Contains("end reached 0 saved"));
}

TEST(ClusterMembers, AtMostHalfOfTheMembersLeaveAtATime) {
  ClusterWorld world({.places = 4, .last = 99});
  world.start(1);
  for (std::uint64_t c = 1; c <= 4; ++c) world.report(c, LeaveReport{});
  const Texts texts = world.settle();
  EXPECT_THAT(texts, Contains("3: begin 2 at 2 with 2,3")) << "two of four";
  EXPECT_THAT(texts, Contains("4: begin 3 at 2 with 3")) << "one of two, at the boundary that is committed already";
  EXPECT_THAT(texts, Contains("end reached 0 saved")) << "the last one stays, and does the work";
}

TEST(ClusterMembers, ALeaverHandsOverToAJoiner) {
  ClusterWorld world({.places = 1, .last = 9});
  world.start(2);
  world.report(1, LeaveReport{});
  EXPECT_THAT(world.deliver(1), ElementsAre("row 3", "1: tick 3")) << "there is nobody else";
  world.join(2);
  EXPECT_THAT(world.settle(), Contains("2: begin 2 at 4 with 1"));
  EXPECT_EQ(world.member(1).finished->status, 0);
}

TEST(ClusterMembers, LeavingIsIgnoredWhileTheRunStops) {
  ClusterWorld world({.places = 2, .last = 99});
  world.start(2);
  world.stop(143);
  world.report(1, LeaveReport{});
  EXPECT_THAT(world.settle(), Contains("1: finish 143"));
  EXPECT_EQ(world.cluster->epoch(), 1u);
}

TEST(ClusterMembers, AStopCountsMoreThanAChange) {
  ClusterWorld world({.places = 2, .last = 99});
  world.start(2);
  world.report(1, LeaveReport{});
  world.stop(130);
  EXPECT_THAT(world.settle(), Contains("end stopped 130 saved"));
  EXPECT_EQ(world.cluster->epoch(), 1u);
}

TEST(ClusterMembers, AJoinerMayLeaveBeforeItIsTakenIn) {
  ClusterWorld world({.places = 1, .last = 9});
  world.start(2);
  world.join(2);
  EXPECT_THAT(world.report(2, LeaveReport{}), ElementsAre("2: finish 0"));
  EXPECT_THAT(world.deliver(1), ElementsAre("row 3", "1: tick 3"));
}

TEST(ClusterMembers, AChangeWhoseCheckpointFailsIsTriedAgain) {
  ClusterWorld world({.places = 2, .last = 9});
  world.start(1);
  world.member(1).disk_full = true;
  world.report(2, LeaveReport{});
  for (int i = 0; i < 2; ++i) {
    world.deliver(1);
    world.deliver(2);
  }
  world.member(1).disk_full = false;
  world.deliver(1);
  EXPECT_THAT(world.deliver(2), ElementsAre("warn checkpoint-failed", "1: tick 2", "2: tick 2"));
  const Texts texts = world.settle();
  EXPECT_THAT(texts, Contains("1: begin 2 at 3 with 0"));
}

// ---- Asked for by the user ----

TEST(ClusterMembers, DrainsAMember) {
  ClusterWorld world({.places = 2, .last = 9});
  world.start(2);
  EXPECT_THAT(world.drain(7), ElementsAre("warn drain"));
  EXPECT_THAT(world.drain(0), IsEmpty());
  EXPECT_THAT(world.drain(1), ElementsAre("warn drain")) << "nobody would be left";
  EXPECT_THAT(world.settle(), Contains("2: begin 2 at 3 with 1"));
  EXPECT_EQ(world.member(1).finished->status, 0);
}

TEST(ClusterMembers, PinsABlockAtACheckpoint) {
  ClusterWorld world({.places = 2, .last = 9, .pins = {{BlockId(1), ShardId(0)}}});
  EXPECT_THAT(world.pin(1, 0), ElementsAre("warn pin")) << "the blocks are not known yet";
  world.start(2);
  EXPECT_THAT(world.pin(4, 0), ElementsAre("warn pin")) << "there are four blocks";
  EXPECT_THAT(world.pin(1, 2), ElementsAre("warn pin")) << "there are two members";
  EXPECT_THAT(world.pin(1, 0), IsEmpty());
  world.deliver(1);
  EXPECT_THAT(world.deliver(2), Contains("1: tick 3")) << "it is pinned there already";
  EXPECT_THAT(world.pin(1, 1), IsEmpty());
  EXPECT_THAT(world.settle(), Contains("1: begin 2 at 4 with 0,1"));
  EXPECT_EQ(world.member(2).pins, (std::vector<PinSpec>{{1, 1}})) << "in place of the job's";
}

TEST(ClusterMembers, APinAskedForWhileAnEpochBeginsIsOfTheNext) {
  ClusterWorld world({.places = 2, .last = 9});
  world.start(2);
  world.deliver(1);
  world.deliver(2);
  world.join(3);
  while (world.epoch == 1) {
    for (std::uint64_t c = 1; c <= 3; ++c) world.deliver(c);
    if (world.pending) world.commit();
  }
  const auto expected = [&](std::vector<Pin> pins) {
    return place({.members = {ShardId(0), ShardId(1), ShardId(2)}, .block_sizes = {4, 4, 4, 4}, .pins = std::move(pins)});
  };
  const std::uint32_t other = (expected({}).owner(BlockId(3)).value + 1) % 3;
  EXPECT_THAT(world.pin(3, other), IsEmpty()) << "epoch 2 has been ordered without it";
  const auto counts = [&] {
    std::vector<std::uint64_t> blocks;
    for (const MemberView& view : world.cluster->members()) blocks.push_back(view.blocks);
    return blocks;
  };
  for (std::uint64_t c = 1; c <= 3; ++c) world.deliver(c);
  EXPECT_EQ(world.epoch, 3u) << "tick 3 is committed already: the pin's epoch follows at once, and its ticks have not begun";
  const Placement shown = *world.cluster->placement();
  EXPECT_EQ(shown, expected({}));
  EXPECT_EQ(counts(), (std::vector<std::uint64_t>{shown.blocks_of(ShardId(0)).size(), shown.blocks_of(ShardId(1)).size(),
                                                  shown.blocks_of(ShardId(2)).size()}));
  world.settle();
  EXPECT_EQ(*world.cluster->placement(), expected({{BlockId(3), ShardId(other)}}));
}

TEST(ClusterMembers, FixedMembersNeitherJoinNorLeave) {
  ClusterWorld world({.places = 2, .last = 9, .fixed = true});
  world.start(2);
  EXPECT_THAT(world.join(3), ElementsAre("3: refuse 5", "warn refused"));
  EXPECT_THAT(world.drain(0), ElementsAre("warn leave"));
  EXPECT_THAT(world.report(1, LeaveReport{}), ElementsAre("warn leave"));
  EXPECT_THAT(world.pin(1, 1), IsEmpty());
  const Texts texts = world.settle();
  EXPECT_THAT(texts, Contains("1: begin 2 at 3 with 0,1")) << "blocks may move";
  EXPECT_THAT(texts, Contains("end reached 0 saved"));
}

}  // namespace
}  // namespace colony::testing
