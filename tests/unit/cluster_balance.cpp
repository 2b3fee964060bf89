// Blocks that move because members take unequally long: the policy by itself, and in the course of a run.
#include "coordinator/rebalance.hpp"

#include <numeric>
#include <random>

#include "tests/unit/cluster_support.hpp"

namespace colony::testing {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

// ---- The policy ----

using Costs = std::vector<std::uint64_t>;

/// [blocks] owners, by position among the shards 0, 1, ...
Placement table(std::uint32_t members, std::vector<std::uint32_t> owners) {
  std::vector<ShardId> shards;
  for (std::uint32_t s = 0; s < members; ++s) shards.emplace_back(s);
  return {shards, owners, Costs(owners.size(), 1), {}};
}

Costs times_of(const Placement& now, const Costs& costs, const std::vector<Move>& moves) {
  std::vector<ShardId> owners;
  for (std::uint32_t b = 0; b < costs.size(); ++b) owners.push_back(now.owner(BlockId(b)));
  for (const Move& move : moves) {
    EXPECT_EQ(owners[move.block.value], move.from);
    owners[move.block.value] = move.to;
  }
  Costs times(now.members().size(), 0);
  for (std::uint32_t b = 0; b < costs.size(); ++b)
    times[static_cast<std::size_t>(std::find(now.members().begin(), now.members().end(), owners[b]) - now.members().begin())] += costs[b];
  return times;
}

TEST(Rebalance, MovesTheBlockThatLeavesTheSlowerOfTwoFastest) {
  std::vector<std::uint32_t> owners(40, 1);
  for (std::uint32_t b = 0; b < 20; ++b) owners[b] = 0;
  Costs costs(40, 10);
  costs[3] = 60;
  costs[7] = 150;
  costs[9] = 60;
  const BalancePlan plan = plan_balance(table(2, owners), costs, {});
  // 440 and 200: of the blocks of 10, 60 and 150 one of 60 leaves 380 and 260, that of 150 290 and 350.
  ASSERT_FALSE(plan.moves.empty());
  EXPECT_EQ(plan.moves[0], (Move{BlockId(7), ShardId(0), ShardId(1)}));
  EXPECT_EQ(plan.slowest_ns, 440u);
  EXPECT_EQ(plan.mean_ns, 320u);
  EXPECT_LE(plan.then_slowest_ns, 350u);
}

TEST(Rebalance, TiesGoToTheSmallerId) {
  std::vector<std::uint32_t> owners(80, 3);
  for (std::uint32_t b = 0; b < 40; ++b) owners[b] = b % 2 == 0 ? 2 : 1;
  Costs costs(80, 0);
  for (std::uint32_t b = 0; b < 40; ++b) costs[b] = 10;
  const BalancePlan plan = plan_balance(table(4, owners), costs, {});
  EXPECT_THAT(plan.moves, ElementsAre(Move{BlockId(1), ShardId(1), ShardId(0)}, Move{BlockId(0), ShardId(2), ShardId(3)},
                                      Move{BlockId(3), ShardId(1), ShardId(0)}, Move{BlockId(2), ShardId(2), ShardId(3)}));
}

TEST(Rebalance, LeavesAloneWhatIsNearlyEvenOrWouldNotGetBetter) {
  std::vector<std::uint32_t> owners(40, 1);
  for (std::uint32_t b = 0; b < 20; ++b) owners[b] = 0;
  Costs costs(40, 10);
  for (std::uint32_t b = 0; b < 10; ++b) costs[b] = 14;
  EXPECT_THAT(plan_balance(table(2, owners), costs, {}).moves, IsEmpty()) << "240 and 200";
  costs.assign(40, 0);
  costs[0] = 1000;
  costs[30] = 1;
  EXPECT_THAT(plan_balance(table(2, owners), costs, {}).moves, IsEmpty()) << "one block is all there is: the other would be as slow";
  costs[1] = 5;
  EXPECT_THAT(plan_balance(table(2, owners), costs, {}).moves, IsEmpty()) << "half a percent is not worth a checkpoint";
  EXPECT_THAT(plan_balance(table(2, owners), Costs(40, 0), {}).moves, IsEmpty()) << "nothing was measured";
  EXPECT_THAT(plan_balance(table(2, std::vector<std::uint32_t>(19, 0)), Costs(19, 9), {}).moves, IsEmpty()) << "one would be more than 5 %";
  EXPECT_EQ(plan_balance(table(2, std::vector<std::uint32_t>(20, 0)), Costs(20, 9), {}).moves.size(), 1u);
}

TEST(Rebalance, WhatTheUserHasPinnedStays) {
  const Placement all_on_one = table(2, std::vector<std::uint32_t>(20, 0));
  EXPECT_THAT(plan_balance(all_on_one, Costs(20, 9), {BlockId(0), BlockId(1)}).moves,
              ElementsAre(Move{BlockId(2), ShardId(0), ShardId(1)}));
  std::set<BlockId> all;
  for (std::uint32_t b = 0; b < 20; ++b) all.insert(BlockId(b));
  EXPECT_THAT(plan_balance(all_on_one, Costs(20, 9), all).moves, IsEmpty());
}

TEST(Rebalance, HoldsItsPromisesForAnyTimesAndComesToRest) {
  std::mt19937 random(5);
  std::size_t moved = 0;
  for (int round = 0; round < 400; ++round) {
    const std::uint32_t members = 1 + random() % 7, blocks = random() % 200;
    std::vector<std::uint32_t> owners(blocks);
    Costs costs(blocks);
    for (auto& owner : owners) owner = random() % members * (random() % 3 != 0);
    for (auto& cost : costs) cost = random() % 1000 * (random() % 2);
    std::set<BlockId> stay;
    if (blocks != 0 && round % 2 == 0) stay.insert(BlockId(random() % blocks));
    std::uint64_t slowest = ~0ull;
    for (int times = 0;; ++times) {
      ASSERT_LT(times, 200) << "it goes on for ever";
      const Placement now = table(members, owners);
      const BalancePlan plan = plan_balance(now, costs, stay);
      if (plan.moves.empty()) break;
      moved += plan.moves.size();
      ASSERT_LE(plan.moves.size() * 20, blocks);
      std::set<BlockId> seen;
      for (const Move& move : plan.moves) {
        ASSERT_TRUE(seen.insert(move.block).second && !stay.contains(move.block) && move.from != move.to);
        owners[move.block.value] = move.to.value;
      }
      const Costs then = times_of(now, costs, plan.moves);
      ASSERT_EQ(*std::max_element(then.begin(), then.end()), plan.then_slowest_ns);
      ASSERT_LT(plan.then_slowest_ns, plan.slowest_ns);
      ASSERT_LE(plan.slowest_ns, slowest);
      slowest = plan.then_slowest_ns;
    }
  }
  EXPECT_GT(moved, 1000u);
}

// ---- In a run ----

/// Of 40 blocks those below 10 cost a hundred times as much as the others.
std::uint64_t uneven(std::uint32_t block) { return block < 10 ? 100'000 : 1000; }

std::vector<Pin> all_heavy_on_shard_0() {
  std::vector<Pin> pins;
  for (std::uint32_t b = 0; b < 40; ++b) pins.push_back({BlockId(b), ShardId(b < 20 ? 0 : 1)});
  return pins;
}

std::size_t told(const ClusterWorld& world) {
  return static_cast<std::size_t>(
      std::count_if(world.said.begin(), world.said.end(), [](const std::string& text) { return text.starts_with("rebalance: a tick"); }));
}

TEST(ClusterBalance, MovesAFewBlocksAtACheckpointAndAgainUntilItIsEven) {
  ClusterWorld world({.places = 2, .last = 99, .blocks = 40, .rebalance_every = 5, .block_ns = uneven});
  world.start(4);
  const Placement first = *world.cluster->placement();
  const auto heavy = [&](const Placement& p, std::uint32_t shard) {
    const auto blocks = p.blocks_of(ShardId(shard));
    return std::count_if(blocks.begin(), blocks.end(), [](BlockId b) { return b.value < 10; });
  };
  ASSERT_NE(heavy(first, 0), 5) << "the ring has them even: there is nothing to do";
  world.deliver(1);
  const Texts texts = world.deliver(2);
  EXPECT_THAT(texts, Contains("1: checkpoint 5")) << "at the boundary that was measured";
  EXPECT_THAT(world.said, Contains(StartsWith("rebalance: a tick takes the members 0.515 ms on average")));
  world.settle();
  EXPECT_EQ(world.finish->exit_status, 0);
  const Placement last = *world.cluster->placement();
  EXPECT_EQ(world.epoch, 1 + told(world));
  EXPECT_LE(diff(first, last).size(), 2 * told(world)) << "no block follows those that move";
  EXPECT_LE(std::max(heavy(last, 0), heavy(last, 1)), 6);
}

TEST(ClusterBalance, TheUsersPinsWin) {
  ClusterWorld world({.places = 2, .last = 60, .pins = all_heavy_on_shard_0(), .blocks = 40, .rebalance_every = 5, .block_ns = uneven});
  world.start();
  world.settle();
  EXPECT_EQ(world.epoch, 1u) << "all blocks are where the user wants them";

  std::vector<Pin> some = all_heavy_on_shard_0();
  some.erase(some.begin() + 6, some.end());  // blocks 0 to 5 on shard 0
  ClusterWorld other({.places = 2, .last = 60, .pins = some, .blocks = 40, .rebalance_every = 5, .block_ns = uneven});
  other.start(6);
  other.pin(39, 0);
  other.settle();
  for (std::uint32_t b = 0; b < 6; ++b) EXPECT_EQ(other.cluster->placement()->owner(BlockId(b)), ShardId(0));
  EXPECT_EQ(other.cluster->placement()->owner(BlockId(39)), ShardId(0)) << "also after blocks were balanced";
  for (const FakeMember* m : {&other.member(1), &other.member(2)})
    for (std::uint32_t b = 0; b < 40; ++b)
      EXPECT_LE(std::count_if(m->pins.begin(), m->pins.end(), [&](const PinSpec& pin) { return pin.block == b; }), 1);
}

TEST(ClusterBalance, StandsAsLongAsTheMembersAreThoseThatWereMeasured) {
  ClusterWorld world({.places = 3, .last = 100, .blocks = 60, .rebalance_every = 10});
  world.start();
  world.options.block_ns = [first = *world.cluster->placement()](std::uint32_t b) {
    return first.owner(BlockId(b)) == ShardId(0) ? 30'000 + b : 1000;
  };
  for (auto& [connection, m] : world.members) m.block_ns = world.options.block_ns;
  while (world.cluster->tick().value < 35) {
    for (std::uint64_t c = 1; c <= 3; ++c) world.deliver(c);
    if (world.pending) world.commit();
  }
  ASSERT_EQ(told(world), 3u);
  const Placement balanced = *world.cluster->placement();
  const auto begin_with = [&](std::vector<std::uint64_t> connections) {
    while (std::string(world.cluster->phase()) != "running") {
      ASSERT_FALSE(world.finish);
      for (const std::uint64_t c : connections) world.deliver(c);
      if (world.pending) world.commit();
    }
  };
  world.disconnect(2);
  world.join(4, 1);
  begin_with({1, 3, 4});
  EXPECT_EQ(*world.cluster->placement(), balanced) << "another process in the same place";
  world.disconnect(4);
  world.pass(5000);
  begin_with({1, 3});
  EXPECT_THAT(world.said, Contains(HasSubstr("the members are others now")));
  EXPECT_EQ(*world.cluster->placement(),
            place({.members = {ShardId(0), ShardId(2)}, .block_sizes = std::vector<std::uint64_t>(60, 4), .pins = {}}));
  world.settle();
  EXPECT_EQ(world.finish->exit_status, 0);
}

TEST(ClusterBalance, NeverWhenItIsNotAskedForAndNeverForOneMember) {
  ClusterWorld never({.places = 2, .last = 40, .blocks = 40, .block_ns = uneven});
  never.start();
  never.settle();
  EXPECT_EQ(never.epoch, 1u);
  ClusterWorld alone({.places = 1, .last = 40, .blocks = 40, .rebalance_every = 1, .block_ns = uneven});
  alone.start();
  alone.settle();
  EXPECT_EQ(alone.epoch, 1u);
}

TEST(ClusterBalance, TimesThatCanNotBeHarmNothing) {
  ClusterWorld world({.places = 2, .last = 30, .blocks = 40, .rebalance_every = 5, .block_ns = [](std::uint32_t b) {
                        return b % 5 == 0 ? ~std::uint64_t{0} : 0;
                      }});
  world.start();
  world.settle();
  EXPECT_EQ(world.finish->exit_status, 0);
}

}  // namespace
}  // namespace colony::testing
