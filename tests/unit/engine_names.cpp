// engine/names: the name that was meant.
#include "engine/names.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace colony {
namespace {

const std::vector<std::string> names = {"infection", "recovery", "incubation", "waning", "seeds", "seed_nodes"};

TEST(JobNames, DistanceCountsLettersAndHalvesCase) {
  EXPECT_EQ(name_distance("", ""), 0u);
  EXPECT_EQ(name_distance("abc", ""), 6u);
  EXPECT_EQ(name_distance("abc", "abc"), 0u);
  EXPECT_EQ(name_distance("abc", "aBc"), 1u);
  EXPECT_EQ(name_distance("abc", "acb"), 2u);   // one swap
  EXPECT_EQ(name_distance("abcd", "xbc"), 4u);  // one replaced, one dropped
}

TEST(JobNames, TheNearestNameIsFound) {
  EXPECT_EQ(nearest_name("recovry", names), "recovery");
  EXPECT_EQ(nearest_name("Recovery", names), "recovery");
  EXPECT_EQ(nearest_name("wanign", names), "waning");
  EXPECT_EQ(nearest_name("seed", names), "seeds");
  EXPECT_EQ(nearest_name("seed-nodes", names), "seed_nodes");
  EXPECT_EQ(nearest_name("infect", names), "infection");
  EXPECT_EQ(nearest_name("temperature", names), "");
  EXPECT_EQ(nearest_name("", names), "");
  EXPECT_EQ(nearest_name(std::string(1000, 'a'), names), "");
}

TEST(JobNames, WhereNothingIsNearAllAreListed) {
  EXPECT_EQ(name_hint("recovry", names), "; did you mean \"recovery\"?");
  EXPECT_EQ(name_hint("x", std::vector<std::string>{"one", "two"}), "; there are: one, two");
  EXPECT_EQ(name_hint("x", std::vector<std::string>{}), "");
}

}  // namespace
}  // namespace colony
