#include "cuda/device_policy.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <new>
#include <stdexcept>
#include <vector>

#include "engine/error.hpp"
#include "policy/host_threads.hpp"
#include "policy/onnx/onnx_reader.hpp"

namespace colony {

DevicePolicy::DevicePolicy(Network network, std::shared_ptr<Device> device)
    : on_cpu_(std::move(network)),
      device_(std::move(device)),
      inference_(device_->inference(on_cpu_.network(), for_each_on_host<std::function<void(std::size_t)>>)) {}

void DevicePolicy::decide(std::span<const DecisionBatch> batches) const {
  if (!device_->failed()) {
    std::vector<std::vector<float>> before;  // a device that fails on the way may have written some of the memory already
    for (const DecisionBatch& batch : batches)
      for (std::uint32_t k = 0; k < memory(); ++k) before.emplace_back(batch.memory[k], batch.memory[k] + batch.count);
    try {
      inference_->decide(batches);
      return;
    } catch (const std::runtime_error& error) {
      device_->fail(error.what());
    } catch (const std::bad_alloc& error) {
      device_->fail(error.what());
    }
    auto column = before.begin();
    for (const DecisionBatch& batch : batches)
      for (std::uint32_t k = 0; k < memory(); ++k, ++column) std::copy(column->begin(), column->end(), batch.memory[k]);
  }
  on_cpu_.decide(batches);
}

std::shared_ptr<const Policy> load_policy(const std::string& path, std::uint32_t observations, std::uint32_t actions,
                                          const std::string& backend) {
  Network network = read_onnx_file(path);
  if (network.inputs != observations)
    throw DataError(path, fmt::format("takes {} observations, and the model has {}", network.inputs, observations));
  if (network.outputs != actions)
    throw DataError(path, fmt::format("has {} outputs, and the model has {} actions", network.outputs, actions));
  try {
    if (std::shared_ptr<Device> device = device_for(backend)) return std::make_shared<DevicePolicy>(network, std::move(device));
  } catch (const std::bad_alloc&) {
    if (backend == "cuda") throw UsageError(fmt::format("[execution] backend = \"cuda\": {}: the device has no room for it", path));
  } catch (const UsageError&) {
    throw;
  } catch (const std::runtime_error& error) {
    if (backend == "cuda") throw UsageError(fmt::format("[execution] backend = \"cuda\": {}: {}", path, error.what()));
  }
  return std::make_shared<NetworkPolicy>(std::move(network));
}

}  // namespace colony
