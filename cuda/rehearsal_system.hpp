// The system of the rehearsal device, which is the host itself. A system is what inference.hpp and mirror.hpp are written over:
//
//   allocate, release              memory of the device. allocate throws std::bad_alloc or std::runtime_error
//   allocate_staging, ...          memory of the host that copies from and to the device are fastest with
//   shared_bytes()                 what a block has for the values of its agents
//   Stream                         work in its order, done when wait() returns; throws std::runtime_error when the device fails
//     copy_in, copy_out            host to device and back; the host leaves its memory alone until wait()
//     zero, for_each(n, f)         f(i) for i in [0, n), in any order
//     keep(n, wanted, list)        the i in [0, n) that are wanted, ascending; waits
//     decide(network, batch)       cuda/block.hpp
//
// Here the device's memory is the heap's, loops are Thrust's on TBB, and work is put off until wait(), so that a caller that does not
// wait is found out.
#pragma once

#include <thrust/copy.h>
#include <thrust/iterator/counting_iterator.h>
#include <thrust/system/tbb/execution_policy.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <new>
#include <stdexcept>
#include <utility>
#include <vector>

#include "cuda/block.hpp"
#include "engine/array.hpp"
#include "engine/ids.hpp"
#include "policy/host_threads.hpp"

namespace colony {

struct RehearsalSystem {
  static void* allocate(std::size_t bytes) {
    if (fails()) throw std::bad_alloc();
    return ::operator new (bytes, std::align_val_t{64});
  }
  static void release(void* memory) noexcept { ::operator delete (memory, std::align_val_t{64}); }
  static void* allocate_staging(std::size_t bytes) { return allocate(bytes); }
  static void release_staging(void* memory) noexcept { release(memory); }
  static std::size_t shared_bytes() { return 227 * 1024; }

  /// The n-th operation from now on fails, and all after it; 0: none. Operations: allocations, what streams do, and keep.
  static std::atomic<std::uint64_t>& operations_left() {
    static std::atomic<std::uint64_t> left = 0;
    return left;
  }
  /// Counts an operation.
  static bool fails() {
    std::atomic<std::uint64_t>& left = operations_left();
    for (std::uint64_t n = left; n != 0;)
      if (n == 1) return true;
      else if (left.compare_exchange_weak(n, n - 1)) break;
    return false;
  }

  class Stream {
   public:
    void copy_in(void* device, const void* host, std::size_t bytes) {
      later([=] { copy(device, host, bytes); });
    }
    void copy_out(void* host, const void* device, std::size_t bytes) {
      later([=] { copy(host, device, bytes); });
    }
    void zero(void* device, std::size_t bytes) {
      later([=] {
        if (bytes != 0) std::memset(device, 0, bytes);
      });
    }
    template <class F>
    void for_each(std::size_t n, const F& f) {
      later([=] { for_each_on_host(n, f); });
    }
    template <class Wanted>
    std::size_t keep(std::size_t n, const Wanted& wanted, LocalIndex* list) {
      wait();
      if (fails()) throw std::runtime_error("told to fail");
#ifdef __SANITIZE_THREAD__
      std::size_t kept = 0;
      for (std::size_t k = 0; k < n; ++k)
        if (wanted(static_cast<LocalIndex>(k))) list[kept++] = static_cast<LocalIndex>(k);
      return kept;
#else
      const thrust::counting_iterator<LocalIndex> first(0);
      return static_cast<std::size_t>(thrust::copy_if(thrust::tbb::par, first, first + static_cast<std::ptrdiff_t>(n), list, wanted) -
                                      list);
#endif
    }
    void decide(const DeviceNetwork& network, const DeviceBatch& batch) {
      later([=] {
        for_each_on_host((batch.count + block_agents - 1) / block_agents, [&](std::size_t block) {
          Array<float> values(std::size_t{network.values} * block_agents);
          run_block(HostBlock{}, network, batch, block * block_agents, values.data(), network.weights);
        });
      });
    }
    void wait() {
      std::vector<std::function<void()>> work;
      work.swap(work_);
      for (const auto& operation : work) {
        if (fails()) throw std::runtime_error("told to fail");
        operation();
      }
    }

   private:
    static void copy(void* to, const void* from, std::size_t bytes) {
      if (bytes != 0) std::memcpy(to, from, bytes);
    }
    void later(std::function<void()> operation) { work_.push_back(std::move(operation)); }

    std::vector<std::function<void()>> work_;
  };
};

}  // namespace colony
