// Sums that may leave 64 bits on the way and must be back at the end: how often one wrapped is counted beside it, so that no order of the
// amounts, and no cut into threads and shards, decides whether there is an overflow.
#pragma once

#include <cstdint>

namespace colony {

/// sum + 2^64 carry grows by amount.
inline void add_carried(std::int64_t& sum, std::int64_t& carry, std::int64_t amount) {
  if (__builtin_add_overflow(sum, amount, &sum)) [[unlikely]]
    carry += amount < 0 ? -1 : 1;
}

}  // namespace colony
