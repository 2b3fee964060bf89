// io/run/observables: rows come out as written, and a resumed file is the straight one, byte for byte.
#include "io/run/observables.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <limits>

#include "storage_support.hpp"

namespace colony::test {
namespace {

using ::testing::HasSubstr;
using Digest = CsvWriter::DigestColumn;
using Row = std::vector<ObservableValue>;

class ObservablesTest : public ::testing::Test {
 protected:
  std::string text() { return storage_.read(name_); }

  TemporaryFolder folder_;
  PosixStorage storage_{folder_.path()};
  const std::string name_ = "observables.csv";
  const std::string path_ = storage_.path_of(name_);
  const std::vector<std::string> names_ = {"alive", "mean"};
};

TEST_F(ObservablesTest, ValuesAreWrittenExactlyAndShortly) {
  CsvWriter csv = CsvWriter::create(storage_, name_, names_, Digest::no);
  EXPECT_EQ(text(), "tick,alive,mean\n");
  csv.row(0, Row{std::int64_t{5}, 0.1});
  csv.row(18446744073709551615u, Row{std::numeric_limits<std::int64_t>::min(), 1e300});
  csv.row(2, Row{std::int64_t{0}, 3.0});
  EXPECT_EQ(text(), "tick,alive,mean\n");  // buffered
  const std::string whole = "tick,alive,mean\n0,5,0.1\n18446744073709551615,-9223372036854775808,1e+300\n2,0,3\n";
  EXPECT_EQ(csv.length(), whole.size());
  EXPECT_EQ(csv.sync(), whole.size());
  EXPECT_EQ(text(), whole);
}

TEST_F(ObservablesTest, DigestsHaveAColumnOnlyWhereAskedFor) {
  {
    CsvWriter csv = CsvWriter::create(storage_, name_, names_, Digest::yes);
    csv.row(1, Row{std::int64_t{1}, 0.5}, "00ff");
    csv.row(2, Row{std::int64_t{2}, 0.5});
  }  // the end writes what is buffered
  EXPECT_EQ(text(), "tick,alive,mean,digest\n1,1,0.5,00ff\n2,2,0.5,\n");
  {
    CsvWriter csv = CsvWriter::create(storage_, name_, names_, Digest::no);
    csv.row(1, Row{std::int64_t{1}, 0.5}, "00ff");
  }
  EXPECT_EQ(text(), "tick,alive,mean\n1,1,0.5\n");
}

TEST_F(ObservablesTest, EventsNameWhatHappenedToWhom) {
  {
    CsvWriter csv = CsvWriter::create(storage_, name_, {"event", "source", "target"}, Digest::no);
    csv.event(0, "seed", std::nullopt, 0);
    csv.event(7, "infection", 18446744073709551615u, 0);
  }
  EXPECT_EQ(text(), "tick,event,source,target\n0,seed,,0\n7,infection,18446744073709551615,0\n");
}

TEST_F(ObservablesTest, TheBufferIsWrittenEachSecond) {
  CsvWriter csv = CsvWriter::create(storage_, name_, {"n"}, Digest::no);
  csv.row(1, Row{std::int64_t{1}});
  csv.flush_if_due(5'000'000'000);  // the clock's first reading
  EXPECT_EQ(text(), "tick,n\n");
  csv.flush_if_due(5'999'999'999);
  EXPECT_EQ(text(), "tick,n\n");
  csv.flush_if_due(6'000'000'000);
  EXPECT_EQ(text(), "tick,n\n1,1\n");
  csv.row(2, Row{std::int64_t{2}});
  csv.flush_if_due(6'500'000'000);
  EXPECT_EQ(text(), "tick,n\n1,1\n");
  csv.flush_if_due(7'000'000'001);
  EXPECT_EQ(text(), "tick,n\n1,1\n2,2\n");
}

TEST_F(ObservablesTest, ALargeBufferIsWrittenAtOnce) {
  CsvWriter csv = CsvWriter::create(storage_, name_, {"n"}, Digest::no);
  for (int tick = 0; tick < 200000; ++tick) csv.row(static_cast<std::uint64_t>(tick), Row{std::int64_t{tick}});
  EXPECT_GT(std::filesystem::file_size(path_), 1u << 20);
  const std::uint64_t length = csv.sync();
  EXPECT_EQ(length, std::filesystem::file_size(path_));
}

TEST_F(ObservablesTest, AResumedFileIsTheStraightOne) {
  const auto write = [](CsvWriter& csv, std::uint64_t from, std::uint64_t to) {
    for (std::uint64_t tick = from; tick < to; ++tick)
      csv.row(tick, Row{static_cast<std::int64_t>(tick * 37), 1.0 / static_cast<double>(tick + 1)}, "d");
  };
  {
    CsvWriter csv = CsvWriter::create(storage_, name_, names_, Digest::yes);
    write(csv, 0, 100);
  }
  const std::string straight = text();
  StoredFile kept;
  {
    CsvWriter csv = CsvWriter::create(storage_, name_, names_, Digest::yes);
    write(csv, 0, 40);
    csv.sync();  // a checkpoint
    kept = csv.stored();
    EXPECT_EQ(kept, storage_.checksum(name_));
    write(csv, 40, 63);  // lost with the crash, but in the file
  }
  std::ofstream(path_, std::ios::app) << "63,tor";
  {
    CsvWriter csv = CsvWriter::open_at(storage_, name_, kept, names_, Digest::no);  // the column stays as the file has it
    EXPECT_TRUE(csv.has_digest());
    EXPECT_EQ(csv.length(), kept.bytes);
    write(csv, 40, 100);
    csv.sync();
    EXPECT_EQ(csv.stored(), storage_.checksum(name_));
  }
  EXPECT_EQ(text(), straight);
  {
    CsvWriter csv = CsvWriter::open_at(storage_, name_, {}, names_, Digest::yes);  // no checkpoint: from the beginning
    write(csv, 0, 100);
  }
  EXPECT_EQ(text(), straight);
}

TEST_F(ObservablesTest, AGuardIsAskedBeforeAnythingIsWritten) {
  bool mine = true;
  CsvWriter csv = CsvWriter::create(storage_, name_, names_, Digest::no);
  csv.flush();
  csv.guard([&] {
    if (!mine) throw StorageError("run", "is another's");
  });
  csv.row(1, Row{std::int64_t{1}, 0.5});
  csv.flush();
  const std::string before = text();
  mine = false;
  csv.row(2, Row{std::int64_t{2}, 0.5});
  EXPECT_THROW(csv.flush(), StorageError);
  EXPECT_EQ(text(), before);
  mine = true;
  csv.flush();
  EXPECT_EQ(text(), before + "2,2,0.5\n");
}

TEST_F(ObservablesTest, AFileThatDoesNotFitIsRefusedUntouched) {
  { CsvWriter::create(storage_, name_, names_, Digest::no).row(1, Row{std::int64_t{1}, 0.5}); }
  const std::string before = text();
  const auto error = [&](std::uint64_t length, const std::vector<std::string>& names) -> std::string {
    try {
      CsvWriter::open_at(storage_, name_, {length, 1}, names, Digest::no);
    } catch (const StorageError& e) {
      EXPECT_THAT(e.what(), HasSubstr(path_));
      return e.what();
    }
    return "none";
  };
  EXPECT_THAT(error(before.size() + 1, names_), HasSubstr("put the whole file back"));
  EXPECT_THAT(error(before.size() - 1, names_), HasSubstr("it was altered"));
  EXPECT_THAT(error(before.size(), {"alive", "median"}),
              HasSubstr("begins with \"tick,alive,mean\", and this run would write \"tick,alive,median"));
  EXPECT_THAT(error(before.size(), names_), HasSubstr("are not those for which the checkpoint stands"));
  EXPECT_EQ(text(), before);
  std::filesystem::remove(path_);
  EXPECT_THROW(CsvWriter::open_at(storage_, name_, {5, 1}, names_, Digest::no), StorageError);
}

TEST_F(ObservablesTest, AFullDiskLeavesWholeRowsAndKeepsTheRest) {
  CsvWriter csv = CsvWriter::create(storage_, name_, {"n"}, Digest::no);
  csv.row(1, Row{std::int64_t{1}});
  csv.flush();
  const std::string before = text();
  csv.row(2, Row{std::int64_t{2222222}});
  {
    const FileSizeLimit limit(before.size() + 4);  // in the middle of the row
    EXPECT_THROW(csv.flush(), StorageError);
    EXPECT_EQ(text(), before);
    EXPECT_THROW(csv.sync(), StorageError);
  }
  csv.sync();
  EXPECT_EQ(text(), before + "2,2222222\n");
}

/// Whichever change to the disk fails, the caller is told, and when it asks again the file is as if nothing had been.
TEST_F(ObservablesTest, AFaultOfTheStorageIsToldAndLosesNoRow) {
  const auto write = [&](Storage& storage) {
    int faults = 0;
    const auto until_it_works = [&](const auto& f) {
      try {
        f();
      } catch (const StorageError& error) {
        EXPECT_THAT(error.what(), HasSubstr(path_ + ": writing: No space left on device"));
        ++faults;
        f();
      }
    };
    StoredFile kept;
    until_it_works([&] {
      CsvWriter csv = CsvWriter::create(storage, name_, {"n"}, Digest::no);
      csv.row(1, Row{std::int64_t{1}});
      until_it_works([&] { csv.sync(); });
      kept = csv.stored();
      csv.row(2, Row{std::int64_t{22}});
    });
    until_it_works([&] {
      CsvWriter csv = CsvWriter::open_at(storage, name_, kept, {"n"}, Digest::no);
      csv.row(2, Row{std::int64_t{2}});
      until_it_works([&] { csv.sync(); });
      csv.verify();
    });
    return faults;
  };
  FaultyStorage whole(folder_.path());
  EXPECT_EQ(write(whole), 0);
  EXPECT_EQ(text(), "tick,n\n1,1\n2,2\n");
  int told = 0;
  for (int fail_at = 1; fail_at <= whole.changes(); ++fail_at) {
    SCOPED_TRACE(fail_at);
    FaultyStorage faulty(folder_.path(), fail_at);
    told += write(faulty);
    EXPECT_EQ(text(), "tick,n\n1,1\n2,2\n");
  }
  EXPECT_GE(told, whole.changes() - 1);  // all but the destructor's
}

}  // namespace
}  // namespace colony::test
