// A column's memory: aligned to a cache line, huge pages asked for when large, and left untouched by allocation, so that the threads
// that will use it can touch it first.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <span>
#include <type_traits>
#include <utility>

namespace colony {

/// Allocates `bytes` (rounded up), aligned to 64; from 4 MiB on in huge pages, from 32 KiB on from a pool of them. Throws std::bad_alloc.
void* allocate_aligned(std::size_t bytes);
void free_aligned(void* memory, std::size_t bytes);

/// A fixed-capacity array of trivial values. Growing keeps the contents; new elements are uninitialised.
template <class T>
class Array {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  Array() = default;
  explicit Array(std::size_t size) { resize(size); }
  Array(std::size_t size, T value) : Array(size) { fill(value); }
  Array(Array&& other) noexcept { swap(other); }
  Array& operator=(Array&& other) noexcept {
    swap(other);
    return *this;
  }
  Array(const Array&) = delete;
  Array& operator=(const Array&) = delete;
  ~Array() { free_aligned(data_, capacity_ * sizeof(T)); }

  std::size_t size() const { return size_; }
  std::size_t capacity() const { return capacity_; }
  bool empty() const { return size_ == 0; }
  T* data() { return data_; }
  const T* data() const { return data_; }
  T& operator[](std::size_t i) { return data_[i]; }
  const T& operator[](std::size_t i) const { return data_[i]; }
  T* begin() { return data_; }
  T* end() { return data_ + size_; }
  const T* begin() const { return data_; }
  const T* end() const { return data_ + size_; }
  operator std::span<const T>() const { return {data_, size_}; }
  std::span<T> span() { return {data_, size_}; }

  void reserve(std::size_t capacity) {
    if (capacity <= capacity_) return;
    T* grown = static_cast<T*>(allocate_aligned(capacity * sizeof(T)));
    if (size_ != 0) std::memcpy(grown, data_, size_ * sizeof(T));
    free_aligned(data_, capacity_ * sizeof(T));
    data_ = grown;
    capacity_ = capacity;
  }
  void resize(std::size_t size) {
    if (size > capacity_) reserve(size_ == 0 ? size : std::max(size, capacity_ + capacity_ / 2));
    size_ = size;
  }
  void push_back(T value) {
    if (size_ == capacity_) reserve(capacity_ < 64 ? 64 : 2 * capacity_);
    data_[size_++] = value;
  }
  void clear() { size_ = 0; }
  void fill(T value) {
    for (std::size_t i = 0; i < size_; ++i) data_[i] = value;
  }
  void swap(Array& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
  }

 private:
  T* data_ = nullptr;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace colony
