// fuzz-sources: engine/array.cpp engine/error.cpp engine/text_mark.cpp models/text_file.cpp models/tours/distances.cpp
// fuzz-sources: models/tours/instance.cpp models/tours/tour_file.cpp models/tours/tsplib.cpp
// Any bytes are either an instance whose distances can be relied on, or a tour of every city once that is read back as it was written, or a
// DataError that names a line.
#include <algorithm>
#include <cmath>
#include <cstdint>

#include "engine/error.hpp"
#include "models/tours/tour_file.hpp"

namespace {

void read_instance(std::string_view text) {
  const colony::Instance instance = colony::parse_instance(text, "input");
  COLONY_ASSERT(instance.cities() >= 3 && instance.cities() <= colony::most_cities, "a number of cities that is not supported");
  COLONY_ASSERT(instance.x.size() == instance.y.size() && !instance.name.empty(), "half an instance");
  for (std::uint32_t i = 0; i < instance.cities(); ++i)
    COLONY_ASSERT(std::isfinite(instance.x[i]) && std::isfinite(instance.y[i]), "a city nowhere");
  if (instance.cities() > 64) return;  // their pairs take long
  const colony::Distances distances(instance, 5);
  for (std::uint32_t i = 0; i < instance.cities(); ++i) {
    const auto a = static_cast<colony::City>(i);
    COLONY_ASSERT(distances(a, a) == 0, "a city is not where it is");
    for (std::uint32_t j = 0; j < instance.cities(); ++j) {
      const auto b = static_cast<colony::City>(j);
      COLONY_ASSERT(distances(a, b) <= 1u << 30 && distances(a, b) == instance.distance(b, a), "too far, or other on the way back");
    }
    for (std::uint32_t k = 0; k < distances.candidates(); ++k) {
      const colony::City near = distances.nearest(a)[k];
      COLONY_ASSERT(near != a && (k == 0 || distances(a, distances.nearest(a)[k - 1]) <= distances(a, near)), "not the nearest first");
    }
  }
}

void read_tour(std::string_view text) {
  constexpr std::uint32_t cities = 5;
  const std::vector<colony::City> tour = colony::parse_tour(text, "input", cities);
  std::vector<colony::City> sorted = tour;
  std::sort(sorted.begin(), sorted.end());
  COLONY_ASSERT((sorted == std::vector<colony::City>{0, 1, 2, 3, 4}), "not every city once");
  COLONY_ASSERT(colony::parse_tour(colony::tour_file_text("again", 0, tour), "again", cities) == tour, "not read back as it was written");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  for (const auto read : {&read_instance, &read_tour}) {
    try {
      read({reinterpret_cast<const char*>(data), size});
    } catch (const colony::DataError& error) {
      COLONY_ASSERT(error.where.starts_with("input:"), "the error names no line");
    }
  }
  return 0;
}
