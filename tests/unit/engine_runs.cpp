// Runs of sorted values against sorting all of them, in any cut of the values into parts; and what is refused from elsewhere.
#include "engine/globals/runs.hpp"

#include <gmock/gmock.h>

#include <algorithm>

#include "engine/random/random.hpp"

namespace colony {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<ValueRun> by_sorting(std::vector<std::int64_t> values, std::int64_t gap) {
  std::sort(values.begin(), values.end());
  std::vector<ValueRun> runs;
  for (const std::int64_t value : values) {
    if (runs.empty() || value - runs.back().last > gap) runs.push_back({value, value, 0});
    runs.back().last = value;
    ++runs.back().members;
  }
  return runs;
}

std::vector<ValueRun> gathered(std::vector<std::int64_t> values, std::int64_t gap) { return runs_of_values(values, gap); }

TEST(Runs, AGapIsJoinedAndOneMoreIsNot) {
  EXPECT_THAT(gathered({10, 0, 5}, 5), ElementsAre(ValueRun{0, 10, 3}));
  EXPECT_THAT(gathered({11, 0, 5}, 5), ElementsAre(ValueRun{0, 5, 2}, ValueRun{11, 11, 1}));
  EXPECT_THAT(gathered({3, 3, 3}, 0), ElementsAre(ValueRun{3, 3, 3}));
  EXPECT_THAT(gathered({}, 5), IsEmpty());
}

/// A run of one part may bridge two of another, which that part could not know.
TEST(Runs, OfTwoPartsAreThoseOfAll) {
  const std::vector<ValueRun> a{{0, 10, 4}, {30, 40, 2}, {90, 90, 1}}, b{{12, 28, 9}, {60, 60, 1}};
  EXPECT_THAT(merged(a, b, 2), ElementsAre(ValueRun{0, 40, 15}, ValueRun{60, 60, 1}, ValueRun{90, 90, 1}));
  EXPECT_EQ(merged(a, b, 2), merged(b, a, 2));
  EXPECT_THAT(merged({{0, 100, 2}}, {{50, 50, 3}}, 1), ElementsAre(ValueRun{0, 100, 5}));
  EXPECT_EQ(merged(a, {}, 2), a);
}

TEST(Runs, AreThoseThatSortingFindsHoweverTheValuesAreCut) {
  for (const std::int64_t gap : {0, 1, 40, 3000}) {
    for (const std::int64_t range : {50, 100'000, 30'000'000}) {
      std::vector<std::int64_t> values, parts[3];
      for (std::uint64_t i = 0; i < 20'000; ++i) {
        const Random4 draw = draw_entity({static_cast<std::uint32_t>(range), static_cast<std::uint32_t>(gap)}, i);
        values.push_back(static_cast<std::int64_t>(high_word(draw) % static_cast<std::uint64_t>(range)));
        parts[draw[3] % 3].push_back(values.back());
      }
      const std::vector<ValueRun> expected = by_sorting(values, gap);
      EXPECT_EQ(gathered(values, gap), expected);
      EXPECT_EQ(merged(gathered(parts[2], gap), merged(gathered(parts[0], gap), gathered(parts[1], gap), gap), gap), expected);
    }
  }
}

const std::vector<GlobalSpec> specs{{"count", Reduce::sum, false, 1},
                                    {"first runs", Reduce::runs, false, runs_slots, false, 2},
                                    {"second runs", Reduce::runs, false, runs_slots, false, 0}};
Globals globals_with(const std::vector<ValueRun>& first, const std::vector<ValueRun>& second) {
  Globals globals(5, 0);
  append_runs(globals, 1, first);
  append_runs(globals, 3, second);
  return globals;
}

TEST(Runs, OfSeveralGlobalsStandBehindTheSlots) {
  Globals all(5, 0);
  reduce_runs(all, globals_with({{1, 1, 1}}, {{7, 9, 3}}), specs);
  reduce_runs(all, globals_with({{3, 4, 2}, {9, 9, 1}}, {}), specs);
  EXPECT_THAT(runs_of(all, {1}), ElementsAre(ValueRun{1, 4, 3}, ValueRun{9, 9, 1}));
  EXPECT_THAT(runs_of(all, {3}), ElementsAre(ValueRun{7, 9, 3}));
  EXPECT_TRUE(are_globals(all, specs));
  clear_runs(all, specs);
  EXPECT_EQ(all, Globals(5, 0));
  EXPECT_TRUE(are_globals(all, specs));
}

TEST(Runs, ThatDoNotAddUpAreRefused) {
  const Globals good = globals_with({{1, 1, 1}, {5, 6, 2}}, {{7, 9, 3}});
  ASSERT_TRUE(are_globals(good, specs));
  EXPECT_FALSE(are_globals({}, specs));
  EXPECT_FALSE(are_globals(Globals(4, 0), specs));
  EXPECT_FALSE(are_globals(Globals(good.begin(), good.end() - 1), specs));
  const auto with = [&](std::size_t at, std::int64_t value) {
    Globals bad = good;
    bad[at] = value;
    return are_globals(bad, specs);
  };
  EXPECT_FALSE(with(1, 3)) << "more runs than there are";
  EXPECT_FALSE(with(1, -1));
  EXPECT_FALSE(with(1, std::int64_t{1} << 62));
  EXPECT_FALSE(with(2, 4)) << "another place";
  EXPECT_FALSE(with(5, 2)) << "ends before it begins";
  EXPECT_FALSE(with(7, 0)) << "no members";
  EXPECT_FALSE(with(8, 1)) << "not ascending";
  EXPECT_TRUE(with(0, 99)) << "a sum may be anything";
}

}  // namespace
}  // namespace colony
