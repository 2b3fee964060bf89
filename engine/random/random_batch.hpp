// Draws of eight edges at once, bit for bit those of draw_edge: Philox's multiplications are 32 x 32 -> 64, four to an AVX2 register.
#pragma once

#include <cstdint>

#include "engine/random/random.hpp"

#ifdef __AVX2__
#include <immintrin.h>
#endif

namespace colony {

inline constexpr int edge_batch = 8;

/// words[i] = draw_edge(key, sources[i], targets[i])[0] for i < edge_batch.
COLONY_HD inline void draw_edges(RandomKey key, const std::uint64_t* sources, const std::uint64_t* targets, std::uint32_t* words) {
#if defined(__AVX2__) && !defined(__CUDA_ARCH__)
  constexpr int groups = edge_batch / 4;
  const __m256i m0 = _mm256_set1_epi64x(0xD2511F53u), m1 = _mm256_set1_epi64x(0xCD9E8D57u);
  // The four counter words of each edge, in the low halves of 64-bit lanes; what gathers in the high halves is never looked at.
  __m256i c0[groups], c1[groups], c2[groups], c3[groups];
  for (int g = 0; g < groups; ++g) {
    c0[g] = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(sources + 4 * g));
    c1[g] = _mm256_srli_epi64(c0[g], 32);
    c2[g] = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(targets + 4 * g));
    c3[g] = _mm256_srli_epi64(c2[g], 32);
  }
  std::uint32_t k0 = key.k0, k1 = key.k1;
  for (int round = 0; round < 10; ++round) {
    const __m256i key0 = _mm256_set1_epi64x(k0), key1 = _mm256_set1_epi64x(k1);
    for (int g = 0; g < groups; ++g) {
      const __m256i p0 = _mm256_mul_epu32(c0[g], m0), p1 = _mm256_mul_epu32(c2[g], m1);
      c0[g] = _mm256_xor_si256(_mm256_xor_si256(_mm256_srli_epi64(p1, 32), c1[g]), key0);
      c2[g] = _mm256_xor_si256(_mm256_xor_si256(_mm256_srli_epi64(p0, 32), c3[g]), key1);
      c1[g] = p1;
      c3[g] = p0;
    }
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  alignas(32) std::uint64_t lanes[edge_batch];
  for (int g = 0; g < groups; ++g) _mm256_store_si256(reinterpret_cast<__m256i*>(lanes + 4 * g), c0[g]);
  for (int i = 0; i < edge_batch; ++i) words[i] = static_cast<std::uint32_t>(lanes[i]);
#else
  for (int i = 0; i < edge_batch; ++i) words[i] = draw_edge(key, sources[i], targets[i])[0];
#endif
}

}  // namespace colony
