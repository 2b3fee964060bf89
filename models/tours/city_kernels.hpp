// What the cities do: each keeps the pheromone of its own edges, and keeps its half of an edge equal to the other's by doing the same to
// it.
#pragma once

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

#include "engine/error.hpp"
#include "engine/math.hpp"
#include "engine/model/model.hpp"
#include "models/tours/ant_kernels.hpp"

namespace colony {

/// The two cities next to a city in a tour, which a manifest or a coordinator brings. Throws StateError when it lacks that city or they
/// are not the instance's.
struct Beside {
  City before, after;
};
inline Beside beside(std::span<const City> tour, City city) {
  const auto at = static_cast<std::size_t>(std::find(tour.begin(), tour.end(), city) - tour.begin());
  if (at == tour.size()) throw StateError("the best tour lacks city " + std::to_string(city + 1));
  const Beside ends{tour[at == 0 ? tour.size() - 1 : at - 1], tour[at + 1 == tour.size() ? 0 : at + 1]};
  if (std::max(ends.before, ends.after) >= tour.size()) throw StateError("the best tour leads to a city that the instance lacks");
  return ends;
}

/// Decay, in the closing tick: how many of the nearest cities are promising, their pheromone above the least by a twentieth of the range
/// (the lambda-branching factor; Gambardella, Dorigo 1995).
struct CountBranches {
  static constexpr Topology topology = Topology::complete;
  ReadArray<float> pheromone;
  Add branches;
  const Guide* guide;

  template <class Here>
  void operator()(const Here& here) const {
    const City* near = guide->distances.nearest(static_cast<City>(here.id()));
    const std::span<const float> row = pheromone(here);
    const std::uint32_t count = guide->distances.candidates();
    float least = row[near[0]], most = least;
    for (std::uint32_t k = 1; k < count; ++k) {
      least = std::min(least, row[near[k]]);
      most = std::max(most, row[near[k]]);
    }
    const float limit = least + 0.05f * (most - least);
    std::int64_t promising = 0;
    for (std::uint32_t k = 0; k < count; ++k) promising += row[near[k]] >= limit;
    branches(promising);
  }
};

/// Decay, of acs in every tick in which ants travel: each crossing draws the pheromone of an edge towards its first value.
struct Wear {
  static constexpr Topology topology = Topology::complete;
  Laid crossed;
  WriteArray<float> pheromone;
  WriteArray<std::uint64_t> pull;
  const Guide* guide;

  template <class Here>
  void operator()(const Here& here) const {
    const std::span<const TraceDeposit> crossings = crossed(here);
    if (crossings.empty()) return;
    const auto kept = static_cast<float>(1 - guide->rules.local_rho), added = static_cast<float>(guide->rules.local_rho) * guide->first;
    const std::span<float> row = pheromone(here);
    for (const TraceDeposit& crossing : crossings) row[crossing.towards] = kept * row[crossing.towards] + added;
    guide->pull(static_cast<City>(here.id()), row, pull(here));
  }
};

/// Decay, in the renewing tick, of as: pheromone evaporates, and what the ants laid is added.
struct RenewByAll {
  static constexpr Topology topology = Topology::complete;
  Laid laid;
  WriteArray<float> pheromone;
  WriteArray<std::uint64_t> pull;
  const Guide* guide;

  template <class Here>
  void operator()(const Here& here) const {
    const std::span<float> row = pheromone(here);
    thread_local std::vector<std::int64_t> sums;  // whole numbers: their order can't show
    sums.assign(row.size(), 0);
    for (const TraceDeposit& deposit : laid(here)) sums[deposit.towards] += deposit.amount;
    const double quantum = 0x1p-32 / static_cast<double>(guide->scale), kept = 1 - guide->rules.rho;
    for (std::size_t i = 0; i < row.size(); ++i)
      row[i] = std::max(std::numeric_limits<float>::min(), static_cast<float>(kept * row[i] + quantum * static_cast<double>(sums[i])));
    guide->pull(static_cast<City>(here.id()), row, pull(here));
  }
};

/// Decay, in the renewing tick, of acs: the best tour so far alone is renewed.
struct RenewBest {
  static constexpr Topology topology = Topology::complete;
  KnownBest best;
  WriteArray<float> pheromone;
  WriteArray<std::uint64_t> pull;
  const Guide* guide;

  template <class Here>
  void operator()(const Here& here) const {
    const std::span<float> row = pheromone(here);
    const auto city = static_cast<City>(here.id());
    const Beside ends = beside(tour_of(best.payload(), guide->cities()), city);
    const auto kept = static_cast<float>(1 - guide->rules.rho);
    const auto added = static_cast<float>(guide->rules.rho / static_cast<double>(std::max<std::int64_t>(best.value(), 1)));
    row[ends.before] = kept * row[ends.before] + added;
    row[ends.after] = kept * row[ends.after] + added;
    guide->pull(city, row, pull(here));
  }
};

/// The bounds of pheromone in a max-min ant system, from the best length so far (Stuetzle, Hoos 2000). Without local search the lower one
/// lets a converged colony build its best tour with probability 0.05; with it, the tours need less spread, and 1 / 2n of the upper will do.
struct Bounds {
  double low, high;
  static Bounds of(const Guide& guide, double length) {
    const double n = guide.cities(), high = 1 / (guide.rules.rho * length);
    if (guide.rules.exchange != Exchange::none) return {high / (2 * n), high};
    const double p = exp64(log64(0.05) / n), choices = (guide.distances.candidates() + 1) / 2;
    return {std::min(high, high * (1 - p) / (choices * p)), high};
  }
};

/// Decay, in the renewing tick, of mmas: everything evaporates, one tour gets its share, and the bounds hold. Now and then the tour is the
/// best of the season instead of the iteration's. After long stagnation all edges start afresh, and a new season begins.
struct RenewByOne {
  static constexpr Topology topology = Topology::complete;
  KnownBest iteration_best, season_best, best;
  Known season_began;
  WriteArray<float> pheromone;
  WriteArray<std::uint64_t> pull;
  Add seasons, season_began_by;
  TickNumber tick;
  Iteration iteration;
  std::uint64_t patience;
  const Guide* guide;

  /// Every how many iterations the best of the season lays: with local search more and more often.
  std::uint64_t season_turn(std::uint64_t age) const {
    if (guide->rules.exchange == Exchange::none) return 25;
    return age < 25 ? 25 : age < 75 ? 5 : age < 125 ? 3 : age < 250 ? 2 : 1;
  }
  /// Whose tour lays. Once the best of the season lays every time and has not changed for long, that of the run does.
  const KnownBest& who_lays(std::uint64_t now, std::uint64_t idle) const {
    const std::uint64_t age = now - static_cast<std::uint64_t>(season_began()), turn = season_turn(age);
    if ((age + 1) % turn != 0) return iteration_best;
    return turn == 1 && idle > 50 ? best : season_best;
  }

  template <class Here>
  void operator()(const Here& here) const {
    const std::span<float> row = pheromone(here);
    const auto city = static_cast<City>(here.id());
    const Bounds bounds = Bounds::of(*guide, static_cast<double>(std::max<std::int64_t>(best.value(), 1)));
    const auto low = static_cast<float>(bounds.low), high = static_cast<float>(bounds.high);
    const std::uint64_t now = iteration.number(tick()), idle = now - static_cast<std::uint64_t>(season_best.payload().back());
    if (idle > patience) {
      std::fill(row.begin(), row.end(), high);
      if (city == 0) {
        seasons(1);
        season_began_by(static_cast<std::int64_t>(now + 1) - season_began());
      }
    } else {
      const KnownBest& chosen = who_lays(now, idle);
      const std::int64_t length = season_length(chosen.value());  // of the other two, the value itself
      const Beside ends = beside(tour_of(chosen.payload(), guide->cities()), city);
      const auto kept = static_cast<float>(1 - guide->rules.rho);
      const auto added = static_cast<float>(1 / static_cast<double>(std::max<std::int64_t>(length, 1)));
      for (float& value : row) value *= kept;
      row[ends.before] += added;
      row[ends.after] += added;
      for (float& value : row) value = std::clamp(value, low, high);
    }
    guide->pull(city, row, pull(here));
  }
};

/// Decay, in the renewing tick, at one city: what observers see of the last iteration until the next is closed.
struct Remember {
  static constexpr Topology topology = Topology::complete;
  KnownBest iteration_best;
  Known lengths, branches;
  Known iteration_best_was, mean_was, branching_was;
  Add iteration_best_by, mean_by, branching_by;
  const Guide* guide;

  template <class Here>
  void operator()(const Here& here) const {
    if (here.id() != 0) return;
    iteration_best_by(iteration_best.value() - iteration_best_was());
    mean_by(lengths() / guide->rules.ants - mean_was());
    branching_by(branches() * 1000 / guide->cities() - branching_was());
  }
};

}  // namespace colony
