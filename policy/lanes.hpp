// One lane: what activations and layers are written in, for a device's thread and as the yardstick of the vectors
// (policy/vector_lanes.hpp).
#pragma once

#include <cstdint>
#include <cstring>

#include "engine/platform.hpp"

namespace colony {

struct OneLane {
  using F = float;
  static constexpr int width = 1;

  COLONY_HD static F all(float x) { return x; }
  COLONY_HD static F load(const float* from) { return *from; }
  COLONY_HD static void store(float* to, F x) { *to = x; }
  COLONY_HD static F add(F a, F b) { return a + b; }
  COLONY_HD static F sub(F a, F b) { return a - b; }
  COLONY_HD static F mul(F a, F b) { return a * b; }
  COLONY_HD static F div(F a, F b) { return a / b; }
  COLONY_HD static F fma(F a, F b, F c) { return __builtin_fmaf(a, b, c); }
  /// b where a is NaN, as the vector instructions do.
  COLONY_HD static F min(F a, F b) { return a < b ? a : b; }
  COLONY_HD static F max(F a, F b) { return a > b ? a : b; }
  /// then where a < b, otherwise where it is not so.
  COLONY_HD static F where_less(F a, F b, F then, F otherwise) { return a < b ? then : otherwise; }
  /// p * 2^k, where `shifted` is k + 1.5 * 2^23, and nothing over- or underflows.
  COLONY_HD static F times_power_of_two(F p, F shifted) { return of_bits(bits(p) + (bits(shifted) << 23)); }

 private:
  COLONY_HD static std::uint32_t bits(float x) {
    std::uint32_t word;
    memcpy(&word, &x, sizeof word);
    return word;
  }
  COLONY_HD static float of_bits(std::uint32_t word) {
    float x;
    memcpy(&x, &word, sizeof x);
    return x;
  }
};

}  // namespace colony
