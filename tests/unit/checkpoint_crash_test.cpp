// At any moment that a process dies, a checkpoint is whole or absent, and the one before it is there.
#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "checkpoint_support.hpp"
#include "engine/fail_point.hpp"
#include "io/checkpoints/checkpoint_writer.hpp"

namespace colony::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// Runs f in a forked child and returns its wait status.
template <class F>
int status_of_child(const F& f) {
  const pid_t child = fork();
  if (child == 0) {
    f();
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return status;
}

bool killed(int status) { return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL; }

class CrashTest : public testing::TestWithParam<const char*> {
 protected:
  TemporaryFolder folder_;
  PosixStorage storage_{folder_.path()};
};

TEST_P(CrashTest, LeavesTheCheckpointBefore) {
  write_checkpoint(storage_, make_stamp(10));
  const int status = status_of_child([&] {
    arm_fail_point(GetParam());
    write_checkpoint(storage_, make_stamp(20));
  });
  ASSERT_TRUE(killed(status)) << GetParam();
  EXPECT_TRUE(storage_.exists(checkpoint_folder(Tick(20)))) << "it died while writing, not before";
  EXPECT_THAT(committed_ticks(storage_), ElementsAre(10));
  EXPECT_EQ(latest_usable(storage_, make_owner())->manifest.stamp.tick, Tick(10));

  // The next start writes the same tick again, and what was left goes.
  const Manifest manifest = write_checkpoint(storage_, make_stamp(20, 2));
  EXPECT_EQ(latest_usable(storage_, make_owner())->manifest, manifest);
  prune_checkpoints(storage_, manifest.stamp, 1);
  EXPECT_THAT(storage_.list(checkpoint_folder(Tick(20))), ElementsAre("manifest.r2.e1.json", "shard-0000.r2.e1.h5", "shard-0001.r2.e1.h5"));
}

/// Gives a manifest its name, and then can't sync the folder.
class UnsyncedStorage : public PosixStorage {
 public:
  using PosixStorage::PosixStorage;
  void publish(const std::string& staged, const std::string& name) override {
    PosixStorage::publish(staged, name);
    if (name.ends_with(".json")) throw storage_error(path_of(name), "syncing", EIO);
  }
};

/// Found by sim_cluster, seed 111814: the run went back to the checkpoint before, cut its rows, died, and was resumed from this one, whose
/// rows were gone.
TEST(Commit, ThatFailsAfterTheNameIsThereLeavesNone) {
  const TemporaryFolder folder;
  UnsyncedStorage storage(folder.path());
  EXPECT_THAT(storage_error_of([&] { write_checkpoint(storage, make_stamp(10)); }), HasSubstr("syncing"));
  EXPECT_THAT(committed_ticks(storage), ElementsAre());
}

/// Nor does it touch one that is there.
TEST(Commit, OfAStampThatIsCommittedIsRefused) {
  const TemporaryFolder folder;
  PosixStorage storage(folder.path());
  const Manifest manifest = write_checkpoint(storage, make_stamp(10));
  EXPECT_THAT(storage_error_of([&] { commit_checkpoint(storage, manifest); }), HasSubstr("exists already"));
  EXPECT_THAT(committed_ticks(storage), ElementsAre(10));
}

INSTANTIATE_TEST_SUITE_P(Points, CrashTest,
                         testing::Values("in-snapshot", "in-snapshot:2", "before-rename", "before-rename:2", "before-manifest"));

TEST(CrashTest_, InRecoveryLosesNothing) {
  TemporaryFolder folder;
  PosixStorage storage(folder.path());
  const Manifest manifest = write_checkpoint(storage, make_stamp(10));
  const int status = status_of_child([&] {
    arm_fail_point("in-recovery:2");
    for (std::size_t i = 0; i < 2; ++i) read_shard_file(storage, manifest, i);
  });
  ASSERT_TRUE(killed(status));
  EXPECT_EQ(latest_usable(storage, make_owner())->manifest, manifest);
}

TEST(CrashTest_, KilledAtAnyTimeACheckpointIsWholeOrAbsent) {
  TemporaryFolder folder;
  PosixStorage storage(folder.path());
  write_checkpoint(storage, make_stamp(1));
  std::uint64_t incarnation = 1;
  std::uint64_t committed = 1;
  for (int round = 0; round < 12; ++round) {
    ++incarnation;
    const pid_t child = fork();
    if (child == 0) {
      for (std::uint64_t tick = committed + 1;; ++tick) {
        write_checkpoint(storage, make_stamp(tick, incarnation));
        prune_checkpoints(storage, make_stamp(tick, incarnation), 2);
      }
    }
    usleep(static_cast<useconds_t>(15'000 + 7'919 * round));
    kill(child, SIGKILL);
    int status = 0;
    waitpid(child, &status, 0);
    ASSERT_TRUE(killed(status));
    const std::optional<CommittedCheckpoint> latest = latest_usable(storage, make_owner());  // throws when it is torn
    ASSERT_TRUE(latest.has_value());
    EXPECT_GE(latest->manifest.stamp.tick.value, committed);
    committed = latest->manifest.stamp.tick.value;
    EXPECT_TRUE(same_image(read_shard_file(storage, latest->manifest, 1), make_image(1, latest->manifest.stamp.tick)));
  }
  EXPECT_GT(committed, 3u) << "the children committed something";
}

/// A write that the system refuses half-way, as it does when the disk is full: here by a limit on the length of files.
TEST(CrashTest_, AFileThatCannotGrowIsReportedAndDropped) {
  TemporaryFolder folder;
  PosixStorage storage(folder.path());
  write_checkpoint(storage, make_stamp(10));
  const int status = status_of_child([&] {
    signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{100'000, 100'000};
    setrlimit(RLIMIT_FSIZE, &limit);
    CheckpointWriter writer(storage);
    std::vector<ShardImage> images;
    images.push_back(make_image(0, Tick(20), 100'000));
    writer.start(make_stamp(20), std::move(images));
    const std::optional<WrittenCheckpoint> written = writer.wait();
    const bool reported = !written->complete() && written->shards[0].error.find("File too large") != std::string::npos;
    _exit(reported ? 7 : 8);
  });
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 7);
  EXPECT_TRUE(storage.list(checkpoint_folder(Tick(20))).empty());
  EXPECT_EQ(latest_usable(storage, make_owner())->manifest.stamp.tick, Tick(10));
}

}  // namespace
}  // namespace colony::test
