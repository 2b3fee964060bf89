// io/run/run_lock: one run at a time in a folder, taken over only from the dead, and numbers that never come twice.
#include "io/run/run_lock.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <set>
#include <thread>

namespace colony {
namespace {

using ::testing::HasSubstr;

class RunLockTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::path(::testing::TempDir()) / ("run_lock_" + std::to_string(getpid()));
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path folder_;
  PosixStorage storage_{(std::filesystem::path(::testing::TempDir()) / ("run_lock_" + std::to_string(getpid()))).string()};
};

RunLockOptions with_life(Life life) {
  RunLockOptions options;
  options.life = [life](const LockHolder&) { return life; };
  return options;
}

TEST_F(RunLockTest, IncarnationsGrowOverCleanEnds) {
  for (std::uint64_t start = 1; start <= 3; ++start) {
    RunLock lock = RunLock::acquire(storage_);
    EXPECT_EQ(lock.incarnation(), start);
    EXPECT_TRUE(lock.still_own());
    lock.release();
    lock.release();
  }
  EXPECT_EQ(storage_.list("run.lock"), (std::vector<std::string>{"r3.json", "r3.released"}));
}

TEST_F(RunLockTest, ALivingHolderIsNamed) {
  const RunLock lock = RunLock::acquire(storage_);
  try {
    RunLock::acquire(storage_);
    FAIL() << "two runs hold one folder";
  } catch (const RunHeldError& error) {
    EXPECT_EQ(error.status(), ExitStatus::storage);
    EXPECT_EQ(error.holder.pid, getpid());
    EXPECT_EQ(error.holder.incarnation, 1u);
    EXPECT_THAT(error.what(), HasSubstr("process " + std::to_string(getpid()) + " on " + error.holder.host));
  }
  EXPECT_THROW(RunLock::check_free(storage_), RunHeldError);
  EXPECT_TRUE(lock.still_own());
}

TEST_F(RunLockTest, ForceTakesItFromTheUnseenAndTheFormerHolderSees) {
  const RunLock lock = RunLock::acquire(storage_);
  RunLockOptions force = with_life(Life::alive);
  force.takeover = Takeover::by_force;
  EXPECT_THROW(RunLock::acquire(storage_, force), RunHeldError) << "it is seen to live";
  EXPECT_THROW(RunLock::check_free(storage_, force), RunHeldError);
  force = with_life(Life::unknown);
  force.takeover = Takeover::by_force;
  const RunLock other = RunLock::acquire(storage_, force);
  EXPECT_EQ(other.incarnation(), 2u);
  EXPECT_TRUE(other.still_own());
  EXPECT_FALSE(lock.still_own());
  EXPECT_THROW(lock.require_own(), RunHeldError);
  EXPECT_NO_THROW(other.require_own());
}

TEST_F(RunLockTest, NumbersAreAboveWhatFilesSay) {
  RunLockOptions options;
  options.above = 7;
  RunLock lock = RunLock::acquire(storage_, options);
  EXPECT_EQ(lock.incarnation(), 8u);
  lock.release();
  EXPECT_EQ(RunLock::acquire(storage_, options).incarnation(), 9u);
}

TEST_F(RunLockTest, ADeadHolderIsReplaced) {
  const pid_t child = fork();
  if (child == 0) {
    RunLock::acquire(storage_);
    _exit(0);  // as if it had been killed: nothing is released
  }
  // Once with the child's remains still in the process table, once without.
  siginfo_t info{};
  ASSERT_EQ(waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT), 0);
  EXPECT_NO_THROW(RunLock::check_free(storage_));
  ASSERT_EQ(waitpid(child, nullptr, 0), child);
  EXPECT_EQ(RunLock::acquire(storage_).incarnation(), 2u);
}

TEST_F(RunLockTest, ANumberThatAnotherProcessGotSinceIsNoSignOfLife) {
  LockHolder holder = this_process();
  EXPECT_EQ(life_of(holder), Life::alive);
  ++holder.started;
  EXPECT_EQ(life_of(holder), Life::dead);
  holder = this_process();
  holder.boot = "another boot";
  EXPECT_EQ(life_of(holder), Life::dead);
  holder = this_process();
  holder.pid_space = "pid:[1]";
  EXPECT_EQ(life_of(holder), Life::unknown);
  holder = this_process();
  holder.host += "x";
  EXPECT_EQ(life_of(holder), Life::unknown);
}

TEST_F(RunLockTest, OfAnotherMachineOnlyAnEndInOrderIsBelieved) {
  RunLock lock = RunLock::acquire(storage_);
  try {
    RunLock::acquire(storage_, with_life(Life::unknown));
    FAIL() << "taken from a process that nobody looked at";
  } catch (const RunHeldError& error) {
    EXPECT_THAT(error.what(), HasSubstr("take the folder with --resume --force"));
  }
  lock.release();
  EXPECT_EQ(RunLock::acquire(storage_, with_life(Life::unknown)).incarnation(), 2u);
}

TEST_F(RunLockTest, OfManyThatSeeOneDeadHolderOneWins) {
  constexpr int rounds = 20, racers = 4;
  for (int round = 0; round < rounds; ++round) {
    // The holder before is dead to all; whoever claims in this round is alive to the others.
    const auto dead = static_cast<std::uint64_t>(round);
    RunLockOptions options;
    options.life = [dead](const LockHolder& holder) { return holder.incarnation <= dead ? Life::dead : Life::alive; };
    std::atomic<int> winners = 0, refused = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < racers; ++i) {
      threads.emplace_back([&] {
        try {
          if (RunLock::acquire(storage_, options).incarnation() == dead + 1) ++winners;
        } catch (const RunHeldError&) {
          ++refused;
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(winners, 1);
    EXPECT_EQ(refused, racers - 1);
  }
}

TEST_F(RunLockTest, OfManyThatUseForceTheLastHoldsItAndNoNumberIsHeldTwice) {
  RunLockOptions force = with_life(Life::unknown);
  force.takeover = Takeover::by_force;
  std::vector<std::uint64_t> numbers(8);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < numbers.size(); ++i)
    threads.emplace_back([&, i] { numbers[i] = RunLock::acquire(storage_, force).incarnation(); });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(std::set<std::uint64_t>(numbers.begin(), numbers.end()).size(), numbers.size());
}

TEST_F(RunLockTest, AClaimThatSaysNothingAsksForForce) {
  storage_.make_folder("run.lock");
  std::ofstream(folder_ / "run.lock" / "r4.json") << "{\"host\": 5";
  EXPECT_THROW(RunLock::acquire(storage_), StorageError);
  RunLockOptions force;
  force.takeover = Takeover::by_force;
  EXPECT_EQ(RunLock::acquire(storage_, force).incarnation(), 5u);
}

TEST_F(RunLockTest, AFolderThatWasTakenAwayIsNoticed) {
  const RunLock lock = RunLock::acquire(storage_);
  std::filesystem::remove_all(folder_ / "run.lock");
  EXPECT_FALSE(lock.still_own());
  EXPECT_THROW(lock.require_own(), StorageError);
}

}  // namespace
}  // namespace colony
