// Hegselmann-Krause on the complete graph from even opinions: clusters, their sizes, and when they stand still.
// "Ticks" of the known answers is the first tick t with |S(t) - S(t - 1)| <= 1e-9 everywhere: the update that finds nothing left to move is
// counted too. That is the first row of observables whose `moving` is 0.
#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
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

/// The defaults: thresholds that are met exactly. By exact fractions (tests/e2e/exact_values.py) two camps stand after nine ticks.
TEST(Opinion, ThresholdsMetExactlyAreHeard) {
  for (const Shape& shape : {Shape{1, 1, "range", 1}, Shape{3, 2, "hash", 16}}) {
    expect_clusters(0.2, {500, 500}, 9, shape);
    expect_clusters(0.25, {1000}, 9, shape);
  }
  Colony colony({"opinion", {}, complete(1000)}, {1, 1, "range", 1});
  colony.run(9);
  const std::vector<double> opinions = colony.nodes<double>("opinion");
  EXPECT_NEAR(opinions.front(), 0.31144130832579586, 1e-11);
  EXPECT_NEAR(opinions.back(), 0.6885586916742041, 1e-11);
}

/// Mirror images stay mirror images, to the last bit.
TEST(Opinion, IsItsOwnMirrorImage) {
  for (const auto& [nodes, confidence] : {std::pair{5, 0.2}, {10, 0.1}, {997, 0.137}, {1000, 0.05}, {1000, 0.1}}) {
    Colony colony({"opinion", {{"confidence", confidence}}, complete(static_cast<std::uint64_t>(nodes))}, {2, 1, "range", 4});
    for (int tick = 0; tick < 30; ++tick) {
      const std::vector<double> opinions = colony.nodes<double>("opinion");
      for (std::size_t i = 0; i < opinions.size(); ++i) {
        ASSERT_EQ(opinions[i], 1 - opinions[opinions.size() - 1 - i]) << nodes << " nodes, tick " << tick;
        ASSERT_EQ(opinions[i] * 0x1p40, std::floor(opinions[i] * 0x1p40)) << "a multiple of 2^-40";
      }
      colony.run(1);
    }
  }
}

/// What is nearer than confidence + 2^-20, or exactly there, is heard; on a network, from one neighbour.
TEST(Opinion, CampsOfAFew) {
  const auto sizes = [](int nodes, double confidence) {
    Colony colony({"opinion", {{"confidence", confidence}}, complete(static_cast<std::uint64_t>(nodes))}, {1, 1, "range", 1});
    colony.run(100);
    return cluster_sizes(colony.nodes<double>("opinion"));
  };
  EXPECT_EQ(sizes(5, 0.2), (std::vector<int>{5}));
  EXPECT_EQ(sizes(10, 0.1), (std::vector<int>{3, 4, 3}));
  EXPECT_EQ(sizes(20, 0.15), (std::vector<int>{7, 6, 7}));
}

/// Clusters are counted, not estimated by bins: no agent hears another, and each is a cluster, on a network as well.
TEST(Opinion, CountsClustersOfAnySizeAndNumber) {
  for (const Shape& shape : {Shape{1, 1, "range", 1}, Shape{3, 2, "hash", 16}, Shape{8, 2, "metis", 64, true}}) {
    for (const GraphMaker& graph : {complete(5000), random_graph(5000, 20000, false)}) {
      Colony colony({"opinion", {{"confidence", 0.0}}, graph}, shape);
      EXPECT_EQ(colony.observe("clusters"), 5000);
      colony.run(1);
      EXPECT_EQ(colony.observe("clusters"), 5000);
      EXPECT_EQ(colony.observe("largest"), 1);
      EXPECT_EQ(colony.observe("moving"), 0);
    }
    Colony dense({"opinion", {{"confidence", 0.0}, {"start", std::string("random")}}, random_graph(100'000, 100'000, false)}, shape);
    std::vector<double> opinions = dense.nodes<double>("opinion");
    std::sort(opinions.begin(), opinions.end());
    std::int64_t clusters = 1, members = 1, largest = 1;
    for (std::size_t i = 1; i < opinions.size(); ++i) {
      const bool near = opinions[i] - opinions[i - 1] <= 0x1p-20;
      clusters += near ? 0 : 1;
      largest = std::max(largest, members = near ? members + 1 : 1);
    }
    EXPECT_GT(largest, 2);
    EXPECT_EQ(dense.observe("clusters"), clusters);
    EXPECT_EQ(dense.observe("largest"), largest);
  }
}

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
