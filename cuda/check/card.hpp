// What the checks of a card share. Compiled without nvcc they check the rehearsal of a card, which shows that the checks are right.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "cuda/device_memory.hpp"
#ifdef __CUDACC__
#include "cuda/cuda_system.hpp"
#else
#include "cuda/rehearsal_system.hpp"
#endif

namespace colony::check {

#ifdef __CUDACC__
using Card = CudaSystem;
#else
using Card = RehearsalSystem;
#endif

/// A vector in the memory of the card.
template <class T>
class OnCard {
 public:
  explicit OnCard(const std::vector<T>& values) : memory_(values.size() * sizeof(T)) {
    Card::Stream stream;
    stream.copy_in(get(), values.data(), values.size() * sizeof(T));
    stream.wait();
  }
  /// Zeros.
  explicit OnCard(std::size_t count) : memory_(count * sizeof(T)) {
    Card::Stream stream;
    stream.zero(get(), count * sizeof(T));
    stream.wait();
  }
  T* get() const { return memory_.template as<T>(); }
  std::vector<T> back(std::size_t count) const {
    std::vector<T> values(count);
    Card::Stream stream;
    stream.copy_out(values.data(), get(), count * sizeof(T));
    stream.wait();
    return values;
  }

 private:
  DeviceMemory<Card> memory_;
};

/// Seconds of work(stream) on the card: the mean of `repeats`, after one for warmth.
template <class Work>
double card_seconds(int repeats, const Work& work) {
  using Clock = std::chrono::steady_clock;
  Card::Stream stream;
  work(stream);
  stream.wait();
  const auto begin = Clock::now();
  for (int i = 0; i < repeats; ++i) work(stream);
  stream.wait();
  return std::chrono::duration<double>(Clock::now() - begin).count() / repeats;
}

struct Limits {
  double fma_per_second;    ///< multiply-adds
  double bytes_per_second;  ///< of the card's memory, reads and writes both counted
};

struct alignas(16) TwoWords {
  std::uint64_t first, second;
};
struct CopyWords {
  const TwoWords* from;
  TwoWords* to;
  COLONY_HD void operator()(std::size_t i) const { to[i] = from[i]; }
};

/// Of a copy of so many bytes, measured.
inline double bytes_per_second(std::size_t bytes) {
  const DeviceMemory<Card> from(bytes), to(bytes);
  double best = 0;
  for (int i = 0; i < 6; ++i)
    best = std::max(best, 2.0 * static_cast<double>(bytes) / card_seconds(4, [&](Card::Stream& stream) {
                            stream.for_each(bytes / sizeof(TwoWords), CopyWords{from.as<TwoWords>(), to.as<TwoWords>()});
                          }));
  return best;
}

}  // namespace colony::check
