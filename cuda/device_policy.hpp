// A policy on the device of this process, and on its processors from the moment when the device fails: the bits are the same.
#pragma once

#include <atomic>

#include "cuda/device.hpp"
#include "cuda/network_policy.hpp"

namespace colony {

class DevicePolicy final : public Policy {
 public:
  /// Throws std::runtime_error when the device can't take the network.
  DevicePolicy(Network network, std::string device_name);

  std::uint32_t inputs() const override { return on_cpu_.inputs(); }
  std::uint32_t outputs() const override { return on_cpu_.outputs(); }
  std::uint32_t memory() const override { return on_cpu_.memory(); }
  std::uint64_t hash() const override { return on_cpu_.hash(); }
  std::string runs_on() const override { return failed_ ? on_cpu_.runs_on() : device_name_; }
  void decide(const DecisionBatch& batch) const override;

 private:
  NetworkPolicy on_cpu_;
  DeviceRunner runner_;
  std::string device_name_;
  mutable std::atomic<bool> failed_ = false;
};

}  // namespace colony
