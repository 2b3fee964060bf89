// Bests of what kernels offer: which values may be, and that the same offer wins in any shape.
#include "engine/globals/best.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <span>

#include "tests/unit/engine_sketches.hpp"

namespace colony::testing {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

/// Of a node in a tick: what it offers under which id, and how it fills the payload.
struct Bid {
  std::int64_t value;
  std::uint64_t id;
  std::int64_t first, second;  ///< 0: it writes no such word
};
using Bidding = Bid (*)(std::uint64_t node, std::uint64_t tick);

/// Act.
struct OfferBid {
  Offer offer;
  TickNumber tick;
  Bidding bidding;
  template <class Here>
  void operator()(const Here& here) const {
    const Bid bid = bidding(here.id(), tick());
    offer(bid.value, bid.id, [&](std::span<std::int64_t> payload) {
      if (bid.first != 0) payload[0] = bid.first;
      if (bid.second != 0) payload[1] = bid.second;
    });
  }
};

Case bidding(Bidding bids, bool lasting = false) {
  return case_of([=](Schema& s) -> Populate {
    const GlobalBest best = s.best("best", 2, lasting);
    s.act(OfferBid{best, TickNumber(), bids});
    s.observe("value", best);
    const char* names[] = {"key", "id", "first", "second"};
    for (std::uint32_t k = 1; k < 4; ++k) s.observe_with(names[k], [slot = best.slot + k](const Globals& g) { return g[slot]; });
    return nothing_more;
  });
}

std::vector<std::int64_t> held(const Colony& colony) {
  return {colony.observe("value"), colony.observe("id"), colony.observe("first"), colony.observe("second")};
}

TEST(Best, ValuesHaveBounds) {
  constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
  const auto words =
      AllOf(StartsWith("your model: "), HasSubstr("OfferBid of Act in tick 0: Offer: a value is a number from 0 to 2^63 - 2"));
  expect_told(bidding([](std::uint64_t node, std::uint64_t) { return Bid{node == 7 ? -1 : 5, node, 1, 1}; }), words);
  expect_told(bidding([](std::uint64_t node, std::uint64_t) { return Bid{node == 7 ? most : 5, node, 1, 1}; }), words);
  expect_told(bidding([](std::uint64_t node, std::uint64_t) { return Bid{std::numeric_limits<std::int64_t>::min(), node, 1, 1}; }), words);
  run_alike(bidding([](std::uint64_t node, std::uint64_t) {
              return Bid{most - 1, node, 1, 2};
            }),
            2, [](Colony& colony) { EXPECT_THAT(held(colony), ElementsAre(most - 1, 0, 1, 2)); });
}

/// Each node beats the one before it, and leaves out a word that the other wrote.
TEST(Best, AWordThatTheWinnerLeavesOutIsZero) {
  run_alike(bidding([](std::uint64_t node, std::uint64_t) {
              return Bid{100 - static_cast<std::int64_t>(node), node, node % 2 == 0 ? 9 : 0, node % 2 == 1 ? 8 : 0};
            }),
            2, [](Colony& colony) { EXPECT_THAT(held(colony), ElementsAre(53, 47, 0, 8)); });
}

TEST(Best, IdsHaveNoSign) {
  run_alike(bidding([](std::uint64_t node, std::uint64_t) {
              return Bid{5, node % 2 == 0 ? ~node : 1000 - node, 1, 1};
            }),
            2, [](Colony& colony) { EXPECT_THAT(held(colony), ElementsAre(5, 1000 - 47, 1, 1)); });
}

/// All of one value and one id: the first words are 3, 2, 1, 3 ..., the second differ.
TEST(Best, OfOneValueAndIdTheSmallerPayloadWins) {
  run_alike(bidding([](std::uint64_t node, std::uint64_t) {
              return Bid{5, 1, 3 - static_cast<std::int64_t>(node % 3), 100 - static_cast<std::int64_t>(node)};
            }),
            2, [](Colony& colony) { EXPECT_THAT(held(colony), ElementsAre(5, 1, 1, 100 - 47)); });
}

TEST(Best, ThatLastsIsTheEarlierOfTwoThatTie) {
  const Case later_is_smaller = bidding(
      [](std::uint64_t node, std::uint64_t tick) {
        return Bid{5, 1, 50 - 10 * static_cast<std::int64_t>(tick), static_cast<std::int64_t>(node) + 1};
      },
      true);
  const auto expected = ElementsAre(5, 1, 50, 1);
  const Digest digest = run_alike(later_is_smaller, 4, [&](Colony& colony) { EXPECT_THAT(held(colony), expected); });
  Colony first(later_is_smaller, shapes[2]);
  first.run(2);
  Colony second(later_is_smaller, shapes[1], first.save());
  EXPECT_THAT(held(second), expected);
  second.run(2);
  EXPECT_THAT(held(second), expected);
  EXPECT_EQ(second.digest(), digest) << "it goes on from a checkpoint";
}

TEST(Best, SlotsAreTakenInAnyOrder) {
  const std::vector<std::vector<std::int64_t>> offers{{best_key(5), 3, 7, 1},  {best_key(5), 3, 6, 9}, {best_key(5), 3, 6, -2},
                                                      {best_key(5), -1, 0, 0}, {best_key(9), 0, 0, 0}, {0, 0, -5, 0}};
  std::vector<std::size_t> order{0, 1, 2, 3, 4, 5};
  do {
    std::vector<std::int64_t> slots(4, 0);
    for (const std::size_t k : order) take_best(slots.data(), offers[k].data(), 4);
    EXPECT_EQ(slots, offers[2]);
  } while (std::next_permutation(order.begin(), order.end()));
}

}  // namespace
}  // namespace colony::testing
