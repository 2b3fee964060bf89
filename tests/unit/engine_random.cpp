// Philox against published vectors, and the edges of what is made of its words.
#include "engine/random.hpp"

#include <gtest/gtest.h>

#include <set>

namespace colony {
namespace {

/// The vectors that Random123 publishes for philox4x32-10.
TEST(Philox, KnownAnswers) {
  EXPECT_EQ(philox({0, 0}, 0, 0, 0, 0), (Random4{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(philox({0xffffffff, 0xffffffff}, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff),
            (Random4{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox({0xa4093822, 0x299f31d0}, 0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344),
            (Random4{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(Philox, CounterIsIdAndDrawOrSourceAndTarget) {
  const RandomKey key{1, 2};
  EXPECT_EQ(draw_entity(key, 0x1111111122222222, 0x3333333344444444), philox(key, 0x22222222, 0x11111111, 0x44444444, 0x33333333));
  EXPECT_EQ(draw_edge(key, 0x1111111122222222, 0x3333333344444444), philox(key, 0x22222222, 0x11111111, 0x44444444, 0x33333333));
  EXPECT_NE(draw_edge(key, 3, 4), draw_edge(key, 4, 3));
}

/// The key is pinned: results are a function of the seed, for ever.
TEST(RandomKey, DependsOnSeedStreamAndTick) {
  std::set<std::uint64_t> keys;
  for (const std::uint64_t seed : {0u, 1u, 2u})
    for (const Stream stream : {Stream::choose, Stream::infection, Stream::user})
      for (const std::uint64_t tick : {0u, 1u, 2u}) {
        const RandomKey key = random_key(seed, stream, tick);
        keys.insert((std::uint64_t{key.k1} << 32) | key.k0);
      }
  EXPECT_EQ(keys.size(), 27u);
  const RandomKey pinned = random_key(42, Stream::infection, 7);
  EXPECT_EQ(pinned.k0, 2923098613u);
  EXPECT_EQ(pinned.k1, 231243847u);
}

TEST(Words, HighAndLow) {
  const Random4 r{1, 2, 3, 4};
  EXPECT_EQ(high_word(r), 0x0000000100000002u);
  EXPECT_EQ(low_word(r), 0x0000000300000004u);
}

TEST(UniformF64, StaysBelowOneAndIsExact) {
  EXPECT_EQ(uniform_f64(0), 0.0);
  EXPECT_EQ(uniform_f64(~std::uint64_t{0}), 1 - 0x1p-53);
  EXPECT_EQ(uniform_f64(std::uint64_t{1} << 63), 0.5);
  EXPECT_EQ(uniform_f64(0x7ff), 0.0) << "53 bits";
}

TEST(Below, CoversItsRange) {
  EXPECT_EQ(below(0, 6), 0u);
  EXPECT_EQ(below(0xffffffff, 6), 5u);
  EXPECT_EQ(below(0xffffffff, 1), 0u);
  EXPECT_EQ(below(0x80000000, 6), 3u);
}

TEST(Probability, ZeroAndOneAreNeverAndAlways) {
  EXPECT_FALSE(Probability(0).heads(0));
  EXPECT_FALSE(Probability(-0.5).heads(0));
  EXPECT_TRUE(Probability(1).heads(0xffffffff));
  EXPECT_TRUE(Probability(7).heads(0xffffffff));
  EXPECT_FALSE(Probability().heads(0));
}

TEST(Probability, IsAThresholdOf32Bits) {
  EXPECT_TRUE(Probability(0.5).heads(0x7fffffff));
  EXPECT_FALSE(Probability(0.5).heads(0x80000000));
  EXPECT_TRUE(Probability(0x1p-32).heads(0));
  EXPECT_FALSE(Probability(0x1p-32).heads(1));
  EXPECT_FALSE(Probability(0x1p-33).heads(0));
  EXPECT_FALSE(Probability(1 - 0x1p-32).heads(0xffffffff));
  EXPECT_TRUE(Probability(1 - 0x1p-32).heads(0xfffffffe));
}

}  // namespace
}  // namespace colony
