#include "models/tours/distances.hpp"

#include <algorithm>
#include <vector>

#include "engine/error.hpp"

namespace colony {
namespace {

/// Distances are the same both ways, bit for bit, so each is computed once. In tiles: a column of the matrix is far apart in memory.
void fill_matrix(const Instance& instance, std::uint32_t* matrix) {
  constexpr std::uint32_t tile = 16;
  const std::uint32_t cities = instance.cities();
  for (std::uint32_t top = 0; top < cities; top += tile)
    for (std::uint32_t left = 0; left <= top; left += tile)
      for (std::uint32_t a = top; a < std::min(top + tile, cities); ++a)
        for (std::uint32_t b = left; b < std::min(left + tile, a + 1); ++b)
          matrix[std::size_t{a} * cities + b] = matrix[std::size_t{b} * cities + a] = instance.distance(a, b);
}

/// order: memory to work in.
void find_nearest(const std::uint32_t* row, std::uint32_t cities, std::uint32_t city, std::span<City> nearest,
                  std::vector<std::uint64_t>& order) {
  order.clear();
  for (std::uint32_t other = 0; other < cities; ++other)
    if (other != city) order.push_back(std::uint64_t{row[other]} << 16 | other);
  const auto end = order.begin() + static_cast<std::ptrdiff_t>(nearest.size());
  std::nth_element(order.begin(), end, order.end());
  std::sort(order.begin(), end);
  std::transform(order.begin(), end, nearest.begin(), [](std::uint64_t key) { return static_cast<City>(key & 0xffff); });
}

}  // namespace

Distances::Distances(const Instance& instance, std::uint32_t candidates)
    : cities_(instance.cities()), candidates_(std::min(candidates, cities_ == 0 ? 0 : cities_ - 1)) {
  COLONY_ASSERT(cities_ <= most_cities, "more cities than a city's number has room for");
  matrix_.resize(std::size_t{cities_} * cities_);
  fill_matrix(instance, matrix_.data());
  nearest_.resize(std::size_t{cities_} * candidates_);
  std::vector<std::uint64_t> order;
  order.reserve(cities_);
  for (std::uint32_t city = 0; city < cities_; ++city)
    find_nearest(row(static_cast<City>(city)), cities_, city, nearest_.span().subspan(std::size_t{city} * candidates_, candidates_), order);
}

std::uint64_t Distances::length(std::span<const City> tour) const {
  COLONY_DEBUG_ASSERT(tour.size() == cities_, "a tour names every city once");
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < tour.size(); ++i) sum += (*this)(tour[i], tour[i + 1 < tour.size() ? i + 1 : 0]);
  return sum;
}

}  // namespace colony
