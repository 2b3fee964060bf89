#include "engine/array.hpp"

#include <sys/mman.h>

#include <cstdlib>
#include <memory_resource>
#include <mutex>
#include <new>

namespace colony {
namespace {

constexpr std::size_t huge_page = std::size_t{2} << 20;
constexpr std::size_t huge_from = 2 * huge_page;
#ifdef __SANITIZE_ADDRESS__
constexpr std::size_t pooled_from = huge_from;  // no pool: it would hide what lies outside an array, or is used after its end
#else
constexpr std::size_t pooled_from = std::size_t{32} << 10;
#endif

void* allocate(std::size_t bytes, std::size_t alignment) {
  void* memory = std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

void* allocate_huge(std::size_t bytes) {
  void* memory = allocate(bytes, huge_page);
  madvise(memory, bytes, MADV_HUGEPAGE);
  return memory;
}

/// What the pool is made of.
class HugePages final : public std::pmr::memory_resource {
  void* do_allocate(std::size_t bytes, std::size_t) override { return allocate_huge(bytes); }
  void do_deallocate(void* memory, std::size_t, std::size_t) override { std::free(memory); }
  bool do_is_equal(const std::pmr::memory_resource& other) const noexcept override { return this == &other; }
};

/// Arrays of a middle size share huge pages: the rows of a growing layer come and go by the thousand, and a virtual machine takes 10 us for
/// the first touch of a small page. What is given back is kept for arrays of about the same size.
class Pool {
 public:
  void* take(std::size_t bytes) {
    const std::lock_guard lock(mutex_);
    return pool_.allocate(bytes, 64);
  }
  void give_back(void* memory, std::size_t bytes) {
    const std::lock_guard lock(mutex_);
    pool_.deallocate(memory, bytes, 64);
  }

 private:
  std::mutex mutex_;
  HugePages pages_;
  std::pmr::monotonic_buffer_resource slabs_{4 * huge_page, &pages_};
  std::pmr::unsynchronized_pool_resource pool_{{.max_blocks_per_chunk = 16, .largest_required_pool_block = huge_from}, &slabs_};
};

/// Never destroyed: arrays of static objects outlive everything.
Pool& pool() {
  static Pool* the_pool = new Pool;
  return *the_pool;
}

}  // namespace

void* allocate_aligned(std::size_t bytes) {
  if (bytes == 0) return nullptr;
  if (bytes >= huge_from) return allocate_huge(bytes);
  return bytes < pooled_from ? allocate(bytes, 64) : pool().take(bytes);
}

void free_aligned(void* memory, std::size_t bytes) {
  if (bytes < pooled_from || bytes >= huge_from) std::free(memory);
  else pool().give_back(memory, bytes);
}

}  // namespace colony
