// What guides the ants of one job: distances, the rules of the algorithm, and how a city's pheromone becomes the pull of its neighbours.
// A constant, the same in every process.
#pragma once

#include <bit>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "engine/array.hpp"
#include "models/tours/distances.hpp"
#include "models/tours/local_search.hpp"

namespace colony {

/// Ant System (Dorigo, Maniezzo, Colorni 1996), MAX-MIN Ant System (Stuetzle, Hoos 2000), Ant Colony System (Dorigo, Gambardella 1997).
enum class Algorithm : std::uint8_t { as, mmas, acs };

struct Rules {
  Algorithm algorithm = Algorithm::mmas;
  double alpha = 1, beta = 2, rho = 0.02;
  double greed = 0.9;      ///< acs: probability of taking the strongest pull at once
  double local_rho = 0.1;  ///< acs: what a crossing takes off
  std::uint32_t ants = 0;
  Exchange exchange = Exchange::none;
};

/// Local searches that threads lend themselves: one keeps memory between tours.
class SearchPool {
 public:
  SearchPool(const Distances& distances, Exchange exchange) : distances_(distances), exchange_(exchange) {}

  /// Goes back when it is destroyed.
  auto take() const {
    const std::lock_guard lock(mutex_);
    if (idle_.empty()) idle_.push_back(std::make_unique<LocalSearch>(distances_, exchange_));
    std::unique_ptr<LocalSearch> search = std::move(idle_.back());
    idle_.pop_back();
    const auto give_back = [this](LocalSearch* used) {
      const std::lock_guard lock_again(mutex_);
      idle_.emplace_back(used);
    };
    return std::unique_ptr<LocalSearch, decltype(give_back)>(search.release(), give_back);
  }

 private:
  const Distances& distances_;
  const Exchange exchange_;
  mutable std::mutex mutex_;
  mutable std::vector<std::unique_ptr<LocalSearch>> idle_;
};

class Guide {
 public:
  Guide(const Instance& instance, std::uint32_t candidates, const Rules& rules);

  std::uint32_t cities() const { return distances.cities(); }
  /// [candidates] weights of a roulette over the nearest cities: their attractions, pheromone^alpha / distance^beta, beside the largest of
  /// them, in units of 2^-57 and at least one unit. pheromone: [cities] the city's row.
  void pull(City city, std::span<const float> pheromone, std::span<std::uint64_t> out) const;
  /// The most attractive city that is not in `visited`; ties by number. One is left.
  City best_left(City city, std::span<const float> pheromone, std::span<const std::uint64_t> visited) const;

  const Distances distances;
  const Rules rules;
  const SearchPool searches;
  /// Length of the nearest-neighbour tour from city 0, after local search if there is any: the scale of all pheromone.
  const std::uint64_t scale;
  const float first;  ///< pheromone on every edge in the beginning

 private:
  double attraction(City city, City to, float pheromone) const;

  Array<float> closeness_;  ///< [cities][cities] (distance to the nearest / distance)^beta
};

/// Bits by city.
inline std::size_t words_of(std::uint32_t cities) { return (std::size_t{cities} + 63) / 64; }
inline bool has(std::span<const std::uint64_t> set, City city) { return (set[city >> 6] >> (city & 63)) & 1; }
inline void add(std::span<std::uint64_t> set, City city) { set[city >> 6] |= std::uint64_t{1} << (city & 63); }

}  // namespace colony
