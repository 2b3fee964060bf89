// Conway's Game of Life written by hand for the benchmarks: one byte a cell, a torus, eight loads a cell or sums shared between
// neighbours. Plain arrays and TBB.
#pragma once

#include <cstdint>
#include <vector>

namespace colony::reference {

class Life {
 public:
  /// direct: adds the eight neighbours of each cell; shared_sums: sums of three cells above each other are used three times.
  enum class Method { direct, shared_sums };

  /// cells: [width * height] 0 or 1; width > 2.
  Life(std::uint32_t width, std::uint32_t height, std::vector<std::uint8_t> cells);

  void tick(Method method, int threads);
  std::vector<std::int64_t> row() const { return {alive_}; }

 private:
  std::int64_t step_row(Method method, std::uint32_t y, std::uint8_t* sums);

  std::uint32_t width_, height_;
  std::vector<std::uint8_t> cells_, next_;
  std::int64_t alive_ = 0;
};

}  // namespace colony::reference
