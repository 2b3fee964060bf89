// A bulk frame: what one shard tells another in one round. A header, a directory of sections, and raw columns. The wire form (encode) is
// little-endian, bounded before anything is allocated, and checked; in one process frames travel by reference. A frame that came by wire
// keeps the bytes it was read into, and one that goes out is sent from where it was filled. DESIGN 8.
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "engine/array.hpp"
#include "engine/ids.hpp"

namespace colony {

enum class SectionKind : std::uint16_t {
  effect = 1,     // a list of the effect that the index numbers; one after the other, as it packs them
  ghost_dense,    // the exported values of a column in export order
  ghost_index,    // u32: receiver's local index
  ghost_value,    // the values that go with ghost_index
  wish,           // RemoteWish, by growing layer
  growing_id,     // u64: nodes of a growing layer
  growing_value,  // u64: all fields of each of them
};

struct FrameHeader {
  std::uint32_t incarnation = 0;
  std::uint32_t epoch = 0;
  std::uint64_t tick = 0;
  std::uint32_t round = 0;
  std::uint32_t from = 0;
  std::uint32_t to = 0;
};

/// Whether a link adds a checksum to what it carries. Both ends of a link agree on it.
enum class Checksum : bool { none, xxh3 };

class Frame {
 public:
  struct Section {
    SectionKind kind;
    std::uint16_t index;  ///< which effect, column or growing layer
    std::uint32_t item_bytes;
    std::uint64_t count;
    std::uint64_t offset;  ///< into the payload, a multiple of 8
  };

  FrameHeader header;

  Frame() = default;
  Frame(Frame&& other) noexcept { swap(other); }
  /// Swaps: the memory of both is used again.
  Frame& operator=(Frame&& other) noexcept {
    swap(other);
    return *this;
  }
  void swap(Frame& other) noexcept {
    std::swap(header, other.header);
    sections_.swap(other.sections_);
    storage_.swap(other.storage_);
    std::swap(payload_at_, other.payload_at_);
  }

  /// No sections and no payload; the memory is kept.
  void clear() {
    sections_.clear();
    storage_.clear();
    payload_at_ = 0;
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
    return reinterpret_cast<T*>(payload() + sections_[sections_.size() - 2].offset);
  }

  const std::vector<Section>& sections() const { return sections_; }
  std::size_t payload_bytes() const { return storage_.size() - payload_at_; }
  /// The section's items. T must be of the section's item_bytes (a frame of another layout throws FrameError).
  template <class T>
  std::span<const T> items(const Section& section) const {
    check_item_bytes(section, sizeof(T));
    return {reinterpret_cast<const T*>(payload() + section.offset), static_cast<std::size_t>(section.count)};
  }
  const std::byte* bytes(const Section& section) const { return payload() + section.offset; }
  /// The section that must follow as the partner of `sections()[at]`, of the same count.
  const Section& partner(std::size_t at, SectionKind kind) const;
  /// The section that must follow, of any count.
  const Section& follower(std::size_t at, SectionKind kind) const;

  // ---- Wire form ----
  /// The wire form in place: header and directory are written into the room before the payload, and nothing is copied. Valid until the
  /// frame is changed.
  std::span<const std::byte> seal(Checksum checksum = Checksum::xxh3);
  /// Bytes of the wire form.
  std::size_t encoded_bytes() const;
  /// Writes encoded_bytes() bytes: a copy, for frames that must not be touched or kept.
  void encode_into(std::byte* to, Checksum checksum = Checksum::xxh3) const;
  std::vector<std::byte> encode() const;

  /// Memory for a wire form of `bytes` bytes, which the caller fills before close_wire(). What the frame held is gone. The caller bounds
  /// `bytes`. Throws std::bad_alloc.
  std::byte* open_wire(std::size_t bytes);
  /// Makes the frame of what was filled in, in place. Throws FrameError unless that is a frame (magic, version, lengths, bounds, checksum);
  /// the frame is empty then.
  void close_wire(Checksum checksum = Checksum::xxh3);
  /// The same of a copy of `wire`.
  static Frame decode(std::span<const std::byte> wire);

 private:
  static void check_item_bytes(const Section& section, std::size_t bytes);
  void read_wire(Checksum checksum);
  void make_front(std::size_t bytes);
  std::byte* payload() { return storage_.data() + payload_at_; }
  const std::byte* payload() const { return storage_.data() + payload_at_; }

  std::vector<Section> sections_;
  Array<std::byte> storage_;    ///< room for header and directory, then the payload
  std::size_t payload_at_ = 0;  ///< a multiple of 8
};

}  // namespace colony
