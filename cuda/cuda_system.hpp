// The system of a CUDA device (cuda/rehearsal_system.hpp says what a system is). For nvcc alone.
#pragma once

#include <cuda_runtime.h>
#include <thrust/copy.h>
#include <thrust/for_each.h>
#include <thrust/iterator/counting_iterator.h>
#include <thrust/system/cuda/execution_policy.h>

#include <cstddef>
#include <cstdint>
#include <new>
#include <stdexcept>
#include <string>

#include "cuda/block.hpp"
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
__global__ void __launch_bounds__(block_threads) decide_kernel(DeviceNetwork network, DeviceBatch batch, bool weights_shared) {
  extern __shared__ float shared[];
  const float* weights = network.weights;
  if (weights_shared) {
    float* copy = shared + static_cast<std::size_t>(network.values) * block_agents;
    for (std::uint32_t i = threadIdx.x; i < network.weight_count; i += block_threads) copy[i] = network.weights[i];
    __syncthreads();
    weights = copy;
  }
  run_block(CudaBlock{}, network, batch, static_cast<std::size_t>(blockIdx.x) * block_agents, shared, weights);
}

struct CudaSystem {
  static void check(cudaError_t error, const char* what) {
    if (error == cudaErrorMemoryAllocation) throw std::bad_alloc();
    if (error != cudaSuccess) throw std::runtime_error(std::string(what) + ": " + cudaGetErrorString(error));
  }
  /// Why there is no device; empty: there is one.
  static std::string why_absent() {
    int count = 0;
    const cudaError_t error = cudaGetDeviceCount(&count);
    if (error != cudaSuccess) return cudaGetErrorString(error);
    return count == 0 ? "there is none" : "";
  }
  static std::string name() {
    cudaDeviceProp properties{};
    check(cudaGetDeviceProperties(&properties, 0), "the properties of the device");
    return properties.name;
  }
  static std::size_t shared_bytes() {
    int bytes = 0;
    check(cudaDeviceGetAttribute(&bytes, cudaDevAttrMaxSharedMemoryPerBlockOptin, 0), "the device's shared memory");
    return static_cast<std::size_t>(bytes);
  }

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
    void zero(void* device, std::size_t bytes) { check(cudaMemsetAsync(device, 0, bytes, stream_), "memory of the device"); }
    template <class F>
    void for_each(std::size_t n, const F& f) {
      const thrust::counting_iterator<std::size_t> first(0);
      thrust::for_each(thrust::cuda::par_nosync.on(stream_), first, first + static_cast<std::ptrdiff_t>(n), f);
    }
    template <class Wanted>
    std::size_t keep(std::size_t n, const Wanted& wanted, LocalIndex* list) {
      const thrust::counting_iterator<LocalIndex> first(0);
      return static_cast<std::size_t>(
          thrust::copy_if(thrust::cuda::par.on(stream_), first, first + static_cast<std::ptrdiff_t>(n), list, wanted) - list);
    }
    void decide(const DeviceNetwork& network, const DeviceBatch& batch) {
      const std::size_t values = std::size_t{network.values} * block_agents * sizeof(float),
                        all = values + network.weight_count * sizeof(float), most = shared_bytes();
      // Half of what an SM has, so that two blocks share one: while one waits for its slowest warp the other computes.
      const bool weights_shared = all <= most / 2;
      check(cudaFuncSetAttribute(decide_kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, static_cast<int>(most)), "shared memory");
      const auto blocks = static_cast<unsigned>((batch.count + block_agents - 1) / block_agents);
      if (blocks == 0) return;
      decide_kernel<<<blocks, block_threads, weights_shared ? all : values, stream_>>>(network, batch, weights_shared);
      check(cudaGetLastError(), "the kernel");
    }
    void wait() { check(cudaStreamSynchronize(stream_), "the device"); }
    cudaStream_t get() const { return stream_; }

   private:
    cudaStream_t stream_ = nullptr;
  };
};

}  // namespace colony
