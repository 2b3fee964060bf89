// Layers that grow between ticks: the wishes for links that round 2 carries, and the digest. What changes them are the effects `emit`,
// `relate`, `link`, `unlink` and `set` (engine/effects/).
#pragma once

#include <cstdint>

#include "engine/state/digest.hpp"
#include "engine/state/part.hpp"

namespace colony {

/// After Decay, and in the round of ghosts: the wishes of this part's nodes for links between two of them.
void settle_wishes(Part& part);
/// A wish of a node elsewhere. False when this part has no such link.
bool take_wish(Part& part, std::size_t layer, const RemoteWish& wish);

/// Sum of the hashes of nodes, links (each half by itself) and relations.
Digest digest_of_growth(const Part& part);

}  // namespace colony
