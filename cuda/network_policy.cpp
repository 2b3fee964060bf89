#include "cuda/network_policy.hpp"

#include <fmt/format.h>
#include <thrust/for_each.h>
#include <thrust/iterator/counting_iterator.h>
#include <thrust/system/tbb/execution_policy.h>

#include <algorithm>
#include <cstring>

#include "cuda/choose.hpp"
#include "cuda/onnx_reader.hpp"
#include "engine/array.hpp"
#include "engine/content.hpp"
#include "engine/error.hpp"

namespace colony {
namespace {

constexpr std::uint32_t most_actions = 256;

std::uint64_t hash_of(const Network& network) {
  std::string record;
  const auto add = [&record](const void* data, std::size_t bytes) { record.append(static_cast<const char*>(data), bytes); };
  for (const Op& op : network.ops)
    record += fmt::format("{} {} {} {} {} {} {} {} {} ", static_cast<int>(op.kind), op.in, op.in_size, op.other, op.out, op.out_size,
                          op.weights, op.biases, op.slope);
  record += fmt::format("{} {} {}", network.inputs, network.outputs, network.result);
  add(network.weights.data(), network.weights.size() * sizeof(float));
  return content_of(record).id;
}

}  // namespace

NetworkPolicy::NetworkPolicy(Network network, TileFunction tile) : network_(std::move(network)), tile_(tile), hash_(hash_of(network_)) {
  COLONY_ASSERT(network_.inputs > 0 && network_.outputs > 0 && network_.outputs <= most_actions, "a network of another size");
}

void NetworkPolicy::decide(const DecisionBatch& batch) const {
  const std::size_t tiles = (batch.count + tile_agents - 1) / tile_agents;
  thrust::for_each(thrust::tbb::par, thrust::counting_iterator<std::size_t>(0), thrust::counting_iterator<std::size_t>(tiles),
                   [&](std::size_t tile) { decide_tile(batch, tile * tile_agents); });
}

void NetworkPolicy::decide_tile(const DecisionBatch& batch, std::size_t first) const {
  thread_local Array<float> values;
  values.resize(std::size_t{network_.values} * tile_agents);
  const std::size_t count = std::min<std::size_t>(tile_agents, batch.count - first);
  for (std::uint32_t k = 0; k < network_.inputs; ++k) {
    float* row = values.data() + std::size_t{k} * tile_agents;
    std::memcpy(row, batch.observations[k] + first, count * sizeof(float));
    std::fill(row + count, row + tile_agents, 0.0f);
  }
  tile_(network_, values.data());
  const float* outputs = values.data() + std::size_t{network_.result} * tile_agents;
  if (batch.outputs != nullptr)
    for (std::uint32_t o = 0; o < network_.outputs; ++o)
      std::memcpy(batch.outputs[o] + first, outputs + std::size_t{o} * tile_agents, count * sizeof(float));
  if (batch.actions == nullptr) return;
  if (batch.choosing == Choosing::largest) {
    choose_largest(outputs, count, batch.actions + first);
    return;
  }
  for (std::size_t i = 0; i < count; ++i) {
    const float u = uniform_f32(draw_entity(batch.key, batch.ids[first + i])[0]);
    batch.actions[first + i] = drawn_output(outputs + i, network_.outputs, tile_agents, network_.ends_in_softmax, u);
  }
}

/// largest_output of all agents of a tile, side by side.
void NetworkPolicy::choose_largest(const float* outputs, std::size_t count, std::uint8_t* actions) const {
  float best[tile_agents];
  std::uint32_t action[tile_agents] = {};
  std::copy(outputs, outputs + tile_agents, best);
  for (std::uint32_t o = 1; o < network_.outputs; ++o) {
    const float* row = outputs + std::size_t{o} * tile_agents;
    for (int i = 0; i < tile_agents; ++i) {
      action[i] = row[i] > best[i] ? o : action[i];
      best[i] = row[i] > best[i] ? row[i] : best[i];
    }
  }
  for (std::size_t i = 0; i < count; ++i) actions[i] = static_cast<std::uint8_t>(action[i]);
}

std::shared_ptr<const Policy> load_policy(const std::string& path, std::uint32_t observations, std::uint32_t actions) {
  Network network = read_onnx_file(path);
  if (network.inputs != observations)
    throw DataError(path, fmt::format("takes {} observations, and the model has {}", network.inputs, observations));
  if (network.outputs != actions)
    throw DataError(path, fmt::format("has {} outputs, and the model has {} actions", network.outputs, actions));
  return std::make_shared<NetworkPolicy>(std::move(network));
}

}  // namespace colony
