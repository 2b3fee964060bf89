#include "cuda/device_policy.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <stdexcept>

namespace colony {

DevicePolicy::DevicePolicy(Network network, std::string device_name)
    : on_cpu_(std::move(network)), runner_(on_cpu_.network()), device_name_(std::move(device_name)) {}

void DevicePolicy::decide(const DecisionBatch& batch) const {
  if (!failed_) {
    try {
      runner_.decide(batch);
      return;
    } catch (const std::runtime_error& error) {
      if (!failed_.exchange(true))
        fmt::print(stderr, "colony: warning: the device failed ({}); policies run on the CPU from here on\n", error.what());
    }
  }
  on_cpu_.decide(batch);
}

}  // namespace colony
