// Networks on a CUDA device: plain calls, so that nobody else meets nvcc. Needs no other library of ours (scripts/gpu-check builds it
// alone).
#pragma once

#include <memory>
#include <string>

#include "cuda/network.hpp"
#include "engine/policy.hpp"

namespace colony {

/// What a device is called, or why there is none.
struct DeviceFound {
  bool there = false;
  std::string text;
};
DeviceFound find_device();

/// A network in the memory of the device, and buffers for batches. Safe to use from several threads: each call takes buffers and a stream
/// of its own, and cuts its batch in pieces that fit into them.
class DeviceRunner {
 public:
  /// Throws std::runtime_error when the device has no room or fails.
  explicit DeviceRunner(const Network& network);
  ~DeviceRunner();
  DeviceRunner(const DeviceRunner&) = delete;
  DeviceRunner& operator=(const DeviceRunner&) = delete;

  /// Throws std::runtime_error when the device fails; what the batch points to is then undefined, and the batch can be done elsewhere.
  void decide(const DecisionBatch& batch) const;
  /// Seconds that the kernel alone takes for `count` agents whose observations are on the device already (all 0): the mean of `repeats`.
  double kernel_seconds(std::size_t count, int repeats) const;

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace colony
