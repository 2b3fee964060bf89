// fuzz-sources: shard/wire/messages.cpp shard/wire/colony.thrift engine/error.cpp engine/array.cpp
// Bytes from the other end of a control connection: any bytes are messages that would be encoded the same, or are refused.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "shard/wire/messages.hpp"

namespace {

template <class Messages>
void read(Messages (*decode)(std::string_view), std::string_view bytes) {
  try {
    const Messages messages = decode(bytes);
    if (colony::encode(messages) != bytes) std::abort();
  } catch (const colony::WireError&) {
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  read(colony::decode_reports, bytes);
  read(colony::decode_orders, bytes);
  return 0;
}
