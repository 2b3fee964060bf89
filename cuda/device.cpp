#include "cuda/device.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <mutex>
#include <stdexcept>

#include "cuda/model_kernels.hpp"
#include "engine/error.hpp"

namespace colony {

void Device::fail(const char* why) {
  if (!failed_.exchange(true)) fmt::print(stderr, "colony: warning: {} failed ({}); the CPU goes on alone\n", name(), why);
}

std::shared_ptr<Device> device_for(const std::string& backend) {
  static std::mutex mutex;
  static std::weak_ptr<Device> cuda, rehearsal;
  if (backend == "cpu") return nullptr;
  const std::lock_guard lock(mutex);
  const bool real = backend != "rehearsal";
  std::weak_ptr<Device>& known = real ? cuda : rehearsal;
  if (std::shared_ptr<Device> device = known.lock()) return device;
  std::shared_ptr<Device> device;
  std::string reason = real ? why_no_cuda() : "";
  if (reason.empty()) {
    try {
      device = real ? make_cuda_device() : make_rehearsal_device();
    } catch (const std::runtime_error& error) {
      reason = error.what();
    }
  }
  if (!device && backend == "cuda")
    throw UsageError(fmt::format("[execution] backend = \"cuda\", and there is no CUDA device ({}); use \"auto\" or \"cpu\"", reason));
  known = device;
  return device;
}

bool is_device_kernel(const KernelSpec& kernel) {
  return with_device_kernel(kernel, [](const auto&) {});
}

}  // namespace colony
