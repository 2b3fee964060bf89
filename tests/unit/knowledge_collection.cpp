// models/knowledge/collection: folders and files of documents, and files that are not documents.
#include "models/knowledge/collection.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "engine/error.hpp"
#include "models/text_file.hpp"
#include "tests/support/graphs.hpp"

namespace colony {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class CollectionTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "colony-collection-XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::string write(const std::string& name, std::string_view text) {
    std::ofstream(folder_ / name, std::ios::binary) << text;
    return (folder_ / name).string();
  }
  Collection read() const { return read_collection(folder_.string()); }

  static std::vector<std::string> names(const Collection& collection) {
    std::vector<std::string> names;
    for (const Document& document : collection.documents) names.push_back(document.name);
    return names;
  }
  static void refused(const std::string& path, const std::string& message) {
    try {
      read_collection(path);
      FAIL() << "was accepted: " << path;
    } catch (const DataError& error) {
      EXPECT_THAT(error.what(), AllOf(HasSubstr(path), HasSubstr(message)));
    }
  }

  fs::path folder_;
};

TEST_F(CollectionTest, FilesOfAFolderBytewiseByName) {
  write("b.txt", "second");
  write("a.txt", "first");
  write("B.txt", "upper case comes first");
  write("é", "last");
  write("a.md", "");
  write(".hidden", "not this");
  const Collection collection = read();
  EXPECT_THAT(names(collection), ElementsAre("B.txt", "a.md", "a.txt", "b.txt", "é"));
  EXPECT_EQ(collection.documents[2].text, "first");
  EXPECT_EQ(collection.documents[1].text, "") << "an empty file is a document without words";
  EXPECT_THAT(collection.notes, IsEmpty());
}

TEST_F(CollectionTest, WhatIsNoTextIsLeftOutCountedAndNamed) {
  write("good.txt", "caf\xe9 au lait, here and there");
  write("image.png", std::string_view("\x89PNG\r\n\0\0", 8));
  write("cyrillic.txt", "\xec\xf3\xf0\xe0\xe2\xe5\xe9 \xec\xf3\xf0\xe0\xe2\xe5\xe9");
  fs::create_directory(folder_ / "more");
  fs::create_symlink("nowhere", folder_ / "broken");
  ASSERT_EQ(mkfifo((folder_ / "pipe").c_str(), 0600), 0);
  const Collection collection = read();
  EXPECT_THAT(names(collection), ElementsAre("good.txt"));
  EXPECT_THAT(
      collection.notes,
      ElementsAre("2 files that are not text were left out: cyrillic.txt (93 % of its bytes are no UTF-8), image.png (holds NUL bytes)",
                  "1 folder within was not read: more", "2 entries that are no files were left out: broken, pipe"));
}

TEST_F(CollectionTest, ManyAreCountedAndTheFirstNamed) {
  write("z.txt", "text");
  for (int i = 10; i < 40; ++i) write(std::to_string(i), std::string_view("\0", 1));
  const Collection collection = read();
  ASSERT_EQ(collection.notes.size(), 1u);
  EXPECT_THAT(collection.notes[0], AllOf(HasSubstr("30 files"), HasSubstr("29 (holds"), ::testing::EndsWith(" and 10 more")));
}

TEST_F(CollectionTest, AFolderWithoutADocumentIsRefused) {
  refused(folder_.string(), "holds no text file to digest");
  write(".hidden", "text");
  write("image", std::string_view("\0", 1));
  fs::create_directory(folder_ / "inner");
  refused(folder_.string(), "holds no text file to digest; 1 file that is not text was left out: image (holds NUL bytes); 1 folder within");
  refused((folder_ / "none").string(), "no such file or folder");
  refused("/dev/null", "neither a folder");
}

TEST_F(CollectionTest, SmartFilesAreOrderedByNumberAndNamedByIt) {
  const std::string path = write("c.all", ".I 10\n.T\nTen\n.A\nMiller\n.W\nants\n.I 2\n.W\ntwo\n");
  const Collection collection = read_collection(path);
  EXPECT_THAT(names(collection), ElementsAre("2", "10"));
  EXPECT_EQ(collection.documents[1].text, "Ten\nants\n");
  refused(write("twice.all", ".I 2\n.I 2\n"), "twice.all:2: record 2 comes a second time");
  refused(write("plain.txt", "An ordinary text.\n"), "plain.txt:1: \"An ordinary text.\" stands before the first record");
  refused(write("image.png", std::string_view("\x89PNG\0", 5)), "is not text (holds NUL bytes)");
}

TEST_F(CollectionTest, AHundredMegabytesAreReadAndMoreThanAGibibyteIsRefused) {
  const std::string path = write("large.txt", "");
  std::string line(1 << 20, 'x');
  line.back() = '\n';
  {
    std::ofstream file(path, std::ios::binary);
    for (int i = 0; i < 100; ++i) file << line;
  }
  EXPECT_EQ(read().documents.at(0).text.size(), 100u << 20);
  fs::resize_file(path, max_text_bytes + 1);  // a hole: takes no room on the disk
  refused(folder_.string(), "large.txt: holds 1073741825 bytes");
}

TEST(Collection, TheDigestersCorpus) {
  COLONY_NEEDS_DATA(path, "text/phago-corpus");
  const Collection collection = read_collection(path);
  ASSERT_EQ(collection.documents.size(), 100u);
  EXPECT_THAT(collection.notes, IsEmpty());
  EXPECT_EQ(collection.documents.front().name, "cell_biology_01.txt");
  std::size_t bytes = 0;
  for (const Document& document : collection.documents) bytes += document.text.size();
  EXPECT_EQ(bytes, 205'893u);
}

TEST(Collection, Cisi) {
  COLONY_NEEDS_DATA(path, "text/cisi-CISI.ALL");
  const Collection collection = read_collection(path);
  ASSERT_EQ(collection.documents.size(), 1460u);
  EXPECT_EQ(collection.documents[99].name, "100");
}

}  // namespace
}  // namespace colony
