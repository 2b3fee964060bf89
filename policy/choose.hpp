// From a tile's outputs to the actions of its agents.
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/random/random.hpp"
#include "policy/activations.hpp"
#include "policy/lanes.hpp"

namespace colony {

/// The first of the largest. outputs: those of one agent, `stride` apart. A comparison with NaN is false: NaN wins only as output 0, and
/// then against every number.
COLONY_HD inline std::uint8_t largest_output(const float* outputs, std::uint32_t count, std::size_t stride) {
  std::uint32_t best = 0;
  for (std::uint32_t o = 1; o < count; ++o)
    if (outputs[o * stride] > outputs[best * stride]) best = o;
  return static_cast<std::uint8_t>(best);
}

/// Output o with a probability of e^output, or, of a softmax, of the output itself: where the running sum passes a share `u` of the whole.
COLONY_HD inline std::uint8_t drawn_output(const float* outputs, std::uint32_t count, std::size_t stride, bool of_softmax, float u) {
  const float largest = outputs[largest_output(outputs, count, stride) * stride];
  const auto weight = [&](std::uint32_t o) { return of_softmax ? outputs[o * stride] : exp_of<OneLane>(outputs[o * stride] - largest); };
  float sum = 0;
  for (std::uint32_t o = 0; o < count; ++o) sum += weight(o);
  const float limit = u * sum;
  float passed = 0;
  for (std::uint32_t o = 0; o + 1 < count; ++o) {
    passed += weight(o);
    if (passed > limit) return static_cast<std::uint8_t>(o);
  }
  return static_cast<std::uint8_t>(count - 1);
}

/// Uniform in [0, 1), 24 bits: what an agent's draw is.
COLONY_HD inline float uniform_f32(std::uint32_t word) { return static_cast<float>(word >> 8) * 0x1p-24f; }

}  // namespace colony
