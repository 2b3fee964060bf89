// Patterns of the Game of Life in the run length encoding that Golly and LifeWiki use: "x = 3, y = 3, rule = B3/S23", then runs of
// b (dead), o (alive) and $ (end of row), up to !.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace colony {

struct LifePattern {
  struct Cell {
    std::uint32_t x = 0;  ///< column, from the left
    std::uint32_t y = 0;  ///< row, from the top
    bool operator==(const Cell&) const = default;
  };
  std::uint32_t width = 0;  ///< of the header; each cell lies within
  std::uint32_t height = 0;
  std::vector<Cell> cells;  ///< alive, row by row
};

/// Reads a pattern of Conway's rule. name: what messages call the file. At most 2^16 on a side and 2^24 live cells, so that a short
/// text can't ask for all memory. Throws DataError with file and line.
LifePattern parse_rle(std::string_view text, const std::string& name);

}  // namespace colony
