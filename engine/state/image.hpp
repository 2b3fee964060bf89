// The state of one shard as named columns: what a checkpoint file holds and what moves between processes. Global ids only.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/array.hpp"
#include "engine/ids.hpp"
#include "engine/types.hpp"

namespace colony {

/// 128-bit order-free digest of state, DESIGN 6.
struct Digest {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  bool operator==(const Digest&) const = default;
  Digest& operator+=(const Digest& other) {
    low += other.low;
    high += other.high;
    return *this;
  }
  std::string hex() const;                      ///< 32 lower-case digits, high word first
  static Digest parse(const std::string& hex);  ///< the reverse of hex(). Throws DataError for anything else
};

struct ColumnImage {
  std::string name;
  ScalarType type = ScalarType::u8;
  std::uint64_t count = 0;
  Array<std::byte> bytes;   ///< count * item_bytes()
  std::uint32_t width = 1;  ///< values in each of `count` rows
  std::size_t item_bytes() const { return bytes_of(type) * width; }

  template <class T>
  const T* as() const {
    return reinterpret_cast<const T*>(bytes.data());
  }
};

/// One layer or species: its columns, all of the same length, first "id" (u64). A species has "node" (u64, global id) second.
struct GroupImage {
  std::string name;
  std::uint64_t count = 0;
  std::vector<ColumnImage> columns;
};

/// Rows of one group that belong to a block: [begin, end).
struct BlockRows {
  BlockId block;
  std::uint32_t group = 0;  ///< index into ShardImage::groups
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

struct ShardImage {
  ShardId shard;
  Tick tick;
  Digest digest;  ///< sum over the entities of this image
  std::vector<GroupImage> groups;
  std::vector<BlockRows> blocks;
};

}  // namespace colony
