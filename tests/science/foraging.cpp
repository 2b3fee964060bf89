// Conservation laws of foraging, exact in every tick: no food is made or lost, no pile goes below zero, no ant is lost or doubled.
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "engine/error.hpp"
#include "engine/model/setting_rules.hpp"
#include "tests/support/colony.hpp"
#include "tests/support/graphs.hpp"

namespace colony::testing {
namespace {

std::vector<std::uint64_t> ant_ids(Colony& colony) {
  std::vector<std::uint64_t> ids;
  for (const auto& shard : colony.host().shards()) {
    const SpeciesPart& ants = shard->part().species[0];
    for (std::size_t slot = 0; slot < ants.slots(); ++slot) {
      if (ants.nodes[slot] == no_index) continue;
      EXPECT_LT(ants.nodes[slot], shard->part().geometry.owned) << "an ant stands on a ghost";
      ids.push_back(ants.ids[slot]);
    }
  }
  std::sort(ids.begin(), ids.end());
  return ids;
}

void expect_conservation(const Case& what, const Shape& shape, std::uint64_t ticks) {
  Colony colony(what, shape);
  const std::int64_t total = colony.observe("food_remaining");
  ASSERT_GT(total, 0);
  std::vector<std::uint64_t> everyone(what.population);
  for (std::uint64_t id = 0; id < what.population; ++id) everyone[id] = id;
  EXPECT_EQ(ant_ids(colony), everyone);
  std::vector<std::uint32_t> food = colony.nodes<std::uint32_t>("food");
  std::int64_t most_carried = 0, delivered = 0;
  for (std::uint64_t t = 0; t < ticks; ++t) {
    colony.run(1);
    const std::int64_t remaining = colony.observe("food_remaining"), carried = colony.observe("carried");
    ASSERT_EQ(remaining + carried + colony.observe("delivered"), total) << "tick " << t + 1 << ", " << shape;
    ASSERT_GE(remaining, 0);
    ASSERT_GE(colony.observe("delivered"), delivered) << "what was delivered stays so";
    delivered = colony.observe("delivered");
    most_carried = std::max(most_carried, carried);
    std::vector<std::uint32_t> now = colony.nodes<std::uint32_t>("food");
    std::int64_t sum = 0;
    for (std::size_t i = 0; i < now.size(); ++i) {
      ASSERT_LE(now[i], food[i]) << "a pile below zero would be a huge one; node " << i;
      sum += now[i];
    }
    ASSERT_EQ(sum, remaining);
    food = std::move(now);
  }
  EXPECT_EQ(ant_ids(colony), everyone);
  EXPECT_GT(most_carried, 0);
  EXPECT_GT(delivered, 0);
  EXPECT_GT(colony.activity().contests, 0u) << "nobody fought for the last crumb";
}

/// What is within the radius is in the nest, and nothing else, also where the middle or the radius is a fraction.
TEST(Foraging, TheNestEndsAtItsRadius) {
  const std::vector<std::vector<double>> nests{{20, 18, 3}, {20.5, 18, 3}, {20.5, 18.5, 5}, {20, 18, 2.5}, {20.25, 18, 2.75}, {20, 18, 0}};
  for (const auto& nest : nests) {
    Colony colony({"foraging", {{"nest", nest}}, lattice(41, 37, 8, false), 1}, {1, 1, "range", 1});
    const std::vector<std::uint32_t> distances = colony.nodes<std::uint32_t>("nest_distance");
    const double radius2 = nest[2] * nest[2];
    for (std::size_t i = 0; i < distances.size(); ++i) {
      const double dx = static_cast<double>(i % 41) - nest[0], dy = static_cast<double>(i / 41) - nest[1];
      EXPECT_EQ(distances[i] <= static_cast<std::uint32_t>(radius2), dx * dx + dy * dy <= radius2) << i << ", radius " << nest[2];
    }
  }
}

/// In tenths, where doubles are a rounding off: the cells that exact fractions find within the radius.
TEST(Foraging, WhatIsExactlyAtTheRadiusIsInside) {
  for (int tenths = 0; tenths < 10; ++tenths) {
    const double x = 10 + tenths / 10.0;
    for (int radius = 5; radius < 60; ++radius) {
      const double r = radius / 10.0;
      Colony colony({"foraging",
                     {{"nest", std::vector<double>{x, 12, r}}, {"piles", std::vector<std::vector<double>>{{x, 12, r, 1}}}},
                     lattice(25, 25, 8, false),
                     1},
                    {1, 1, "range", 1});
      const std::vector<std::uint32_t> food = colony.nodes<std::uint32_t>("food"), nest = colony.nodes<std::uint32_t>("nest_distance");
      for (int i = 0; i < 625; ++i) {
        const int dx = i % 25 * 10 - 100 - tenths, dy = (i / 25 - 12) * 10;
        const bool inside = dx * dx + dy * dy <= radius * radius;
        EXPECT_EQ(food[static_cast<std::size_t>(i)] == 1, inside) << i << " from " << x << ", radius " << r;
        EXPECT_EQ(nest[static_cast<std::size_t>(i)] <= static_cast<std::uint32_t>(radius * radius / 100), inside) << i << ", radius " << r;
      }
    }
  }
}

TEST(Foraging, ANestThatIsTooFarIsRefused) {
  const auto nest_at_the_end = [](bool torus) {
    Colony({"foraging", {{"nest", std::vector<double>{0, 0, 5}}}, lattice(70000, 3, 8, torus), 1}, {1, 1, "range", 1});
  };
  EXPECT_THROW(nest_at_the_end(false), UsageError) << "squares of distances are kept in 32 bits";
  EXPECT_NO_THROW(nest_at_the_end(true));
}

TEST(Foraging, LaysWhatIsAskedToTheNearestUnit) {
  const Case what{"foraging", {{"deposit", 1e-7}}, lattice(20, 20), 10};
  EXPECT_THROW(Colony(what, {1, 1, "range", 1}), UsageError) << "it would lay nothing";
  const auto quanta = [](double value) { return whole_quanta("deposit", value, 0x1p-20); };
  EXPECT_EQ(quanta(2), 2 << 20);
  EXPECT_EQ(quanta(0.75 * 0x1p-20), 1);
  EXPECT_EQ(quanta(0), 0);
  EXPECT_EQ(quanta(0.3), 314573);
  EXPECT_THROW(quanta(0.25 * 0x1p-20), UsageError);
}

Case ants(GraphMaker graph) {
  return {"foraging",
          {{"start", std::string("random")},
           {"nest", std::vector<double>{20, 20, 4}},
           {"piles", std::vector<std::vector<double>>{{10, 20, 4, 2}, {30, 28, 3, 7}, {22, 8, 2, 1}}}},
          std::move(graph),
          900};
}

TEST(Foraging, ConservesFoodAndAntsOnATorus) {
  expect_conservation(ants(lattice(41, 40)), {1, 2, "range", 1}, 250);
  expect_conservation(ants(lattice(41, 40)), {4, 2, "hash", 64, true}, 250);
}

TEST(Foraging, ConservesFoodAndAntsOnABoundedLattice) { expect_conservation(ants(lattice(41, 40, 8, false)), {3, 1, "metis", 16}, 250); }

}  // namespace
}  // namespace colony::testing
