#include "bench/reference/life.hpp"

#include <tbb/blocked_range.h>
#include <tbb/parallel_for.h>

#include <atomic>

namespace colony::reference {
namespace {

void step_direct(const std::uint8_t* up, const std::uint8_t* here, const std::uint8_t* down, std::uint8_t* next, std::uint32_t width) {
  const auto at = [&](std::uint32_t x, std::uint32_t before, std::uint32_t after) __attribute__((always_inline)) {
    const auto living =
        static_cast<std::uint8_t>(up[before] + up[x] + up[after] + here[before] + here[after] + down[before] + down[x] + down[after]);
    next[x] = static_cast<std::uint8_t>((living == 3) | ((living == 2) & here[x]));
  };
  at(0, width - 1, 1);
#pragma GCC ivdep
  for (std::uint32_t x = 1; x < width - 1; ++x) at(x, x - 1, x + 1);
  at(width - 1, width - 2, 0);
}

/// sums: [width] scratch.
void step_shared(const std::uint8_t* up, const std::uint8_t* here, const std::uint8_t* down, std::uint8_t* next, std::uint32_t width,
                 std::uint8_t* sums) {
#pragma GCC ivdep
  for (std::uint32_t x = 0; x < width; ++x) sums[x] = static_cast<std::uint8_t>(up[x] + here[x] + down[x]);
  const auto at = [&](std::uint32_t x, std::uint32_t before, std::uint32_t after) __attribute__((always_inline)) {
    const auto living = static_cast<std::uint8_t>(sums[before] + sums[x] + sums[after]);  // itself included
    next[x] = static_cast<std::uint8_t>((living == 3) | ((living == 4) & here[x]));
  };
  at(0, width - 1, 1);
#pragma GCC ivdep
  for (std::uint32_t x = 1; x < width - 1; ++x) at(x, x - 1, x + 1);
  at(width - 1, width - 2, 0);
}

std::int64_t sum_of(const std::uint8_t* row, std::uint32_t width) {
  std::uint32_t sum = 0;
  for (std::uint32_t x = 0; x < width; ++x) sum += row[x];
  return sum;
}

}  // namespace

Life::Life(std::uint32_t width, std::uint32_t height, std::vector<std::uint8_t> cells)
    : width_(width), height_(height), cells_(std::move(cells)), next_(cells_.size()) {}

std::int64_t Life::step_row(Method method, std::uint32_t y, std::uint8_t* sums) {
  const auto row = [this](std::uint32_t at) { return &cells_[std::size_t{at} * width_]; };
  const std::uint8_t* const up = row(y + 1 == height_ ? 0 : y + 1);
  const std::uint8_t* const down = row(y == 0 ? height_ - 1 : y - 1);
  std::uint8_t* const next = &next_[std::size_t{y} * width_];
  if (method == Method::direct) step_direct(up, row(y), down, next, width_);
  else step_shared(up, row(y), down, next, width_, sums);
  return sum_of(next, width_);
}

void Life::tick(Method method, int threads) {
  std::atomic<std::int64_t> alive{0};
  const auto step_rows = [&](std::uint32_t begin, std::uint32_t end) {
    std::vector<std::uint8_t> sums(width_);
    std::int64_t sum = 0;
    for (std::uint32_t y = begin; y < end; ++y) sum += step_row(method, y, sums.data());
    alive.fetch_add(sum, std::memory_order_relaxed);
  };
  if (threads == 1) step_rows(0, height_);
  else
    tbb::parallel_for(tbb::blocked_range<std::uint32_t>(0, height_, 16),
                      [&](const tbb::blocked_range<std::uint32_t>& r) { step_rows(r.begin(), r.end()); });
  alive_ = alive;
  cells_.swap(next_);
}

}  // namespace colony::reference
