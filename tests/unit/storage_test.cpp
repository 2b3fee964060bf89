// Storage: whole files under names that are never used twice, and errors that say what to do.
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include "io/clock.hpp"
#include "storage_support.hpp"

namespace colony::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class StorageTest : public testing::Test {
 protected:
  TemporaryFolder folder_;
  PosixStorage storage_{folder_.path() + "/run"};

  void SetUp() override { storage_.make_folder(""); }
};

TEST_F(StorageTest, WritesAndReadsBack) {
  storage_.make_folder("a/b");
  storage_.write_new("a/b/file", "text");
  EXPECT_TRUE(storage_.exists("a/b/file"));
  EXPECT_FALSE(storage_.exists("a/b/other"));
  EXPECT_FALSE(storage_.exists("a/b/file/below"));
  EXPECT_EQ(storage_.read("a/b/file"), "text");
  EXPECT_EQ(storage_.checksum("a/b/file").bytes, 4u);
  EXPECT_THAT(storage_.list("a/b"), ElementsAre("file"));
  EXPECT_THAT(storage_.list("nowhere"), IsEmpty());
  EXPECT_GT(storage_.free_bytes(), 0u);
}

TEST_F(StorageTest, MakesFoldersOnce) {
  storage_.make_folder("x/y/z");
  storage_.make_folder("x/y/z");
  EXPECT_TRUE(std::filesystem::is_directory(folder_.path() + "/run/x/y/z"));
  storage_.write_new("x/file", "");
  EXPECT_THAT(storage_error_of([&] { storage_.make_folder("x/file"); }), HasSubstr("is a file, and a folder is wanted"));
}

TEST_F(StorageTest, ChecksumIsThatOfTheBytes) {
  std::string bytes(3'000'000, 'a');
  storage_.write_new("one", bytes);
  storage_.write_new("same", bytes);
  bytes[2'999'999] = 'b';
  storage_.write_new("other", bytes);
  storage_.write_new("empty", "");
  EXPECT_EQ(storage_.checksum("one"), storage_.checksum("same"));
  EXPECT_NE(storage_.checksum("one"), storage_.checksum("other"));
  EXPECT_EQ(storage_.checksum("empty"), (StoredFile{0, 0x2d06800538d394c2u}));  // XXH3-64 of nothing
}

TEST_F(StorageTest, RefusesATakenName) {
  storage_.write_new("file", "first");
  EXPECT_THAT(storage_error_of([&] { storage_.write_new("file", "second"); }), HasSubstr("run/file: exists already"));
  EXPECT_EQ(storage_.read("file"), "first");
  EXPECT_THAT(storage_.list(""), ElementsAre("file")) << "the refused file must not be left behind";
}

TEST_F(StorageTest, OneOfManyRacersGetsTheName) {
  std::atomic<int> winners{0};
  std::vector<std::thread> racers;
  for (int i = 0; i < 8; ++i)
    racers.emplace_back([&] {
      try {
        storage_.write_new("lock", "mine");
        ++winners;
      } catch (const StorageError&) {
      }
    });
  for (std::thread& racer : racers) racer.join();
  EXPECT_EQ(winners, 1);
}

TEST_F(StorageTest, AStagedFileIsNotSeenUntilItIsPublished) {
  {
    StagedFile dropped(storage_, "file");
    write_bytes(dropped.path(), "half");
    EXPECT_FALSE(storage_.exists("file"));
  }
  EXPECT_THAT(storage_.list(""), IsEmpty());
  StagedFile staged(storage_, "file");
  write_bytes(staged.path(), "whole");
  staged.publish();
  EXPECT_EQ(storage_.read("file"), "whole");
}

TEST_F(StorageTest, ReplacesAFileWhole) {
  storage_.replace("file", "first");
  EXPECT_EQ(storage_.read("file"), "first");
  storage_.replace("file", "2");
  EXPECT_EQ(storage_.read("file"), "2");
  EXPECT_THAT(storage_.list(""), ElementsAre("file"));
  EXPECT_THAT(storage_error_of([&] { storage_.replace("nowhere/file", "x"); }), HasSubstr("run/nowhere/file: making the file: No such"));
}

TEST_F(StorageTest, AReplacementThatFailsLeavesTheOldContent) {
  storage_.replace("file", "old");
  {
    const FileSizeLimit limit(4);
    EXPECT_THAT(storage_error_of([&] { storage_.replace("file", "new and longer"); }), HasSubstr("run/file: writing: File too large"));
  }
  EXPECT_EQ(storage_.read("file"), "old");
  storage_.make_folder("folder/full");
  EXPECT_THAT(storage_error_of([&] { storage_.replace("folder", "x"); }), HasSubstr("run/folder: writing: "));  // the renaming itself
  EXPECT_THAT(storage_.list(""), ElementsAre("file", "folder")) << "what was not put in place must not be left behind";
}

TEST_F(StorageTest, AnAppendFileGrowsAndIsOpenedAgain) {
  {
    const auto file = storage_.open_append("file", Existing::discard);
    EXPECT_EQ(file->length(), 0u);
    file->append("one\n");
    file->append("");
    file->append("two\n");
    file->sync();
    EXPECT_EQ(file->length(), 8u);
  }
  {
    const auto file = storage_.open_append("file", Existing::keep);
    EXPECT_EQ(file->length(), 8u);
    EXPECT_EQ(file->read(4, 3), "two");
    EXPECT_EQ(file->read(6, 100), "o\n");
    EXPECT_EQ(file->read(8, 1), "");
    EXPECT_EQ(storage_.read("file"), "one\ntwo\n") << "opening changes nothing";
    file->cut(4);
    file->append("2\n");
  }
  EXPECT_EQ(storage_.read("file"), "one\n2\n");
  storage_.open_append("file", Existing::discard);
  EXPECT_EQ(storage_.read("file"), "");
  EXPECT_THAT(storage_error_of([&] { storage_.open_append("missing", Existing::keep); }), HasSubstr("run/missing: opening: No such file"));
  EXPECT_FALSE(storage_.exists("missing"));
}

TEST_F(StorageTest, AnAppendThatFailsLeavesNothingOfIt) {
  const auto file = storage_.open_append("file", Existing::discard);
  file->append("whole\n");
  {
    const FileSizeLimit limit(10);  // in the middle of the next
    EXPECT_THAT(storage_error_of([&] { file->append("1234567\n"); }), HasSubstr("run/file: writing: File too large"));
    EXPECT_EQ(file->length(), 6u);
    EXPECT_EQ(storage_.read("file"), "whole\n");
    file->append("fit\n");
  }
  file->append("1234567\n");
  EXPECT_EQ(storage_.read("file"), "whole\nfit\n1234567\n");
}

TEST_F(StorageTest, RemovesFilesThenTheirFolder) {
  storage_.make_folder("gone");
  storage_.write_new("gone/a", "");
  storage_.write_new("kept", "");
  storage_.remove(std::vector<std::string>{"gone/a", "gone/never-was", "gone"});
  EXPECT_THAT(storage_.list(""), ElementsAre("kept"));
  storage_.make_folder("full");
  storage_.write_new("full/a", "");
  storage_error_of([&] { storage_.remove(std::vector<std::string>{"full"}); });
  EXPECT_TRUE(storage_.exists("full/a"));
}

TEST_F(StorageTest, RefusesToReadWhatIsTooLongOrNoFile) {
  storage_.write_new("file", "12345");
  EXPECT_THAT(storage_error_of([&] { storage_.read("file", 4); }), HasSubstr("has 5 bytes, more than the 4"));
  EXPECT_THAT(storage_error_of([&] { storage_.read("missing"); }), HasSubstr("run/missing: opening: No such file"));
  EXPECT_THAT(storage_error_of([&] { storage_.checksum(""); }), HasSubstr("is not a file"));
}

TEST_F(StorageTest, SaysWhatToDoWhenItMayNotWrite) {
  storage_.write_new("kept", "x");
  chmod(folder_.path().c_str(), 0755);
  chmod((folder_.path() + "/run").c_str(), 0555);
  const pid_t child = fork();  // root may write anywhere, so the child becomes an ordinary user
  if (child == 0) {
    if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0)) _exit(1);
    try {
      storage_.write_new("file", "");
    } catch (const StorageError& error) {
      const std::string said = error.what();
      _exit(said.find("Permission denied") != std::string::npos && said.find("see who may write there") != std::string::npos ? 7 : 2);
    }
    _exit(3);
  }
  int status = 0;
  waitpid(child, &status, 0);
  chmod((folder_.path() + "/run").c_str(), 0755);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 7);
  EXPECT_THAT(storage_.list(""), ElementsAre("kept"));
}

TEST(StorageError_, NamesTheRemedy) {
  TemporaryFolder folder;
  EXPECT_THAT(storage_error(folder.path() + "/not/there", "writing", ENOSPC).what(),
              HasSubstr("bytes free); what was committed before is untouched"));
  EXPECT_THAT(storage_error("f", "writing", EFBIG).what(), HasSubstr("ulimit -f"));
  EXPECT_THAT(storage_error("f", "writing", EROFS).what(), HasSubstr("[output] directory"));
  EXPECT_STREQ(storage_error("f", "reading", EIO).what(), "f: reading: Input/output error");
}

TEST(FaultyStorage_, FailsOnceWhereTold) {
  TemporaryFolder folder;
  FaultyStorage storage(folder.path(), 2);
  EXPECT_THAT(storage_error_of([&] { storage.write_new("file", "x"); }), HasSubstr("No space left on device"));
  EXPECT_THAT(storage.list(""), IsEmpty());
  storage.write_new("file", "x");
  EXPECT_EQ(storage.changes(), 4);
}

TEST(FaultyStorage_, FailsInFilesThatGrowAndInReplacements) {
  TemporaryFolder folder;
  FaultyStorage storage(folder.path(), 2);
  const auto file = storage.open_append("file", Existing::discard);
  EXPECT_THAT(storage_error_of([&] { file->append("x"); }), HasSubstr("file: writing: No space left on device"));
  EXPECT_EQ(file->length(), 0u);
  file->append("x");
  file->sync();
  EXPECT_EQ(storage.read("file"), "x");
  for (const int fail_at : {1, 2}) {  // before it begins, in making the temporary file
    FaultyStorage faulty(folder.path(), fail_at);
    EXPECT_THAT(storage_error_of([&] { faulty.replace("file", "y"); }), HasSubstr("No space left on device"));
    EXPECT_EQ(faulty.read("file"), "x");
    EXPECT_THAT(faulty.list(""), ElementsAre("file"));
  }
}

TEST(Clock_, NeverGoesBack) {
  SystemClock clock;
  const std::uint64_t first = clock.now_ns();
  std::this_thread::sleep_for(std::chrono::milliseconds(2));
  EXPECT_GE(clock.now_ns(), first + 2'000'000);
}

}  // namespace
}  // namespace colony::test
