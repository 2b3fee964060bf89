// The matrix of shapes that a digest must not tell apart.
#pragma once

#include <vector>

#include "tests/support/colony.hpp"
#include "tests/support/sanitized.hpp"

namespace colony::testing {

/// Shards 1, 2, 3, 8 x threads 1, 2 x partition hash, range, metis x blocks 16, 64; every third with frames through bytes, every fifth on a
/// rehearsal of a device.
inline std::vector<Shape> all_shapes() {
  if (sanitized)
    return {{1, 2, "range", 16}, {3, 2, "hash", 16, true}, {8, 2, "metis", 64, false, "ring", "rehearsal"}, {2, 2, "range", 64}};
  std::vector<Shape> shapes;
  for (const std::uint32_t shards : {1u, 2u, 3u, 8u})
    for (const int threads : {1, 2})
      for (const char* partition : {"hash", "range", "metis"})
        for (const std::uint32_t blocks : {16u, 64u}) {
          const std::size_t n = shapes.size();
          shapes.push_back({shards, threads, partition, blocks, n % 3 == 0, "ring", n % 5 == 0 ? "rehearsal" : "cpu"});
        }
  return shapes;
}

/// A few of them that differ in everything.
inline std::vector<Shape> some_shapes() {
  if (sanitized) return {{1, 2, "hash", 64}, {3, 2, "metis", 16, true, "ring", "rehearsal"}, {8, 1, "range", 16}};
  return {{1, 2, "hash", 64},
          {3, 2, "metis", 16, true, "ring", "rehearsal"},
          {8, 1, "range", 16},
          {2, 2, "hash", 16, false, "spread", "rehearsal"},
          {3, 1, "range", 64, true}};
}

}  // namespace colony::testing
