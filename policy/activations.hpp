// exp, tanh and sigmoid in single precision, the same bits in one lane and in sixteen, on host and device: IEEE operations in a fixed
// order, no libm. F is a type of lanes (policy/lanes.hpp): `float` on a device and in tests, vectors elsewhere.
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

/// A quotient of two polynomials, beyond the bound +-1 (coefficients: Eigen's single-precision tanh). At most 5 ulp from exact.
template <class L>
COLONY_HD inline typename L::F tanh_of(typename L::F x) {
  using F = typename L::F;
  constexpr float bound = 7.99881172180175781f;
  x = L::min(L::max(x, L::all(-bound)), L::all(bound));
  const F square = L::mul(x, x);
  F p = L::all(-2.76076847742355e-16f);
  p = L::fma(p, square, L::all(2.00018790482477e-13f));
  p = L::fma(p, square, L::all(-8.60467152213735e-11f));
  p = L::fma(p, square, L::all(5.12229709037114e-08f));
  p = L::fma(p, square, L::all(1.48572235717979e-05f));
  p = L::fma(p, square, L::all(6.37261928875436e-04f));
  p = L::fma(p, square, L::all(4.89352455891786e-03f));
  F q = L::all(1.19825839466702e-06f);
  q = L::fma(q, square, L::all(1.18534705686654e-04f));
  q = L::fma(q, square, L::all(2.26843463243900e-03f));
  q = L::fma(q, square, L::all(4.89352518554385e-03f));
  return L::div(L::mul(p, x), q);
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
