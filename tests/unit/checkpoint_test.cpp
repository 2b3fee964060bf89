// Checkpoints: what is written is read back; the newest is found; the others go when they are told to.
#include <gmock/gmock.h>

#include <chrono>
#include <thread>

#include "checkpoint_support.hpp"
#include "io/checkpoints/checkpoint_writer.hpp"

namespace colony::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class CheckpointTest : public testing::Test {
 protected:
  TemporaryFolder folder_;
  PosixStorage storage_{folder_.path()};

  std::vector<std::string> files_of(std::uint64_t tick) { return storage_.list(checkpoint_folder(Tick(tick))); }
};

TEST_F(CheckpointTest, GivesBackEveryTypeAndEmptyGroups) {
  const Manifest manifest = write_checkpoint(storage_, make_stamp(100));
  EXPECT_THAT(files_of(100), ElementsAre("manifest.r1.e1.json", "shard-0000.r1.e1.h5", "shard-0001.r1.e1.h5"));
  for (std::uint32_t shard = 0; shard < 2; ++shard)
    EXPECT_TRUE(same_image(read_shard_file(storage_, manifest, shard), make_image(shard, Tick(100)))) << shard;
  EXPECT_FALSE(same_image(read_shard_file(storage_, manifest, 0), make_image(1, Tick(100)))) << "the comparison compares";
}

TEST_F(CheckpointTest, GivesBackAShardThatOwnsNothing) {
  const CheckpointStamp stamp = make_stamp(3);
  const ShardImage image = make_image(0, Tick(3), 0, 0);
  Manifest manifest = make_manifest(stamp);
  manifest.files.push_back(write_shard_file(storage_, stamp, image));
  EXPECT_TRUE(same_image(read_shard_file(storage_, manifest, 0), image));
}

TEST_F(CheckpointTest, GivesBackColumnsOfManyPieces) {
  const CheckpointStamp stamp = make_stamp(4);
  const ShardImage image = make_image(0, Tick(4), 1'300'001, 3);
  Manifest manifest = make_manifest(stamp);
  manifest.files.push_back(write_shard_file(storage_, stamp, image));
  EXPECT_EQ(storage_.checksum(checkpoint_folder(stamp.tick) + "/" + manifest.files[0].name), manifest.files[0].stored)
      << "the checksum taken while writing is that of the file";
  EXPECT_TRUE(same_image(read_shard_file(storage_, manifest, 0), image));
}

TEST_F(CheckpointTest, BytesAreAFunctionOfTheContent) {
  const ShardImage image = make_image(0, Tick(5));
  const FileRecord first = write_shard_file(storage_, make_stamp(5), image);
  PosixStorage elsewhere(folder_.path() + "/elsewhere");
  std::this_thread::sleep_for(std::chrono::milliseconds(1100));  // HDF5 counts time in seconds, where it is let
  EXPECT_EQ(write_shard_file(elsewhere, make_stamp(5), image), first);
}

TEST_F(CheckpointTest, IsListedNewestFirstAndHighestIncarnationFirst) {
  EXPECT_FALSE(latest_usable(storage_, make_owner()).has_value());
  write_checkpoint(storage_, make_stamp(20, 1));
  write_checkpoint(storage_, make_stamp(100, 1, 9));
  write_checkpoint(storage_, make_stamp(100, 2, 1));
  write_checkpoint(storage_, make_stamp(9, 3));
  write_shard_file(storage_, make_stamp(200), make_image(0, Tick(200)));  // never committed
  EXPECT_THAT(committed_ticks(storage_), ElementsAre(100, 100, 20, 9));
  const std::optional<CommittedCheckpoint> latest = latest_usable(storage_, make_owner());
  ASSERT_TRUE(latest.has_value());
  EXPECT_EQ(latest->manifest.stamp, make_stamp(100, 2, 1));
  EXPECT_EQ(latest->folder, "checkpoints/tick-000000000100");
}

TEST_F(CheckpointTest, GoesOnFromTheTickThatIsAskedFor) {
  for (const std::uint64_t tick : {10, 20, 30}) write_checkpoint(storage_, make_stamp(tick));
  RecoveryOptions options;
  options.tick = Tick(20);
  EXPECT_EQ(latest_usable(storage_, make_owner(), options)->manifest.stamp.tick, Tick(20));
  options.tick = Tick(25);
  EXPECT_THAT(storage_error_of([&] { latest_usable(storage_, make_owner(), options); }),
              HasSubstr("tick-000000000025: there is no checkpoint"));
}

TEST_F(CheckpointTest, PruneKeepsTheNewest) {
  for (const std::uint64_t tick : {10, 20, 30, 40}) write_checkpoint(storage_, make_stamp(tick));
  prune_checkpoints(storage_, make_stamp(40), 2);
  EXPECT_THAT(committed_ticks(storage_), ElementsAre(40, 30));
  EXPECT_THAT(storage_.list("checkpoints"), ElementsAre("tick-000000000030", "tick-000000000040"));
  EXPECT_EQ(latest_usable(storage_, make_owner())->manifest.stamp.tick, Tick(40));
  prune_checkpoints(storage_, make_stamp(40), 0);
  EXPECT_THAT(committed_ticks(storage_), ElementsAre(40)) << "the newest is never removed";
}

TEST_F(CheckpointTest, PruneRemovesLeftoversButNothingThatMayBeInUse) {
  write_checkpoint(storage_, make_stamp(10, 1));
  write_shard_file(storage_, make_stamp(20, 1), make_image(0, Tick(20)));  // a crashed start's
  write_shard_file(storage_, make_stamp(30, 1), make_image(0, Tick(30)));  // the same tick, then written again
  storage_.stage(checkpoint_folder(Tick(30)) + "/shard-0001.r1.e1.h5");
  write_shard_file(storage_, make_stamp(25, 2), make_image(0, Tick(25)));  // one of ours that failed
  write_shard_file(storage_, make_stamp(40, 2), make_image(0, Tick(40)));  // one of ours that may be in the writing
  write_shard_file(storage_, make_stamp(40, 1), make_image(1, Tick(40)));
  write_shard_file(storage_, make_stamp(20, 3), make_image(0, Tick(20)));  // another start's that took over
  storage_.write_new(checkpoint_folder(Tick(10)) + "/notes.txt", "the user's own");
  storage_.make_folder("checkpoints/static-0000000000000077");
  write_checkpoint(storage_, make_stamp(30, 2));

  prune_checkpoints(storage_, make_stamp(30, 2), 1);
  EXPECT_THAT(files_of(10), ElementsAre("notes.txt"));
  EXPECT_THAT(files_of(20), ElementsAre("shard-0000.r3.e1.h5"));
  EXPECT_FALSE(storage_.exists(checkpoint_folder(Tick(25))));
  EXPECT_THAT(files_of(30), ElementsAre("manifest.r2.e1.json", "shard-0000.r2.e1.h5", "shard-0001.r2.e1.h5"));
  EXPECT_THAT(files_of(40), ElementsAre("shard-0000.r2.e1.h5"));
  EXPECT_TRUE(storage_.exists("checkpoints/static-0000000000000077"));
}

TEST_F(CheckpointTest, PruneLeavesLaterTicksThatWereCommittedBefore) {
  for (const std::uint64_t tick : {10, 20, 30}) write_checkpoint(storage_, make_stamp(tick, 1));
  write_checkpoint(storage_, make_stamp(15, 2));  // the user went back to 10
  prune_checkpoints(storage_, make_stamp(15, 2), 1);
  EXPECT_THAT(committed_ticks(storage_), ElementsAre(30, 20, 15));
}

TEST_F(CheckpointTest, WriterWritesBehindAndGivesTheImagesBack) {
  CheckpointWriter writer(storage_);
  EXPECT_FALSE(writer.wait().has_value());
  std::vector<ShardImage> images;
  for (std::uint32_t shard = 0; shard < 2; ++shard) images.push_back(make_image(shard, Tick(7)));
  const void* memory = images[1].groups[0].columns[0].bytes.data();
  writer.start(make_stamp(7), std::move(images));
  EXPECT_TRUE(writer.in_flight());
  std::optional<WrittenCheckpoint> written;
  while (!written) written = writer.poll();
  EXPECT_FALSE(writer.in_flight());
  ASSERT_TRUE(written->complete());
  EXPECT_EQ(written->images[1].groups[0].columns[0].bytes.data(), memory);
  Manifest manifest = make_manifest(written->stamp);
  for (const ShardFileResult& shard : written->shards) manifest.files.push_back(*shard.record);
  commit_checkpoint(storage_, manifest);
  EXPECT_TRUE(same_image(read_shard_file(storage_, manifest, 1), written->images[1]));
}

TEST_F(CheckpointTest, WriterReportsAFullDiskAndTheNextOneWorks) {
  write_checkpoint(storage_, make_stamp(10));
  FaultyStorage full(folder_.path(), 5);  // the second file's publish
  CheckpointWriter writer(full);
  const auto images_of = [](std::uint64_t tick) {
    std::vector<ShardImage> images;
    for (std::uint32_t shard = 0; shard < 2; ++shard) images.push_back(make_image(shard, Tick(tick)));
    return images;
  };
  writer.start(make_stamp(20), images_of(20));
  std::optional<WrittenCheckpoint> written = writer.wait();
  EXPECT_FALSE(written->complete());
  EXPECT_TRUE(written->shards[0].record.has_value());
  EXPECT_THAT(written->shards[1].error, HasSubstr("No space left on device"));
  EXPECT_THAT(files_of(20), ElementsAre("shard-0000.r1.e1.h5")) << "nothing half-written stays";
  EXPECT_EQ(latest_usable(storage_, make_owner())->manifest.stamp.tick, Tick(10));
  writer.start(make_stamp(30), images_of(30));
  EXPECT_TRUE(writer.wait()->complete());
}

TEST_F(CheckpointTest, EveryFaultLeavesTheCheckpointBeforeIt) {
  write_checkpoint(storage_, make_stamp(10));
  int faults = 0;
  for (int fail_at = 1;; ++fail_at) {
    FaultyStorage faulty(folder_.path(), fail_at);
    const CheckpointStamp stamp = make_stamp(10 + static_cast<std::uint64_t>(fail_at));
    try {
      write_checkpoint(faulty, stamp);
      break;
    } catch (const StorageError&) {
      ++faults;
    }
    EXPECT_THAT(committed_ticks(storage_), ElementsAre(10)) << fail_at;
    EXPECT_EQ(latest_usable(storage_, make_owner())->manifest.stamp.tick, Tick(10));
    for (const std::string& name : files_of(stamp.tick.value)) EXPECT_NE(name.front(), '.') << "left behind: " << name;
  }
  EXPECT_EQ(faults, 8);  // folder, stage and publish of two files; stage and publish of the manifest
}

}  // namespace
}  // namespace colony::test
