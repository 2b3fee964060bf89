// Sums of real numbers that come out the same in any order: each value is rounded to a multiple of 2^-40, and the multiples are added as
// whole numbers of 128 bits. Among globals a sum takes two slots, the low word first (Reduce::wide_sum).
#pragma once

#include <cstdint>

namespace colony {

using Wide = __int128;

inline constexpr std::uint32_t wide_slots = 2;
inline constexpr double wide_quantum = 0x1p-40;

inline Wide wide_of(const std::int64_t* slots) {
  const auto low = static_cast<std::uint64_t>(slots[0]), high = static_cast<std::uint64_t>(slots[1]);
  return static_cast<Wide>(static_cast<unsigned __int128>(high) << 64 | low);
}
inline void put_wide(std::int64_t* slots, Wide sum) {
  const auto bits = static_cast<unsigned __int128>(sum);
  slots[0] = static_cast<std::int64_t>(static_cast<std::uint64_t>(bits));
  slots[1] = static_cast<std::int64_t>(static_cast<std::uint64_t>(bits >> 64));
}

/// Returns false when the sum is beyond 128 bits; it is then not to be used.
inline bool add_wide(Wide& sum, Wide amount) { return !__builtin_add_overflow(sum, amount, &sum); }

/// Adds a value, rounded to 2^-40 (ties to even). Returns false when it is not a finite number, or beyond what 128 bits hold.
inline bool add_real(Wide& sum, double value) {
  const double quanta = value / wide_quantum;  // exact: a power of two
  const bool fits = quanta < 0x1p126 && quanta > -0x1p126;
  return fits && add_wide(sum, static_cast<Wide>(__builtin_rint(quanta)));
}

/// The double next to the sum, ties to even.
inline double real_of(const std::int64_t* slots) { return static_cast<double>(wide_of(slots)) * wide_quantum; }

}  // namespace colony
