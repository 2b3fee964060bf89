// What is usual among the concepts, and which of them are not: global sums and sums of squares of strengths and activations, learnt for ten
// ticks and then over a window of fifty.
#pragma once

#include <algorithm>
#include <cstdint>

#include "engine/kernels/array_access.hpp"
#include "engine/kernels/growing_here.hpp"

namespace colony {

/// Whole numbers whose squares can be added up over a million concepts and fifty ticks.
namespace usual {
inline constexpr std::int64_t most = 1 << 18;
/// Of a field in 2^-20: in sixteenths.
inline std::int64_t strength(std::uint64_t quanta) { return static_cast<std::int64_t>(std::min<std::uint64_t>(quanta >> 16, most)); }
inline std::int64_t activation(std::uint64_t amount) { return static_cast<std::int64_t>(std::min<std::uint64_t>(amount, most)); }
inline std::int64_t square(std::int64_t x) { return x * x; }

inline constexpr std::int64_t learning = 10, window = 50;  ///< ticks

/// More than three standard deviations from the mean. sum and squares: over `count` values.
inline bool far_out(std::int64_t x, std::int64_t count, std::int64_t sum, std::int64_t squares) {
  const double n = static_cast<double>(count), mean = static_cast<double>(sum) / n;
  const double variance = std::max(0.0, static_cast<double>(squares) / n - mean * mean), away = static_cast<double>(x) - mean;
  return away * away > 9 * variance && away * away >= 1;  // at least one step: rounding is not a deviation
}
}  // namespace usual

/// Act, over the concepts: each adds what it is to the sums of this tick, and is marked when it lies far out of what was usual.
struct Watch {
  GrowingNear strength, anomaly;
  GrowingSet set_anomaly;
  Add count, strengths, strength_squares, activations, activation_squares;
  Known ticks, usual_count, usual_strengths, usual_strength_squares, usual_activations, usual_activation_squares;

  void operator()(const GrowingHere& here) const {
    const std::int64_t s = usual::strength(strength(here)), a = usual::activation(here.layer->amounts[here.index]);
    count(1);
    strengths(s);
    strength_squares(usual::square(s));
    activations(a);
    activation_squares(usual::square(a));
    if (ticks() < usual::learning || usual_count() == 0) return;
    const bool out = usual::far_out(s, usual_count(), usual_strengths(), usual_strength_squares()) ||
                     usual::far_out(a, usual_count(), usual_activations(), usual_activation_squares());
    if (out != (anomaly(here) != 0)) set_anomaly(here, out ? 1 : 0);
  }
};

/// Decay, at one place: the sums of the last tick go into what is usual, and a fiftieth of that is forgotten once it is learnt.
struct Learn {
  static constexpr Topology topology = Topology::lattice;
  Known count, strengths, strength_squares, activations, activation_squares;
  Known ticks, usual_count, usual_strengths, usual_strength_squares, usual_activations, usual_activation_squares;
  Add ticks_by, count_by, strengths_by, strength_squares_by, activations_by, activation_squares_by;

  template <class Here>
  void operator()(const Here& here) const {
    if (here.id() != 0 || count() == 0) return;  // there are no concepts yet
    const auto learn = [full = ticks() >= usual::window](const Add& by, const Known& was, const Known& now) {
      by(now() - (full ? was() / usual::window : 0));
    };
    ticks_by(1);
    learn(count_by, usual_count, count);
    learn(strengths_by, usual_strengths, strengths);
    learn(strength_squares_by, usual_strength_squares, strength_squares);
    learn(activations_by, usual_activations, activations);
    learn(activation_squares_by, usual_activation_squares, activation_squares);
  }
};

}  // namespace colony
