// models/life/rle: patterns and what is wrong with them.
#include "models/life/rle.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "engine/error.hpp"

namespace colony {
namespace {

using Cells = std::vector<LifePattern::Cell>;

std::string drawn(const LifePattern& pattern) {
  std::string picture;
  for (std::uint32_t y = 0; y < pattern.height; ++y) {
    for (std::uint32_t x = 0; x < pattern.width; ++x) {
      picture += std::find(pattern.cells.begin(), pattern.cells.end(), LifePattern::Cell{x, y}) != pattern.cells.end() ? 'o' : '.';
    }
    picture += '\n';
  }
  return picture;
}

TEST(Rle, Glider) {
  const LifePattern pattern =
      parse_rle("#N Glider\n#C comment\nx = 3, y = 3, rule = B3/S23\nbo$2bo$3o!\nanything after the end", "glider.rle");
  EXPECT_EQ(pattern.cells, (Cells{{1, 0}, {2, 1}, {0, 2}, {1, 2}, {2, 2}}));
  EXPECT_EQ(drawn(pattern), ".o.\n..o\nooo\n");
}

TEST(Rle, LineBreaksAnywhereEmptyRowsAndNoRule) {
  EXPECT_EQ(drawn(parse_rle("x=7,y=3\r\nb\no5b$3\r\nbo3b$2o2b3o!", "acorn")), ".o.....\n...o...\noo..ooo\n");
  EXPECT_EQ(drawn(parse_rle("x = 1, y = 5, rule = b3/s23\no3$o\n#C in between\n$o!", "gap")), "o\n.\n.\no\no\n");
  EXPECT_TRUE(parse_rle("x = 0, y = 0\n!", "none").cells.empty());
  EXPECT_EQ(parse_rle("x = 2, y = 1, rule = B3/S23:T64,64\n2o!", "torus").cells.size(), 2u);
  EXPECT_EQ(parse_rle("x = 2, y = 1, rule = 23/3\n2o!", "old").cells.size(), 2u);
}

TEST(Rle, ConwaysRuleInAllItsSpellings) {
  for (const char* rule : {"B3/S23", "b3/s23", "B3S23", "b3s23", "S23/B3", "s23b3", "23/3", "32/3", "B3/S32"}) {
    EXPECT_EQ(parse_rle(std::string("x = 2, y = 1, rule = ") + rule + "\n2o!", "p").cells.size(), 2u) << rule;
    EXPECT_EQ(parse_rle(std::string("#r ") + rule + "\nx = 2, y = 1\n2o!", "p").cells.size(), 2u) << rule;
  }
  for (const char* rule : {"B36/S23", "b36s23", "23/36", "3/23", "B3", "B3/S", "S23", "23", "3", "/", "B3/S23/2", "23/3/2", "B3//S23",
                           "B3/S23V", "B3B3/S23", "B3/S2-a3", "B39/S23", "LifeHistory"}) {
    EXPECT_THROW(parse_rle(std::string("x = 2, y = 1, rule = ") + rule + "\n2o!", "p"), DataError) << rule;
    EXPECT_THROW(parse_rle(std::string("#r ") + rule + "\nx = 2, y = 1\n2o!", "p"), DataError) << rule;
  }
}

TEST(Rle, UniversesOfTheRuleAndThePlaceInThem) {
  const auto universe = [](const std::string& rule) { return parse_rle("x = 2, y = 1, rule = B3/S23:" + rule + "\n2o!", "p").universe; };
  EXPECT_EQ(universe("T64,48"), (LifePattern::Universe{true, 64, 48}));
  EXPECT_EQ(universe("t64,48"), (LifePattern::Universe{true, 64, 48}));
  EXPECT_EQ(universe("P20,21"), (LifePattern::Universe{false, 20, 21}));
  EXPECT_EQ(universe("T6"), (LifePattern::Universe{true, 6, 6}));
  EXPECT_EQ(parse_rle("x = 2, y = 1, rule = B3/S23\n2o!", "p").universe, std::nullopt);
  EXPECT_EQ(parse_rle("#r 23/3:T6,6\nx = 2, y = 1\n2o!", "p").universe, (LifePattern::Universe{true, 6, 6}));
  EXPECT_EQ(parse_rle("#r 23/3\nx = 2, y = 1, rule = b3s23:T6,6\n2o!", "p").universe, (LifePattern::Universe{true, 6, 6}));
  EXPECT_EQ(parse_rle("#CXRLE Pos=-10,3 Gen=7\nx = 2, y = 1\n2o!", "p").position, (LifePattern::Position{-10, 3}));
  EXPECT_EQ(parse_rle("#CXRLE Gen=7\nx = 2, y = 1\n2o!", "p").position, std::nullopt);
}

TEST(Rle, MistakesNameTheirLine) {
  const auto refused = [](std::string_view text, const std::string& place, const std::string& message) {
    try {
      parse_rle(text, "p.rle");
      FAIL() << "was accepted: " << text;
    } catch (const DataError& error) {
      EXPECT_EQ(error.where, "p.rle:" + place) << error.what();
      EXPECT_NE(std::string(error.what()).find(message), std::string::npos) << error.what();
    }
  };
  refused("", "1", "holds no pattern");
  refused("# only\n", "2", "holds no pattern");
  refused("bo$!", "1", "header");
  refused("x = , y = 3\n!", "1", "no number for x");
  refused("x = 3, y = 70000\n!", "1", "y = 70000");
  refused("x = 3, y = 99999999999999999999999\n!", "1", "too large");
  refused("x = 2, y = 1, rule = B36/S23\n2o!", "1", "Conway");
  refused("#C HighLife\n#r 23/36\nx = 2, y = 1\n2o!", "2", "not \"23/36\"");
  refused("x = 2, y = 1\n#r 23/36\n2o!", "2", "not \"23/36\"");
  refused("x = 2, y = 1, rule = B3/S23:K6*,6\n2o!", "1", "\"K6*,6\", a Klein bottle");
  refused("x = 2, y = 1, rule = B3/S23:C6,6\n2o!", "1", "a cross-surface");
  refused("x = 2, y = 1, rule = B3/S23:S20\n2o!", "1", "a sphere");
  refused("x = 2, y = 1, rule = B3/S23:T30+7,20\n2o!", "1", "a torus with a shift");
  refused("x = 2, y = 1, rule = B3/S23:T0,68\n2o!", "1", "\"T0,68\"");
  refused("x = 2, y = 1, rule = B3/S23:T6,\n2o!", "1", "\"T6,\"");
  refused("x = 2, y = 1, rule = B3/S23:\n2o!", "1", "the universe \"\"");
  refused("x = 2, y = 1, rule = B3/S23:T6,6 junk\n2o!", "1", "end after");
  refused("#r 23/3:T6,6\nx = 2, y = 1, rule = B3/S23:T8,8\n2o!", "2", "another universe");
  refused("#CXRLE Pos=a,2\nx = 2, y = 1\n2o!", "1", "Pos takes two");
  refused("x = 2, y = 1, size = 3\n2o!", "1", "rule");
  refused("x = 2, y = 1 junk\n2o!", "1", "end after");
  refused("x = 2, y = 2\noo$\noo", "3", "truncated");
  refused("x = 2, y = 2\noo$oo2", "2", "truncated");
  refused("x = 2, y = 2\n3o!", "2", "outside the 2 x 2");
  refused("x = 2, y = 2\noo$oo$\no!", "3", "outside");
  refused("x = 2, y = 2\noo$\nq!", "3", "'q'");
  refused("x = 2, y = 2\n0o!", "2", "length 0");
  refused("x = 2, y = 2\n2!", "2", "count before");
  refused("x = 2, y = 2\n99999999999o!", "2", "too large");
}

TEST(Rle, ManyCellsAreRefusedBeforeTheyAreAllocated) {
  std::string text = "x = 65536, y = 65536\n";
  for (int row = 0; row < 300; ++row) text += "65536o$";
  EXPECT_THROW(parse_rle(text + "!", "full.rle"), DataError);
}

}  // namespace
}  // namespace colony
