// The global of Reduce::best: slots [key, id, payload...]. The key is larger the smaller the value, and 0 where nothing was offered, so
// that zeroed slots lose against any offer.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <limits>

#include "engine/platform.hpp"

namespace colony {

inline constexpr std::int64_t most_best_value = std::numeric_limits<std::int64_t>::max() - 1;

/// value: 0 to most_best_value.
COLONY_HD constexpr std::int64_t best_key(std::int64_t value) { return std::numeric_limits<std::int64_t>::max() - value; }
/// The reverse, of a key that is not 0.
COLONY_HD constexpr std::int64_t best_value(std::int64_t key) { return std::numeric_limits<std::int64_t>::max() - key; }

/// Whether (key, id) wins against what the slots hold: the smaller value, then the smaller id, both without a sign.
inline bool beats(std::int64_t key, std::int64_t id, const std::int64_t* slots) {
  return key != slots[0] ? key > slots[0] : key != 0 && static_cast<std::uint64_t>(id) < static_cast<std::uint64_t>(slots[1]);
}

/// Whether (key, id) is what the slots hold, so that payloads decide.
inline bool ties(std::int64_t key, std::int64_t id, const std::int64_t* slots) { return key != 0 && key == slots[0] && id == slots[1]; }

/// The order of payloads of `words` words: by the first word in which they differ.
inline bool payload_before(const std::int64_t* a, const std::int64_t* b, std::size_t words) {
  return std::lexicographical_compare(a, a + words, b, b + words);
}

/// Takes what `from` holds when it wins, or ties with the smaller payload; both are of one tick. Both: [width].
inline void take_best(std::int64_t* into, const std::int64_t* from, std::size_t width) {
  if (beats(from[0], from[1], into) || (ties(from[0], from[1], into) && payload_before(from + 2, into + 2, width - 2)))
    std::memcpy(into, from, width * sizeof(std::int64_t));
}

/// Takes the best of a tick into the best so far. Of one value and id, the one of the earlier tick stays. Both: [width].
inline void keep_best(std::int64_t* so_far, const std::int64_t* of_tick, std::size_t width) {
  if (beats(of_tick[0], of_tick[1], so_far)) std::memcpy(so_far, of_tick, width * sizeof(std::int64_t));
}

}  // namespace colony
