// Threads: every index once, inline when small.
#include "engine/executor.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <vector>

namespace colony {
namespace {

TEST(Executor, CoversEachIndexOnce) {
  for (const int threads : {1, 2}) {
    Executor executor(threads);
    EXPECT_EQ(executor.threads(), threads);
    for (const std::size_t n : {0u, 1u, 7u, 1000u, 100000u}) {
      std::vector<std::atomic<int>> hits(n);
      executor.run([&] {
        executor.for_range(n, 64, [&](std::size_t begin, std::size_t end) {
          for (std::size_t i = begin; i < end; ++i) ++hits[i];
        });
        executor.for_each(n, [&](std::size_t i) { ++hits[i]; });
      });
      for (const auto& hit : hits) ASSERT_EQ(hit, 2);
    }
  }
}

#ifdef __SANITIZE_THREAD__
TEST(Executor, ARaceInALoopIsFound) {
  const auto race = [] {
    volatile long shared = 0;
    Executor executor(2);
    executor.run([&] {
      executor.for_range(1'000'000, 100, [&](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i) shared = shared + 1;
      });
    });
  };
  ::testing::GTEST_FLAG(death_test_style) = "threadsafe";
  EXPECT_EXIT(race(), ::testing::ExitedWithCode(66), "data race");
}
#endif

TEST(Executor, RunsInlineWhatIsSmall) {
  Executor executor(2);
  int pieces = 0;
  executor.run([&] {
    executor.for_range(64, 64, [&](std::size_t begin, std::size_t end) {
      ++pieces;
      EXPECT_EQ(end - begin, 64u);
    });
    executor.for_range(0, 64, [&](std::size_t, std::size_t) { ++pieces; });
  });
  EXPECT_EQ(pieces, 1);
}

TEST(Executor, WorkersAreNumberedBelowTheThreads) {
  Executor executor(2);
  std::atomic<bool> in_range{true};
  executor.run([&] {
    executor.for_each(200, [&](std::size_t) {
      executor.for_range(4096, 16, [&](std::size_t, std::size_t) {
        if (Executor::worker() >= 2) in_range = false;
      });
    });
  });
  EXPECT_TRUE(in_range);
}

TEST(Executor, ReturnsAndThrowsWhatTheTaskDoes) {
  Executor executor(2);
  EXPECT_EQ(executor.run([] { return 17; }), 17);
  EXPECT_THROW(executor.run([&] { executor.for_each(100, [](std::size_t i) { i == 50 ? throw std::runtime_error("x") : void(); }); }),
               std::runtime_error);
}

TEST(Executor, ZeroIsAllThreads) { EXPECT_GE(Executor(0).threads(), 1); }

}  // namespace
}  // namespace colony
