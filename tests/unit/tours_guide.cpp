// models/tours: what guides an ant, against the plain formula, and the seasons of a max-min ant system.
#include <gmock/gmock.h>

#include <cmath>
#include <numeric>

#include "engine/error.hpp"
#include "engine/globals/best.hpp"
#include "models/tours/ant_kernels.hpp"
#include "models/tours/city_kernels.hpp"
#include "models/tours/guide.hpp"
#include "tests/support/colony.hpp"
#include "tests/support/instances.hpp"

namespace colony::testing {
namespace {

/// Cities on a line at these places.
Instance line(const std::vector<double>& places) {
  Instance instance;
  instance.name = "line";
  instance.x = places;
  instance.y.assign(places.size(), 0);
  return instance;
}

Rules rules(double alpha, double beta) {
  Rules made;
  made.alpha = alpha;
  made.beta = beta;
  made.ants = 3;
  return made;
}

TEST(Guide, PullsAreInProportionToTheFormula) {
  const Guide guide(line({0, 10, 30, 60, 100, 150}), 4, rules(1.5, 3));
  std::vector<float> pheromone{0.5f, 0.25f, 1, 0.125f, 2, 0.75f};
  std::vector<std::uint64_t> pull(4);
  guide.pull(2, pheromone, pull);
  const City* near = guide.distances.nearest(2);
  std::vector<double> expected;
  for (int k = 0; k < 4; ++k) expected.push_back(std::pow(pheromone[near[k]], 1.5) / std::pow(guide.distances(2, near[k]), 3));
  const double most = *std::max_element(expected.begin(), expected.end());
  for (int k = 0; k < 4; ++k) EXPECT_NEAR(static_cast<double>(pull[k]) * 0x1p-57, expected[k] / most, 1e-6) << k;
}

TEST(Guide, CitiesOnEachOtherLeaveTheOthersApart) {
  const Guide guide(line({0, 0, 26, 60, 300}), 4, rules(1, 5));
  const std::vector<float> pheromone(5, 1e-6f);
  std::vector<std::uint64_t> pull(4);
  guide.pull(0, pheromone, pull);
  EXPECT_EQ(guide.distances.nearest(0)[0], 1);
  EXPECT_GT(pull[0], pull[1]);
  EXPECT_GT(pull[1], 30 * pull[2]) << "26 against 60, to the fifth power, with the twin visited";
}

TEST(Guide, ExtremesGiveWeightsOfAtLeastOne) {
  const Guide guide(line({0, 1, 1e6, 2e6, 1e9}), 4, rules(10, 20));
  std::vector<float> pheromone(5, std::numeric_limits<float>::min());
  std::vector<std::uint64_t> pull(4);
  guide.pull(0, pheromone, pull);
  EXPECT_THAT(pull, ::testing::Each(::testing::AllOf(::testing::Ge(1u), ::testing::Le(std::uint64_t{1} << 57))));
  std::vector<std::uint64_t> visited(1);
  for (const City city : {0, 1, 3}) add(visited, city);
  pheromone.assign(5, 1.0f);
  EXPECT_EQ(guide.best_left(0, pheromone, visited), 2) << "the nearer of two whose attractions are lost: the smaller number";
}

TEST(Guide, TheBestThatIsLeft) {
  const Guide guide(line({0, 10, 20, 30, 40, 50, 60}), 2, rules(1, 1));
  std::vector<float> pheromone(7, 1.0f);
  std::vector<std::uint64_t> visited(1);
  for (const City city : {3, 2, 4}) add(visited, city);
  EXPECT_EQ(guide.best_left(3, pheromone, visited), 1) << "of the equally near the smaller number";
  pheromone[6] = 1.6f;  // 1.6 / 30 > 1 / 20
  EXPECT_EQ(guide.best_left(3, pheromone, visited), 6);
  for (const City city : {0, 1, 5, 6}) visited[0] |= city == 0 ? 0 : std::uint64_t{1} << city;
  EXPECT_EQ(guide.best_left(3, pheromone, visited), 0);
}

TEST(Guide, NeighboursInATour) {
  const std::vector<City> tour{4, 2, 0, 3, 1};
  EXPECT_EQ(beside(tour, 4).before, 1);
  EXPECT_EQ(beside(tour, 4).after, 2);
  EXPECT_EQ(beside(tour, 1).after, 4);
  EXPECT_THROW(beside(tour, 5), StateError);
  EXPECT_THROW(beside(std::vector<City>{4, 2, 0, 9, 1}, 0), StateError);
}

TEST(Guide, ALaterSeasonBeatsAShorterTour) {
  EXPECT_LT(season_value(4, 1'000'000), season_value(3, 5));
  EXPECT_LT(season_value(4, 5), season_value(4, 6));
  EXPECT_EQ(season_length(season_value(7, 123'456)), 123'456);
  EXPECT_GE(season_value(std::int64_t{1} << 40, 1), 0);
}

/// Cities at random; one ant, so that nothing better is found for long.
Case impatient(std::int64_t patience) {
  return {"tours", {{"instance", instance_file(12, 4)}, {"patience", patience}, {"candidates", std::int64_t{5}}}, {}, 2};
}

TEST(Seasons, PheromoneIsLaidAfreshAfterPatience) {
  Colony colony(impatient(1), {2, 1, "hash", 12});
  std::int64_t seasons = 0;
  int afresh = 0;
  for (int iteration = 0; iteration < 60; ++iteration) {
    colony.run(14);
    if (colony.observe("seasons") == seasons) continue;
    EXPECT_EQ(colony.observe("seasons"), ++seasons);
    const auto first = static_cast<float>(1 / (0.1 * static_cast<double>(colony.observe("best"))));
    for (const auto& shard : colony.host().shards()) {
      const Part& part = shard->part();
      const float* rows = part.columns[0].as<float>();
      for (std::size_t i = 0; i < std::size_t{part.geometry.owned} * 12; ++i) EXPECT_EQ(rows[i], first);
    }
    ++afresh;
  }
  EXPECT_GT(afresh, 5);
  Colony patient(impatient(1000), {1, 1, "range", 1});
  patient.run(14 * 60);
  EXPECT_EQ(patient.observe("seasons"), 0);
}

TEST(Seasons, PheromoneStaysWithinItsBounds) {
  Colony colony(impatient(1000), {1, 1, "range", 1});
  colony.run(14 * 200);
  const Rules mmas = [] {
    Rules made;
    made.rho = 0.1;
    return made;
  }();
  const double best = static_cast<double>(colony.observe("best")), high = 1 / (mmas.rho * best);
  const double p = std::pow(0.05, 1.0 / 12), low = high * (1 - p) / ((5 + 1) / 2 * p);
  const Part& part = colony.host().shards()[0]->part();
  const float* rows = part.columns[0].as<float>();
  float least = rows[1], most = rows[1];
  for (std::size_t i = 0; i < 12 * 12; ++i) {
    least = std::min(least, rows[i]);
    most = std::max(most, rows[i]);
  }
  EXPECT_NEAR(least, low, 1e-5 * low) << "edges that nobody takes sink to the lower bound";
  EXPECT_LE(most, high * (1 + 1e-6));
  EXPECT_GT(most, 2 * low);
}

}  // namespace
}  // namespace colony::testing
