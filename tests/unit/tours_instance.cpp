// models/tours: instances, their distances by every rule, and what is wrong with a .tsp file.
#include "models/tours/instance.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <numeric>
#include <tuple>

#include "engine/error.hpp"
#include "models/text_file.hpp"
#include "models/tours/distances.hpp"
#include "models/tours/sphere.hpp"
#include "models/tours/tour_file.hpp"
#include "tests/support/graphs.hpp"
#include "tours_support.hpp"

namespace colony {
namespace {

using ::testing::ElementsAre;

std::string tsp(const std::string& weight, const std::string& cities, int count = 3) {
  return "NAME : small\nTYPE : TSP\nDIMENSION : " + std::to_string(count) + "\nEDGE_WEIGHT_TYPE : " + weight + "\nNODE_COORD_SECTION\n" +
         cities + "EOF\n";
}

Instance small(const std::string& weight, const std::string& cities, int count = 3) {
  return parse_instance(tsp(weight, cities, count), "small.tsp");
}

void refused(std::string_view text, const std::string& place, const std::string& message) {
  test::refused([](std::string_view given) { return parse_instance(given, "a.tsp"); }, text, "a.tsp:" + place, message);
}

/// Length of the tour 1, 2, ..., n.
std::uint64_t length_in_order(const Distances& distances) {
  std::vector<City> tour(distances.cities());
  std::iota(tour.begin(), tour.end(), City{0});
  return distances.length(tour);
}

std::uint64_t length_in_order(const Instance& instance) { return length_in_order(Distances(instance, 10)); }

/// Length of the shortest tour, by Held and Karp's recursion over the sets of cities between the first and another.
std::uint32_t shortest(const Instance& instance) {
  const std::uint32_t last = instance.cities() - 1;  // where tours begin and end
  const std::size_t sets = std::size_t{1} << last;
  std::vector<std::uint32_t> best(sets * last, UINT32_MAX / 2);
  for (std::uint32_t c = 0; c < last; ++c) best[(std::size_t{1} << c) * last + c] = instance.distance(last, c);
  for (std::size_t set = 1; set < sets; ++set)
    for (std::uint32_t end = 0; end < last; ++end)
      for (std::uint32_t next = 0; next < last; ++next) {
        if ((set >> end & 1) == 0 || (set >> next & 1) != 0) continue;
        std::uint32_t& longer = best[(set | std::size_t{1} << next) * last + next];
        longer = std::min(longer, best[set * last + end] + instance.distance(end, next));
      }
  std::uint32_t result = UINT32_MAX;
  for (std::uint32_t end = 0; end < last; ++end) result = std::min(result, best[(sets - 1) * last + end] + instance.distance(end, last));
  return result;
}

TEST(Instance, WhatFilesLookLike) {
  const Instance instance = parse_instance(
      "NAME: a b\r\nTYPE\t:\tTSP (somebody)\r\nCOMMENT : one: two\r\nCOMMENT:three\r\n\r\nDIMENSION:4\r\n"
      "EDGE_WEIGHT_TYPE :CEIL_2D\r\nEDGE_WEIGHT_FORMAT : FUNCTION\r\nNODE_COORD_TYPE : TWOD_COORDS\r\nDISPLAY_DATA_TYPE : COORD_DISPLAY\r\n"
      " NODE_COORD_SECTION: \r\n\t3 1.5e+02\t-2.5E-1\r\n  1 +7 .5 \r\n\r\n+4 0 0\r\n2 8. -0\r\nEOF\r\nwhat follows is passed over\r\n",
      "a.tsp");
  EXPECT_EQ(instance.name, "a b");
  EXPECT_EQ(instance.weight, EdgeWeight::ceil_2d);
  EXPECT_THAT(instance.x, ElementsAre(7, 8, 150, 0));
  EXPECT_THAT(instance.y, ElementsAre(0.5, 0, -0.25, 0));
}

TEST(Instance, EofMayBeMissing) {
  std::string text = tsp("EUC_2D", "1 0 0\n2 3 4\n3 0 4");
  text.resize(text.size() - 4);
  EXPECT_EQ(parse_instance(text, "a.tsp").cities(), 3u);
}

TEST(Instance, DistancesInThePlane) {
  // 1-2: 5; 1-3: sqrt 2 = 1.41; 1-4: sqrt 6.25 = 2.5; 2-3: sqrt 13 = 3.61; 2-4: 2.5; 3-4: sqrt 1.25 = 1.12
  const std::string cities = "1 0 0\n2 3 4\n3 1 1\n4 1.5 2\n";
  const auto all = [](const Instance& i) {
    return std::vector<std::uint32_t>{i.distance(0, 1), i.distance(0, 2), i.distance(0, 3),
                                      i.distance(1, 2), i.distance(1, 3), i.distance(2, 3)};
  };
  EXPECT_THAT(all(small("EUC_2D", cities, 4)), ElementsAre(5, 1, 3, 4, 3, 1));
  EXPECT_THAT(all(small("CEIL_2D", cities, 4)), ElementsAre(5, 2, 3, 4, 3, 2));
  EXPECT_EQ(small("EUC_2D", cities, 4).distance(1, 1), 0u);
}

TEST(Instance, AttRoundsUpWhereverRoundingShortens) {
  // Of the squares, a tenth's root: 90: 3; 100: 3.16, nearest 3 is less; 10: 1; 130: 3.61, nearest 4 is not less; 1: 0.32.
  const Instance instance = small("ATT", "1 0 0\n2 9 3\n3 10 0\n4 3 1\n5 11 3\n6 1 0\n", 6);
  std::vector<std::uint32_t> found;
  for (std::uint32_t city = 0; city < 6; ++city) found.push_back(instance.distance(0, city));
  EXPECT_THAT(found, ElementsAre(0, 3, 4, 1, 4, 1));
}

TEST(Instance, GeoOnTheGlobe) {
  // A quarter of the equator: pi / 2 of these digits times the radius is 10019.15, cut after 1 is added. Half a degree is .30.
  const Instance instance = small("GEO", "1 0 0\n2 0 90.00\n3 90 0\n4 0.30 0\n5 -0.30 0\n6 0 -90\n7 0 0\n", 7);
  EXPECT_EQ(instance.distance(0, 1), 10020u);
  EXPECT_EQ(instance.distance(0, 2), 10020u);
  EXPECT_EQ(instance.distance(1, 2), 10020u);
  EXPECT_EQ(instance.distance(0, 3), 56u);   // 55.66
  EXPECT_EQ(instance.distance(3, 4), 112u);  // 111.32
  EXPECT_EQ(instance.distance(1, 5), 20039u);
  EXPECT_EQ(instance.distance(0, 6), 1u) << "the rule gives 1 to two cities in one place";
  EXPECT_EQ(instance.distance(0, 0), 0u);
}

TEST(Instance, GeoIsWhatLibmGives) {
  Instance instance{.name = "random", .weight = EdgeWeight::geo, .x = {}, .y = {}};
  std::uint64_t state = 7;
  const auto draw = [&](int most) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return std::round((static_cast<double>(state >> 11) * 0x1p-52 - 1) * most * 100) / 100;
  };
  for (int i = 0; i < 300; ++i) {
    instance.x.push_back(draw(i < 150 ? 90 : 5));
    instance.y.push_back(draw(i < 150 ? 180 : 5));
  }
  const auto radians = [](double x) {
    const int degrees = static_cast<int>(x);
    return 3.141592 * (degrees + 5.0 * (x - degrees) / 3.0) / 180.0;
  };
  for (std::uint32_t a = 0; a < instance.cities(); ++a)
    for (std::uint32_t b = 0; b < a; ++b) {
      const double q1 = std::cos(radians(instance.y[a]) - radians(instance.y[b]));
      const double q2 = std::cos(radians(instance.x[a]) - radians(instance.x[b]));
      const double q3 = std::cos(radians(instance.x[a]) + radians(instance.x[b]));
      const double cosine = std::min(1.0, 0.5 * ((1.0 + q1) * q2 - (1.0 - q1) * q3));
      ASSERT_EQ(instance.distance(a, b), static_cast<std::uint32_t>(6378.388 * std::acos(cosine) + 1.0)) << a << ' ' << b;
      ASSERT_EQ(instance.distance(a, b), instance.distance(b, a));
    }
}

TEST(Instance, KnownTours) {
  const Instance burma = parse_instance(test::burma14, "burma14.tsp");
  EXPECT_EQ(burma.name, "burma14");
  EXPECT_EQ(shortest(burma), 3323u);
  EXPECT_EQ(shortest(parse_instance(test::ulysses16, "ulysses16.tsp")), 6859u);
  const Instance capitals = parse_instance(test::att48, "att48.tsp");
  const Distances distances(capitals, 10);
  EXPECT_EQ(distances.length(parse_tour(test::att48_tour, "att48.opt.tour", 48)), 10628u);
  EXPECT_EQ(length_in_order(distances), 49840u);
}

TEST(Instance, MistakesInKeys) {
  const std::string type = "TYPE : TSP\n", weight = "EDGE_WEIGHT_TYPE : GEO\n", section = "NODE_COORD_SECTION\n";
  refused("", "1", "has no NAME; it must stand above NODE_COORD_SECTION");
  refused("\n\n", "2", "has no NAME");
  refused("NAME : a\n" + type + weight + section, "4", "has no DIMENSION; it must stand above NODE_COORD_SECTION");
  refused("NAME : a\nDIMENSION : 3\n" + weight + section, "4", "has no TYPE");
  refused("NAME : a\nDIMENSION : 3\n" + type + section, "4", "has no EDGE_WEIGHT_TYPE");
  refused("NAME : a\nDIMENSION : 3\n" + type + weight, "4", "has no NODE_COORD_SECTION");
  refused("NAME : a\nDIMENSION : 3\n" + type + weight + "EOF\n" + section, "5", "has no NODE_COORD_SECTION");
  refused("NAME : a\nNAME : a\n", "2", "NAME comes a second time; the first is in line 1");
  refused(type + "COMMENT : x\n" + type, "3", "TYPE comes a second time; the first is in line 1");
  refused("NAME :\n", "1", "NAME must be from 1 to 200 bytes");
  refused("NAME : " + std::string(201, 'a') + "\n", "1", "NAME must be from 1 to 200 bytes");
  refused("NAME : a\x1b[2J\n", "1", "without control characters");
  refused("TYPE : ATSP\n", "1", "TYPE is \"ATSP\"; only TSP is supported");
  refused("TYPE :\n", "1", "TYPE is \"\"");
  for (const std::string number : {"2", "8193", "-52", "1e3", "52.0", "", "99999999999999999999", "5 2", "+-5"})
    refused("DIMENSION : " + number + "\n", "1", "DIMENSION is \"" + number + "\"; it must be a number of cities from 3 to 8192");
  for (const std::string name : {"EXPLICIT", "euc_2d", "MAN_2D", ""}) {
    refused("EDGE_WEIGHT_TYPE : " + name + "\n", "1", "EDGE_WEIGHT_TYPE is \"" + name + "\"; supported are EUC_2D, CEIL_2D, ATT and GEO");
  }
  refused("\nNODE_COORD_TYPE : THREED_COORDS\n", "2", "NODE_COORD_TYPE is \"THREED_COORDS\"; only TWOD_COORDS");
  refused("EDGE_WEIGHT_SECTION\n", "1", "\"EDGE_WEIGHT_SECTION\" is not supported");
  refused("FIXED_EDGES_SECTION :\n", "1", "\"FIXED_EDGES_SECTION\" is not supported");
  refused("DIMENSION 52\n", "1", "\"DIMENSION 52\" must be a key, a colon and a value");
  refused("1 2 3\n", "1", "\"1 2 3\" must be a key");
  refused(std::string(1000, 'x') + "\x1b[2J", "1", "\"" + std::string(40, 'x') + "...\"");
}

TEST(Instance, MistakesInCities) {
  refused(tsp("EUC_2D", "1 0 0\n2 1\n"), "7", "\"2 1\" must be a city: its number and two coordinates");
  refused(tsp("EUC_2D", "1 0 0 0\n"), "6", "must be a city: its number");
  refused(tsp("EUC_2D", "1.0 0 0\n"), "6", "must be a city: its number");
  refused(tsp("EUC_2D", "a 0 0\n"), "6", "\"a 0 0\" must be a city, its number and two coordinates, or EOF");
  refused(tsp("EUC_2D", "0 0 0\n"), "6", "city 0 can't be: DIMENSION is 3, so cities are numbered from 1 to 3");
  refused(tsp("EUC_2D", "4 0 0\n"), "6", "city 4 can't be");
  refused(tsp("EUC_2D", "-1 0 0\n"), "6", "city -1 can't be");
  refused(tsp("EUC_2D", "1 0 0\n2 0 0\n1 0 0\n"), "8", "city 1 comes a second time; the first is in line 6");
  refused(tsp("EUC_2D", "1 0 0\n3 0 0\n"), "8", "has 2 cities, and DIMENSION promises 3; city 2 is missing");
  refused(tsp("EUC_2D", "", 8192), "6", "has 0 cities, and DIMENSION promises 8192; city 1 is missing");
  for (const std::string word : {"nan", "inf", "-inf", "1e999", "1,5", "0x10", "--1", "1e"})
    refused(tsp("EUC_2D", "1 0 " + word + "\n"), "6", "\"" + word + "\" must be a coordinate: a finite number");
  refused(tsp("EUC_2D", "1 0 0\n2 0 0\n3 0 0\nNODE_COORD_SECTION\n"), "9", "NODE_COORD_SECTION comes a second time");
  refused(tsp("EUC_2D", "1 0 0\n2 0 0\n3 0 0\nDISPLAY_DATA_SECTION\n"), "9", "\"DISPLAY_DATA_SECTION\" is not supported");
  refused("NAME:a\nTYPE:TSP\nDIMENSION:3\nEDGE_WEIGHT_TYPE:GEO\nNODE_COORD_SECTION: 1 0 0\n", "5",
          "\"1 0 0\" must stand in a line of its own");
  refused(tsp("GEO", "1 90.01 0\n"), "6", "\"90.01\" is no latitude; with GEO it is degrees and minutes, DDD.MM, from -90 to 90");
  refused(tsp("GEO", "1 -90 0\n2 0 -181\n"), "7", "\"-181\" is no longitude");
}

TEST(Instance, DistancesMayBeUpTo2ToThe30) {
  const std::string far = "2 1073741824 0\n1 0 0\n3 5 0\n", farther = "2 1073741825 0\n1 0 0\n3 5 0\n";
  EXPECT_EQ(small("EUC_2D", far).distance(0, 1), 1073741824u);
  EXPECT_EQ(small("CEIL_2D", far).distance(0, 1), 1073741824u);
  // The box's diagonal is longer; the cities are not so far apart.
  EXPECT_EQ(small("EUC_2D", "1 0 400000000\n2 800000000 0\n3 800000000 800000000\n").distance(1, 2), 800000000u);
  for (const std::string weight : {"EUC_2D", "CEIL_2D"}) refused(tsp(weight, farther), "7", "cities 1 and 2 are farther apart than 2^30");
  EXPECT_EQ(small("ATT", farther).distance(0, 1), 339546979u);
  refused(tsp("ATT", "1 0 0\n2 3400000000 0\n3 0 1\n"), "7", "cities 1 and 2 are farther apart");
  refused(tsp("EUC_2D", "1 0 0\n2 1 1\n3 -1.7e308 1.7e308\n"), "8", "cities 1 and 3 are farther apart");
}

TEST(Distances, MatrixAndNearest) {
  const Instance instance = small("EUC_2D", "1 0 0\n2 10 0\n3 -10 0\n4 3 0\n5 0 10\n", 5);
  const Distances distances(instance, 3);
  ASSERT_EQ(distances.cities(), 5u);
  ASSERT_EQ(distances.candidates(), 3u);
  for (City a = 0; a < 5; ++a)
    for (City b = 0; b < 5; ++b) {
      EXPECT_EQ(distances(a, b), instance.distance(a, b));
      EXPECT_EQ(distances.row(a)[b], distances(b, a));
    }
  const auto nearest = [&](City city) { return std::vector<City>(distances.nearest(city), distances.nearest(city) + 3); };
  EXPECT_THAT(nearest(0), ElementsAre(3, 1, 2)) << "of 2, 3 and 5 the first two: ties go by number";
  EXPECT_THAT(nearest(1), ElementsAre(3, 0, 4));
  EXPECT_EQ(length_in_order(distances), 10u + 20 + 13 + 10 + 10);
}

TEST(Distances, NoMoreCandidatesThanOtherCities) {
  const Instance instance = small("EUC_2D", "1 0 0\n2 10 0\n3 -10 0\n");
  const Distances distances(instance, 100);
  ASSERT_EQ(distances.candidates(), 2u);
  EXPECT_THAT(std::vector<City>(distances.nearest(2), distances.nearest(2) + 2), ElementsAre(0, 1));
  EXPECT_EQ(Distances(instance, 0).candidates(), 0u);
}

/// Sizes beside the tiles in which the matrix is filled.
TEST(Distances, AtTheEdgesOfTiles) {
  for (const std::uint32_t cities : {3u, 15u, 16u, 17u, 32u, 33u, 100u}) {
    Instance instance{.name = "grid", .weight = EdgeWeight::euc_2d, .x = {}, .y = {}};
    for (std::uint32_t i = 0; i < cities; ++i) {
      instance.x.push_back(i * 37 % 101);
      instance.y.push_back(i * 59 % 103);
    }
    const Distances distances(instance, 8);
    for (std::uint32_t a = 0; a < cities; ++a) {
      std::vector<std::tuple<std::uint32_t, std::uint32_t>> others;
      for (std::uint32_t b = 0; b < cities; ++b) {
        ASSERT_EQ(distances(static_cast<City>(a), static_cast<City>(b)), instance.distance(a, b)) << cities << ": " << a << ' ' << b;
        if (a != b) others.emplace_back(instance.distance(a, b), b);
      }
      std::sort(others.begin(), others.end());
      for (std::uint32_t i = 0; i < distances.candidates(); ++i)
        ASSERT_EQ(distances.nearest(static_cast<City>(a))[i], std::get<1>(others[i])) << cities << ": " << a;
    }
  }
}

/// In units of the last place of the true value.
double error_in_ulps(double found, long double truth) {
  int exponent = 0;
  std::frexp(static_cast<double>(truth), &exponent);
  return static_cast<double>(std::fabs(found - truth) / std::ldexp(1.0L, exponent - 53));
}

TEST(Sphere, CosineAndItsInverse) {
  double worst_cos = 0, worst_acos = 0;
  for (int i = 0; i <= 2'000'000; ++i) {
    const double x = 8 * (i / 1e6 - 1), y = i / 1e6 - 1, near_one = 1 - std::ldexp(1 + i / 2e6, -(i % 52) - 2);
    worst_cos = std::max(worst_cos, error_in_ulps(cos64(x), std::cos(static_cast<long double>(x))));
    for (const double z : {y, near_one, -near_one})
      worst_acos = std::max(worst_acos, error_in_ulps(acos64(z), std::acos(static_cast<long double>(z))));
  }
  for (int k = -3; k <= 3; k += 2) {  // doubles around the zeros, where the whole reduction shows
    double x = k * 1.5707963267948966;
    for (int i = 0; i < 100; ++i) x = std::nextafter(x, -8.0);
    for (int i = 0; i < 200; ++i, x = std::nextafter(x, 8.0))
      worst_cos = std::max(worst_cos, error_in_ulps(cos64(x), std::cos(static_cast<long double>(x))));
  }
  EXPECT_LT(worst_cos, 2);
  EXPECT_LT(worst_acos, 2);
  RecordProperty("cos_ulps", std::to_string(worst_cos));
  RecordProperty("acos_ulps", std::to_string(worst_acos));
}

TEST(Sphere, Edges) {
  EXPECT_EQ(cos64(0), 1);
  EXPECT_EQ(cos64(-1.25), cos64(1.25));
  EXPECT_EQ(acos64(1), 0);
  EXPECT_EQ(acos64(-1), 3.141592653589793);
  EXPECT_EQ(acos64(0), 1.5707963267948966);
}

/// The bits themselves: a compiler or a flag that changes one of them breaks the promise.
TEST(Sphere, BitsArePinned) {
  std::uint64_t bits = 0;
  for (int i = 0; i <= 20'000; ++i)
    for (const double value : {cos64(7.0 * i / 20'000), acos64(i / 10'000.0 - 1)})
      bits = bits * 0x9e3779b97f4a7c15 + std::bit_cast<std::uint64_t>(value);
  EXPECT_EQ(bits, 11608086042527872477u);
}

TEST(Instance, Pcb442) {
  COLONY_NEEDS_DATA(path, "tsplib/pcb442.tsp");
  const Instance instance = parse_instance(read_text_file(path), path);
  EXPECT_EQ(instance.cities(), 442u);
  EXPECT_EQ(instance.x[0], 200);
  EXPECT_EQ(length_in_order(instance), 221440u) << "the length that TSPLIB 95 gives to check by";
}

TEST(Instance, Berlin52) {
  COLONY_NEEDS_DATA(path, "tsplib/berlin52.tsp");
  const Instance instance = parse_instance(read_text_file(path), path);
  EXPECT_EQ(instance.name, "berlin52");
  EXPECT_EQ(instance.weight, EdgeWeight::euc_2d);
  const Distances distances(instance, 10);
  EXPECT_EQ(distances.length(parse_tour(test::berlin52_tour, "berlin52.opt.tour", 52)), 7542u);
}

TEST(Instance, AllThatAreAtHand) {
  for (const auto& [name, cities] :
       {std::pair{"a280", 280u}, {"ch130", 130}, {"eil101", 101}, {"eil51", 51}, {"lin105", 105}, {"st70", 70}, {"tsp225", 225}}) {
    COLONY_NEEDS_DATA(path, std::string("tsplib/") + name + ".tsp");
    const Instance instance = parse_instance(read_text_file(path), path);
    EXPECT_EQ(instance.name, name);
    EXPECT_EQ(instance.cities(), cities);
  }
}

}  // namespace
}  // namespace colony
