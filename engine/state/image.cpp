#include "engine/state/image.hpp"

#include <fmt/format.h>

#include <charconv>

#include "engine/error.hpp"

namespace colony {
namespace {

bool parse_word(const char* begin, std::uint64_t& word) {
  for (int i = 0; i < 16; ++i) {
    const bool digit = (begin[i] >= '0' && begin[i] <= '9') || (begin[i] >= 'a' && begin[i] <= 'f');
    if (!digit) return false;
  }
  return std::from_chars(begin, begin + 16, word, 16).ec == std::errc{};
}

}  // namespace

std::string Digest::hex() const { return fmt::format("{:016x}{:016x}", high, low); }

Digest Digest::parse(const std::string& hex) {
  Digest digest;
  if (hex.size() != 32 || !parse_word(hex.data(), digest.high) || !parse_word(hex.data() + 16, digest.low))
    throw DataError("digest", fmt::format("\"{}\" is not a digest; one is 32 digits of 0-9 and a-f", hex));
  return digest;
}

}  // namespace colony
