// The acorn: seven cells that take 5206 generations to settle at 633, 13 gliders among them. The torus is so large that the gliders, which
// move a quarter of a cell a generation, don't meet behind it.
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "tests/support/colony.hpp"
#include "tests/support/graphs.hpp"

namespace colony::testing {
namespace {

TEST(Life, AcornSettlesAt633Cells) {
  const std::string path = ::testing::TempDir() + "colony-acorn-" + std::to_string(::getpid()) + ".rle";
  std::ofstream(path) << "x = 7, y = 3, rule = B3/S23\nbo$3bo$2o2b3o!";
  constexpr std::uint32_t size = 2880;
  Colony colony({"life", {{"cells", path}, {"at", std::vector<std::int64_t>{size / 2, size / 2}}}, lattice(size, size)},
                {2, 0, "range", 64});
  EXPECT_EQ(colony.observe("alive"), 7);
  colony.run(5206);
  EXPECT_EQ(colony.observe("alive"), 633);
  colony.run(2);  // only blinkers and gliders are left: they keep their number
  EXPECT_EQ(colony.observe("alive"), 633);
}

}  // namespace
}  // namespace colony::testing
