#include "cuda/device_policy.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <stdexcept>
#include <vector>

namespace colony {

DevicePolicy::DevicePolicy(Network network, std::string device_name)
    : on_cpu_(std::move(network)), runner_(on_cpu_.network()), device_name_(std::move(device_name)) {}

void DevicePolicy::decide(const DecisionBatch& batch) const {
  if (!failed_) {
    std::vector<std::vector<float>> before;  // a device that fails on the way may have written some of the memory already
    for (std::uint32_t k = 0; k < memory(); ++k) before.emplace_back(batch.memory[k], batch.memory[k] + batch.count);
    try {
      runner_.decide(batch);
      return;
    } catch (const std::runtime_error& error) {
      for (std::uint32_t k = 0; k < memory(); ++k) std::copy(before[k].begin(), before[k].end(), batch.memory[k]);
      if (!failed_.exchange(true))
        fmt::print(stderr, "colony: warning: the device failed ({}); policies run on the CPU from here on\n", error.what());
    }
  }
  on_cpu_.decide(batch);
}

}  // namespace colony
