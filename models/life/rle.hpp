// Patterns of the Game of Life in the run length encoding that Golly and LifeWiki use: "x = 3, y = 3, rule = B3/S23", then runs of
// b (dead), o (alive) and $ (end of row), up to !.
#pragma once

#include <cstdint>
#include <optional>
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
  /// What the rule names behind a colon: `:T6,6` a torus, `:P20,20` a bounded plane.
  struct Universe {
    bool torus = true;
    std::uint32_t width = 0;
    std::uint32_t height = 0;
    bool operator==(const Universe&) const = default;
  };
  /// Where `#CXRLE Pos=x,y` puts the upper left corner; the middle of a universe is 0, 0.
  struct Position {
    std::int64_t x = 0;
    std::int64_t y = 0;
    bool operator==(const Position&) const = default;
  };
  std::uint32_t width = 0;  ///< of the header; each cell lies within
  std::uint32_t height = 0;
  std::optional<Universe> universe;
  std::optional<Position> position;
  std::vector<Cell> cells;  ///< alive, row by row
};

/// Reads a pattern of Conway's rule, which the header names, a comment "#r 23/3", or neither. name: what messages call the file. At most
/// 2^16 on a side and 2^24 live cells, so that a short text can't ask for all memory. Throws DataError with file and line.
LifePattern parse_rle(std::string_view text, const std::string& name);

}  // namespace colony
