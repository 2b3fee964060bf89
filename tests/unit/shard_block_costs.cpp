// shard/block_costs: a tick's time, shared out over the blocks by what is in them.
#include "shard/block_costs.hpp"

#include <gtest/gtest.h>

#include <numeric>

#include "tests/support/colony.hpp"
#include "tests/support/graphs.hpp"

namespace colony::testing {
namespace {

class ManualClock final : public Clock {
 public:
  std::uint64_t now_ns() override { return now; }
  std::uint64_t now = 1000;
};

WorkMeter meter_of(ManualClock& clock, std::uint64_t nodes_ns, std::uint64_t agents_ns) {
  WorkMeter meter(clock);
  meter.begin();
  clock.now += nodes_ns;
  meter.end(TickStep::decay);
  meter.begin();
  clock.now += agents_ns;
  meter.end_pass(TickStep::sense, 1, TickStep::act, 2);
  return meter;
}

TEST(BlockCosts, AgentsAndNodesHaveTheirSharesOfTheTime) {
  ManualClock clock;
  // All ants stand on the nest, in the middle of the third of four blocks of four rows.
  Colony colony({"foraging",
                 {{"nest", std::vector<double>{8, 10, 1}}, {"piles", std::vector<std::vector<double>>{{1, 1, 1, 1}}}},
                 lattice(16, 16),
                 50},
                {.blocks = 4});
  Part& part = colony.host().shards().front()->part();
  Globals globals(colony.schema().slot_count(), 0);
  part.begin_tick(Tick(0), globals);
  ASSERT_EQ(part.geometry.blocks.size(), 4u);
  const auto costs = block_costs(part, meter_of(clock, 4000, 6000), 1'000'000);
  ASSERT_EQ(costs.size(), 4u);
  for (std::size_t b = 0; b < 4; ++b) EXPECT_EQ(costs[b].block, part.geometry.blocks[b].id.value);
  EXPECT_NEAR(static_cast<double>(costs[2].ns), 700'000, 2) << "a quarter of the nodes' time and all of the agents'";
  EXPECT_NEAR(static_cast<double>(costs[0].ns), 100'000, 2);
}

TEST(BlockCosts, TimeOfAgentsThatAreSensedWholeIsTheAgents) {
  SystemClock clock;
  Colony colony({"foraging", {}, lattice(16, 16), 2000}, {.backend = "rehearsal"});
  WorkMeter meter(clock);
  colony.host().shards().front()->part().timer = &meter;
  colony.run(3);
  EXPECT_GT(meter.agents_ns(), 0u);
  EXPECT_GT(meter.nodes_ns(), 0u);
}

TEST(BlockCosts, WhereOnlySomeNodesAreVisitedTheirEdgesCount) {
  ManualClock clock;
  Colony colony(
      {"epidemic", {{"seed_nodes", std::vector<std::int64_t>{3}}, {"infection", 0.0}, {"recovery", 0.0}}, random_graph(200, 900, false), 0},
      {.blocks = 5});
  Part& part = colony.host().shards().front()->part();
  Globals globals(colony.schema().slot_count(), 0);
  part.begin_tick(Tick(0), globals);
  const auto costs = block_costs(part, meter_of(clock, 10, 0), 1000);
  const std::uint64_t sum =
      std::accumulate(costs.begin(), costs.end(), std::uint64_t{0}, [](auto s, const BlockCost& c) { return s + c.ns; });
  EXPECT_LE(sum, 1000u);
  EXPECT_GE(sum, 990u);
}

}  // namespace
}  // namespace colony::testing
