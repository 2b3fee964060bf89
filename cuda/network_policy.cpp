#include "cuda/network_policy.hpp"

#include <fmt/format.h>
#include <thrust/for_each.h>
#include <thrust/iterator/counting_iterator.h>
#include <thrust/system/tbb/execution_policy.h>

#include <stdexcept>

#include "cuda/device_policy.hpp"
#include "cuda/onnx_reader.hpp"
#include "cuda/tile_batch.hpp"
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
  record += fmt::format("{} {} {} {} {} {}", network.inputs, network.outputs, network.result, network.memory, network.remembered,
                        network.ends_in_softmax);
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
                   [&](std::size_t tile) {
                     thread_local Array<float> values;
                     values.resize(std::size_t{network_.values} * tile_agents);
                     decide_tile(network_, tile_, batch, tile * tile_agents, values.data());
                   });
}

std::shared_ptr<const Policy> load_policy(const std::string& path, std::uint32_t observations, std::uint32_t actions,
                                          const std::string& backend) {
  Network network = read_onnx_file(path);
  if (network.inputs != observations)
    throw DataError(path, fmt::format("takes {} observations, and the model has {}", network.inputs, observations));
  if (network.outputs != actions)
    throw DataError(path, fmt::format("has {} outputs, and the model has {} actions", network.outputs, actions));
  if (backend != "cpu") {
    const DeviceFound device = find_device();
    if (!device.there && backend == "cuda")
      throw UsageError(
          fmt::format("[execution] backend = \"cuda\", and there is no CUDA device ({}); use \"auto\" or \"cpu\"", device.text));
    try {
      if (device.there) return std::make_shared<DevicePolicy>(network, device.text);
    } catch (const std::runtime_error& error) {
      if (backend == "cuda") throw UsageError(fmt::format("[execution] backend = \"cuda\": {}: {}", path, error.what()));
    }
  }
  return std::make_shared<NetworkPolicy>(std::move(network));
}

}  // namespace colony
