// The engine's exponentials against the platform's in long double, and at their edges.
#include "engine/math.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "engine/random/random.hpp"

namespace colony {
namespace {

constexpr int samples = 200'000;

/// Distance in units of the last place of the exact value.
double ulps(double value, long double exact) {
  const double rounded = static_cast<double>(exact);
  const double ulp = std::nextafter(std::fabs(rounded), INFINITY) - std::fabs(rounded);
  return static_cast<double>(std::fabs(static_cast<long double>(value) - exact) / ulp);
}

double uniform(int i, double low, double high) {
  return low + (high - low) * uniform_f64(high_word(draw_entity({1, 2}, static_cast<std::uint64_t>(i))));
}

TEST(Math, ExpIsWithinAnUlp) {
  double worst = 0;
  for (int i = 0; i < samples; ++i) {
    const double x = i % 2 == 0 ? uniform(i, -708, 709.7) : uniform(i, -1, 1);
    worst = std::max(worst, ulps(exp64(x), std::exp(static_cast<long double>(x))));
  }
  EXPECT_LT(worst, 1.0);
  EXPECT_GT(worst, 0.4);  // a sample that finds no error measures nothing
}

TEST(Math, LogIsWithinAnUlp) {
  double worst = 0;
  for (int i = 0; i < samples; ++i) {
    const double x = i % 2 == 0 ? exp64(uniform(i, -700, 700)) : uniform(i, 0.5, 2);
    worst = std::max(worst, ulps(log64(x), std::log(static_cast<long double>(x))));
  }
  EXPECT_LT(worst, 1.0);
}

TEST(Math, PowIsWithinTwoUlps) {
  double worst = 0;
  for (int i = 0; i < samples; ++i) {
    const double x = exp64(uniform(2 * i, -20, 20)), y = uniform(2 * i + 1, -30, 30);
    worst = std::max(worst, ulps(pow64(x, y), std::pow(static_cast<long double>(x), static_cast<long double>(y))));
  }
  EXPECT_LT(worst, 2.0);
}

TEST(Math, TanhIsWithinThreeUlps) {
  double worst = 0;
  for (int i = 0; i < samples; ++i) {
    const double x = i % 3 == 0 ? uniform(i, -25, 25) : i % 3 == 1 ? uniform(i, -0.5, 0.5) : uniform(i, -1e-3, 1e-3);
    worst = std::max(worst, ulps(tanh64(x), std::tanh(static_cast<long double>(x))));
  }
  EXPECT_LT(worst, 3.0);
}

TEST(Math, EdgesAreWhatTheHeaderSays) {
  EXPECT_EQ(exp64(0), 1);
  EXPECT_EQ(exp64(1000), INFINITY);
  EXPECT_EQ(exp64(-1000), 0);
  EXPECT_EQ(exp64(-INFINITY), 0);
  EXPECT_TRUE(std::isnan(exp64(NAN)));
  EXPECT_EQ(log64(1), 0);
  EXPECT_EQ(log64(0), -INFINITY);
  EXPECT_EQ(log64(INFINITY), INFINITY);
  EXPECT_TRUE(std::isnan(log64(-1)));
  EXPECT_EQ(pow64(0, 0), 1);
  EXPECT_EQ(pow64(0, 2), 0);
  EXPECT_EQ(pow64(2, 10), 1024);
  EXPECT_TRUE(std::isnan(pow64(-2, 2)));
  EXPECT_EQ(tanh64(0), 0);
  EXPECT_EQ(tanh64(100), 1);
  EXPECT_EQ(tanh64(-100), -1);
  EXPECT_EQ(tanh64(-0.3), -tanh64(0.3));
}

/// The bits themselves: a compiler or a flag that changes one of them breaks the promise.
TEST(Math, BitsArePinned) {
  std::uint64_t bits = 0;
  for (int i = 0; i < 10'000; ++i) {
    const double x = uniform(i, -20, 20);
    for (const double value : {exp64(x), log64(x * x), pow64(x * x, 0.7), tanh64(x)})
      bits = bits * 0x9e3779b97f4a7c15 + std::bit_cast<std::uint64_t>(value);
  }
  EXPECT_EQ(bits, 6512255608348636826u);
}

}  // namespace
}  // namespace colony
