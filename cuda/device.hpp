// Devices: what runs networks and kernels beside the processors of a process. Plain calls, so that their callers need no nvcc.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "engine/schema/policy.hpp"
#include "engine/state/device_part.hpp"
#include "policy/network.hpp"

namespace colony {

class Part;

/// f(i) for each i in [0, n), on the threads of the host: what a device is fed with, by those who may know of threads.
using HostLoop = std::function<void(std::size_t n, const std::function<void(std::size_t)>& f)>;
/// One for those who may not.
inline void loop_in_order(std::size_t n, const std::function<void(std::size_t)>& f) {
  for (std::size_t i = 0; i < n; ++i) f(i);
}

/// A network in the memory of a device. Safe to use from several threads.
class DeviceInference {
 public:
  virtual ~DeviceInference() = default;
  /// Throws std::runtime_error or std::bad_alloc when the device fails; what the batches point to is then undefined, and they can be
  /// decided elsewhere.
  virtual void decide(std::span<const DecisionBatch> batches) = 0;
};

/// One device serves all shards of a process. The first failure is its last: whoever asked goes on without it.
class Device {
 public:
  virtual ~Device() = default;
  virtual std::string name() const = 0;
  /// Throws std::runtime_error or std::bad_alloc when the network does not fit.
  virtual std::unique_ptr<DeviceInference> inference(const Network& network, HostLoop loop) const = 0;
  /// A part on this device, which must outlive it: the part's kernels bring what they need as they run. Null when the device fails.
  virtual std::unique_ptr<DevicePart> mirror(Part& part) = 0;

  bool failed() const { return failed_.load(std::memory_order_relaxed); }
  /// Says so on standard error, once.
  void fail(const char* why);

 private:
  std::atomic<bool> failed_ = false;
};

/// The device that [execution] backend asks for, the same for all callers while one of them holds it; null: the CPU. Throws UsageError for
/// "cuda" where there is none.
std::shared_ptr<Device> device_for(const std::string& backend);
/// Whether the kernel is one of those that are compiled for devices (cuda/model_kernels.hpp).
bool is_device_kernel(const KernelSpec& kernel);

/// Why there is no CUDA device; empty: there is one.
std::string why_no_cuda();
std::shared_ptr<Device> make_cuda_device();
/// The host as a device: Thrust on TBB, in memory of its own, with streams that do nothing before they are waited for. It runs the same
/// code as a CUDA device, to show that the results are the same. For tests.
std::shared_ptr<Device> make_rehearsal_device();
/// The n-th operation of rehearsal streams from now on fails, and all that follow; 0: none.
void fail_rehearsals_after(std::uint64_t operations);

}  // namespace colony
