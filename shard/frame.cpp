#include "shard/frame.hpp"

#include <fmt/format.h>

#include <cstring>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "engine/error.hpp"

namespace colony {
namespace {

constexpr std::uint32_t frame_magic = 0x4d464c43;  // "CLFM"
constexpr std::uint32_t frame_version = 1;
constexpr std::uint64_t most_sections = 1024;

struct WireHeader {
  std::uint32_t magic, version;
  FrameHeader header;
  std::uint32_t section_count;
  std::uint32_t reserved;
  std::uint64_t payload_bytes;
  std::uint64_t checksum;  ///< XXH3-64 of everything after this header
};

}  // namespace

std::byte* Frame::add_bytes(SectionKind kind, std::uint16_t index, std::size_t count, std::size_t item_bytes) {
  const std::size_t offset = (payload_.size() + 7) / 8 * 8;
  payload_.resize(offset + count * item_bytes);
  sections_.push_back({kind, index, static_cast<std::uint32_t>(item_bytes), count, offset});
  return payload_.data() + offset;
}

void Frame::check_item_bytes(const Section& section, std::size_t bytes) {
  if (section.item_bytes != bytes)
    throw FrameError(
        fmt::format("section {} holds items of {} bytes where {} are expected", static_cast<int>(section.kind), section.item_bytes, bytes));
}

const Frame::Section& Frame::partner(std::size_t at, SectionKind kind) const {
  if (at + 1 >= sections_.size() || sections_[at + 1].kind != kind || sections_[at + 1].count != sections_[at].count)
    throw FrameError(fmt::format("section {} lacks its partner {}", static_cast<int>(sections_[at].kind), static_cast<int>(kind)));
  return sections_[at + 1];
}

std::vector<std::byte> Frame::encode() const {
  const std::size_t directory = sections_.size() * sizeof(Section);
  std::vector<std::byte> wire(sizeof(WireHeader) + directory + payload_.size());
  std::byte* at = wire.data() + sizeof(WireHeader);
  if (directory != 0) std::memcpy(at, sections_.data(), directory);
  if (payload_.size() != 0) std::memcpy(at + directory, payload_.data(), payload_.size());
  const WireHeader head{frame_magic,
                        frame_version,
                        header,
                        static_cast<std::uint32_t>(sections_.size()),
                        0,
                        payload_.size(),
                        XXH3_64bits(at, directory + payload_.size())};
  std::memcpy(wire.data(), &head, sizeof head);
  return wire;
}

Frame Frame::decode(std::span<const std::byte> wire) {
  WireHeader head;
  if (wire.size() < sizeof head) throw FrameError(fmt::format("{} bytes are too few for a frame", wire.size()));
  std::memcpy(&head, wire.data(), sizeof head);
  if (head.magic != frame_magic || head.version != frame_version) throw FrameError("not a frame of this version of colony");
  const std::size_t rest = wire.size() - sizeof head;
  if (head.section_count > most_sections || head.section_count * sizeof(Section) > rest ||
      head.payload_bytes != rest - head.section_count * sizeof(Section))
    throw FrameError("the lengths in the header do not fit the frame");
  const std::byte* at = wire.data() + sizeof head;
  if (XXH3_64bits(at, rest) != head.checksum) throw FrameError("checksum mismatch");
  Frame frame;
  frame.header = head.header;
  frame.sections_.resize(head.section_count);
  if (head.section_count != 0) std::memcpy(frame.sections_.data(), at, head.section_count * sizeof(Section));
  frame.payload_.resize(head.payload_bytes);
  if (head.payload_bytes != 0) std::memcpy(frame.payload_.data(), at + head.section_count * sizeof(Section), head.payload_bytes);
  for (const Section& section : frame.sections_) {
    const bool fits = section.item_bytes > 0 && section.offset % 8 == 0 && section.offset <= head.payload_bytes &&
                      section.count <= (head.payload_bytes - section.offset) / section.item_bytes;
    if (!fits) throw FrameError("a section reaches beyond its frame");
  }
  return frame;
}

}  // namespace colony
