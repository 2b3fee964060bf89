// fuzz-sources: engine/error.cpp models/life/rle.cpp
// Any bytes are either live cells inside the pattern, row by row, or a DataError that names a line.
#include <cstdint>

#include "engine/error.hpp"
#include "models/life/rle.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    const colony::LifePattern pattern = colony::parse_rle({reinterpret_cast<const char*>(data), size}, "input");
    const colony::LifePattern::Cell* before = nullptr;
    for (const colony::LifePattern::Cell& cell : pattern.cells) {
      COLONY_ASSERT(cell.x < pattern.width && cell.y < pattern.height, "a cell outside the pattern");
      const bool ascends = before == nullptr || before->y < cell.y || (before->y == cell.y && before->x < cell.x);
      COLONY_ASSERT(ascends, "a cell comes twice or out of order");
      before = &cell;
    }
  } catch (const colony::DataError& error) {
    COLONY_ASSERT(error.where.starts_with("input:"), "the error names no line");
  }
  return 0;
}
