// Conway's Game of Life: patterns whose fate everyone knows, on lattices cut into several shards.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <utility>

#include "tests/support/colony.hpp"
#include "tests/support/graphs.hpp"

namespace colony::testing {
namespace {

using Cells = std::set<std::pair<int, int>>;

Case pattern(const std::string& rle, std::vector<std::int64_t> at, GraphMaker graph) {
  const ::testing::TestInfo& test = *::testing::UnitTest::GetInstance()->current_test_info();
  const std::string path = ::testing::TempDir() + "colony-" + test.name() + "-" + std::to_string(::getpid()) + ".rle";
  std::ofstream(path) << rle;
  return {"life", {{"cells", path}, {"at", std::move(at)}}, std::move(graph)};
}

Cells living(const Colony& colony, int width) {
  Cells cells;
  const std::vector<std::uint8_t> alive = colony.nodes<std::uint8_t>("alive");
  for (std::size_t i = 0; i < alive.size(); ++i)
    if (alive[i] != 0) cells.emplace(static_cast<int>(i) % width, static_cast<int>(i) / width);
  return cells;
}

TEST(Life, BlinkerHasPeriodTwo) {
  Colony colony(pattern("x = 3, y = 1, rule = B3/S23\n3o!", {7, 9}, lattice(20, 20)), {2, 1, "range", 16});
  EXPECT_EQ(living(colony, 20), (Cells{{7, 9}, {8, 9}, {9, 9}}));
  colony.run(1);
  EXPECT_EQ(living(colony, 20), (Cells{{8, 8}, {8, 9}, {8, 10}}));
  colony.run(1);
  EXPECT_EQ(living(colony, 20), (Cells{{7, 9}, {8, 9}, {9, 9}}));
}

/// Once round a torus of odd size, through all blocks of all shards and over the corner.
void expect_glider(const Shape& shape) {
  constexpr int size = 31;
  Colony colony(pattern("x = 3, y = 3, rule = B3/S23\nbob$2bo$3o!", {3, 5}, lattice(size, size)), shape);
  const Cells start = living(colony, size);
  ASSERT_EQ(start.size(), 5u);
  std::set<std::uint32_t> visited;  // shards that held a living cell
  for (int step = 1; step <= size; ++step) {
    colony.run(4);
    Cells moved;
    for (const auto& [x, y] : start) moved.emplace((x + step) % size, (y + step) % size);
    ASSERT_EQ(living(colony, size), moved) << "after " << 4 * step << " generations, " << shape;
    for (const auto& shard : colony.host().shards()) {
      const Part& part = shard->part();
      const auto* alive = part.columns[0].as<std::uint8_t>();
      if (std::count(alive, alive + part.geometry.owned, 1) > 0) visited.insert(shard->id().value);
    }
  }
  EXPECT_EQ(visited.size(), shape.shards);
}

TEST(Life, GliderCrossesShardBordersUnchanged) {
  expect_glider({1, 1, "range", 1});
  expect_glider({3, 1, "range", 16});
  expect_glider({4, 2, "hash", 64, true});
  expect_glider({3, 1, "metis", 16});
}

/// On a bounded lattice there is nothing beyond the border: the glider ends as a block in the corner.
TEST(Life, GliderEndsInTheCornerOfABoundedLattice) {
  Colony colony(pattern("x = 3, y = 3\nbob$2bo$3o!", {2, 2}, lattice(12, 12, 8, false)), {3, 1, "hash", 16});
  colony.run(60);
  EXPECT_EQ(living(colony, 12), (Cells{{10, 10}, {11, 10}, {10, 11}, {11, 11}}));
}

}  // namespace
}  // namespace colony::testing
