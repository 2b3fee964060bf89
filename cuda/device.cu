// The only code of colony that nvcc compiles: everything over the system of a CUDA device.
#include "cuda/cuda_system.hpp"
#include "cuda/system_device.hpp"

namespace colony {

std::string why_no_cuda() { return CudaSystem::why_absent(); }
std::shared_ptr<Device> make_cuda_device() { return std::make_shared<SystemDevice<CudaSystem>>(CudaSystem::name()); }

}  // namespace colony
