// Decay of the layers that grow: what Act emitted and linked, here and elsewhere, becomes nodes and links; links weaken and are pruned.
#pragma once

#include <cstdint>

#include "engine/executor.hpp"
#include "engine/state/digest.hpp"
#include "engine/state/part.hpp"

namespace colony {

/// All growing layers of the part, in the order of the schema. Throws StateError when two labels have one id.
void grow(Part& part, Executor& executor);

/// After grow, and in the round of ghosts: the wishes of this part's nodes for links between two of them.
void settle_wishes(Part& part);
/// A wish of a node elsewhere. False when this part has no such link.
bool take_wish(Part& part, std::size_t layer, const RemoteWish& wish);

/// Sum of the hashes of nodes, links (each half by itself) and relations.
Digest digest_of_growth(const Part& part);

}  // namespace colony
