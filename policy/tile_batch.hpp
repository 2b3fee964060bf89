// One tile of a batch on the CPU: observations in, actions out.
#pragma once

#include "engine/schema/policy.hpp"
#include "policy/network.hpp"
#include "policy/tile.hpp"

namespace colony {

/// Decides for agents [first, first + tile_agents) of the batch, as far as there are any. values: [network.values][tile_agents], scratch.
void decide_tile(const Network& network, TileFunction tile, const DecisionBatch& batch, std::size_t first, float* values);

}  // namespace colony
