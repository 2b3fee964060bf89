// Checkpoints: what is awaited, what is committed, what a failure or a full disk does to them.
#include "tests/unit/cluster_support.hpp"

namespace colony::testing {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

TEST(ClusterCheckpoints, AreWrittenBehindTheTicksAndCommittedWhenAllFilesAreThere) {
  ClusterWorld world({.places = 2, .last = 99, .checkpoint_every = 2});
  world.auto_commit = false;
  world.start(1);
  world.deliver(1);
  EXPECT_THAT(world.deliver(2), ElementsAre("row 2", "1: checkpoint 2", "2: checkpoint 2", "1: tick 2", "2: tick 2"));
  world.deliver(1);
  world.deliver(1);
  world.deliver(2);
  EXPECT_THAT(world.deliver(2), ElementsAre("commit 2"));
  EXPECT_FALSE(world.cluster->committed());
  EXPECT_THAT(world.commit(), IsEmpty());
  EXPECT_EQ(world.cluster->committed()->stamp.tick, Tick(2));
  EXPECT_EQ(world.cluster->digest(), whole_digest(Tick(2)));
}

TEST(ClusterCheckpoints, TheNextWaitsForTheCommitOfTheOneInFlight) {
  ClusterWorld world({.places = 1, .last = 99, .checkpoint_every = 1});
  world.auto_commit = false;
  world.start(1);
  world.deliver(1);  // image
  EXPECT_THAT(world.deliver(1), ElementsAre("commit 1"));
  EXPECT_THAT(world.deliver(1), ElementsAre("row 2")) << "S(2) is due, and the commit is not done";
  EXPECT_THAT(world.commit(), ElementsAre("1: checkpoint 2", "1: tick 2"));
}

TEST(ClusterCheckpoints, AFileThatFailsIsToldAndTheNextIsTried) {
  ClusterWorld world({.places = 2, .last = 99, .checkpoint_every = 2});
  world.start(2);
  world.member(2).out.clear();
  world.report(2, ImageReport{1, Tick(2), whole_digest(Tick(2)), {0, 0, 0, 0, 3}});
  EXPECT_THAT(world.report(2, FileReport{1, Tick(2), {}, "disk full"}), IsEmpty()) << "the others are awaited";
  world.deliver(1);
  EXPECT_THAT(world.deliver(1), ElementsAre("warn checkpoint-failed"));
  EXPECT_FALSE(world.cluster->committed());
}

TEST(ClusterCheckpoints, AFileOfAnotherNameIsNone) {
  ClusterWorld world({.places = 1, .last = 99, .checkpoint_every = 2});
  world.start(2);
  world.deliver(1);
  auto& file = std::get<FileReport>(world.member(1).out.front());
  file.records.front().name = "shard-0000.r1.e9.h5";
  EXPECT_THAT(world.deliver(1), ElementsAre("warn checkpoint-failed"));
  EXPECT_THAT(world.deliver(1), Contains("1: tick 3"));
}

TEST(ClusterCheckpoints, ACommitThatFailsKeepsTheEarlierOne) {
  ClusterWorld world({.places = 1, .last = 99, .checkpoint_every = 1});
  world.auto_commit = false;
  world.start(1);
  for (int i = 0; i < 3; ++i) world.deliver(1);
  world.commit();
  for (int i = 0; i < 3; ++i) world.deliver(1);
  EXPECT_THAT(world.commit(false), ElementsAre("warn checkpoint-failed", "1: checkpoint 3", "1: tick 3"));
  EXPECT_EQ(world.cluster->committed()->stamp.tick, Tick(1));
}

TEST(ClusterCheckpoints, TheRunIsDoneAndUnsavedWhenItsLastCheckpointFails) {
  ClusterWorld world({.places = 1, .last = 3});
  world.auto_commit = false;
  world.start(2);
  EXPECT_THAT(world.settle(), Contains("commit 3"));
  EXPECT_THAT(world.commit(false), ElementsAre("warn checkpoint-failed", "1: finish 0", "end reached 0"));
  EXPECT_FALSE(world.finish->checkpointed);
  EXPECT_EQ(world.finish->error, "");
  ClusterWorld full({.places = 1, .last = 3});
  full.start(2);
  full.member(1).disk_full = true;
  EXPECT_THAT(full.settle(), Contains("end reached 0"));
  EXPECT_FALSE(full.finish->checkpointed);
}

TEST(ClusterCheckpoints, AnInterruptedRunWhoseLastCheckpointFailsSaysSo) {
  ClusterWorld world({.places = 1, .last = 9});
  world.start(2);
  world.member(1).disk_full = true;
  world.stop(130);
  EXPECT_THAT(world.settle(), Contains("end stopped 130"));
  EXPECT_FALSE(world.finish->checkpointed);
}

TEST(ClusterCheckpoints, AreNotCommittedBeforeTheSnapshotsUpToThem) {
  ClusterWorld world({.places = 1, .last = 99, .checkpoint_every = 2, .snapshot_every = {2}});
  world.auto_commit = false;
  world.join(1);
  world.deliver(1);
  world.deliver(1);  // snapshot of 0
  world.deliver(1);
  EXPECT_THAT(world.deliver(1), ElementsAre("row 2", "1: snapshot 0 at 2", "1: checkpoint 2", "1: tick 2"));
  Report snapshot = std::move(world.member(1).out.front());
  world.member(1).out.pop_front();
  world.deliver(1);
  EXPECT_THAT(world.deliver(1), IsEmpty()) << "all files are there";
  EXPECT_THAT(world.report(1, std::move(snapshot)), ElementsAre("write snapshot 0 at 2", "commit 2"));
}

// ---- A failure meanwhile ----

TEST(ClusterCheckpoints, AFailureAbandonsTheOneInFlight) {
  ClusterWorld world({.places = 2, .last = 9, .checkpoint_every = 2, .replace_wait_ns = 0});
  world.start(2);
  world.deliver(1);
  world.deliver(1);
  world.deliver(2);
  const Report file = FileReport{1, Tick(2), {}, ""};
  EXPECT_THAT(world.disconnect(2), ElementsAre("close 2", "warn member-failed", "1: abandon 1", "1: begin 2 at 0 with 0"));
  EXPECT_THAT(world.report(1, FileReport{1, Tick(2), {}, ""}), IsEmpty());
  EXPECT_THAT(world.settle(), Contains("end reached 0 saved"));
}

TEST(ClusterCheckpoints, ACommitThatWasAskedForDecidesWhereTheNextEpochBegins) {
  for (const bool complete : {true, false}) {
    ClusterWorld world({.places = 2, .last = 9, .checkpoint_every = 2, .replace_wait_ns = 0});
    world.auto_commit = false;
    world.start(2);
    for (int i = 0; i < 2; ++i) {
      world.deliver(1);
      world.deliver(2);
    }
    ASSERT_TRUE(world.pending);
    EXPECT_THAT(world.disconnect(2), ElementsAre("close 2", "warn member-failed", "1: abandon 1")) << "and no begin yet";
    EXPECT_THAT(world.commit(complete), Contains(complete ? "1: begin 2 at 2 with 0" : "1: begin 2 at 0 with 0"));
  }
}

TEST(ClusterCheckpoints, TheEndOfARunAwaitsItsCommit) {
  ClusterWorld world({.places = 2, .last = 9, .checkpoint_every = 2});
  world.auto_commit = false;
  world.start(2);
  for (int i = 0; i < 2; ++i) {
    world.deliver(1);
    world.deliver(2);
  }
  ASSERT_TRUE(world.pending);
  EXPECT_THAT(world.report(1, FailureReport{1, 3, "a field is not finite"}), IsEmpty());
  EXPECT_THAT(world.deliver(2), IsEmpty());
  EXPECT_THAT(world.commit(), ElementsAre("1: finish 3", "2: finish 3", "end stopped 3 saved"));
  EXPECT_THAT(world.finish->error, HasSubstr("last committed checkpoint is of tick 2"));
}

TEST(ClusterCheckpoints, ALostLockEndsTheRun) {
  ClusterWorld world({.places = 1, .last = 9, .checkpoint_every = 2});
  world.auto_commit = false;
  world.start(2);
  world.deliver(1);
  world.deliver(1);
  ASSERT_TRUE(world.pending);
  world.pending.reset();
  EXPECT_THAT(world.step(CommitDone{Tick(2), false, "run.lock is of another start", world.now_ns, true}), Contains("end stopped 4"));
  EXPECT_THAT(world.finish->error, HasSubstr("another start"));
}

TEST(ClusterCheckpoints, AreTakenByTheTimeOfTheShell) {
  ClusterWorld world({.places = 1, .last = 99, .checkpoint_every_ns = 5000});
  world.start(1);
  world.now_ns += 60'000;
  EXPECT_THAT(world.deliver(1), Contains("1: checkpoint 2")) << "a coordinator that slept is late, not early";
}

}  // namespace
}  // namespace colony::testing
