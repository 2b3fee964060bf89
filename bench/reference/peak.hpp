// Multiply-adds a second that one thread can do at most, measured: independent chains that fill the units.
#pragma once

#include <algorithm>
#include <chrono>

namespace colony::bench::reference {

double peak_of_eight_lanes();
/// Only on a processor that has them.
double peak_of_sixteen_lanes();

/// Vector: of the compiler's vector types.
template <class Vector>
double measured_peak() {
  constexpr int lanes = sizeof(Vector) / sizeof(float);
  constexpr int chains = 10, rounds = 2'000'000;
  double best = 0;
  for (int repeat = 0; repeat < 5; ++repeat) {
    Vector sum[chains] = {}, factor, addend;
    for (int i = 0; i < lanes; ++i) factor[i] = 0.999f, addend[i] = 0.001f;
    const auto begin = std::chrono::steady_clock::now();
    for (int round = 0; round < rounds; ++round)
      for (Vector& one : sum) asm volatile("vfmadd213ps %2, %1, %0" : "+v"(one) : "v"(factor), "v"(addend));
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    best = std::max(best, double{rounds} * chains * lanes / seconds);
  }
  return best;
}

}  // namespace colony::bench::reference
