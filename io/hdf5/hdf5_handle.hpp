// What the HDF5 reader and writer share: handles that close themselves, errors that throw instead of being printed, and the types of
// columns in files. HDF5's own header stays out of ours: its handles are 64-bit integers and its status an int.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "engine/types.hpp"

namespace colony::hdf5 {

/// An open HDF5 object. Throws StorageError, with the library's reason, when the library returned an invalid one.
class Handle {
 public:
  using Close = int (*)(std::int64_t);
  Handle(std::int64_t id, Close closer, const std::string& path, const char* doing);
  Handle(Handle&& other) noexcept : id_(std::exchange(other.id_, -1)), close_(other.close_) {}
  Handle& operator=(Handle&&) = delete;
  ~Handle() {
    if (id_ >= 0) close_(id_);
  }
  operator std::int64_t() const { return id_; }  // NOLINT: handed to the C functions as it is

  /// Closes now and throws StorageError when that fails, as it does when a file's last bytes can't be written.
  void close(const std::string& path, const char* doing);

 private:
  std::int64_t id_;
  Close close_;
};

/// Throws StorageError with the library's reason when status is negative.
void check(int status, const std::string& path, const char* doing);

/// While it lives, the library prints no error of this thread.
class Quiet {
 public:
  Quiet();
  Quiet(const Quiet&) = delete;
  Quiet& operator=(const Quiet&) = delete;
  ~Quiet();

 private:
  void* function_ = nullptr;
  void* data_ = nullptr;
};

/// The little-endian type in files; not to be closed.
std::int64_t file_type(ScalarType type);

/// The column type that a type in a file stands for, if any.
std::optional<ScalarType> scalar_type_of(std::int64_t type);

}  // namespace colony::hdf5
