// A bulk frame: what one shard tells another in one round. A header, a directory of sections, and raw columns. The wire form (encode) is
// little-endian, bounded before anything is allocated, and checked; in one process frames travel by reference. DESIGN 8.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/array.hpp"
#include "engine/ids.hpp"

namespace colony {

enum class SectionKind : std::uint16_t {
  max_index = 1,   // u32: owner's local index
  max_value,       // u64
  deposit_index,   // u32
  deposit_amount,  // i64 quanta
  migrant_node,    // u32: owner's local index
  migrant_claim,   // u16: 0 or claim + 1
  migrant_record,  // bytes: agent_record_bytes each
  ghost_dense,     // the exported values of a column in export order
  ghost_index,     // u32: receiver's local index
  ghost_value,     // the values that go with ghost_index
};

struct FrameHeader {
  std::uint32_t incarnation = 0;
  std::uint32_t epoch = 0;
  std::uint64_t tick = 0;
  std::uint32_t round = 0;
  std::uint32_t from = 0;
  std::uint32_t to = 0;
};

class Frame {
 public:
  struct Section {
    SectionKind kind;
    std::uint16_t index;  ///< which maximum, signal, species or column
    std::uint32_t item_bytes;
    std::uint64_t count;
    std::uint64_t offset;  ///< into the payload, a multiple of 8
  };

  FrameHeader header;

  void clear() {
    sections_.clear();
    payload_.clear();
  }
  /// Room for `count` items of a new section; fill it before the next add. T must be trivially copyable.
  template <class T>
  T* add(SectionKind kind, std::uint16_t index, std::size_t count) {
    return reinterpret_cast<T*>(add_bytes(kind, index, count, sizeof(T)));
  }
  std::byte* add_bytes(SectionKind kind, std::uint16_t index, std::size_t count, std::size_t item_bytes);

  /// Where the section before the last one lies now.
  template <class T>
  T* last_but_one() {
    return reinterpret_cast<T*>(payload_.data() + sections_[sections_.size() - 2].offset);
  }

  const std::vector<Section>& sections() const { return sections_; }
  std::size_t payload_bytes() const { return payload_.size(); }
  /// The section's items. T must be of the section's item_bytes (a frame of another layout throws FrameError).
  template <class T>
  std::span<const T> items(const Section& section) const {
    check_item_bytes(section, sizeof(T));
    return {reinterpret_cast<const T*>(payload_.data() + section.offset), static_cast<std::size_t>(section.count)};
  }
  const std::byte* bytes(const Section& section) const { return payload_.data() + section.offset; }
  /// The section that must follow as the partner of `sections()[at]`, of the same count.
  const Section& partner(std::size_t at, SectionKind kind) const;

  std::vector<std::byte> encode() const;
  /// Throws FrameError when the bytes are no frame: magic, version, lengths, bounds, checksum.
  static Frame decode(std::span<const std::byte> wire);

 private:
  static void check_item_bytes(const Section& section, std::size_t bytes);
  std::vector<Section> sections_;
  Array<std::byte> payload_;
};

}  // namespace colony
