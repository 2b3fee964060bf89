// The system of a CUDA device (cuda/rehearsal_system.hpp says what a system is). For nvcc alone.
#pragma once

#include <cuda_runtime.h>
#include <thrust/for_each.h>
#include <thrust/iterator/counting_iterator.h>
#include <thrust/system/cuda/execution_policy.h>
#include <cub/device/device_select.cuh>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>

#include "cuda/block.hpp"
#include "cuda/device_memory.hpp"
#include "engine/ids.hpp"

namespace colony {

/// The threads of a block, which wait for each other after each piece of work.
struct CudaBlock {
  template <class F>
  __device__ void each(const F& f) const {
    f(static_cast<int>(threadIdx.x));
    __syncthreads();
  }
};

/// Dynamic shared memory: the values of the block's agents, then the weights if they fit.
template <bool weights_shared>
__global__ void __launch_bounds__(block_threads) decide_kernel(DeviceNetwork network, DeviceBatch batch) {
  extern __shared__ __align__(16) float shared[];
  const std::size_t first = static_cast<std::size_t>(blockIdx.x) * block_agents;
  if constexpr (weights_shared) {
    float* weights = shared + static_cast<std::size_t>(network.values) * block_agents;
    for (std::uint32_t i = threadIdx.x; i < network.weight_count; i += block_threads) weights[i] = network.weights[i];
    __syncthreads();
    run_block(CudaBlock{}, network, batch, first, shared, weights);
  } else {
    run_block(CudaBlock{}, network, batch, first, shared, network.weights);
  }
}

struct CudaSystem {
  static void check(cudaError_t error, const char* what) {
    if (error == cudaSuccess) return;
    cudaGetLastError();  // or the next launch would report it again
    throw std::runtime_error(std::string(what) + ": " + cudaGetErrorString(error));
  }
  /// Why there is no device; empty: there is one.
  static std::string why_absent() {
    int count = 0;
    const cudaError_t error = cudaGetDeviceCount(&count);
    if (error != cudaSuccess) return cudaGetErrorString(error);
    if (count == 0) return "there is none";
    // A card of an architecture that nvcc was not told of, or one that admits no process, is found out here and not in the first tick.
    cudaFuncAttributes attributes;
    const cudaError_t kernel_error = cudaFuncGetAttributes(&attributes, decide_kernel<false>);
    cudaGetLastError();
    return kernel_error == cudaSuccess ? "" : cudaGetErrorString(kernel_error);
  }
  static std::string name() {
    cudaDeviceProp properties{};
    check(cudaGetDeviceProperties(&properties, 0), "the properties of the device");
    return properties.name;
  }
  static std::size_t attribute(cudaDeviceAttr which) {
    int value = 0;
    check(cudaDeviceGetAttribute(&value, which, 0), "the properties of the device");
    return static_cast<std::size_t>(value);
  }
  static std::size_t shared_bytes() { return attribute(cudaDevAttrMaxSharedMemoryPerBlockOptin); }

  static void* allocate(std::size_t bytes) {
    void* memory = nullptr;
    check(cudaMalloc(&memory, bytes), "memory of the device");
    return memory;
  }
  static void release(void* memory) noexcept { cudaFree(memory); }
  static void* allocate_staging(std::size_t bytes) {
    void* memory = nullptr;
    check(cudaMallocHost(&memory, bytes), "pinned memory");
    return memory;
  }
  static void release_staging(void* memory) noexcept { cudaFreeHost(memory); }

  class Stream {
   public:
    Stream() { check(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking), "a stream of the device"); }
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;
    ~Stream() { cudaStreamDestroy(stream_); }

    void copy_in(void* device, const void* host, std::size_t bytes) {
      if (bytes != 0) check(cudaMemcpyAsync(device, host, bytes, cudaMemcpyHostToDevice, stream_), "a copy to the device");
    }
    void copy_out(void* host, const void* device, std::size_t bytes) {
      if (bytes != 0) check(cudaMemcpyAsync(host, device, bytes, cudaMemcpyDeviceToHost, stream_), "a copy from the device");
    }
    void zero(void* device, std::size_t bytes) {
      if (bytes != 0) check(cudaMemsetAsync(device, 0, bytes, stream_), "memory of the device");
    }
    template <class F>
    void for_each(std::size_t n, const F& f) {
      const thrust::counting_iterator<std::size_t> first(0);
      thrust::for_each(thrust::cuda::par_nosync.on(stream_), first, first + static_cast<std::ptrdiff_t>(n), f);
    }
    // CUB itself, as Thrust's copy_if allocates and frees each time, and a free that fails ends the process.
    template <class Wanted>
    std::size_t keep(std::size_t n, const Wanted& wanted, LocalIndex* list) {
      const thrust::counting_iterator<LocalIndex> first(0);
      kept_.reserve(sizeof(std::uint64_t));
      const auto select = [&](void* scratch, std::size_t& bytes) {
        check(cub::DeviceSelect::If(scratch, bytes, first, list, kept_.template as<std::uint64_t>(), static_cast<std::int64_t>(n), wanted,
                                    stream_),
              "a selection");
      };
      std::size_t bytes = 0;
      select(nullptr, bytes);
      scratch_.reserve(std::max<std::size_t>(bytes, 1));
      select(scratch_.template as<void>(), bytes);
      std::uint64_t kept = 0;
      copy_out(&kept, kept_.template as<std::uint64_t>(), sizeof kept);
      wait();
      return kept;
    }
    void decide(const DeviceNetwork& network, const DeviceBatch& batch) {
      const auto blocks = static_cast<unsigned>((batch.count + block_agents - 1) / block_agents);
      if (blocks == 0) return;
      const std::size_t values = std::size_t{network.values} * block_agents * sizeof(float),
                        all = values + network.weight_count * sizeof(float);
      // Half of what a processor has, so that two blocks share one: while one waits for its slowest warp the other computes.
      const std::size_t half =
          attribute(cudaDevAttrMaxSharedMemoryPerMultiprocessor) / 2 - attribute(cudaDevAttrReservedSharedMemoryPerBlock);
      const auto go = [&](auto* kernel, std::size_t bytes) {
        check(cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, static_cast<int>(shared_bytes())), "shared memory");
        kernel<<<blocks, block_threads, bytes, stream_>>>(network, batch);
        check(cudaGetLastError(), "the kernel");
      };
      if (all <= half) go(decide_kernel<true>, all);
      else go(decide_kernel<false>, values);
    }
    void wait() { check(cudaStreamSynchronize(stream_), "the device"); }

   private:
    cudaStream_t stream_ = nullptr;
    DeviceMemory<CudaSystem> scratch_, kept_;  ///< of keep
  };
};

}  // namespace colony
