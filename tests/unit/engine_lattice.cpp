// Every way the engine walks a lattice (whole rows, tables, borders, odd sizes) against a Game of Life done by arithmetic.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "engine/graph/here.hpp"
#include "tests/support/colony.hpp"
#include "tests/support/graphs.hpp"

namespace colony::testing {
namespace {

std::vector<std::uint8_t> next_generation(const std::vector<std::uint8_t>& alive, int w, int h, bool torus) {
  std::vector<std::uint8_t> next;
  for (int y = 0; y < h; ++y)
    for (int x = 0; x < w; ++x) {
      int living = 0;
      for (int d = 0; d < 8; ++d) {
        int nx = x + direction_dx[d], ny = y + direction_dy[d];
        if (!torus && (nx < 0 || ny < 0 || nx >= w || ny >= h)) continue;
        nx = (nx + w) % w;
        ny = (ny + h) % h;
        living += alive[static_cast<std::size_t>(ny * w + nx)];
      }
      next.push_back(living == 3 || (living == 2 && alive[static_cast<std::size_t>(y * w + x)] == 1));
    }
  return next;
}

TEST(Lattice, LifeIsWhatItsRuleSays) {
  EXPECT_TRUE(rc::check("life equals its rule on any lattice and cut", [] {
    const int w = *rc::gen::inRange(1, 40), h = *rc::gen::inRange(1, 30);
    const bool torus = *rc::gen::arbitrary<bool>();
    const Shape shape{*rc::gen::inRange(1u, 5u), 1, *rc::gen::element<std::string>("range", "hash", "metis"), *rc::gen::inRange(1u, 20u)};
    Colony colony({"life",
                   {{"density", 0.4}},
                   lattice(static_cast<std::uint32_t>(w), static_cast<std::uint32_t>(h), 8, torus),
                   0,
                   *rc::gen::arbitrary<std::uint64_t>()},
                  shape);
    std::vector<std::uint8_t> expected = colony.nodes<std::uint8_t>("alive");
    for (int t = 0; t < 4; ++t) {
      colony.run(1);
      expected = next_generation(expected, w, h, torus);
      RC_ASSERT(colony.nodes<std::uint8_t>("alive") == expected);
      RC_ASSERT(colony.observe("alive") == std::count(expected.begin(), expected.end(), 1));
    }
  }));
}

}  // namespace
}  // namespace colony::testing
