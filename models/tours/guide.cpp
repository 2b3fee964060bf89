#include "models/tours/guide.hpp"

#include <algorithm>
#include <vector>

#include "engine/math.hpp"

namespace colony {
namespace {

constexpr double unit = 0x1p57;  // so that most_candidates of them add up in 64 bits

std::uint64_t scale_of(const Distances& distances, Exchange exchange) {
  const std::uint32_t cities = distances.cities();
  std::vector<City> tour{0};
  std::vector<std::uint64_t> visited(words_of(cities));
  add(visited, 0);
  while (tour.size() < cities) {
    const std::uint32_t* row = distances.row(tour.back());
    std::uint32_t next = cities;
    for (std::uint32_t c = 0; c < cities; ++c)
      if (!has(visited, static_cast<City>(c)) && (next == cities || row[c] < row[next])) next = c;
    tour.push_back(static_cast<City>(next));
    add(visited, tour.back());
  }
  const std::uint64_t length = distances.length(tour);
  const std::uint64_t gain = LocalSearch(distances, exchange).improve(tour);
  return std::max<std::uint64_t>(length - gain, 1);
}

float first_pheromone(const Rules& rules, double scale, std::uint32_t cities) {
  switch (rules.algorithm) {
    case Algorithm::as: return static_cast<float>(rules.ants / scale);
    case Algorithm::mmas: return static_cast<float>(1 / (rules.rho * scale));
    case Algorithm::acs: break;
  }
  return static_cast<float>(1 / (scale * cities));
}

}  // namespace

Guide::Guide(const Instance& instance, std::uint32_t candidates, const Rules& given)
    : distances(instance, candidates),
      rules(given),
      searches(distances, rules.exchange),
      scale(scale_of(distances, rules.exchange)),
      first(first_pheromone(rules, static_cast<double>(scale), distances.cities())),
      closeness_(std::size_t{distances.cities()} * distances.cities()) {
  for (std::uint32_t a = 0; a < cities(); ++a) {
    const std::uint32_t* row = distances.row(static_cast<City>(a));
    // Cities may lie on each other: a tenth of a unit of distance draws them together without an infinity.
    const auto apart = [row](std::uint32_t b) { return row[b] == 0 ? 0.1 : static_cast<double>(row[b]); };
    // Only cities of one row are compared: beside the nearest, no power of a distance overflows, and those that matter are not lost.
    const double nearest = apart(distances.nearest(static_cast<City>(a))[0]);
    for (std::uint32_t b = 0; b < cities(); ++b)
      closeness_[std::size_t{a} * cities() + b] = static_cast<float>(pow64(nearest / apart(b), rules.beta));
  }
}

double Guide::attraction(City city, City to, float pheromone) const {
  const double trail = rules.alpha == 1 ? pheromone : pow64(pheromone, rules.alpha);
  return trail * closeness_[std::size_t{city} * cities() + to];
}

void Guide::pull(City city, std::span<const float> pheromone, std::span<std::uint64_t> out) const {
  const City* near = distances.nearest(city);
  double most = 0;
  double value[256];
  const std::size_t count = out.size();
  for (std::size_t k = 0; k < count; ++k) most = std::max(most, value[k] = attraction(city, near[k], pheromone[near[k]]));
  for (std::size_t k = 0; k < count; ++k)  // divided first: a tiny largest one has no reciprocal
    out[k] = most > 0 ? std::max<std::uint64_t>(1, static_cast<std::uint64_t>(value[k] / most * unit)) : 1;
}

City Guide::best_left(City city, std::span<const float> pheromone, std::span<const std::uint64_t> visited) const {
  double best = -1;
  City found = 0;
  for (std::size_t word = 0; word < visited.size(); ++word) {
    std::uint64_t left = ~visited[word];
    if (word + 1 == visited.size() && cities() % 64 != 0) left &= (std::uint64_t{1} << (cities() % 64)) - 1;
    for (; left != 0; left &= left - 1) {
      const auto to = static_cast<City>(64 * word + static_cast<std::size_t>(std::countr_zero(left)));
      const double value = attraction(city, to, pheromone[to]);
      if (value <= best) continue;
      best = value;
      found = to;
    }
  }
  return found;
}

}  // namespace colony
