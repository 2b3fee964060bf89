// io/run/run_directory, io/run/run_report and io/log: what may start in a folder, what --force removes, and what is written about a run.
#include "io/run/run_directory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "io/log.hpp"
#include "io/run/run_report.hpp"
#include "storage_support.hpp"

namespace colony {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;

class RunDirectoryTest : public ::testing::Test {
 protected:
  RunDirectoryTest()
      : root_(std::filesystem::path(::testing::TempDir()) / ("run_directory_" + std::to_string(getpid()))),
        storage_((root_ / "a/run").string()) {
    std::filesystem::remove_all(root_);
  }
  ~RunDirectoryTest() override { std::filesystem::remove_all(root_); }

  void put(const std::string& name, const std::string& text = "x") {
    std::filesystem::create_directories((root_ / "a/run" / name).parent_path());
    std::ofstream(root_ / "a/run" / name) << text;
  }
  std::string text_of(const std::string& name) {
    std::ostringstream text;
    text << std::ifstream(root_ / "a/run" / name).rdbuf();
    return text.str();
  }
  /// A run that has ended.
  void earlier_run() {
    RunDirectory run(storage_, RunStart::fresh);
    run.write_job("seed = 1\n");
    put("observables.csv", "tick\n");
    put("run.json");
    put("log.jsonl");
    put("checkpoints/tick-000000000100/shard-0000.r1.e1.h5");
    put("checkpoints/tick-000000000100/manifest.r1.e1.json");
    put("checkpoints/tick-000000000100/.shard-0000.r1.e1.h5.17-0.tmp");
    put("checkpoints/static-0123456789abcdef/graph.h5");
    put("checkpoints/static-0123456789abcdef/manifest.json");
    put("checkpoints/course.r2.json", "no record");
    put("checkpoints/.course.r3.json.17-0.tmp");
    put("snapshots/1/tick-000000000100.h5");
    run.lock().release();
  }

  std::filesystem::path root_;
  PosixStorage storage_;
};

TEST_F(RunDirectoryTest, AFreshRunMakesItsFolder) {
  RunDirectory run(storage_, RunStart::fresh);
  EXPECT_EQ(run.lock().incarnation(), 1u);
  EXPECT_FALSE(run.earlier_job());
  run.write_job("ticks = 5\n");
  run.write_job("ticks = 6\n");  // replaced, whole
  run.write_report("{}\n");
  EXPECT_EQ(text_of("job.toml"), "ticks = 6\n");
  EXPECT_THAT(storage_.list(""), ElementsAre("job.toml", "run.json", "run.lock"));
}

TEST_F(RunDirectoryTest, AJobOrReportThatCannotBeWrittenKeepsTheOldOne) {
  test::FaultyStorage faulty((root_ / "a/run").string());
  RunDirectory run(faulty, RunStart::fresh);
  run.write_job("ticks = 5\n");
  run.write_report("{}\n");
  const auto files = storage_.list("");
  faulty.fail_at(1);
  EXPECT_THAT(test::storage_error_of([&] { run.write_job("ticks = 6\n"); }), HasSubstr("job.toml: writing: No space left on device"));
  faulty.fail_at(2);
  EXPECT_THAT(test::storage_error_of([&] { run.write_report("{1}\n"); }), HasSubstr("run.json: writing: No space left on device"));
  EXPECT_EQ(text_of("job.toml"), "ticks = 5\n");
  EXPECT_EQ(text_of("run.json"), "{}\n");
  EXPECT_EQ(storage_.list(""), files);
  run.write_job("ticks = 6\n");
  EXPECT_EQ(text_of("job.toml"), "ticks = 6\n");
}

TEST_F(RunDirectoryTest, AnEarlierRunIsLeftUntouched) {
  earlier_run();
  put("observables.csv", "tick\n1\n");
  try {
    RunDirectory(storage_, RunStart::fresh);
    FAIL() << "an earlier run was not seen";
  } catch (const RunExistsError& error) {
    EXPECT_EQ(error.status(), ExitStatus::storage);
    EXPECT_THAT(error.what(), HasSubstr("already holds a run"));
    EXPECT_THAT(error.what(), HasSubstr("--resume"));
    EXPECT_THAT(error.what(), HasSubstr("--force"));
  }
  EXPECT_EQ(text_of("observables.csv"), "tick\n1\n");
  EXPECT_EQ(text_of("job.toml"), "seed = 1\n");
  EXPECT_THAT(storage_.list("run.lock"), ElementsAre("r1.json", "r1.released"));  // not even a number was used
}

TEST_F(RunDirectoryTest, ResumeGoesOnOrStarts) {
  {
    RunDirectory run(storage_, RunStart::resume);
    EXPECT_FALSE(run.earlier_job());
    run.lock().release();
  }
  earlier_run();
  RunDirectory run(storage_, RunStart::resume);
  ASSERT_TRUE(run.earlier_job());
  EXPECT_EQ(*run.earlier_job(), "seed = 1\n");
  EXPECT_EQ(run.lock().incarnation(), 3u);
  EXPECT_TRUE(storage_.exists("checkpoints/tick-000000000100/manifest.r1.e1.json"));
}

TEST_F(RunDirectoryTest, ResumeWithoutAJobFileIsRefused) {
  earlier_run();
  storage_.remove(std::vector<std::string>{"job.toml"});
  EXPECT_THROW(RunDirectory(storage_, RunStart::fresh), RunExistsError);
  EXPECT_THROW(RunDirectory(storage_, RunStart::resume), StorageError);
}

TEST_F(RunDirectoryTest, WhatADeadStartLeftIsNoRun) {
  put("log.jsonl");
  put("cluster.json");
  put("cluster.secret");
  put("cluster.pem");
  put("log-shard-0000.jsonl");
  put("checkpoints/static-0123456789abcdef/graph.h5");
  put("checkpoints/tick-000000000000/shard-0000.r1.e1.h5");  // no manifest: it does not exist
  for (const RunStart start : {RunStart::resume, RunStart::fresh}) {
    RunDirectory run(storage_, start);
    EXPECT_FALSE(run.earlier_job());
    run.lock().release();
  }
}

TEST_F(RunDirectoryTest, ForceRemovesWhatRunsWriteAndNothingElse) {
  earlier_run();
  for (const char* name : {"cluster.json", ".cluster.json.17-0.tmp", "cluster.secret", "cluster.secret.17.tmp", "cluster.pem",
                           "cluster.pem.17.tmp", "best.tour", "best.svg", ".best.svg.17-0.tmp"})
    put(name);
  for (const std::uint32_t shard : {0u, 12u, 65535u}) put(member_log_name(ShardId(shard)));
  for (const char* mine : {"cluster.secret.mine", "log-shard-.jsonl", "log-shard-00x1.jsonl", "log-shard-0001.txt"}) put(mine);
  put("notes.txt");
  put(".mine.tmp");
  put("checkpoints/mine.txt");
  put("checkpoints/tick-000000000200/mine.txt");
  put("snapshots/1/mine.h5");
  RunDirectory run(storage_, RunStart::force);
  EXPECT_EQ(run.lock().incarnation(), 3u) << "above that of the record of courses";
  EXPECT_FALSE(run.earlier_job());
  EXPECT_THAT(storage_.list(""), ElementsAre(".mine.tmp", "checkpoints", "cluster.secret.mine", "log-shard-.jsonl", "log-shard-0001.txt",
                                             "log-shard-00x1.jsonl", "notes.txt", "run.lock", "snapshots"));
  EXPECT_THAT(storage_.list("checkpoints"), ElementsAre("mine.txt", "tick-000000000200"));
  EXPECT_THAT(storage_.list("checkpoints/tick-000000000200"), ElementsAre("mine.txt"));
  EXPECT_THAT(storage_.list("snapshots/1"), ElementsAre("mine.h5"));
}

TEST_F(RunDirectoryTest, ResultsGoByTheirNames) {
  for (const char* name : {"best.tour", "best.svg", "best.txt", "observables.csv"}) put(name);
  remove_results(storage_);
  EXPECT_THAT(storage_.list(""), ElementsAre("best.txt", "observables.csv"));
  remove_results(storage_);
}

TEST_F(RunDirectoryTest, TwoRunsInOneFolderAreRefused) {
  RunDirectory run(storage_, RunStart::fresh);
  run.write_job("seed = 1\n");
  for (const RunStart start : {RunStart::fresh, RunStart::resume, RunStart::force}) {
    for (const bool by_force : {false, true}) EXPECT_THROW(RunDirectory(storage_, start, by_force), RunHeldError);
  }
  EXPECT_TRUE(run.lock().still_own());
  EXPECT_EQ(text_of("job.toml"), "seed = 1\n");
}

/// One that can't be looked at may live: --resume --force says that it does not, and --force alone would remove what it writes.
TEST_F(RunDirectoryTest, OnlyResumeByForceTakesAFolderFromTheUnseen) {
  RunDirectory run(storage_, RunStart::fresh);
  run.write_job("seed = 1\n");
  std::string claim = text_of("run.lock/r1.json");
  claim.replace(claim.find(this_process().host), this_process().host.size(), "elsewhere");
  put("run.lock/r1.json", claim);
  try {
    RunDirectory(storage_, RunStart::force);
    FAIL() << "the files of a run that may live were removed";
  } catch (const RunHeldError& error) {
    EXPECT_THAT(error.what(),
                HasSubstr("on elsewhere, which can't be looked at from here; if that has ended, take the folder with --resume --force"));
  }
  EXPECT_THROW(RunDirectory(storage_, RunStart::resume), RunHeldError);
  RunDirectory forced(storage_, RunStart::resume, true);
  EXPECT_FALSE(run.lock().still_own());
  run.lock().release();  // no longer its own: does nothing
  EXPECT_TRUE(forced.lock().still_own());
}

TEST_F(RunDirectoryTest, ALockThatWasRemovedBringsNoNumberBack) {
  earlier_run();
  std::filesystem::remove_all(root_ / "a/run/run.lock");
  put("checkpoints/tick-000000000100/shard-0000.r7.e1.h5");
  EXPECT_EQ(RunDirectory(storage_, RunStart::resume).lock().incarnation(), 8u);
}

TEST_F(RunDirectoryTest, AFolderThatCannotBeMadeSaysWhich) {
  std::filesystem::create_directories(root_);
  std::ofstream(root_ / "a") << "a file";
  try {
    RunDirectory(storage_, RunStart::fresh);
    FAIL() << "a folder below a file";
  } catch (const StorageError& error) {
    EXPECT_THAT(error.what(), HasSubstr((root_ / "a").string()));
  }
}

TEST_F(RunDirectoryTest, WithoutPermissionNothingIsWritten) {
  std::filesystem::create_directories(root_ / "a");
  std::filesystem::permissions(root_ / "a", std::filesystem::perms(0555));
  const pid_t child = fork();
  if (child == 0) {  // root may write anywhere, so the child is an ordinary user
    constexpr uid_t nobody = 65534;
    if (geteuid() == 0 && setresuid(nobody, nobody, nobody) != 0) _exit(10);
    try {
      RunDirectory(storage_, RunStart::fresh);
    } catch (const StorageError& error) {
      const std::string message = error.what();
      _exit(message.find((root_ / "a/run").string()) != std::string::npos && message.find("Permission denied") != std::string::npos ? 0
                                                                                                                                    : 11);
    }
    _exit(12);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
  EXPECT_FALSE(std::filesystem::exists(root_ / "a/run"));
  std::filesystem::permissions(root_ / "a", std::filesystem::perms(0755));
}

TEST_F(RunDirectoryTest, TheReportHoldsTheRunAndTheHashesOfItsInputs) {
  put("graph.txt", "1 2\n");
  put("pattern.rle", "bo$2bo$3o!\n");
  Job job;
  job.graph.path = storage_.path_of("graph.txt");
  job.parameters.values["cells"] = storage_.path_of("pattern.rle");
  job.parameters.values["label"] = std::string("not a path");
  ParameterSpec cells, label, absent;
  cells.name = "cells";
  cells.type = absent.type = ParameterType::path;
  label.name = "label";
  label.type = ParameterType::text;
  absent.name = "absent";
  RunReport report;
  report.job = "demo";
  report.digest = "00ff";
  report.seconds = {{"setup", 0.5}};
  report.versions = library_versions();
  report.inputs = hash_inputs(graph_inputs(job));
  for (InputFile& input : hash_inputs(model_inputs(job, {cells, label, absent}))) report.inputs.push_back(std::move(input));
  ASSERT_EQ(report.inputs.size(), 2u);
  EXPECT_EQ(report.inputs[0].bytes, 4u);
  EXPECT_EQ(report.inputs[1].path, storage_.path_of("pattern.rle"));
  EXPECT_EQ(report.inputs[0].xxh3, storage_.checksum("graph.txt").xxh3);
  EXPECT_NE(report.inputs[0].xxh3, report.inputs[1].xxh3);
  const std::string json = to_json(report);
  EXPECT_THAT(json, HasSubstr("\"job\": \"demo\""));
  EXPECT_THAT(json, HasSubstr("\"setup\": 0.5"));
  EXPECT_THAT(json, HasSubstr("\"hdf5\": \"1."));
  EXPECT_THAT(json, HasSubstr("\"bytes\": 11"));
  const std::vector<InputFile> read = reported_inputs(json);
  ASSERT_EQ(read.size(), 2u);
  EXPECT_EQ(std::tuple(read[1].path, read[1].bytes, read[1].xxh3),
            std::tuple(report.inputs[1].path, report.inputs[1].bytes, report.inputs[1].xxh3));
  EXPECT_TRUE(reported_inputs("{\"inputs\": [1]}").empty());
  EXPECT_EQ(json.find("resumed_from"), std::string::npos);
  EXPECT_EQ(json.find("cluster"), std::string::npos);
  report.cluster = {1, 200, 4096, 0.25, 0.125};
  EXPECT_THAT(to_json(report), HasSubstr("\"bytes_sent\": 4096"));
  report.resumed_from = 40;
  EXPECT_THAT(to_json(report), HasSubstr("\"resumed_from\": 40"));
  job.graph.path += ".gone";
  EXPECT_THROW(hash_inputs(graph_inputs(job)), StorageError);
}

TEST_F(RunDirectoryTest, TheLogIsOneJsonObjectALine) {
  storage_.make_folder("");
  {
    Log log({.path = storage_.path_of("log.jsonl"), .people = false, .for_people = LogLevel::info});
    log.write(LogLevel::info, "checkpoint", "tick 100 is safe",
              {{"tick", std::uint64_t{100}}, {"seconds", 0.25}, {"file", "a \"b\""}, {"whole", true}, {"delta", -3}});
    log.write(LogLevel::warning, "odd", std::string("bad \xff byte, 50% {}"));
  }
  {
    Log log({.path = storage_.path_of("log.jsonl"), .people = false, .for_people = LogLevel::info});  // goes on with the file
    log.write(LogLevel::error, "end", "");
  }
  std::istringstream lines(text_of("log.jsonl"));
  std::string first, second, third;
  std::getline(lines, first);
  std::getline(lines, second);
  std::getline(lines, third);
  const std::string time = "\\{\"time\":\"[0-9]+-[0-9]+-[0-9]+T[0-9:.]+Z\",";
  EXPECT_THAT(
      first,
      MatchesRegex(time + "\"level\":\"info\",\"event\":\"checkpoint\",\"message\":\"tick 100 is safe\",\"tick\":100,\"seconds\":0.25,"
                          "\"file\":\"a ..b..\",\"whole\":true,\"delta\":-3\\}"));
  EXPECT_THAT(second, MatchesRegex(time + "\"level\":\"warning\",\"event\":\"odd\",\"message\":\"bad .+ byte, 50% .*\"\\}"));
  EXPECT_THAT(third, MatchesRegex(time + "\"level\":\"error\",\"event\":\"end\"\\}"));
  EXPECT_THROW(Log({.path = storage_.path_of(""), .people = false, .for_people = LogLevel::info}), StorageError);
}

TEST_F(RunDirectoryTest, PeopleSeeMessagesFromTheLevelTheyAskedFor) {
  ::testing::internal::CaptureStderr();
  {
    Log log({.path = "", .people = true, .for_people = LogLevel::info});
    log.write(LogLevel::debug, "detail", "not shown");
    log.write(LogLevel::info, "start", "4 shards");
    log.write(LogLevel::warning, "slow", "a write failed");
    log.write(LogLevel::info, "quiet", "");
  }
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "4 shards\nwarning: a write failed\n");
}

}  // namespace
}  // namespace colony
