// The tiles of every processor that colony runs on, and the choice among them.
#include "policy/tile.hpp"
#include "policy/vector_lanes.hpp"

namespace colony {

TileFunction tile_of_eight_lanes() { return &Tile<EightLanes>::run; }

TileFunction best_tile() {
  static const TileFunction best = tile_of_sixteen_lanes() != nullptr ? tile_of_sixteen_lanes() : tile_of_eight_lanes();
  return best;
}

}  // namespace colony
