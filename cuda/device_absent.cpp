// A build without CUDA has no device. COLONY_CUDA=OFF, or no nvcc.
#include <stdexcept>

#include "cuda/device.hpp"

namespace colony {

DeviceFound find_device() { return {false, "this colony was built without CUDA"}; }

class DeviceRunner::State {};
DeviceRunner::DeviceRunner(const Network&) { throw std::runtime_error("built without CUDA"); }
DeviceRunner::~DeviceRunner() = default;
void DeviceRunner::decide(const DecisionBatch&) const {}
double DeviceRunner::kernel_seconds(std::size_t, int) const { return 0; }

}  // namespace colony
