#include "policy/network_policy.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "engine/array.hpp"
#include "engine/content.hpp"
#include "engine/error.hpp"
#include "policy/host_threads.hpp"
#include "policy/tile_batch.hpp"

namespace colony {
namespace {

constexpr std::uint32_t most_actions = 256;

std::uint64_t hash_of(const Network& network) {
  std::string record;
  const auto add = [&record](const void* data, std::size_t bytes) { record.append(static_cast<const char*>(data), bytes); };
  for (const Op& op : network.ops)
    record += fmt::format("{} {} {} {} {} {} {} {} {} ", static_cast<int>(op.kind), op.in, op.in_size, op.other, op.out, op.out_size,
                          op.weights, op.biases, op.slope);
  record += fmt::format("{} {} {} {} {} {}", network.inputs, network.outputs, network.result, network.memory, network.remembered,
                        network.ends_in_softmax);
  add(network.weights.data(), network.weights.size() * sizeof(float));
  return content_of(record).id;
}

}  // namespace

NetworkPolicy::NetworkPolicy(Network network, TileFunction tile) : network_(std::move(network)), tile_(tile), hash_(hash_of(network_)) {
  COLONY_ASSERT(network_.inputs > 0 && network_.outputs > 0 && network_.outputs <= most_actions, "a network of another size");
}

void NetworkPolicy::decide(std::span<const DecisionBatch> batches) const {
  std::vector<std::size_t> first_tile = {0};  // by batch, and the number of all
  for (const DecisionBatch& batch : batches) first_tile.push_back(first_tile.back() + (batch.count + tile_agents - 1) / tile_agents);
  for_each_on_host(first_tile.back(), [&](std::size_t tile) {
    thread_local Array<float> values;
    values.resize(std::size_t{network_.values} * tile_agents);
    const auto b = static_cast<std::size_t>(std::upper_bound(first_tile.begin(), first_tile.end(), tile) - first_tile.begin()) - 1;
    decide_tile(network_, tile_, batches[b], (tile - first_tile[b]) * tile_agents, values.data());
  });
}

}  // namespace colony
