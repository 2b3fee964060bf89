// Compiled for x86-64-v4 (policy/CMakeLists.txt): nothing here may be reached before the processor has been asked.
#include "policy/tile.hpp"
#include "policy/vector_lanes.hpp"

namespace colony {

TileFunction tile_of_sixteen_lanes() {
  const bool there = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512cd") &&
                     __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  return there ? &Tile<SixteenLanes>::run : nullptr;
}

}  // namespace colony
