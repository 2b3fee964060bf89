// Writes one HDF5 file of plain columns at the speed of write(2): the library lays the file out and closes it, then
// the columns' bytes go straight to their places, and the checksum of the whole file is taken on the way. The bytes of the file are a
// function of what it holds (no times, no names of the machine), so equal contents give equal checksums. Source: docs/adr/0005.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <variant>

#include "engine/types.hpp"
#include "io/storage.hpp"

namespace colony::hdf5 {

/// /group/name, contiguous, little-endian: [count], or [count][width] where the width is not 1. Columns of one group stand next to each
/// other.
struct Column {
  std::string group;
  std::string name;
  ScalarType type = ScalarType::u8;
  std::uint64_t count = 0;
  const std::byte* bytes = nullptr;  ///< count * width * bytes_of(type)
  std::uint32_t width = 1;
};

/// An attribute of the file's root.
struct Attribute {
  std::string name;
  std::variant<std::uint64_t, std::string> value;
};

/// Fills the (empty) file at `path` and returns its length and checksum; the caller syncs it. half_way: called when about half of the
/// bytes are there. Throws StorageError.
StoredFile write_file(const std::string& path, std::span<const Attribute> attributes, std::span<const Column> columns,
                      const std::function<void()>& half_way = {});

}  // namespace colony::hdf5
