#include "engine/content.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace colony {

Content content_of(std::string_view label) {
  const XXH128_hash_t hash = XXH3_128bits(label.data(), label.size());
  return {hash.low64, hash.high64, label};
}

std::uint64_t anchored_id(std::uint64_t content, std::uint64_t place) {
  const std::uint64_t words[2] = {content, place};
  return XXH3_64bits(words, sizeof words);
}

}  // namespace colony
