// exp, tanh and sigmoid in single precision, the same bits in one lane and in sixteen, on host and device: IEEE operations in a fixed
// order, no libm. F is a type of lanes (cuda/lanes.hpp): `float` on a device and in tests, vectors elsewhere.
#pragma once

#include "engine/platform.hpp"

namespace colony {

/// e^x for x clamped to [-87, 88]: never a denormal, never infinite. 2^k times a polynomial in what is left of x beside k ln 2 (the Taylor
/// series to the seventh power: its remainder is below 2^-27 there). At most 1 ulp from exact.
template <class L>
COLONY_HD inline typename L::F exp_of(typename L::F x) {
  using F = typename L::F;
  x = L::min(L::max(x, L::all(-87.0f)), L::all(88.0f));
  const F shifter = L::all(0x1.8p23f);  // what is added to it is rounded to a whole number in its low bits
  const F shifted = L::fma(x, L::all(0x1.715476p0f), shifter);
  const F k = L::sub(shifted, shifter);
  F r = L::fma(k, L::all(-0x1.62e4p-1f), x);
  r = L::fma(k, L::all(-0x1.7f7d1cp-20f), r);
  F p = L::all(1.0f / 5040);
  p = L::fma(p, r, L::all(1.0f / 720));
  p = L::fma(p, r, L::all(1.0f / 120));
  p = L::fma(p, r, L::all(1.0f / 24));
  p = L::fma(p, r, L::all(1.0f / 6));
  p = L::fma(p, r, L::all(0.5f));
  p = L::fma(p, r, L::all(1.0f));
  p = L::fma(p, r, L::all(1.0f));
  return L::times_power_of_two(p, shifted);
}

/// Small arguments: an odd polynomial (coefficients of Moshier's Cephes, tanhf); larger ones: 1 - 2 / (e^2|x| + 1).
template <class L>
COLONY_HD inline typename L::F tanh_of(typename L::F x) {
  using F = typename L::F;
  const F size = L::abs(x), square = L::mul(x, x);
  F p = L::all(-5.70498872745e-3f);
  p = L::fma(p, square, L::all(2.06390887954e-2f));
  p = L::fma(p, square, L::all(-5.37397155531e-2f));
  p = L::fma(p, square, L::all(1.33314422036e-1f));
  p = L::fma(p, square, L::all(-3.33332819422e-1f));
  const F small = L::fma(L::mul(p, square), x, x);
  const F large = L::sub(L::all(1.0f), L::div(L::all(2.0f), L::add(exp_of<L>(L::add(size, size)), L::all(1.0f))));
  return L::where_less(size, L::all(0.625f), small, L::with_sign(large, x));
}

template <class L>
COLONY_HD inline typename L::F sigmoid_of(typename L::F x) {
  return L::div(L::all(1.0f), L::add(L::all(1.0f), exp_of<L>(L::sub(L::all(0.0f), x))));
}

/// NaN comes out as 0.
template <class L>
COLONY_HD inline typename L::F relu_of(typename L::F x) {
  return L::where_less(L::all(0.0f), x, x, L::all(0.0f));
}

template <class L>
COLONY_HD inline typename L::F leaky_relu_of(typename L::F x, float slope) {
  return L::where_less(x, L::all(0.0f), L::mul(x, L::all(slope)), x);
}

}  // namespace colony
