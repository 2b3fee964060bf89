// A build without CUDA has no device. COLONY_CUDA=OFF, or no nvcc.
#include <stdexcept>

#include "cuda/device.hpp"

namespace colony {

std::string why_no_cuda() { return "this colony was built without CUDA"; }
std::shared_ptr<Device> make_cuda_device() { throw std::runtime_error(why_no_cuda()); }

}  // namespace colony
