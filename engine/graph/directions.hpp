// The ways out of a node of a lattice.
#pragma once

#include "engine/platform.hpp"

namespace colony {

/// Directions of a lattice, counter-clockwise: 0 = +x, 2 = +y, 4 = -x, 6 = -y; odd ones are the diagonals. With 4 neighbours only even
/// ones.
inline constexpr int direction_dx[8] = {1, 1, 0, -1, -1, -1, 0, 1};
inline constexpr int direction_dy[8] = {0, 1, 1, 1, 0, -1, -1, -1};
/// The same for kernels: a device does not see the arrays, and has them by number, two bits a direction.
COLONY_HD constexpr int x_step(int direction) {
#ifdef __CUDA_ARCH__
  return static_cast<int>(0x901Au >> (2 * direction) & 3u) - 1;
#else
  return direction_dx[direction];
#endif
}
COLONY_HD constexpr int y_step(int direction) {
#ifdef __CUDA_ARCH__
  return static_cast<int>(0x01A9u >> (2 * direction) & 3u) - 1;
#else
  return direction_dy[direction];
#endif
}

}  // namespace colony
