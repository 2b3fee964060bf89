#include "engine/array.hpp"

#include <sys/mman.h>

#include <cstdlib>
#include <new>

namespace colony {
namespace {
constexpr std::size_t huge_from = std::size_t{4} << 20;
constexpr std::size_t huge_page = std::size_t{2} << 20;
}  // namespace

void* allocate_aligned(std::size_t bytes) {
  if (bytes == 0) return nullptr;
  const std::size_t alignment = bytes >= huge_from ? huge_page : 64;
  void* memory = std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
  if (memory == nullptr) throw std::bad_alloc();
  if (bytes >= huge_from) madvise(memory, bytes, MADV_HUGEPAGE);
  return memory;
}

void free_aligned(void* memory, std::size_t) { std::free(memory); }

}  // namespace colony
