// An order of all ids by chance: a keyed bijection of 64 bits, so that the least or largest of any set of ids is each of them with equal
// chances, and the id comes back from its place. Philox 2x32-10 (engine/random/random.hpp has its source) with two key words.
#pragma once

#include <cstdint>

#include "engine/random/random.hpp"

namespace colony {

class KeyedOrder {
 public:
  /// Orders of different draws have nothing to do with each other.
  COLONY_HD constexpr explicit KeyedOrder(const Random4& draw) : keys_{draw[0], draw[1]} {}

  /// From 1 to 2^64 - 1, of an id below 2^64 - 1.
  COLONY_HD constexpr std::uint64_t place_of(std::uint64_t id) const {
    // What is mapped to the id that does not exist goes on to where that is mapped to: a bijection of those that do.
    std::uint64_t mixed = mix(id);
    while (mixed == no_id) mixed = mix(mixed);
    return ~mixed;
  }
  /// The reverse.
  COLONY_HD constexpr std::uint64_t id_at(std::uint64_t place) const {
    std::uint64_t id = unmix(~place);
    while (id == no_id) id = unmix(id);
    return id;
  }

 private:
  static constexpr std::uint64_t no_id = ~std::uint64_t{0};
  static constexpr int rounds = 10;
  static constexpr std::uint32_t multiplier = 0xD256D193u, weyl = 0x9E3779B9u;
  /// multiplier * inverse = 1 modulo 2^32, by Newton's method: each step doubles the bits that are right.
  COLONY_HD static constexpr std::uint32_t inverse() {
    std::uint32_t x = multiplier;
    for (int step = 0; step < 5; ++step) x *= 2 - multiplier * x;
    return x;
  }

  COLONY_HD constexpr std::uint32_t key(int round) const { return keys_[round % 2] + static_cast<std::uint32_t>(round) * weyl; }
  COLONY_HD constexpr std::uint64_t mix(std::uint64_t value) const {
    auto low = static_cast<std::uint32_t>(value), high = static_cast<std::uint32_t>(value >> 32);
    for (int round = 0; round < rounds; ++round) {
      const std::uint64_t product = std::uint64_t{multiplier} * low;
      low = static_cast<std::uint32_t>(product >> 32) ^ key(round) ^ high;
      high = static_cast<std::uint32_t>(product);
    }
    return std::uint64_t{high} << 32 | low;
  }
  COLONY_HD constexpr std::uint64_t unmix(std::uint64_t value) const {
    auto low = static_cast<std::uint32_t>(value), high = static_cast<std::uint32_t>(value >> 32);
    constexpr std::uint32_t back = inverse();
    for (int round = rounds; round-- > 0;) {
      const std::uint32_t before = high * back;
      const std::uint64_t product = std::uint64_t{multiplier} * before;
      high = low ^ key(round) ^ static_cast<std::uint32_t>(product >> 32);
      low = before;
    }
    return std::uint64_t{high} << 32 | low;
  }

  std::uint32_t keys_[2];
};

}  // namespace colony
