#include "engine/random/random.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace colony {

RandomKey random_key(std::uint64_t seed, Stream stream, std::uint64_t tick) {
  const std::uint64_t words[3] = {seed, static_cast<std::uint64_t>(stream), tick};
  const std::uint64_t hash = XXH3_64bits(words, sizeof words);
  return {static_cast<std::uint32_t>(hash), static_cast<std::uint32_t>(hash >> 32)};
}

}  // namespace colony
