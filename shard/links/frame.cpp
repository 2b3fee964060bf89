#include "shard/links/frame.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <optional>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "engine/error.hpp"

namespace colony {
namespace {

constexpr std::uint32_t frame_magic = 0x4d464c43;  // "CLFM"
constexpr std::uint32_t frame_version = 2;
constexpr std::uint64_t most_sections = 1024;
constexpr std::size_t copy_piece_bytes = std::size_t{128} << 10;
/// Kept free before a payload for the header and a directory of this many sections; more than any built-in model has.
constexpr std::size_t usual_sections = 64;

struct WireHeader {
  std::uint32_t magic, version;
  FrameHeader header;
  std::uint32_t section_count;
  std::uint32_t reserved;
  std::uint64_t payload_bytes;
  std::uint64_t checksum;  ///< of all that stands before it and after it
};
static_assert(sizeof(WireHeader) % 8 == 0 && sizeof(Frame::Section) % 8 == 0, "payloads are read in place and must be aligned");
constexpr std::size_t usual_front = sizeof(WireHeader) + usual_sections * sizeof(Frame::Section);

/// Of the header's own fields too: a flipped bit in a tick or an epoch would make another frame's contents of these.
/// rest_hash: XXH3-64 of everything after the header.
std::uint64_t checksum_of(const WireHeader& head, std::uint64_t rest_hash) {
  return XXH3_64bits_withSeed(&head, offsetof(WireHeader, checksum), rest_hash);
}

/// rest_hash: of what follows; none: without a checksum.
WireHeader head_of(const Frame& frame, std::optional<std::uint64_t> rest_hash) {
  WireHeader head;
  std::memset(static_cast<void*>(&head), 0, sizeof head);  // the bytes between fields are sent and summed too
  head.magic = frame_magic;
  head.version = frame_version;
  head.header.incarnation = frame.header.incarnation;
  head.header.epoch = frame.header.epoch;
  head.header.tick = frame.header.tick;
  head.header.round = frame.header.round;
  head.header.from = frame.header.from;
  head.header.to = frame.header.to;
  head.section_count = static_cast<std::uint32_t>(frame.sections().size());
  head.payload_bytes = frame.payload_bytes();
  if (rest_hash) head.checksum = checksum_of(head, *rest_hash);
  return head;
}

}  // namespace

std::byte* Frame::add_bytes(SectionKind kind, std::uint16_t index, std::size_t count, std::size_t item_bytes) {
  if (storage_.empty()) make_front(usual_front);
  const std::size_t end = payload_bytes(), offset = (end + 7) / 8 * 8;
  storage_.resize(payload_at_ + offset + count * item_bytes);
  std::memset(payload() + end, 0, offset - end);  // between sections too every byte is sent
  sections_.push_back({kind, index, static_cast<std::uint32_t>(item_bytes), count, offset});
  return payload() + offset;
}

void Frame::check_item_bytes(const Section& section, std::size_t bytes) {
  if (section.item_bytes != bytes)
    throw FrameError(
        fmt::format("section {} holds items of {} bytes where {} are expected", static_cast<int>(section.kind), section.item_bytes, bytes));
}

const Frame::Section& Frame::partner(std::size_t at, SectionKind kind) const {
  const Section& found = follower(at, kind);
  if (found.count != sections_[at].count)
    throw FrameError(
        fmt::format("section {} has another length than its partner {}", static_cast<int>(sections_[at].kind), static_cast<int>(kind)));
  return found;
}

const Frame::Section& Frame::follower(std::size_t at, SectionKind kind) const {
  if (at + 1 >= sections_.size() || sections_[at + 1].kind != kind)
    throw FrameError(fmt::format("section {} lacks its partner {}", static_cast<int>(sections_[at].kind), static_cast<int>(kind)));
  return sections_[at + 1];
}

std::size_t Frame::encoded_bytes() const { return sizeof(WireHeader) + sections_.size() * sizeof(Section) + payload_bytes(); }

/// Moves the payload so that `bytes` are free before it.
void Frame::make_front(std::size_t bytes) {
  if (bytes <= payload_at_) return;
  const std::size_t payload_size = payload_bytes();
  storage_.resize(bytes + payload_size);
  if (payload_size != 0) std::memmove(storage_.data() + bytes, payload(), payload_size);
  payload_at_ = bytes;
}

std::span<const std::byte> Frame::seal(Checksum checksum) {
  const std::size_t directory = sections_.size() * sizeof(Section), front = sizeof(WireHeader) + directory;
  make_front(front);
  std::byte* at = payload() - directory;
  if (directory != 0) std::memcpy(at, sections_.data(), directory);
  const WireHeader head =
      head_of(*this, checksum == Checksum::none ? std::nullopt : std::optional(XXH3_64bits(at, directory + payload_bytes())));
  std::memcpy(at - sizeof head, &head, sizeof head);
  return {at - sizeof head, front + payload_bytes()};
}

void Frame::encode_into(std::byte* to, Checksum checksum) const {
  XXH3_state_t hash;
  XXH3_64bits_reset(&hash);
  std::byte* at = to + sizeof(WireHeader);
  const auto put = [&](const void* from, std::size_t bytes) {
    const auto* source = static_cast<const std::byte*>(from);
    // Piece by piece, so that what is copied is still in the cache when it is hashed.
    for (std::size_t done = 0; done < bytes;) {
      const std::size_t piece = std::min(bytes - done, copy_piece_bytes);
      std::memcpy(at, source + done, piece);
      if (checksum != Checksum::none) XXH3_64bits_update(&hash, at, piece);
      at += piece;
      done += piece;
    }
  };
  put(sections_.data(), sections_.size() * sizeof(Section));
  put(payload(), payload_bytes());
  const WireHeader head = head_of(*this, checksum == Checksum::none ? std::nullopt : std::optional(XXH3_64bits_digest(&hash)));
  std::memcpy(to, &head, sizeof head);
}

std::vector<std::byte> Frame::encode() const {
  std::vector<std::byte> wire(encoded_bytes());
  encode_into(wire.data());
  return wire;
}

std::byte* Frame::open_wire(std::size_t bytes) {
  clear();
  // A little more than is needed: frames of a run differ in size, and each new largest one would move to fresh memory.
  if (bytes > storage_.capacity()) storage_.reserve(bytes + bytes / 8);
  storage_.resize(bytes);
  return storage_.data();
}

void Frame::close_wire(Checksum checksum) {
  try {
    read_wire(checksum);
  } catch (const FrameError&) {
    clear();
    throw;
  }
}

void Frame::read_wire(Checksum checksum) {
  WireHeader head;
  if (storage_.size() < sizeof head) throw FrameError(fmt::format("{} bytes are too few for a frame", storage_.size()));
  std::memcpy(&head, storage_.data(), sizeof head);
  if (head.magic != frame_magic || head.version != frame_version) throw FrameError("not a frame of this version of colony");
  const std::size_t rest = storage_.size() - sizeof head, directory = head.section_count * sizeof(Section);
  if (head.section_count > most_sections || directory > rest || head.payload_bytes != rest - directory)
    throw FrameError("the lengths in the header do not fit the frame");
  const std::byte* at = storage_.data() + sizeof head;
  if (checksum == Checksum::xxh3 && checksum_of(head, XXH3_64bits(at, rest)) != head.checksum) throw FrameError("checksum mismatch");
  header = head.header;
  sections_.resize(head.section_count);
  if (directory != 0) std::memcpy(sections_.data(), at, directory);
  payload_at_ = sizeof head + directory;
  for (const Section& section : sections_) {
    const bool fits = section.item_bytes > 0 && section.offset % 8 == 0 && section.offset <= head.payload_bytes &&
                      section.count <= (head.payload_bytes - section.offset) / section.item_bytes;
    if (!fits) throw FrameError("a section reaches beyond its frame");
  }
}

Frame Frame::decode(std::span<const std::byte> wire) {
  Frame frame;
  std::byte* to = frame.open_wire(wire.size());
  if (!wire.empty()) std::memcpy(to, wire.data(), wire.size());
  frame.close_wire();
  return frame;
}

}  // namespace colony
