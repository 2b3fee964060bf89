// models/tours/local_search: what comes out is a tour, as much shorter as said, and what the exchanges promise of it holds.
#include "models/tours/local_search.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <utility>
#include <vector>

#include "engine/error.hpp"
#include "engine/random/random.hpp"

namespace colony {
namespace {

using Tour = std::vector<City>;

/// The test's own draws: a number below n for each call.
class Draws {
 public:
  explicit Draws(std::uint32_t seed) : key_{seed, 17} {}
  std::uint32_t operator()(std::uint32_t n) { return below(draw_entity(key_, next_++)[0], n); }

 private:
  RandomKey key_;
  std::uint64_t next_ = 0;
};

/// Cities on the whole numbers below `side`: a small side makes equal distances and cities at the same place.
Instance scattered(std::uint32_t cities, std::uint32_t side, std::uint32_t seed) {
  Draws draw(seed);
  Instance instance;
  for (std::uint32_t i = 0; i < cities; ++i) {
    instance.x.push_back(draw(side));
    instance.y.push_back(draw(side));
  }
  return instance;
}

/// So large a circle that rounding can't hide which chord is longer.
Instance circle(std::uint32_t cities) {
  Instance instance;
  for (std::uint32_t i = 0; i < cities; ++i) {
    const double angle = 2 * 3.14159265358979323846 * i / cities;
    instance.x.push_back(1e6 * std::cos(angle));
    instance.y.push_back(1e6 * std::sin(angle));
  }
  return instance;
}

Tour in_order(std::uint32_t cities) {
  Tour tour(cities);
  std::iota(tour.begin(), tour.end(), City{0});
  return tour;
}

Tour shuffled(std::uint32_t cities, Draws& draw) {
  Tour tour = in_order(cities);
  for (std::uint32_t i = cities; i > 1; --i) std::swap(tour[i - 1], tour[draw(i)]);
  return tour;
}

/// Improves and checks what holds of every result.
Tour improved(LocalSearch& search, const Distances& distances, const Tour& tour) {
  Tour result = tour;
  const std::uint64_t gain = search.improve(result);
  Tour cities = result;
  std::sort(cities.begin(), cities.end());
  EXPECT_EQ(cities, in_order(distances.cities()));
  EXPECT_EQ(distances.length(tour), distances.length(result) + gain);
  return result;
}

Tour improved(Exchange exchange, const Distances& distances, const Tour& tour) {
  LocalSearch search(distances, exchange);
  return improved(search, distances, tour);
}

/// The shortest tour's length, by trying all that begin with city 0.
std::uint64_t shortest(const Distances& distances) {
  Tour tour = in_order(distances.cities());
  std::uint64_t best = distances.length(tour);
  while (std::next_permutation(tour.begin() + 1, tour.end())) best = std::min(best, distances.length(tour));
  return best;
}

/// Looks for a gain among all exchanges that the lists of nearest cities lead to, with nothing in common with the search but their
/// definition: edges (t1, t2), (t3, t4), ... go out, (t2, t3), (t4, t5), ... come in, what has gone out always exceeds what has come in,
/// and walking along the result must pass every city.
class Exhaustive {
 public:
  Exhaustive(const Distances& distances, const Tour& tour) : distances_(distances), tour_(tour), links_(tour.size()) {
    const std::size_t n = tour.size();
    for (std::size_t i = 0; i < n; ++i) links_[tour[i]] = {tour[(i + n - 1) % n], tour[(i + 1) % n]};
  }
  bool has_gain(int edges) {
    for (const City t1 : tour_) {
      for (const City t2 : links_[t1]) {
        if (has_gain_after(t1, {{t1, t2}}, {}, t2, distances_(t1, t2), edges)) return true;
      }
    }
    return false;
  }

 private:
  using Edges = std::vector<std::pair<City, City>>;

  bool has_gain_after(City t1, const Edges& out, const Edges& in, City end, std::int64_t gain, int edges) const {
    for (std::uint32_t k = 0; k < distances_.candidates(); ++k) {
      const City joined = distances_.nearest(end)[k];
      const std::int64_t open = gain - distances_(end, joined);
      if (open <= 0) return false;
      if (linked(end, joined)) continue;
      for (const City next : links_[joined]) {
        if (contains(out, joined, next)) continue;
        Edges more_out = out, more_in = in;
        more_out.emplace_back(joined, next);
        more_in.emplace_back(end, joined);
        const std::int64_t more = open + distances_(joined, next);
        if (edges > 2 && has_gain_after(t1, more_out, more_in, next, more, edges - 1)) return true;
        more_in.emplace_back(next, t1);
        if (more > distances_(next, t1) && !linked(next, t1) && is_tour(more_out, more_in)) return true;
      }
    }
    return false;
  }
  bool linked(City a, City b) const { return a == b || links_[a][0] == b || links_[a][1] == b; }
  static bool contains(const Edges& edges, City a, City b) {
    return std::any_of(edges.begin(), edges.end(), [&](const auto& edge) { return edge == std::pair(a, b) || edge == std::pair(b, a); });
  }
  bool is_tour(const Edges& out, const Edges& in) const {
    std::vector<std::vector<City>> links(links_.size());
    for (std::size_t city = 0; city < links_.size(); ++city) links[city].assign(links_[city].begin(), links_[city].end());
    const auto drop = [&](City a, City b) { links[a].erase(std::find(links[a].begin(), links[a].end(), b)); };
    for (const auto& [a, b] : out) drop(a, b), drop(b, a);
    for (const auto& [a, b] : in) links[a].push_back(b), links[b].push_back(a);
    City before = 0, city = links[0][0];
    std::size_t steps = 1;
    for (; city != 0; ++steps) {
      const City next = links[city][0] == before ? links[city][1] : links[city][0];
      before = city;
      city = next;
    }
    return steps == links.size();
  }

  const Distances& distances_;
  const Tour& tour_;
  std::vector<std::array<City, 2>> links_;
};

class EveryExchange : public testing::TestWithParam<Exchange> {};
INSTANTIATE_TEST_SUITE_P(ToursLocalSearch, EveryExchange, testing::Values(Exchange::two_opt, Exchange::three_opt),
                         [](const auto& tested) { return tested.param == Exchange::two_opt ? "TwoOpt" : "ThreeOpt"; });

TEST(ToursLocalSearch, NoneLeavesTheTourAlone) {
  const Distances distances(scattered(30, 1000, 1), 8);
  Draws draw(2);
  const Tour tour = shuffled(30, draw);
  EXPECT_EQ(improved(Exchange::none, distances, tour), tour);
}

TEST(ToursLocalSearch, RefusesATourOfAnotherInstance) {
  const Distances distances(scattered(30, 1000, 1), 8);
  LocalSearch search(distances, Exchange::three_opt);
  Tour tour = in_order(29);
  EXPECT_DEATH(search.improve(tour), "another instance");
}

TEST_P(EveryExchange, ToursOfManySizesStayToursAndGetShorterByTheGain) {
  Draws draw(3);
  for (const std::uint32_t cities : {3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 20, 37, 64, 101, 200}) {
    for (const std::uint32_t candidates : {1, 2, 5, 10, 20}) {
      for (const std::uint32_t side : {1, 3, 10, 100000}) {  // 1: all cities at one place
        const Distances distances(scattered(cities, side, draw(1000)), candidates);
        LocalSearch search(distances, GetParam());
        for (int times = 0; times < 3; ++times) improved(search, distances, shuffled(cities, draw));
      }
    }
  }
}

TEST_P(EveryExchange, IsAFunctionOfTheTourWhateverCameBefore) {
  const Distances distances(scattered(150, 500, 4), 12);
  Draws draw(5);
  const Tour tour = shuffled(150, draw);
  const Tour first = improved(GetParam(), distances, tour);
  LocalSearch search(distances, GetParam());
  for (int times = 0; times < 5; ++times) {
    improved(search, distances, shuffled(150, draw));
    EXPECT_EQ(improved(search, distances, tour), first);
  }
  const Distances others(scattered(150, 500, 4), 12);
  EXPECT_EQ(improved(GetParam(), others, tour), first);
}

TEST_P(EveryExchange, FindsNothingToDoInTheShortestTour) {
  for (const std::uint32_t cities : {3, 4, 5, 6, 50, 333}) {
    const Distances distances(circle(cities), 10);
    EXPECT_EQ(improved(GetParam(), distances, in_order(cities)), in_order(cities));
  }
}

TEST_P(EveryExchange, LeavesNoExchangeThatGains) {
  const int edges = GetParam() == Exchange::two_opt ? 2 : 3;
  const std::uint32_t most_candidates = GetParam() == Exchange::two_opt ? 20 : 5;
  Draws draw(6);
  for (std::uint32_t times = 0; times < 60; ++times) {
    const std::uint32_t cities = 4 + draw(times < 40 ? 30 : 100);
    const Distances distances(scattered(cities, times % 3 == 0 ? 12 : 10000, times), 1 + draw(most_candidates));
    const Tour before = shuffled(cities, draw);
    const Tour after = improved(GetParam(), distances, before);
    EXPECT_FALSE(Exhaustive(distances, after).has_gain(edges)) << cities << " cities, instance " << times;
    if (cities > 10 && distances.candidates() > 1) {
      EXPECT_TRUE(Exhaustive(distances, before).has_gain(edges)) << "the check checks nothing";
    }
  }
}

/// 300 cities from 40 starts: 3-optimal tours are about 4 % shorter than 2-optimal ones, and chains take off about 2 % more.
TEST(ToursLocalSearch, ChainsOfExchangesOfThreeShortenFurther) {
  const Distances distances(scattered(300, 10000, 10), 20);
  Draws draw(11);
  LocalSearch two(distances, Exchange::two_opt), three(distances, Exchange::three_opt);
  std::uint64_t lengths_two = 0, lengths_three = 0;
  for (int times = 0; times < 40; ++times) {
    const Tour tour = shuffled(300, draw);
    lengths_two += distances.length(improved(two, distances, tour));
    lengths_three += distances.length(improved(three, distances, tour));
  }
  EXPECT_LT(lengths_three * 1000, lengths_two * 936);
}

TEST(ToursLocalSearch, TwoOptOfFourCitiesIsTheShortestTour) {
  Draws draw(7);
  for (std::uint32_t times = 0; times < 100; ++times) {
    const Distances distances(scattered(4, 100, times), 3);
    EXPECT_EQ(distances.length(improved(Exchange::two_opt, distances, shuffled(4, draw))), shortest(distances)) << times;
  }
}

/// Cities of a circle: two edges that cross can be exchanged for two shorter ones, and the only tour without a crossing goes round. So it
/// must be with all cities in the lists; three_opt has enough with its few.
TEST_P(EveryExchange, GoesRoundACircle) {
  Draws draw(9);
  for (const std::uint32_t cities : {6, 25, 80, 200}) {
    const Distances distances(circle(cities), GetParam() == Exchange::two_opt ? cities - 1 : 10);
    LocalSearch search(distances, GetParam());
    for (int times = 0; times < 10; ++times) {
      EXPECT_EQ(distances.length(improved(search, distances, shuffled(cities, draw))), distances.length(in_order(cities))) << cities;
    }
  }
}

}  // namespace
}  // namespace colony
