#include "tests/sim/scene.hpp"

namespace colony::sim {

Tally& Tally::operator+=(const Tally& other) {
  // All of it is counts of one type.
  static_assert(sizeof(Tally) % sizeof(std::uint64_t) == 0);
  auto* to = reinterpret_cast<std::uint64_t*>(this);
  const auto* from = reinterpret_cast<const std::uint64_t*>(&other);
  for (std::size_t i = 0; i < sizeof(Tally) / sizeof(std::uint64_t); ++i) to[i] += from[i];
  return *this;
}

}  // namespace colony::sim
