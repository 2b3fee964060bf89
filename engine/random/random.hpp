// Keyed randomness: a draw is a function of (seed, stream, tick, who, which draw) and of nothing else, so that neither order nor
// placement can show. Philox 4x32-10: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC11.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "engine/platform.hpp"

namespace colony {

/// Every purpose that draws has a stream of its own: these are the engine's. The models of this tree have the other numbers below 1000
/// (models/streams.hpp), models outside of it those from `Stream::user` on.
enum class Stream : std::uint32_t {
  choose = 1,    ///< global choices by key
  generate = 2,  ///< graph generators
  place = 3,     ///< hash partition, start positions
  claim = 4,     ///< priority of claims
  populate = 5,  ///< S(0) of models
  decide = 17,   ///< what policies draw
  user = 1000,
};

/// The stream of the coins of edges: those of entities have the plain one, so that the two never coincide.
constexpr Stream edges_of(Stream stream) { return static_cast<Stream>(static_cast<std::uint32_t>(stream) | 0x80000000u); }

/// Key of one stream in one tick.
struct RandomKey {
  std::uint32_t k0 = 0;
  std::uint32_t k1 = 0;
};

/// XXH3-64 of (seed, stream, tick). Computed once a tick and stream.
RandomKey random_key(std::uint64_t seed, Stream stream, std::uint64_t tick);

using Random4 = std::array<std::uint32_t, 4>;

/// Philox 4x32-10 of a 128-bit counter.
COLONY_HD constexpr Random4 philox(RandomKey key, std::uint32_t c0, std::uint32_t c1, std::uint32_t c2, std::uint32_t c3) {
  std::uint32_t k0 = key.k0, k1 = key.k1;
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t p0 = std::uint64_t{0xD2511F53u} * c0;
    const std::uint64_t p1 = std::uint64_t{0xCD9E8D57u} * c2;
    const std::uint32_t n0 = static_cast<std::uint32_t>(p1 >> 32) ^ c1 ^ k0;
    const std::uint32_t n2 = static_cast<std::uint32_t>(p0 >> 32) ^ c3 ^ k1;
    c1 = static_cast<std::uint32_t>(p1);
    c3 = static_cast<std::uint32_t>(p0);
    c0 = n0;
    c2 = n2;
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  return {c0, c1, c2, c3};
}

/// Draw number `draw` of an entity: four independent 32-bit words.
COLONY_HD constexpr Random4 draw_entity(RandomKey key, std::uint64_t id, std::uint64_t draw = 0) {
  return philox(key, static_cast<std::uint32_t>(id), static_cast<std::uint32_t>(id >> 32), static_cast<std::uint32_t>(draw),
                static_cast<std::uint32_t>(draw >> 32));
}

/// The draw of a directed edge, with the key of edges_of(stream): (u, v) and (v, u) are independent.
COLONY_HD constexpr Random4 draw_edge(RandomKey key, std::uint64_t source, std::uint64_t target) {
  return philox(key, static_cast<std::uint32_t>(source), static_cast<std::uint32_t>(source >> 32), static_cast<std::uint32_t>(target),
                static_cast<std::uint32_t>(target >> 32));
}

COLONY_HD constexpr std::uint64_t high_word(const Random4& r) { return (std::uint64_t{r[0]} << 32) | r[1]; }
COLONY_HD constexpr std::uint64_t low_word(const Random4& r) { return (std::uint64_t{r[2]} << 32) | r[3]; }

/// Uniform in [0, 1): 53 bits, exact in double.
COLONY_HD constexpr double uniform_f64(std::uint64_t word) { return static_cast<double>(word >> 11) * 0x1p-53; }

/// Uniform integer in [0, n), n < 2^32; bias below n / 2^32 (multiply and shift, Lemire 2019, without rejection).
COLONY_HD constexpr std::uint32_t below(std::uint32_t word, std::uint32_t n) {
  return static_cast<std::uint32_t>((std::uint64_t{word} * n) >> 32);
}

/// A probability, met to 2^-128: a coin compares its first word with the first 32 bits of p, and where they are equal the next word with
/// the next 32. So the first word decides all coins but one in 2^32, and a double of 2^-75 or more is met exactly. p = 1 is always heads,
/// p = 0 never.
struct Probability {
  std::uint64_t threshold = 0;        ///< p in 2^-32, rounded down: heads below, tails above
  std::uint32_t rest[3] = {0, 0, 0};  ///< the 96 bits of p that follow
  constexpr Probability() = default;
  constexpr explicit Probability(double p) {
    if (!(p > 0)) return;
    if (p >= 1) {
      threshold = std::uint64_t{1} << 32;
      return;
    }
    double scaled = p * 0x1p32;  // exact, as is all that follows
    threshold = static_cast<std::uint64_t>(scaled);
    scaled -= static_cast<double>(threshold);
    for (std::uint32_t& word : rest) {
      scaled *= 0x1p32;
      word = static_cast<std::uint32_t>(scaled);
      scaled -= word;
    }
  }
  COLONY_HD constexpr bool heads(const Random4& words) const {
    return words[0] != threshold ? words[0] < threshold : heads_by_the_rest(words);
  }

 private:
  COLONY_HD constexpr bool heads_by_the_rest(const Random4& words) const {
    for (std::size_t i = 0; i < 3; ++i)
      if (words[i + 1] != rest[i]) return words[i + 1] < rest[i];
    return false;
  }
};

}  // namespace colony
