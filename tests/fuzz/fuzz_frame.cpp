// fuzz-sources: shard/links/frame.cpp engine/error.cpp engine/array.cpp
// Bytes from a peer: any bytes are a frame whose sections lie within it, or are refused.
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "engine/error.hpp"
#include "shard/links/frame.hpp"

namespace {

constexpr std::size_t header_bytes = 64, checksum_at = 56;

void read(std::span<const std::byte> wire) {
  try {
    const colony::Frame frame = colony::Frame::decode(wire);
    std::uint64_t sum = 0;
    for (std::size_t at = 0; at < frame.sections().size(); ++at) {
      const auto& section = frame.sections()[at];
      for (std::uint64_t i = 0; i < section.count * section.item_bytes; ++i) sum += static_cast<std::uint64_t>(frame.bytes(section)[i]);
    }
    const volatile std::uint64_t used = sum;
    static_cast<void>(used);
  } catch (const colony::FrameError&) {
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto* bytes = reinterpret_cast<const std::byte*>(data);
  read({bytes, size});
  if (size < header_bytes) return 0;
  // The same with a checksum that fits, so that the fuzzer gets past it.
  std::vector<std::byte> mended(bytes, bytes + size);
  const std::uint64_t checksum = XXH3_64bits(data + header_bytes, size - header_bytes);
  std::memcpy(mended.data() + checksum_at, &checksum, sizeof checksum);
  read(mended);
  return 0;
}
