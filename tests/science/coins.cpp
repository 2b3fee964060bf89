// Keyed coins must look independent wherever a model may put two of them side by side: the two directions of an edge, neighbouring ticks,
// streams, seeds, neighbouring ids and the words of one draw. Fixed seeds, so these tests give the same figures for ever: each bound is
// about four standard deviations.
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <functional>
#include <vector>

#include "engine/random/random.hpp"
#include "models/streams.hpp"

namespace colony {
namespace {

constexpr std::uint64_t coins = 1'000'000;
using Word = std::function<std::uint32_t(std::uint64_t)>;  // coin number -> word

double uniform(std::uint32_t word) { return (word + 0.5) * 0x1p-32 - 0.5; }

/// Correlation of the words, and chi-square of a 16 x 16 table of their upper bits, whose expectation is 255 +- 22.6.
void expect_independent(const Word& first, const Word& second) {
  double products = 0, squares = 0;
  std::array<std::uint64_t, 256> table{};
  for (std::uint64_t i = 0; i < coins; ++i) {
    const std::uint32_t a = first(i), b = second(i);
    products += uniform(a) * uniform(b);
    squares += uniform(a) * uniform(a);
    ++table[(a >> 28) * 16 + (b >> 28)];
  }
  EXPECT_NEAR(squares / coins, 1.0 / 12, 4e-4);
  EXPECT_LT(std::abs(products / squares), 4 / std::sqrt(static_cast<double>(coins)));
  double chi2 = 0;
  const double expected = coins / 256.0;
  for (const std::uint64_t count : table)
    chi2 += (static_cast<double>(count) - expected) * (static_cast<double>(count) - expected) / expected;
  EXPECT_GT(chi2, 255 - 4 * 22.6);
  EXPECT_LT(chi2, 255 + 4 * 22.6);
}

/// Arc number i of a graph whose nodes are close to each other, as file ids are.
struct Ends {
  std::uint64_t source, target;
};
Ends ends(std::uint64_t i) { return {i / 1000, 1000 + i % 1000}; }

std::uint32_t edge_coin(RandomKey key, std::uint64_t i) { return draw_edge(key, ends(i).source, ends(i).target)[0]; }

TEST(Coins, OfBothDirectionsOfAnEdge) {
  const RandomKey key = random_key(1, streams::infection, 5);
  expect_independent([&](std::uint64_t i) { return edge_coin(key, i); },
                     [&](std::uint64_t i) { return draw_edge(key, ends(i).target, ends(i).source)[0]; });
}

TEST(Coins, OfNeighbouringTicks) {
  const RandomKey now = random_key(1, streams::infection, 5), then = random_key(1, streams::infection, 6);
  expect_independent([&](std::uint64_t i) { return edge_coin(now, i); }, [&](std::uint64_t i) { return edge_coin(then, i); });
}

/// One arc over a million ticks, against itself one tick later.
TEST(Coins, OfOneEdgeOverTime) {
  expect_independent([](std::uint64_t i) { return draw_edge(random_key(7, streams::infection, i), 3, 4)[0]; },
                     [](std::uint64_t i) { return draw_edge(random_key(7, streams::infection, i + 1), 3, 4)[0]; });
}

TEST(Coins, OfStreams) {
  const RandomKey infection = random_key(1, streams::infection, 5), recovery = random_key(1, streams::recovery, 5);
  expect_independent([&](std::uint64_t i) { return draw_entity(infection, i)[0]; },
                     [&](std::uint64_t i) { return draw_entity(recovery, i)[0]; });
}

/// A stream of one tick must not be another stream of another tick.
TEST(Coins, OfStreamAndTickSwapped) {
  const RandomKey a = random_key(1, static_cast<Stream>(6), 7), b = random_key(1, static_cast<Stream>(7), 6);
  expect_independent([&](std::uint64_t i) { return draw_entity(a, i)[0]; }, [&](std::uint64_t i) { return draw_entity(b, i)[0]; });
}

TEST(Coins, OfSeeds) {
  const RandomKey a = random_key(1, streams::infection, 5), b = random_key(2, streams::infection, 5);
  expect_independent([&](std::uint64_t i) { return edge_coin(a, i); }, [&](std::uint64_t i) { return edge_coin(b, i); });
}

TEST(Coins, OfNeighbouringNodes) {
  const RandomKey key = random_key(1, streams::recovery, 5);
  expect_independent([&](std::uint64_t i) { return draw_entity(key, i)[0]; }, [&](std::uint64_t i) { return draw_entity(key, i + 1)[0]; });
}

TEST(Coins, OfTheWordsOfOneDraw) {
  const RandomKey key = random_key(1, streams::ant_step, 5);
  for (const std::size_t word : {1u, 2u, 3u})
    expect_independent([&](std::uint64_t i) { return draw_entity(key, i)[0]; }, [&](std::uint64_t i) { return draw_entity(key, i)[word]; });
}

TEST(Coins, FallHeadsAsOftenAsTheProbabilitySays) {
  const RandomKey key = random_key(11, streams::infection, 0);
  for (const double p : {0.001, 0.1, 0.5, 0.9}) {
    const Probability probability(p);
    double heads = 0;
    for (std::uint64_t i = 0; i < coins; ++i) heads += probability.heads(draw_edge(key, ends(i).source, ends(i).target)) ? 1 : 0;
    EXPECT_NEAR(heads / coins, p, 4 * std::sqrt(p * (1 - p) / coins)) << p;
  }
}

/// Of 2^24 coins of 2^-20 and of 1/3: the bounds are four standard deviations of a Poisson and of a binomial number.
}  // namespace
}  // namespace colony
