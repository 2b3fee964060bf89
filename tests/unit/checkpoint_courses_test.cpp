// Courses: a start that goes back leaves later checkpoints behind, in one step, and for good.
#include <gmock/gmock.h>

#include "checkpoint_support.hpp"
#include "io/checkpoints/course.hpp"

namespace colony::test {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

CheckpointKey key(std::uint64_t tick, std::uint64_t incarnation = 1, std::uint64_t epoch = 1) { return {Tick(tick), incarnation, epoch}; }

class CoursesTest : public testing::Test {
 protected:
  void commit(std::uint64_t tick, std::uint64_t incarnation = 1) { write_checkpoint(storage_, make_stamp(tick, incarnation)); }
  std::vector<std::string> records() {
    std::vector<std::string> names = storage_.list(checkpoints_folder);
    std::erase_if(names, [](const std::string& name) { return tick_of_folder(name).has_value(); });
    return names;
  }

  TemporaryFolder folder_;
  PosixStorage storage_{folder_.path()};
};

TEST_F(CoursesTest, TheFirstStartLeavesNothingBehind) {
  begin_course(storage_, 1, std::nullopt);
  EXPECT_THAT(storage_.list(checkpoints_folder), IsEmpty());
  commit(10);
  EXPECT_THAT(committed_ticks(storage_), ElementsAre(10));
  EXPECT_THAT(read_course(storage_).turns, IsEmpty());
}

TEST_F(CoursesTest, WhatLiesBeyondIsInNoListAndGoesWithTheNextCommit) {
  for (const std::uint64_t tick : {20, 40, 60, 80}) commit(tick);
  begin_course(storage_, 2, key(40));
  EXPECT_THAT(committed_ticks(storage_), ElementsAre(40, 20));
  EXPECT_EQ(list_manifests(storage_).size(), 4u);
  remove_left_behind(storage_);
  EXPECT_EQ(list_manifests(storage_).size(), 2u);
  EXPECT_EQ(latest_usable(storage_, make_owner())->manifest.stamp.tick, Tick(40));
  RecoveryOptions options;
  options.tick = Tick(80);
  EXPECT_THAT(storage_error_of([&] { latest_usable(storage_, make_owner(), options); }), HasSubstr("there is no checkpoint of this tick"));
  commit(50, 2);
  prune_checkpoints(storage_, make_stamp(50, 2), 2);
  EXPECT_THAT(committed_ticks(storage_), ElementsAre(50, 40));
  EXPECT_THAT(storage_.list(checkpoints_folder), ElementsAre("course.r2.json", "tick-000000000040", "tick-000000000050"));
}

TEST_F(CoursesTest, ALateCommitOfADeposedStartIsLeftBehind) {
  commit(20);
  begin_course(storage_, 2, key(20));
  commit(40, 2);
  commit(60, 1);
  EXPECT_THAT(committed_ticks(storage_), ElementsAre(40, 20));
  commit(60, 3);
  EXPECT_THAT(committed_ticks(storage_), ElementsAre(60, 40, 20)) << "a start that took the folder since is heard";
}

TEST_F(CoursesTest, OfOneTickTheNewerIsLeftBehindToo) {
  commit(20, 1);
  commit(20, 2);
  begin_course(storage_, 3, key(20, 1));
  EXPECT_THAT(list_committed(storage_).at(0).key(), key(20, 1));
  EXPECT_EQ(list_committed(storage_).size(), 1u);
}

/// Back from 80 to 40, on to 70, and on from there: 60 is below 70, and is of the future that was left first.
TEST_F(CoursesTest, ALaterTurnBringsNothingBack) {
  for (const std::uint64_t tick : {20, 40, 60, 80}) commit(tick);
  begin_course(storage_, 2, key(40));
  commit(70, 2);
  begin_course(storage_, 3, key(70, 2));
  EXPECT_THAT(committed_ticks(storage_), ElementsAre(70, 40, 20));
  EXPECT_THAT(records(), ElementsAre("course.r3.json"));
  EXPECT_THAT(read_course(storage_).turns, ElementsAre(Turn{2, key(40)}, Turn{3, key(70, 2)}));
  begin_course(storage_, 4, key(20));  // what turns 2 and 3 left behind is beyond 20 as well
  EXPECT_THAT(read_course(storage_).turns, ElementsAre(Turn{4, key(20)}));
  EXPECT_THAT(committed_ticks(storage_), ElementsAre(20));
  begin_course(storage_, 5, std::nullopt);
  EXPECT_THAT(committed_ticks(storage_), IsEmpty());
}

TEST_F(CoursesTest, TurnsThatSayNothingAnyMoreAreDropped) {
  for (const std::uint64_t tick : {10, 20}) commit(tick);
  begin_course(storage_, 2, key(10));
  for (std::uint64_t start = 3; start <= 150; ++start) {
    storage_.make_folder(checkpoint_folder(Tick(start * 10)));
    commit_checkpoint(storage_, make_manifest(make_stamp(start * 10, start - 1)));
    begin_course(storage_, start, key(start * 10, start - 1));
  }
  const std::vector<Turn> turns = read_course(storage_).turns;
  EXPECT_THAT(turns.front(), (Turn{2, key(10)})) << "20 is still there";
  EXPECT_EQ(turns.size(), 66u);
  EXPECT_THAT(committed_ticks(storage_), Not(Contains(20u)));
}

TEST_F(CoursesTest, GoingBackIsDoneOrNotDone) {
  for (const std::uint64_t tick : {20, 40, 60}) commit(tick);
  int faults = 0;
  for (int fail_at = 1;; ++fail_at) {
    FaultyStorage faulty(folder_.path(), fail_at);
    try {
      begin_course(faulty, static_cast<std::uint64_t>(fail_at) + 1, key(20));
      break;
    } catch (const StorageError&) {
      ++faults;
    }
    const bool written = storage_.exists("checkpoints/course.r" + std::to_string(fail_at + 1) + ".json");
    EXPECT_EQ(committed_ticks(storage_).size(), written ? 1u : 3u) << fail_at;
    storage_.remove(std::vector<std::string>{"checkpoints/course.r" + std::to_string(fail_at + 1) + ".json"});
  }
  EXPECT_EQ(faults, 4);  // folder, stage, publish; the removal of older records
  EXPECT_THAT(committed_ticks(storage_), ElementsAre(20));
  for (const std::string& name : storage_.list(checkpoints_folder)) EXPECT_NE(name.front(), '.') << "left behind: " << name;
}

TEST_F(CoursesTest, ARecordThatCannotBeTrustedIsRefused) {
  commit(20);
  begin_course(storage_, 2, key(20));
  const std::string path = storage_.path_of("checkpoints/course.r2.json"), good = read_bytes(path);
  const auto said = [&](const std::string& text) {
    write_bytes(path, text);
    return storage_error_of([&] { latest_usable(storage_, make_owner()); });
  };
  EXPECT_THAT(said(good.substr(0, good.size() / 2)), HasSubstr("course.r2.json: is torn"));
  EXPECT_THAT(said(""), HasSubstr("put it back, or start over with --force"));
  std::string edited = good;
  edited.replace(edited.find("20,"), 2, "30");
  EXPECT_THAT(said(edited), HasSubstr("was altered"));
  for (const char* text :
       {"{\"format\":\"colony-course\",\"format_version\":2,\"turns\":[]}", "{\"format\":\"other\",\"format_version\":1}",
        "{\"format\":\"colony-course\",\"format_version\":1,\"turns\":[{\"incarnation\":2}]}",
        "{\"format\":\"colony-course\",\"format_version\":1,\"turns\":[{\"incarnation\":2,\"from\":[1,2]}]}",
        "{\"format\":\"colony-course\",\"format_version\":1,\"turns\":[{\"incarnation\":3,\"from\":null},{\"incarnation\":2,"
        "\"from\":null}]}"})
    EXPECT_THAT(said(seal(text)), HasSubstr("course.r2.json: ")) << text;
  write_bytes(path, good);
  EXPECT_THAT(committed_ticks(storage_), ElementsAre(20));
}

TEST_F(CoursesTest, NoNumberComesBack) {
  EXPECT_EQ(highest_incarnation(storage_), 0u);
  commit(20, 3);
  EXPECT_EQ(highest_incarnation(storage_), 3u);
  write_shard_file(storage_, make_stamp(40, 5), make_image(0, Tick(40)));  // never committed
  EXPECT_EQ(highest_incarnation(storage_), 5u);
  begin_course(storage_, 8, key(20, 3));
  EXPECT_EQ(highest_incarnation(storage_), 8u);
}

TEST_F(CoursesTest, ACheckpointThatLacksWhatItNeedsIsPassedOver) {
  for (const std::uint64_t tick : {20, 40, 60}) commit(tick);
  RecoveryOptions options;
  options.verify = [](const Manifest& manifest) {
    if (manifest.stamp.tick > Tick(20)) throw StorageError("rows", "are not there");
  };
  EXPECT_THAT(storage_error_of([&] { latest_usable(storage_, make_owner(), options); }),
              HasSubstr("rows: are not there; the checkpoint of tick 20 before it is whole: add --fallback"));
  std::vector<std::string> warned;
  options.warn = [&](const std::string& message) { warned.push_back(message); };
  options.fallback = true;
  EXPECT_EQ(latest_usable(storage_, make_owner(), options)->manifest.stamp.tick, Tick(20));
  EXPECT_EQ(warned.size(), 2u);
}

TEST(CourseNames, AreToldFromOthers) {
  EXPECT_EQ(incarnation_of_record("course.r12.json"), 12u);
  for (const char* name : {"course.r.json", "course.r0.json", "course.rx.json", "course.r1.jsonx", ".course.r1.json", "course.json"})
    EXPECT_FALSE(incarnation_of_record(name)) << name;
  EXPECT_TRUE(is_course_file(".course.r3.json.17-0.tmp"));
  EXPECT_FALSE(is_course_file(".mine.tmp"));
}

}  // namespace
}  // namespace colony::test
