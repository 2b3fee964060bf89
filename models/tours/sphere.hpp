// Cosine and its inverse, for distances on the sphere: the same bits on every machine, where a platform's libm promises none. Built from
// IEEE operations and explicit fma alone, in a fixed order, like engine/math.hpp. Errors, against long double over the whole ranges
// (tests/unit/tours_instance.cpp): both below 2 ulp.
#pragma once

#include <array>
#include <cmath>

namespace colony {

namespace detail {

inline constexpr double half_pi_high = 0x1.921fb54442d18p+0;
inline constexpr double half_pi_low = 0x1.1a62633145c07p-54;  // the rest of pi / 2

/// sin(r) for |r| <= pi / 4: Taylor's series, to r^17.
inline double sin_reduced(double r) {
  const double z = r * r;
  double sum = 1.0 / 355687428096000.0;
  sum = __builtin_fma(sum, z, -1.0 / 1307674368000.0);
  sum = __builtin_fma(sum, z, 1.0 / 6227020800.0);
  sum = __builtin_fma(sum, z, -1.0 / 39916800.0);
  sum = __builtin_fma(sum, z, 1.0 / 362880.0);
  sum = __builtin_fma(sum, z, -1.0 / 5040.0);
  sum = __builtin_fma(sum, z, 1.0 / 120.0);
  sum = __builtin_fma(sum, z, -1.0 / 6.0);
  return __builtin_fma(sum * z, r, r);
}

/// cos(r) for |r| <= pi / 4: Taylor's series, to r^16.
inline double cos_reduced(double r) {
  const double z = r * r;
  double sum = 1.0 / 20922789888000.0;
  sum = __builtin_fma(sum, z, -1.0 / 87178291200.0);
  sum = __builtin_fma(sum, z, 1.0 / 479001600.0);
  sum = __builtin_fma(sum, z, -1.0 / 3628800.0);
  sum = __builtin_fma(sum, z, 1.0 / 40320.0);
  sum = __builtin_fma(sum, z, -1.0 / 720.0);
  sum = __builtin_fma(sum, z, 1.0 / 24.0);
  const double half = 0.5 * z, main = 1.0 - half;
  return main + __builtin_fma(sum * z, z, (1.0 - main) - half);  // what the subtraction rounded away comes back
}

/// [k] of x^(2 k + 3) in asin(x) - x. At x = 1/2, the largest it is used for, what is cut off is below 2^-57 of the whole.
inline constexpr std::array<double, 24> asin_coefficients = [] {
  std::array<double, 24> result{};
  double binomial = 1;  // (2 n)! / (2^n n!)^2
  for (int n = 1; n <= 24; ++n) {
    binomial = binomial * (2 * n - 1) / (2 * n);
    result[static_cast<std::size_t>(n - 1)] = binomial / (2 * n + 1);
  }
  return result;
}();

/// (asin(x) - x) / x for z = x^2 <= 1/4.
inline double asin_tail(double z) {
  double sum = asin_coefficients.back();
  for (std::size_t k = asin_coefficients.size() - 1; k-- > 0;) sum = __builtin_fma(sum, z, asin_coefficients[k]);
  return sum * z;
}

}  // namespace detail

/// Cosine for |x| <= 8.
inline double cos64(double x) {
  const double angle = std::fabs(x);
  const int quarters = static_cast<int>(angle * 0x1.45f306dc9c883p-1 + 0.5);
  const double count = quarters;
  const double r = __builtin_fma(-count, detail::half_pi_low, __builtin_fma(-count, detail::half_pi_high, angle));  // the inner is exact
  switch (quarters & 3) {
    case 0: return detail::cos_reduced(r);
    case 1: return -detail::sin_reduced(r);
    case 2: return -detail::cos_reduced(r);
    default: return detail::sin_reduced(r);
  }
}

/// Arc cosine for |x| <= 1, from 0 to pi.
inline double acos64(double x) {
  const double size = std::fabs(x);
  if (size <= 0.5) return detail::half_pi_high - (x - (detail::half_pi_low - x * detail::asin_tail(x * x)));
  const double z = 0.5 * (1.0 - size);  // exact; acos(x) = 2 asin(sqrt((1 - x) / 2))
  const double root = std::sqrt(z);
  const double half = __builtin_fma(root, detail::asin_tail(z), root);
  return x > 0 ? 2.0 * half : 2.0 * (detail::half_pi_high - (half - detail::half_pi_low));
}

}  // namespace colony
