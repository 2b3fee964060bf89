// Philox against published vectors, and the edges of what is made of its words.
#include "engine/random/random.hpp"
#include "models/streams.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
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
    for (const Stream stream : {Stream::choose, streams::infection, Stream::user})
      for (const std::uint64_t tick : {0u, 1u, 2u}) {
        const RandomKey key = random_key(seed, stream, tick);
        keys.insert((std::uint64_t{key.k1} << 32) | key.k0);
      }
  EXPECT_EQ(keys.size(), 27u);
  const RandomKey pinned = random_key(42, streams::infection, 7);
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

constexpr Random4 smallest{0, 0, 0, 0}, largest{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff};

TEST(Probability, ZeroAndOneAreNeverAndAlways) {
  EXPECT_FALSE(Probability(0).heads(smallest));
  EXPECT_FALSE(Probability(-0.5).heads(smallest));
  EXPECT_FALSE(Probability(std::numeric_limits<double>::quiet_NaN()).heads(smallest));
  EXPECT_TRUE(Probability(1).heads(largest));
  EXPECT_TRUE(Probability(7).heads(largest));
  EXPECT_FALSE(Probability().heads(smallest));
}

TEST(Probability, IsDecidedByTheFirstWordThatDiffers) {
  EXPECT_TRUE(Probability(0.5).heads({0x7fffffff, 0xffffffff, 0xffffffff, 0xffffffff}));
  EXPECT_FALSE(Probability(0.5).heads({0x80000000, 0, 0, 0}));
  EXPECT_TRUE(Probability(0x1p-32).heads({0, 0xffffffff, 0, 0}));
  EXPECT_FALSE(Probability(0x1p-32).heads({1, 0, 0, 0}));
  EXPECT_TRUE(Probability(0x1p-33).heads({0, 0x7fffffff, 9, 9}));
  EXPECT_FALSE(Probability(0x1p-33).heads({0, 0x80000000, 0, 0}));
  EXPECT_FALSE(Probability(1 - 0x1p-32).heads({0xffffffff, 0, 0, 0}));
  EXPECT_TRUE(Probability(1 - 0x1p-53).heads({0xffffffff, 0xfffff7ff, 9, 9}));
  EXPECT_FALSE(Probability(1 - 0x1p-53).heads({0xffffffff, 0xfffff800, 0, 0}));
}

/// The 2^128 draws of a coin, in order, are heads up to the first p * 2^128 of them: counted exactly, not by tossing.
TEST(Probability, IsMetExactly) {
  const double tiny = std::ldexp(1 + 0x1p-52, -75);  // its last bit is 2^-127
  for (const double p : {1.0 / 3, 1e-9, 0.1, 0.05, 0.7, 1 - 0x1p-53, 2.3e-10, 1e-15, 0x1p-75, tiny, std::nextafter(0.5, 0), 0x1p-128}) {
    int exponent = 0;
    const auto mantissa = static_cast<std::uint64_t>(std::ldexp(std::frexp(p, &exponent), 53));  // p = mantissa * 2^(exponent - 53)
    const int shift = exponent - 53 + 128;
    const unsigned __int128 heads =
        shift >= 0 ? static_cast<unsigned __int128>(mantissa) << shift : static_cast<unsigned __int128>(mantissa) >> -shift;
    ASSERT_TRUE(shift >= 0 || (mantissa & ((std::uint64_t{1} << -shift) - 1)) == 0) << "a multiple of 2^-128";
    const auto words = [](unsigned __int128 draw) {
      return Random4{static_cast<std::uint32_t>(draw >> 96), static_cast<std::uint32_t>(draw >> 64), static_cast<std::uint32_t>(draw >> 32),
                     static_cast<std::uint32_t>(draw)};
    };
    EXPECT_TRUE(Probability(p).heads(words(heads - 1))) << p;
    EXPECT_FALSE(Probability(p).heads(words(heads))) << p;
    EXPECT_TRUE(Probability(p).heads(smallest)) << p;
    EXPECT_FALSE(Probability(p).heads(largest)) << p;
  }
}

}  // namespace
}  // namespace colony
