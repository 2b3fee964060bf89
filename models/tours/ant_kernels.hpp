// What the ants do: choose a city, travel, close the tour, start anew.
#pragma once

#include <algorithm>
#include <cstring>

#include "engine/error.hpp"
#include "engine/model/model.hpp"
#include "models/tours/guide.hpp"
#include "models/tours/iteration.hpp"

namespace colony {

inline constexpr std::uint32_t most_candidates = 64;

/// A tour as the payload of a best global: four cities a word, then the number of the iteration.
inline std::uint32_t payload_words(std::uint32_t cities) { return (cities + 3) / 4 + 1; }
inline void pack_tour(std::span<const City> tour, std::uint64_t iteration, std::span<std::int64_t> payload) {
  std::fill(payload.begin(), payload.end(), 0);
  std::memcpy(payload.data(), tour.data(), tour.size_bytes());
  payload.back() = static_cast<std::int64_t>(iteration);
}
inline std::span<const City> tour_of(std::span<const std::int64_t> payload, std::uint32_t cities) {
  return {reinterpret_cast<const City*>(payload.data()), cities};
}

/// Agents come from files and from other processes: what is used as an index is looked at. Throws StateError.
inline City known_city(City city, std::uint32_t cities) {
  if (city >= cities) throw StateError("an ant was in a city that the instance lacks");
  return city;
}

/// The best since pheromone was last laid afresh: a later season beats an earlier one of any length. length < 2^43.
inline std::int64_t season_value(std::int64_t season, std::int64_t length) {
  constexpr std::int64_t most = std::int64_t{1} << 19;
  return ((most - std::min(season, most)) << 43) + length;
}
inline std::int64_t season_length(std::int64_t value) { return value & ((std::int64_t{1} << 43) - 1); }

/// Sense: one of the nearest cities, drawn by pull; when all of them are in the tour, the most attractive of the rest.
struct Choose {
  static constexpr Topology topology = Topology::complete;
  ArrayHere<std::uint64_t> pull;
  ArrayHere<float> pheromone;
  ReadArray<std::uint64_t> visited;
  Write<City> next;
  Draws draws;
  const Guide* guide;

  template <class Here>
  void operator()(const Here& here) const {
    const auto city = static_cast<City>(here.id(here.node));
    const City* near = guide->distances.nearest(city);
    const std::span<const std::uint64_t> pulls = pull(here), seen = visited(here);
    std::uint64_t sums[most_candidates], total = 0;
    for (std::size_t k = 0; k < pulls.size(); ++k) {
      const std::uint64_t free = ~(seen[near[k] >> 6] >> (near[k] & 63)) & 1;
      sums[k] = total += pulls[k] & -free;
    }
    if (total == 0) {
      next(here) = guide->best_left(city, pheromone(here), seen);
      return;
    }
    const Random4 draw = draws(here);
    std::size_t chosen = 0;
    if (guide->rules.algorithm == Algorithm::acs && uniform_f64(low_word(draw)) < guide->rules.greed) {
      chosen = strongest(sums, pulls.size());
    } else {
      const auto point = static_cast<std::uint64_t>((static_cast<unsigned __int128>(high_word(draw)) * total) >> 64);
      for (std::size_t k = 0; k < pulls.size(); ++k) chosen += sums[k] <= point;
    }
    next(here) = near[chosen];
  }

  /// The first of the largest steps of the sums.
  static std::size_t strongest(const std::uint64_t* sums, std::size_t count) {
    std::size_t best = 0;
    std::uint64_t most = sums[0];
    for (std::size_t k = 1; k < count; ++k)
      if (sums[k] - sums[k - 1] > most) {
        most = sums[k] - sums[k - 1];
        best = k;
      }
    return best;
  }
};

/// Act, in the ticks in which ants travel: to the chosen city, in the last of them back to the first. Of acs, each crossing counts.
struct Travel {
  static constexpr Topology topology = Topology::complete;
  Read<City> next;
  WriteArray<City> tour;
  WriteArray<std::uint64_t> visited;
  Lay cross;
  StepTo step;
  At at;
  TickNumber tick;
  Iteration iteration;
  bool counts;

  template <class Here>
  void operator()(const Here& here) const {
    const std::uint32_t taken = iteration.step(tick());
    const bool returns = taken == iteration.cities - 1;
    const City to = returns ? known_city(tour(here)[0], iteration.cities) : next(here);
    if (!returns) {
      tour(here)[taken + 1] = to;
      add(visited(here), to);
    }
    const NodeRef there = at(to);
    if (counts) {
      cross(here.node, to, 1);
      cross(there, static_cast<std::uint32_t>(here.id(here.node)), 1);
    }
    step(here, there);
  }
};

/// Act, in the closing tick: the tour is measured and improved. Throws StateError when it is not a tour, as only a forged agent's can be.
struct Close {
  static constexpr Topology topology = Topology::complete;
  WriteArray<City> tour;
  Write<std::uint64_t> length;
  Add lengths, tours;
  Known seasons;
  Offer iteration_best, season_best, best;
  TickNumber tick;
  Iteration iteration;
  const Guide* guide;

  template <class Here>
  void operator()(const Here& here) const {
    const std::span<City> mine = tour(here);
    for (const City city : mine) known_city(city, iteration.cities);
    auto measured = static_cast<std::int64_t>(guide->distances.length(mine));
    if (guide->rules.exchange != Exchange::none) {
      const auto search = guide->searches.take();
      measured -= static_cast<std::int64_t>(search->improve(mine));
    }
    length(here) = static_cast<std::uint64_t>(measured);
    lengths(measured);
    tours(1);
    const auto fill = [&](std::span<std::int64_t> payload) { pack_tour(mine, iteration.number(tick()), payload); };
    iteration_best(measured, here.id(), fill);
    season_best(season_value(seasons(), measured), here.id(), fill);
    best(measured, here.id(), fill);
  }
};

/// Act, in the renewing tick: of as, every ant lays scale / length on the edges of its tour; then all begin at a city drawn afresh.
struct StartAnew {
  static constexpr Topology topology = Topology::complete;
  WriteArray<City> tour;
  WriteArray<std::uint64_t> visited;
  Read<std::uint64_t> length;
  Lay lay;
  StepTo step;
  At at;
  Draws draws;
  const Guide* guide;

  /// What an edge of a tour of this length gets, in units of 2^-32 / scale.
  static std::int64_t amount(std::uint64_t scale, std::uint64_t length) {
    return static_cast<std::int64_t>((static_cast<unsigned __int128>(scale) << 32) / std::max<std::uint64_t>(length, 1));
  }

  template <class Here>
  void operator()(const Here& here) const {
    const std::span<City> mine = tour(here);
    if (guide->rules.algorithm == Algorithm::as) {
      const std::int64_t share = amount(guide->scale, length(here));
      for (std::size_t i = 0; i < mine.size(); ++i) {
        const City from = mine[i], to = mine[i + 1 == mine.size() ? 0 : i + 1];
        lay(at(from), to, share);
        lay(at(to), from, share);
      }
    }
    const auto start = static_cast<City>(below(draws(here)[0], guide->cities()));
    const std::span<std::uint64_t> seen = visited(here);
    std::fill(seen.begin(), seen.end(), 0);
    add(seen, start);
    mine[0] = start;
    step(here, at(start));
  }
};

}  // namespace colony
