// Claims: who gets a unit of a node's stock. The smallest keyed priority wins, up to the stock in S(t), DESIGN 4.
#pragma once

#include "engine/state/part.hpp"

namespace colony {

/// After Act: each claim is on the node where its agent ends; the dead claim nothing.
void place_claims(Part& part);

/// Reads the entries of all workers, fills part.winners[claim], takes a unit of stock for each winner, clears the entries. Entries of
/// ghosts must have gone to their owners in round 1. Throws ModelError where two win on a node of which winners write fields.
void decide_claims(Part& part, std::size_t claim);

}  // namespace colony
