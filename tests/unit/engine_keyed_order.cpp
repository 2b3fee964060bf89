// The order by which one of several causes is named: a bijection, in which no id has an advantage.
#include "engine/random/keyed_order.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

namespace colony {
namespace {

TEST(KeyedOrder, GivesEachIdAPlaceAboveZeroAndBack) {
  std::set<std::uint64_t> places;
  std::size_t count = 0;
  for (std::uint32_t k = 0; k < 20; ++k) {
    const KeyedOrder order(draw_entity({k, 1}, 5));
    places.clear();
    count = 0;
    for (std::uint64_t base : {std::uint64_t{0}, std::uint64_t{1} << 32, std::uint64_t{1} << 63, ~std::uint64_t{0} - 300})
      for (std::uint64_t id = base; id < base + 300; ++id, ++count) {
        const std::uint64_t place = order.place_of(id);
        ASSERT_NE(place, 0u);
        ASSERT_EQ(order.id_at(place), id);
        places.insert(place);
      }
    EXPECT_EQ(places.size(), count);
  }
}

/// The id that is mapped to the one that does not exist, 2^64 - 1: its place is that of the id beyond.
TEST(KeyedOrder, GoesRoundTheIdThatDoesNotExist) {
  for (std::uint32_t draw = 0; draw < 100; ++draw) {
    const KeyedOrder order(draw_entity({3, 4}, draw));
    const std::uint64_t id = order.id_at(0);  // a single pass of the bijection would take it to place 0, which is not used
    EXPECT_NE(order.place_of(id), 0u);
    EXPECT_EQ(order.id_at(order.place_of(id)), id);
  }
}

TEST(KeyedOrder, MakesEachOfAFewTheLastEquallyOften) {
  constexpr int draws = 60'000;
  const std::array<std::array<std::uint64_t, 3>, 4> groups{{{0, 1, 2}, {7, 8, 1000}, {5, 1ull << 40, 1ull << 63}, {3, 5, 6}}};
  for (const auto& ids : groups) {
    std::array<int, 3> last{}, first_two{};
    for (std::uint64_t node = 0; node < draws; ++node) {
      const KeyedOrder order(draw_entity({17, 4}, node));
      const auto by_place = [&](std::uint64_t a, std::uint64_t b) { return order.place_of(a) < order.place_of(b); };
      ++last[static_cast<std::size_t>(std::max_element(ids.begin(), ids.end(), by_place) - ids.begin())];
      ++first_two[static_cast<std::size_t>(std::max_element(ids.begin(), ids.begin() + 2, by_place) - ids.begin())];
    }
    for (const int count : last) EXPECT_NEAR(count, draws / 3.0, 4 * std::sqrt(draws * 2 / 9.0));
    for (const int k : {0, 1}) EXPECT_NEAR(first_two[static_cast<std::size_t>(k)], draws / 2.0, 4 * std::sqrt(draws / 4.0));
  }
}

}  // namespace
}  // namespace colony
