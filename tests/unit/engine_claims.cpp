// Claims: who wins, against a sort by priority.
#include "engine/effects/claim.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <set>

#include "engine/model/model.hpp"
#include "tests/support/bazaar.hpp"
#include "tests/support/colony.hpp"
#include "tests/support/graphs.hpp"

namespace colony::testing {
namespace {

/// A part with agents whose claims a test writes by hand.
class Contest {
 public:
  explicit Contest(std::uint64_t seed = 42)
      : colony_({"", {}, lattice(12, 10), 60, seed, [] { return std::make_unique<Bazaar>(0.25); }}, {1, 2, "range", 1}),
        part_(colony_.host().shards()[0]->part()) {
    part_.begin_tick(Tick(3), globals_);
    std::fill_n(stock(), part_.geometry.owned, 0u);
  }
  std::uint32_t* stock() { return part_.columns[colony_.schema().layer().claims[0].stock_column].as<std::uint32_t>(); }
  void claim(std::size_t worker, LocalIndex node, std::uint32_t slot, std::uint16_t species = 0, std::uint16_t origin = 0) {
    claims().entries[worker].push_back({node, slot, species, origin});
  }
  /// (species, agent id) of the winners.
  std::set<std::pair<int, std::uint64_t>> decide() {
    claims().commit(part_, executor_);
    std::set<std::pair<int, std::uint64_t>> ids;
    for (const ClaimEntry& winner : claims().winners) EXPECT_TRUE(ids.insert({winner.species, id(winner.species, winner.slot)}).second);
    return ids;
  }
  std::uint64_t id(std::size_t species, std::uint32_t slot) { return part_.species[species].ids[slot]; }
  std::uint64_t priority(std::size_t species, std::uint32_t slot) {
    return high_word(draw_entity(part_.key(Stream::claim), id(species, slot), std::uint64_t{species} << 32));
  }
  Part& part() { return part_; }
  ClaimEffect& claims() { return part_.effect<ClaimEffect>(part_.schema.layer().claims[0].effect); }

 private:
  Colony colony_;
  Part& part_;
  Executor executor_{1};
  Globals globals_;
};

TEST(Claims, AllWinWhereThereIsEnough) {
  Contest contest;
  contest.stock()[7] = 3;
  contest.claim(0, 7, 4);
  contest.claim(1, 7, 9);
  EXPECT_EQ(contest.decide().size(), 2u);
  EXPECT_EQ(contest.stock()[7], 1u);
  EXPECT_EQ(contest.claims().contests, 0u);
  EXPECT_TRUE(contest.decide().empty()) << "claims are of one tick";
  EXPECT_EQ(contest.stock()[7], 1u);
}

TEST(Claims, NobodyWinsNothing) {
  Contest contest;
  contest.claim(0, 7, 4);
  EXPECT_TRUE(contest.decide().empty());
  EXPECT_EQ(contest.stock()[7], 0u) << "never below zero";
  EXPECT_EQ(contest.claims().contests, 1u);
}

TEST(Claims, ContestsAcrossShardsAreCounted) {
  Contest contest;
  contest.stock()[3] = 1;
  contest.claim(0, 3, 1, 0, 0);
  contest.claim(0, 3, 2, 0, 2);
  contest.claim(0, 5, 3, 0, 0);
  contest.claim(0, 5, 4, 0, 0);
  EXPECT_EQ(contest.decide().size(), 1u);
  EXPECT_EQ(contest.claims().contests, 2u);
  EXPECT_EQ(contest.claims().remote_contests, 1u);
}

TEST(Claims, TheWinnerChangesWithTheTick) {
  Contest contest;
  std::set<std::pair<int, std::uint64_t>> winners;
  for (std::uint64_t tick = 0; tick < 60; ++tick) {
    contest.part().begin_tick(Tick(tick), *contest.part().globals);
    contest.stock()[0] = 1;
    for (std::uint32_t slot = 0; slot < 6; ++slot) contest.claim(0, 0, slot);
    for (const auto& winner : contest.decide()) winners.insert(winner);
  }
  EXPECT_EQ(winners.size(), 6u) << "each of six should win once in sixty";
}

TEST(Claims, TheSmallestPrioritiesWin) {
  EXPECT_TRUE(rc::check("exactly the claimants of smallest priority win, up to the stock", [] {
    Contest contest(*rc::gen::arbitrary<std::uint64_t>());
    const auto nodes = *rc::gen::inRange<LocalIndex>(1, 6);
    using Claimant = std::tuple<std::uint64_t, int, std::uint64_t>;  // priority, species, id
    std::vector<std::vector<Claimant>> claimants(nodes);
    const std::vector<std::pair<int, std::uint32_t>> limits{{0, 60}, {1, 15}};
    for (const auto& [species, slots] : limits)
      for (std::uint32_t slot = 0; slot < slots; ++slot) {
        const auto node = *rc::gen::inRange<LocalIndex>(0, nodes + 2);
        if (node >= nodes) continue;  // does not claim
        contest.claim(*rc::gen::inRange<std::size_t>(0, 2), node, slot, static_cast<std::uint16_t>(species));
        const auto s = static_cast<std::size_t>(species);
        claimants[node].emplace_back(contest.priority(s, slot), species, contest.id(s, slot));
      }
    std::set<std::pair<int, std::uint64_t>> expected;
    std::vector<std::uint32_t> left;
    for (LocalIndex node = 0; node < nodes; ++node) {
      const auto stock = *rc::gen::inRange<std::uint32_t>(0, 20);
      contest.stock()[node] = stock;
      std::sort(claimants[node].begin(), claimants[node].end());
      const std::size_t granted = std::min<std::size_t>(stock, claimants[node].size());
      for (std::size_t i = 0; i < granted; ++i) expected.emplace(std::get<1>(claimants[node][i]), std::get<2>(claimants[node][i]));
      left.push_back(stock - static_cast<std::uint32_t>(granted));
    }
    RC_ASSERT(contest.decide() == expected);
    for (LocalIndex node = 0; node < nodes; ++node) RC_ASSERT(contest.stock()[node] == left[node]);
  }));
}

}  // namespace
}  // namespace colony::testing
