// Exponentials for state code: the same bits on every machine and device, where a platform's libm promises none. Built from IEEE
// operations and explicit fma alone, in a fixed order. Errors, against long double over the tested ranges (tests/unit/engine_math.cpp):
//   exp64  below 1 ulp     log64  below 1 ulp     pow64  below 2 ulp     tanh64  below 3 ulp
// Coefficients are those of the Taylor series of exp and of atanh, whose remainders are below 2^-57 on the reduced ranges.
#pragma once

#include <bit>
#include <cstdint>
#include <limits>

#include "engine/platform.hpp"

namespace colony {

namespace detail {

inline constexpr double ln2_high = 0x1.62e42fefa38p-1;   // 41 bits, so that k * ln2_high is exact
inline constexpr double ln2_low = 0x1.ef35793c7673p-45;  // the rest of ln 2
inline constexpr double log2_e = 0x1.71547652b82fep+0;
inline constexpr double infinity = std::numeric_limits<double>::infinity();
inline constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

/// exp(r) - 1 for |r| <= ln 2 / 2, to r^14.
COLONY_HD inline double exp_minus_1(double r) {
  double sum = 1.0 / 87178291200.0;
  sum = __builtin_fma(sum, r, 1.0 / 6227020800.0);
  sum = __builtin_fma(sum, r, 1.0 / 479001600.0);
  sum = __builtin_fma(sum, r, 1.0 / 39916800.0);
  sum = __builtin_fma(sum, r, 1.0 / 3628800.0);
  sum = __builtin_fma(sum, r, 1.0 / 362880.0);
  sum = __builtin_fma(sum, r, 1.0 / 40320.0);
  sum = __builtin_fma(sum, r, 1.0 / 5040.0);
  sum = __builtin_fma(sum, r, 1.0 / 720.0);
  sum = __builtin_fma(sum, r, 1.0 / 120.0);
  sum = __builtin_fma(sum, r, 1.0 / 24.0);
  sum = __builtin_fma(sum, r, 1.0 / 6.0);
  sum = __builtin_fma(sum, r, 0.5);
  return __builtin_fma(sum * r, r, r);
}

/// value * 2^k for -2100 < k < 2100; two steps, so that a result below the normal range is rounded once.
COLONY_HD inline double scaled(double value, int k) {
  const int half = k / 2;
  const auto power = [](int e) { return std::bit_cast<double>(static_cast<std::uint64_t>(1023 + e) << 52); };
  return value * power(half) * power(k - half);
}

/// exp(high + low), |low| far below |high|; high within the range where the result is finite and not 0.
COLONY_HD inline double exp_sum(double high, double low) {
  const double shifted = __builtin_fma(high, log2_e, 0x1.8p52);  // rounds to a whole number, in the low bits
  const double k = shifted - 0x1.8p52;
  const double r = __builtin_fma(-k, ln2_low, __builtin_fma(-k, ln2_high, high)) + low;
  return scaled(1.0 + exp_minus_1(r), static_cast<int>(k));
}

/// A value in two parts, the second below half an ulp of the first.
struct Pair {
  double high, low;
};
COLONY_HD inline Pair sum_of(double a, double b) {  // |a| >= |b|
  const double sum = a + b;
  return {sum, b - (sum - a)};
}

/// log(x) for normal x > 0, to about 2^-64 relative.
COLONY_HD inline Pair log_pair(double x) {
  std::uint64_t bits = std::bit_cast<std::uint64_t>(x);
  int exponent = static_cast<int>(bits >> 52) - 1023;
  double m = std::bit_cast<double>((bits & 0xfffffffffffff) | 0x3ff0000000000000);
  if (m > 0x1.6a09e667f3bcdp+0) {  // sqrt 2: keep m - 1 between -0.3 and 0.42
    m *= 0.5;
    ++exponent;
  }
  const double f = m - 1.0, d = m + 1.0;  // f is exact
  const double d_low = m - (d - 1.0);
  const double s = f / d;
  const double s_low = (__builtin_fma(-s, d, f) - s * d_low) / d;
  const double z = s * s;  // log m = 2 atanh s = 2 s + s z (2/3 + 2/5 z + ...)
  double tail = 2.0 / 23.0;
  for (int n = 21; n >= 3; n -= 2) tail = __builtin_fma(tail, z, 2.0 / n);
  const Pair main = sum_of(exponent * ln2_high, 2.0 * s);
  const Pair swapped = sum_of(2.0 * s, exponent * ln2_high);
  const Pair base = exponent == 0 ? swapped : main;
  return sum_of(base.high, base.low + (2.0 * s_low + __builtin_fma(s * z, tail, exponent * ln2_low)));
}

}  // namespace detail

/// e^x. Overflow gives infinity, underflow 0 (no denormals), NaN stays NaN.
COLONY_HD inline double exp64(double x) {
  if (x != x) return x;
  if (x > 709.782712893384) return detail::infinity;
  if (x < -708.3964185322641) return 0;
  return detail::exp_sum(x, 0);
}

/// Natural logarithm. 0 (and denormals) give -infinity, negative numbers NaN.
COLONY_HD inline double log64(double x) {
  if (x != x || x < 0) return detail::not_a_number;
  if (x < 0x1p-1022) return -detail::infinity;
  if (x == detail::infinity) return x;
  const detail::Pair log = detail::log_pair(x);
  return log.high + log.low;
}

/// x^y for x >= 0; a negative x gives NaN, also where y is whole. 0^0 = 1.
COLONY_HD inline double pow64(double x, double y) {
  if (y == 0 || x == 1) return 1;
  if (x != x || y != y || x < 0) return detail::not_a_number;
  if (x < 0x1p-1022) return y > 0 ? 0 : detail::infinity;
  if (x == detail::infinity) return y > 0 ? x : 0;
  const detail::Pair log = detail::log_pair(x);
  const double high = y * log.high;
  if (high > 709.7) return high > 709.782712893384 ? detail::infinity : detail::exp_sum(high, 0);
  if (high < -708.3964185322641) return 0;
  return detail::exp_sum(high, __builtin_fma(y, log.high, -high) + y * log.low);
}

/// Hyperbolic tangent.
COLONY_HD inline double tanh64(double x) {
  if (x != x) return x;
  const double t = x < 0 ? -x : x;
  double value = 1;
  if (t < 22) {  // (e^2t - 1) / (e^2t + 1), with e^2t - 1 = 2^k (e^r - 1) + (2^k - 1)
    const double shifted = __builtin_fma(2 * t, detail::log2_e, 0x1.8p52);
    const double k = shifted - 0x1.8p52;
    const double r = __builtin_fma(-k, detail::ln2_low, __builtin_fma(-k, detail::ln2_high, 2 * t));
    const double power = detail::scaled(1.0, static_cast<int>(k));
    const double u = __builtin_fma(detail::exp_minus_1(r), power, power - 1);
    value = u / (u + 2);
  }
  return x < 0 ? -value : value;
}

}  // namespace colony
