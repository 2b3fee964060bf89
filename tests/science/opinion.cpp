// Hegselmann-Krause on the complete graph from even opinions: clusters, their sizes, and when they stand still.
// "Ticks" of the known answers is the first tick t with |S(t) - S(t - 1)| <= 1e-9 everywhere: the update that finds nothing left to move is
// counted too. That is the first row of observables whose `moving` is 0.
#include <gmock/gmock.h>

#include <vector>

#include "tests/support/colony.hpp"
#include "tests/support/graphs.hpp"

namespace colony::testing {
namespace {

/// Sizes of the groups of equal opinions, in order; opinions closer than 1e-6 count as equal.
std::vector<int> cluster_sizes(const std::vector<double>& opinions) {
  std::vector<int> sizes;
  double last = -1;
  for (const double opinion : opinions) {  // even opinions stay in order
    if (sizes.empty() || opinion - last > 1e-6) sizes.push_back(0);
    ++sizes.back();
    last = opinion;
  }
  return sizes;
}

void expect_clusters(double confidence, const std::vector<int>& sizes, std::uint64_t ticks, const Shape& shape) {
  Colony colony({"opinion", {{"confidence", confidence}, {"start", std::string("even")}}, complete(1000)}, shape);
  do {
    colony.run(1);
  } while (colony.observe("moving") > 0 && colony.tick().value < 100);
  EXPECT_EQ(colony.tick().value, ticks);
  EXPECT_EQ(colony.observe("moving"), 0);
  EXPECT_EQ(cluster_sizes(colony.nodes<double>("opinion")), sizes);
  EXPECT_EQ(colony.observe("clusters"), static_cast<std::int64_t>(sizes.size()));
  EXPECT_EQ(colony.observe("largest"), *std::max_element(sizes.begin(), sizes.end()));
}

TEST(Opinion, FiveClusters) {
  expect_clusters(0.1003, {239, 260, 2, 260, 239}, 14, {1, 1, "range", 1});
  expect_clusters(0.1003, {239, 260, 2, 260, 239}, 14, {3, 2, "hash", 16});
}
TEST(Opinion, TwoClusters) { expect_clusters(0.2003, {500, 500}, 9, {1, 1, "range", 1}); }
TEST(Opinion, Consensus) { expect_clusters(0.2503, {1000}, 9, {2, 1, "range", 16}); }

/// The mean is kept while everyone hears everyone, and opinions never leave the range they had.
TEST(Opinion, StaysWithinItsRange) {
  Colony colony({"opinion", {{"confidence", 0.2}, {"start", std::string("random")}}, random_graph(2000, 8000, false)}, {2, 2, "hash", 16});
  double low = 1, high = 0;
  for (const double x : colony.nodes<double>("opinion")) low = std::min(low, x), high = std::max(high, x);
  EXPECT_GE(low, 0);
  EXPECT_LT(high, 1);
  EXPECT_LT(low, 0.01);
  EXPECT_GT(high, 0.99);
  colony.run(30);
  EXPECT_THAT(colony.nodes<double>("opinion"), ::testing::Each(::testing::AllOf(::testing::Ge(low), ::testing::Le(high))));
}

}  // namespace
}  // namespace colony::testing
