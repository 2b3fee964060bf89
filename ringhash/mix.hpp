// The 64-bit hash behind every choice of ringhash. It names shards' points, keys and tables for good: a change of it moves blocks of
// runs that are under way, so it stays what it is. Not keyed by the job's seed: placement may not show in state.
#pragma once

#include <cstdint>

namespace colony {

/// Finalizer of SplitMix64 (Steele, Lea, Flood 2014, with Stafford's constants): a bijection that spreads every bit.
constexpr std::uint64_t mix64(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
  return x ^ (x >> 31);
}

/// What a hash is for; equal numbers under different purposes are unrelated.
enum class HashPurpose : std::uint64_t { point = 1, key, tie, table };

constexpr std::uint64_t hash_pair(HashPurpose purpose, std::uint64_t a, std::uint64_t b = 0) {
  constexpr std::uint64_t golden = 0x9E3779B97F4A7C15u;
  return mix64(mix64(mix64(static_cast<std::uint64_t>(purpose) * golden) + a) + b * golden + golden);
}

}  // namespace colony
