// A policy on a device, and on the processors from the moment when the device fails: the bits are the same.
#pragma once

#include "cuda/device.hpp"
#include "policy/network_policy.hpp"

namespace colony {

class DevicePolicy final : public Policy {
 public:
  /// Throws as Device::inference does.
  DevicePolicy(Network network, std::shared_ptr<Device> device);

  std::uint32_t inputs() const override { return on_cpu_.inputs(); }
  std::uint32_t outputs() const override { return on_cpu_.outputs(); }
  std::uint32_t memory() const override { return on_cpu_.memory(); }
  std::uint64_t hash() const override { return on_cpu_.hash(); }
  std::string runs_on() const override { return device_->failed() ? on_cpu_.runs_on() : device_->name(); }
  using Policy::decide;
  void decide(std::span<const DecisionBatch> batches) const override;

 private:
  NetworkPolicy on_cpu_;
  std::shared_ptr<Device> device_;
  std::unique_ptr<DeviceInference> inference_;
};

}  // namespace colony
