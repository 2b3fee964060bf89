// models/tours: tours written and read back, and drawn.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <numeric>
#include <string>
#include <utility>

#include "models/tours/tour_file.hpp"
#include "models/tours/tour_picture.hpp"
#include "tours_support.hpp"

namespace colony {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

TEST(TourFile, WhatIsWritten) {
  const std::vector<City> tour{2, 0, 1};
  EXPECT_EQ(tour_file_text("small", 123456789012, tour),
            "NAME : small.tour\nCOMMENT : Length = 123456789012\nTYPE : TOUR\nDIMENSION : 3\nTOUR_SECTION\n3\n1\n2\n-1\nEOF\n");
}

TEST(TourFile, IsReadBack) {
  std::vector<City> tour(most_cities);
  for (std::uint32_t i = 0; i < most_cities; ++i) tour[i] = static_cast<City>(i * 4001 % most_cities);
  EXPECT_EQ(parse_tour(tour_file_text("large", 1, tour), "large.tour", most_cities), tour);
}

TEST(TourFile, WhatOthersWrite) {
  EXPECT_THAT(parse_tour("NAME:x\r\nCOMMENT : a : b\r\nTYPE:TOUR\r\nDIMENSION\t: 4\r\n\r\nTOUR_SECTION :\r\n 2\t+1 \r\n\r\n4 3 "
                         "-1\r\n-1\r\nEOF\r\n9",
                         "t", 4),
              ElementsAre(1, 0, 3, 2));
  EXPECT_THAT(parse_tour("TOUR_SECTION\n1\n2\n3", "t", 3), ElementsAre(0, 1, 2)) << "the rest may be missing";
}

TEST(TourFile, MistakesNameTheirLine) {
  const auto refused = [](std::string_view text, const std::string& place, const std::string& message) {
    test::refused([](std::string_view given) { return parse_tour(given, "t.tour", 3); }, text, "t.tour:" + place, message);
  };
  refused("", "1", "has no TOUR_SECTION");
  refused("NAME : a\nEOF\nTOUR_SECTION\n1\n2\n3\n", "2", "has no TOUR_SECTION");
  refused("TYPE : TSP\n", "1", "TYPE is \"TSP\"; a tour's file has TOUR");
  refused("\nDIMENSION : 4\n", "2", "DIMENSION is \"4\", and the instance has 3 cities");
  refused("DIMENSION : three\n", "1", "DIMENSION is \"three\"");
  refused("1 2 3\n", "1", "\"1 2 3\" must be a key, a colon and a value, or TOUR_SECTION");
  refused("TOUR_SECTION : 1\n1\n", "2", "must be a key, a colon and a value, or TOUR_SECTION");
  refused("TOUR_SECTION\n1\ntwo\n", "3", "\"two\" must be a city's number, -1 behind the last, or EOF");
  refused("TOUR_SECTION\n1\nTOUR_SECTION\n", "3", "TOUR_SECTION comes a second time");
  for (const std::string word : {"0", "4", "-2", "1.5", "2x", "99999999999999999999"})
    refused("TOUR_SECTION\n1 " + word + "\n", "2", "\"" + word + "\" must be a city, a number from 1 to 3");
  refused("TOUR_SECTION\n1\n2\n1\n", "4", "city 1 comes a second time; the first is in line 2");
  refused("TOUR_SECTION\n1\n3\n-1\nEOF\n", "5", "the tour has 2 of 3 cities; city 2 is missing");
  refused("TOUR_SECTION\n1\n2\n3\n-1\n1\n", "6", "\"1\" comes after the tour's -1; a file holds one tour");
}

Instance instance_of(std::vector<double> x, std::vector<double> y, EdgeWeight weight = EdgeWeight::euc_2d) {
  return {.name = "small", .weight = weight, .x = std::move(x), .y = std::move(y)};
}

std::string picture_of(const Instance& instance) {
  std::vector<City> tour(instance.cities());
  std::iota(tour.begin(), tour.end(), City{0});
  return tour_picture(instance, tour, 42);
}

std::size_t occurrences(std::string_view text, std::string_view word) {
  std::size_t count = 0;
  for (std::size_t at = text.find(word); at != text.npos; at = text.find(word, at + 1)) ++count;
  return count;
}

double attribute(std::string_view text, const std::string& name, std::size_t from) {
  const std::size_t at = text.find(" " + name + "=\"", from);
  return at == text.npos ? NAN : std::strtod(text.data() + at + name.size() + 3, nullptr);
}

/// Centres of the circles.
std::vector<std::pair<double, double>> places_in(const std::string& picture) {
  std::vector<std::pair<double, double>> places;
  for (std::size_t at = picture.find("<circle"); at != picture.npos; at = picture.find("<circle", at + 1))
    places.emplace_back(attribute(picture, "cx", at), attribute(picture, "cy", at));
  return places;
}

void expect_whole(const std::string& picture, std::size_t cities) {
  EXPECT_THAT(picture, StartsWith("<svg xmlns=\"http://www.w3.org/2000/svg\""));
  EXPECT_THAT(picture, EndsWith("</svg>\n"));
  EXPECT_EQ(occurrences(picture, "<path"), 1u);
  EXPECT_EQ(occurrences(picture, "\nL"), cities - 1);
  EXPECT_EQ(occurrences(picture, "Z\"/>"), 1u);
  EXPECT_THAT(picture, Not(HasSubstr("nan")));
  EXPECT_THAT(picture, Not(HasSubstr("inf")));
  const auto places = places_in(picture);
  EXPECT_EQ(places.size(), cities);
  for (const auto& [x, y] : places) {
    EXPECT_GE(x, 20);
    EXPECT_LE(x, attribute(picture, "width", 0) - 20);
    EXPECT_GE(y, 80) << "in the title";
    EXPECT_LE(y, attribute(picture, "height", 0) - 20);
  }
}

TEST(TourPicture, KeepsShapeAndNorth) {
  const std::string picture = picture_of(instance_of({0, 200, 200, 0}, {0, 0, 100, 100}));
  expect_whole(picture, 4);
  const auto places = places_in(picture);
  const double width = places[1].first - places[0].first, height = places[0].second - places[3].second;
  EXPECT_GT(width, 400) << "the second city is to the right of the first";
  EXPECT_NEAR(height, width / 2, 0.1) << "the last is above it";
  EXPECT_THAT(picture, HasSubstr("stroke-linejoin=\"round\""));
  EXPECT_THAT(picture, HasSubstr(">4 cities, length 42<"));
}

TEST(TourPicture, FollowsTheTour) {
  const std::vector<City> tour{1, 3, 0, 2};
  const std::string picture = tour_picture(instance_of({0, 200, 200, 0}, {0, 0, 100, 100}), tour, 42);
  const auto places = places_in(picture);
  std::string path = " d=\"";
  for (const City city : tour)
    path += (city == tour[0] ? "M" : "\nL") + std::to_string(static_cast<int>(places[city].first)) + ".00 " +
            std::to_string(static_cast<int>(places[city].second)) + ".00";
  EXPECT_THAT(picture, HasSubstr(path + "Z\""));
}

TEST(TourPicture, HasLongitudeToTheRight) {
  const auto places = places_in(picture_of(instance_of({60, 60, 59.30, 60.30}, {10, 12, 11, 11}, EdgeWeight::geo)));
  const double east = places[1].first - places[0].first, north = places[2].second - places[3].second;
  EXPECT_GT(east, 0);
  EXPECT_NEAR(east, north, 0.1) << "two degrees of longitude at 60 degrees north are as far as one of latitude";
}

TEST(TourPicture, OfALineOrAPointOrTheEndsOfTheEarth) {
  expect_whole(picture_of(instance_of({0, 5, 9}, {3, 3, 3})), 3);
  expect_whole(picture_of(instance_of({7, 7, 7}, {0, 1e9, 3})), 3);
  expect_whole(picture_of(instance_of({7, 7, 7}, {3, 3, 3})), 3);
  expect_whole(picture_of(instance_of({90, 90, -90}, {-180, 180, 0}, EdgeWeight::geo)), 3);
  expect_whole(picture_of(instance_of({90, 90, 90}, {-180, 180, 0}, EdgeWeight::geo)), 3);
  EXPECT_THAT(picture_of(instance_of({}, {})), EndsWith("</svg>\n"));
}

TEST(TourPicture, HasAnyNameInItsTitle) {
  Instance instance = instance_of({0, 1, 2}, {0, 1, 0});
  instance.name = "<a> & \"b\"\x01\xff";
  const std::string picture = picture_of(instance);
  expect_whole(picture, 3);
  EXPECT_EQ(occurrences(picture, "&lt;a&gt; &amp; &quot;b&quot;\xEF\xBF\xBD\xEF\xBF\xBD"), 2u);
  instance.name.clear();
  for (int i = 0; i < 100; ++i) instance.name += "\u00e9";
  const std::string longer = picture_of(instance);
  EXPECT_THAT(longer, HasSubstr("\u00e9\u2026<tspan"));
  EXPECT_THAT(longer, HasSubstr("\u00e9: 3 cities, length 42</title>"));
}

TEST(TourPicture, DotsAreSmallerWhereCitiesAreMany) {
  std::vector<double> x, y;
  for (std::uint32_t i = 0; i < most_cities; ++i) {
    x.push_back(i % 90);
    y.push_back(i / 90);
  }
  const std::string many = picture_of(instance_of(x, y)), few = picture_of(instance_of({0, 1, 2}, {0, 1, 0}));
  expect_whole(many, most_cities);
  EXPECT_LT(attribute(many, "r", many.find("<circle")), attribute(few, "r", few.find("<circle")) / 2);
  EXPECT_LT(many.size(), 600'000u);
}

}  // namespace
}  // namespace colony
