#include "policy/tile_batch.hpp"

#include <algorithm>
#include <cstring>

#include "policy/choose.hpp"

namespace colony {
namespace {

/// largest_output of all agents of a tile, side by side.
void choose_largest(const float* outputs, std::uint32_t output_count, std::size_t count, std::uint8_t* actions) {
  float best[tile_agents];
  std::uint32_t action[tile_agents] = {};
  std::copy(outputs, outputs + tile_agents, best);
  for (std::uint32_t o = 1; o < output_count; ++o) {
    const float* row = outputs + std::size_t{o} * tile_agents;
    for (int i = 0; i < tile_agents; ++i) {
      action[i] = row[i] > best[i] ? o : action[i];
      best[i] = row[i] > best[i] ? row[i] : best[i];
    }
  }
  for (std::size_t i = 0; i < count; ++i) actions[i] = static_cast<std::uint8_t>(action[i]);
}

}  // namespace

void decide_tile(const Network& network, TileFunction tile, const DecisionBatch& batch, std::size_t first, float* values) {
  const std::size_t count = std::min<std::size_t>(tile_agents, batch.count - first);
  const auto fill = [&](std::uint32_t value, const float* column) {
    float* row = values + std::size_t{value} * tile_agents;
    std::memcpy(row, column + first, count * sizeof(float));
    std::fill(row + count, row + tile_agents, 0.0f);
  };
  for (std::uint32_t k = 0; k < network.inputs; ++k) fill(k, batch.observations[k]);
  for (std::uint32_t k = 0; k < network.memory; ++k) fill(network.inputs + k, batch.memory[k]);
  tile(network, values);
  for (std::uint32_t k = 0; k < network.memory; ++k)
    std::memcpy(batch.memory[k] + first, values + std::size_t{network.remembered + k} * tile_agents, count * sizeof(float));
  const float* outputs = values + std::size_t{network.result} * tile_agents;
  if (batch.outputs != nullptr)
    for (std::uint32_t o = 0; o < network.outputs; ++o)
      std::memcpy(batch.outputs[o] + first, outputs + std::size_t{o} * tile_agents, count * sizeof(float));
  if (batch.actions == nullptr) return;
  if (batch.choosing == Choosing::largest) {
    choose_largest(outputs, network.outputs, count, batch.actions + first);
    return;
  }
  for (std::size_t i = 0; i < count; ++i) {
    const float u = uniform_f32(draw_entity(batch.key, batch.ids[first + i])[0]);
    batch.actions[first + i] = drawn_output(outputs + i, network.outputs, tile_agents, network.ends_in_softmax, u);
  }
}

}  // namespace colony
