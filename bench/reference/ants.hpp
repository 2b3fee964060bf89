// Foraging written by hand for the benchmarks: the same draws, the same rules and the same observables as the model `foraging`, on a torus
// with eight neighbours. Ants are records that are sorted near the order of their cells every few ticks. Plain arrays and TBB.
#pragma once

#include <cstdint>
#include <variant>
#include <vector>

#include "engine/random/random.hpp"

namespace colony::reference {

class Ants {
 public:
  struct Ant {
    std::uint32_t id;
    std::uint16_t x, y;
    std::uint8_t heading, carrying;
  };
  struct World {
    std::uint32_t width, height;
    std::vector<std::uint32_t> food, nest_distance;  ///< [width * height]; the distance squared
    std::vector<Ant> ants;
  };
  struct Rules {
    double evaporation = 0.1, diffusion = 0.5;
    double deposit = 60;
    std::uint32_t nest_radius2 = 25;
  };

  Ants(World world, const Rules& rules, std::uint64_t seed);

  void tick(int threads);
  /// food_remaining, carried, delivered, and pheromone, each cell's rounded to 2^-40
  std::vector<std::variant<std::int64_t, double>> row() const {
    return {food_total_, carried_, delivered_, static_cast<double>(pheromone_total_) * 0x1p-40};
  }

 private:
  struct Claim {
    std::uint32_t cell;
    std::uint32_t ant;  ///< position in ants_
    std::uint64_t draw;
  };
  struct Gathered {
    std::vector<Claim> claims;
    std::int64_t delivered = 0;
  };

  template <bool shared>
  void walk(std::size_t begin, std::size_t end, Gathered& gathered);
  void decide(std::vector<Claim>& claims);
  __int128 spread_row(std::uint32_t y);
  void sort(int threads);

  World world_;
  std::vector<Ant> sorted_;
  std::vector<float> pheromone_, next_;
  std::vector<std::int64_t> deposits_;
  float keep_, share_;
  std::int64_t deposit_;
  std::uint32_t nest_radius2_;
  std::uint64_t seed_, tick_ = 0;
  RandomKey step_key_{}, claim_key_{};
  std::vector<std::uint32_t> bucket_starts_;
  std::vector<Claim> claims_;
  std::int64_t food_total_ = 0, carried_ = 0, delivered_ = 0;
  __int128 pheromone_total_ = 0;  ///< in 2^-40
};

}  // namespace colony::reference
