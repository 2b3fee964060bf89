// The course of an iteration: n + 2 ticks for n cities. In tick k < n - 1 each ant chooses its city k + 1, in tick n - 1 it returns to its
// first; in the closing tick its tour is measured and improved; in the renewing tick the cities learn from the tours and the ants start
// anew.
#pragma once

#include <cstdint>

namespace colony {

struct Iteration {
  std::uint32_t cities = 0;

  std::uint64_t ticks() const { return std::uint64_t{cities} + 2; }
  std::uint32_t step(std::uint64_t tick) const { return static_cast<std::uint32_t>(tick % ticks()); }
  std::uint64_t number(std::uint64_t tick) const { return tick / ticks(); }
  bool chooses(std::uint64_t tick) const { return step(tick) < cities - 1; }
  bool travels(std::uint64_t tick) const { return step(tick) < cities; }
  bool closes(std::uint64_t tick) const { return step(tick) == cities; }
  bool renews(std::uint64_t tick) const { return step(tick) == cities + 1; }
};

}  // namespace colony
