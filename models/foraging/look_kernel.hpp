// How ants see: compiled for devices as well (cuda/model_kernels.hpp).
#pragma once

#include "engine/graph/graph.hpp"
#include "engine/kernels/access.hpp"
#include "engine/kernels/draws.hpp"

namespace colony::foraging {

inline constexpr float faint = 0.05f;  ///< an ant smells nothing below
inline constexpr float strong = 2.0f;  ///< ... and need not follow above

/// Sense: where to head next. Outward ants go to food they see, else up the pheromone; laden ones go down the distance to the nest. Ants
/// see the nodes ahead and half left and half right of it.
struct Look {
  static constexpr Topology topology = Topology::lattice;
  Near<float> pheromone;
  Near<std::uint32_t> food;
  Near<std::uint32_t> nest_distance;
  Read<std::uint8_t> heading;
  Read<std::uint8_t> carrying;
  Write<std::uint8_t> plan;
  Draws draws;

  template <class Here>
  COLONY_HD void operator()(const Here& here) const {
    const std::uint8_t ahead = heading(here);
    const NodeRef straight = here.neighbour(ahead), left = here.neighbour((ahead + 1) & 7), right = here.neighbour((ahead + 7) & 7);
    // -1, 0 or 1: the turn towards the largest of the three values; straight on unless a side is larger, left before right.
    const auto steepest = [&](const auto& value) {
      using V = decltype(value(straight));
      const auto at = [&](NodeRef v) { return v.index == no_index ? V{} : value(v); };
      const V a = at(straight), l = at(left), r = at(right);
      return l > a && l >= r ? 1 : r > a ? -1 : 0;
    };
    int turn = 0;
    if (carrying(here) != 0) {
      turn = steepest([&](NodeRef v) { return ~nest_distance(v); });
    } else {
      turn = steepest([&](NodeRef v) { return food(v) != 0 ? 1u : 0u; });
      const float smell = pheromone(here.node);
      if (turn == 0 && smell >= faint && smell < strong) turn = steepest([&](NodeRef v) { return pheromone(v); });
    }
    const std::uint32_t wiggle = draws(here)[0] >> 30;  // half left 1/4, straight on 1/2, half right 1/4
    plan(here) = static_cast<std::uint8_t>((ahead + turn + (wiggle == 0 ? 7 : wiggle == 1 ? 1 : 0)) & 7);
  }
};

}  // namespace colony::foraging
