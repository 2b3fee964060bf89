// The global of Reduce::best: slots [key, id, payload...]. The key is larger the smaller the value, and 0 where nothing was offered, so
// that zeroed slots lose against any offer.
#pragma once

#include <cstdint>
#include <cstring>
#include <limits>

#include "engine/platform.hpp"

namespace colony {

/// value: 0 <= value < 2^63 - 1.
COLONY_HD constexpr std::int64_t best_key(std::int64_t value) { return std::numeric_limits<std::int64_t>::max() - value; }
/// The reverse, of a key that is not 0.
COLONY_HD constexpr std::int64_t best_value(std::int64_t key) { return std::numeric_limits<std::int64_t>::max() - key; }

/// Whether (key, id) wins against what the slots hold: the smaller value, then the smaller id.
inline bool beats(std::int64_t key, std::int64_t id, const std::int64_t* slots) {
  return key != slots[0] ? key > slots[0] : key != 0 && id < slots[1];
}

/// Takes what `from` holds when it wins. Both: [width].
inline void take_best(std::int64_t* into, const std::int64_t* from, std::size_t width) {
  if (beats(from[0], from[1], into)) std::memcpy(into, from, width * sizeof(std::int64_t));
}

}  // namespace colony
