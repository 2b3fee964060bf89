// io/run/rows_hash: a file of rows that is no longer what was written is told, and where.
#include "io/run/rows_hash.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <vector>

#include "io/run/observables.hpp"
#include "storage_support.hpp"

namespace colony::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using Lines = std::optional<std::pair<std::uint64_t, std::uint64_t>>;

std::vector<std::string> rows_of(std::uint64_t count) {
  std::vector<std::string> rows{"tick,alive"};
  for (std::uint64_t tick = 0; tick < count; ++tick) rows.push_back(fmt::format("{},{}", tick, 1000 + tick * 7 % 13));
  return rows;
}

std::string text_of(const std::vector<std::string>& rows) {
  std::string text;
  for (const std::string& row : rows) text += row + "\n";
  return text;
}

class RowsHashTest : public ::testing::Test {
 protected:
  Lines difference(const RowsHash& hash, const std::string& bytes) {
    write_bytes(storage_.path_of(name_), bytes);
    return hash.first_difference(*storage_.open_append(name_, Existing::keep));
  }

  TemporaryFolder folder_;
  PosixStorage storage_{folder_.path()};
  const std::string name_ = "observables.csv";
};

TEST_F(RowsHashTest, IsThatOfTheFileHoweverItWasAdded) {
  const std::string text = text_of(rows_of(20'000));
  for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, std::size_t{1000}, text.size()}) {
    RowsHash hash;
    for (std::size_t at = 0; at < text.size(); at += piece) hash.add(std::string_view(text).substr(at, piece));
    EXPECT_FALSE(difference(hash, text));
    EXPECT_EQ(hash.stored(), storage_.checksum(name_));
  }
}

TEST_F(RowsHashTest, NamesTheLineOfASmallFile) {
  const std::vector<std::string> rows = rows_of(100);
  RowsHash hash;
  hash.add(text_of(rows));
  for (const std::size_t line : {std::size_t{0}, std::size_t{1}, std::size_t{57}, std::size_t{100}}) {
    std::vector<std::string> edited = rows;
    edited[line].back() = edited[line].back() == '1' ? '2' : '1';
    EXPECT_EQ(difference(hash, text_of(edited)), Lines({line + 1, line + 1}));
  }
  std::vector<std::string> swapped = rows;
  std::swap(swapped[8], swapped[80]);
  EXPECT_EQ(difference(hash, text_of(swapped)), Lines({9, 9}));
  std::vector<std::string> removed = rows;
  removed.erase(removed.begin() + 30);
  EXPECT_EQ(difference(hash, text_of(removed)), Lines({31, 31}));
  std::vector<std::string> added = rows;
  added.push_back("100,5");
  EXPECT_EQ(difference(hash, text_of(added)), Lines({102, 102}));
  std::vector<std::string> shorter(rows.begin(), rows.begin() + 60);
  EXPECT_EQ(difference(hash, text_of(shorter)), Lines({61, 101}));
  std::string torn = text_of(rows);
  torn.pop_back();
  EXPECT_EQ(difference(hash, torn), Lines({101, 101}));
  EXPECT_EQ(difference(hash, ""), Lines({1, 101}));
}

TEST_F(RowsHashTest, NamesFewLinesOfALargeFile) {
  const std::vector<std::string> rows = rows_of(50'000);
  RowsHash hash;
  hash.add(text_of(rows));
  for (const std::size_t line : {std::size_t{0}, std::size_t{1}, std::size_t{4096}, std::size_t{33'333}, std::size_t{50'000}}) {
    std::vector<std::string> edited = rows;
    edited[line] += "0";
    const Lines found = difference(hash, text_of(edited));
    ASSERT_TRUE(found);
    EXPECT_LE(found->first, line + 1);
    EXPECT_GE(found->second, line + 1);
    EXPECT_LT(found->second - found->first, 32u);
  }
}

TEST_F(RowsHashTest, ACheckpointWithoutItsRowsIsRefused) {
  const std::vector<std::string> rows = rows_of(61);
  const auto stored_of = [&](std::uint64_t lines) {
    RowsHash hash;
    hash.add(text_of({rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(lines)}));
    return hash.stored();
  };
  const RowsMark mark{Tick(60), stored_of(62)};
  const auto earlier = [&] {
    return std::vector<RowsMark>{{Tick(80), {9999, 1}}, mark, {Tick(40), stored_of(42)}, {Tick(20), stored_of(22)}};
  };
  const auto said = [&] { return storage_error_of([&] { verify_rows(storage_, name_, mark, earlier); }); };
  EXPECT_THAT(said(), HasSubstr("observables.csv: is missing, and the checkpoint of tick 60 stands for"));
  write_bytes(storage_.path_of(name_), text_of(rows) + "61,1\n62,tor");
  EXPECT_NO_THROW(verify_rows(storage_, name_, mark, earlier)) << "what follows is void";
  std::vector<std::string> edited = rows;
  edited[50].back() = 'x';
  write_bytes(storage_.path_of(name_), text_of(edited));
  EXPECT_THAT(said(), AllOf(HasSubstr("was altered in its lines 43 to 62: of its first"), HasSubstr("the checkpoint of tick 60 says")));
  EXPECT_THAT(storage_error_of([&] { verify_rows(storage_, name_, mark); }), HasSubstr("was altered in its lines 1 to 62"));
  edited = rows;
  std::swap(edited[30], edited[31]);
  write_bytes(storage_.path_of(name_), text_of(edited));
  EXPECT_THAT(said(), HasSubstr("was altered in its lines 23 to 42 (line 32 is of tick 29 and follows one of tick 30)"));
  edited = rows;
  edited[30] = std::string(edited[30].size(), 'x');
  write_bytes(storage_.path_of(name_), text_of(edited));
  EXPECT_THAT(said(), HasSubstr("(line 31 does not begin with a tick)"));
  write_bytes(storage_.path_of(name_), "tick\n");
  EXPECT_THAT(said(), HasSubstr("has 5 bytes, and had"));
}

/// A writer whose file is harmed while it is open.
class HarmedFileTest : public RowsHashTest {
 protected:
  /// What the commit, the next append and the end say, in this order; empty: nothing.
  std::vector<std::string> said(const std::function<void(const std::string& path)>& harm) {
    CsvWriter csv = CsvWriter::create(storage_, name_, {"n"}, CsvWriter::DigestColumn::no);
    for (std::int64_t tick = 0; tick < 20; ++tick) csv.row(static_cast<std::uint64_t>(tick), std::vector<ObservableValue>{tick});
    csv.sync();
    csv.check(csv.stored().bytes);
    csv.verify();
    harm(storage_.path_of(name_));
    const auto message_of = [](const std::function<void()>& f) -> std::string {
      try {
        f();
        return {};
      } catch (const AlteredFileError& error) {
        return error.what();
      }
    };
    std::vector<std::string> messages;
    messages.push_back(message_of([&] { csv.check(csv.stored().bytes); }));
    csv.row(20, std::vector<ObservableValue>{std::int64_t{20}});
    messages.push_back(message_of([&] { csv.flush(); }));
    messages.push_back(message_of([&] { csv.verify(); }));
    std::filesystem::remove(storage_.path_of(name_));
    return messages;
  }
};

TEST_F(HarmedFileTest, IsToldByTheCommitTheAppendOrTheEnd) {
  auto messages = said([](const std::string& path) { std::filesystem::remove(path); });
  EXPECT_THAT(messages[0], HasSubstr("observables.csv: was removed while the run was writing it"));
  EXPECT_THAT(messages[2], HasSubstr("was removed"));
  messages = said([](const std::string& path) {
    std::filesystem::copy_file(path, path + ".copy");
    std::filesystem::rename(path + ".copy", path);
  });
  EXPECT_THAT(messages[0], HasSubstr("observables.csv: was replaced by another file"));
  messages = said([](const std::string& path) { std::filesystem::resize_file(path, 0); });
  EXPECT_THAT(messages[0], HasSubstr("it has 0 bytes, which is not what was written"));
  EXPECT_THAT(messages[1], HasSubstr("it has 0 bytes, which is not what was written"));
  messages = said([](const std::string& path) { std::ofstream(path, std::ios::app) << "99,99\n"; });
  EXPECT_EQ(messages[0], "");
  EXPECT_THAT(messages[1], HasSubstr("which is not what was written"));
  messages = said([](const std::string& path) {
    std::fstream file(path);
    file.seekp(11);
    file << '9';
  });
  EXPECT_EQ(messages[0], "");
  EXPECT_EQ(messages[1], "");
  EXPECT_THAT(messages[2], HasSubstr("observables.csv: was altered while the run went on: line 3 is no longer what the run wrote"));
}

}  // namespace
}  // namespace colony::test
