// Conway's Game of Life: patterns whose fate everyone knows, on lattices cut into several shards.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <utility>

#include "engine/error.hpp"
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

/// Eight ticks on the torus that the rule names; on the bounded plane that it was taken for, three cells are left.
TEST(Life, TheUniverseOfTheRuleIsTheLatticeOrRefused) {
  const std::string glider = "x = 6, y = 2, rule = B3/S23:T6,6\no2b3o$2obobo!";
  Colony named(pattern(glider, {0, 0}, lattice(6, 6)), {2, 1, "range", 4});
  named.run(8);
  Colony plain(pattern("x = 6, y = 2\no2b3o$2obobo!", {0, 0}, lattice(6, 6)), {1, 1, "range", 1});
  plain.run(8);
  EXPECT_EQ(living(named, 6).size(), 16u) << "by a plain script";
  EXPECT_EQ(living(named, 6), living(plain, 6));
  // Three rows of three whose header is wider than the plane: bgolly 3.3 begins in the corner, and has 7 cells after 3 ticks.
  Colony wide(pattern("x = 10, y = 3, rule = B3/S23:P6,6\n3b3o$3b3o$3b3o!", {0, 0}, lattice(6, 6, 8, false)), {1, 1, "range", 1});
  wide.run(3);
  EXPECT_EQ(living(wide, 6).size(), 7u);
  const auto refused = [&](const std::string& rle, GraphMaker graph, const std::string& message) {
    try {
      Colony(pattern(rle, {0, 0}, std::move(graph)), {1, 1, "range", 1});
      FAIL() << "was taken: " << rle;
    } catch (const DataError& error) {
      EXPECT_NE(std::string(error.what()).find(message), std::string::npos) << error.what();
    }
  };
  refused(glider, lattice(20, 20),
          "names a torus of 6 x 6 cells, and [graph] is a torus of 20 x 20; set width = 6, height = 6 and torus = true");
  refused(glider, lattice(6, 6, 8, false), "[graph] is a bounded plane of 6 x 6");
  refused("x = 2, y = 1, rule = B3/S23:P6,6\n2o!", lattice(6, 6), "names a bounded plane of 6 x 6");
  refused("x = 8, y = 1, rule = B3/S23\n8o!", lattice(6, 6), "take 8 x 1, and the torus has 6 x 6");
  refused("x = 1, y = 7, rule = B3/S23\no$o$o$o$o$o$o!", lattice(6, 6), "take 1 x 7");
}

/// In the middle, as in Golly, or where its comment says; `at` moves it on.
TEST(Life, APlaneOfTheRuleHasItsPatternWhereGollyHasIt) {
  const std::string cell = "x = 1, y = 1, rule = B3/S23:P9,6\no!";
  const auto at = [&](const std::string& rle, std::vector<std::int64_t> moved) {
    return living(Colony(pattern(rle, std::move(moved), lattice(9, 6, 8, false)), {1, 1, "range", 1}), 9);
  };
  EXPECT_EQ(at(cell, {0, 0}), (Cells{{4, 3}}));
  EXPECT_EQ(at(cell, {2, 1}), (Cells{{6, 4}}));
  EXPECT_EQ(at("x = 4, y = 3, rule = B3/S23:P9,6\no!", {0, 0}), (Cells{{2, 2}}));
  EXPECT_EQ(at("#CXRLE Pos=-4,-3\n" + cell, {0, 0}), (Cells{{0, 0}}));
  EXPECT_EQ(at("#CXRLE Pos=4,2\n" + cell, {0, 0}), (Cells{{8, 5}}));
  EXPECT_THROW(at("#CXRLE Pos=-5,0\n" + cell, {0, 0}), DataError);
  EXPECT_THROW(at("#CXRLE Pos=5,0\n" + cell, {0, 0}), DataError);
}

}  // namespace
}  // namespace colony::testing
