// Memory of a device, and of the host beside it, that is given back.
#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>

namespace colony {

/// Bytes that grow as they are asked for; growing loses the contents. Allocation: OnDevice or InStaging, below.
template <class Allocation>
class Memory {
 public:
  Memory() = default;
  explicit Memory(std::size_t bytes) { reserve(bytes); }
  Memory(Memory&& other) noexcept : data_(std::exchange(other.data_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}
  Memory& operator=(Memory&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;
  ~Memory() { free(); }

  /// Returns whether the memory is new.
  bool reserve(std::size_t bytes) {
    if (bytes <= bytes_) return false;
    if (bytes_ != 0) bytes += bytes / 4;  // it grows, and will again
    free();
    bytes = std::max<std::size_t>(bytes, 256);
    data_ = Allocation::take(bytes);
    bytes_ = bytes;
    return true;
  }
  template <class T>
  T* as() const {
    return static_cast<T*>(data_);
  }

 private:
  void free() {
    if (data_ != nullptr) Allocation::give_back(std::exchange(data_, nullptr));
    bytes_ = 0;
  }

  void* data_ = nullptr;
  std::size_t bytes_ = 0;
};

template <class System>
struct OnDevice {
  static void* take(std::size_t bytes) { return System::allocate(bytes); }
  static void give_back(void* memory) noexcept { System::release(memory); }
};
template <class System>
struct InStaging {
  static void* take(std::size_t bytes) { return System::allocate_staging(bytes); }
  static void give_back(void* memory) noexcept { System::release_staging(memory); }
};

template <class System>
using DeviceMemory = Memory<OnDevice<System>>;
template <class System>
using StagingMemory = Memory<InStaging<System>>;

}  // namespace colony
