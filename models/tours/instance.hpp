// A travelling salesman's instance in the format of TSPLIB 95 (Reinelt 1991): cities with coordinates, and the rule of their distances.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace colony {

/// EDGE_WEIGHT_TYPE: Euclidean rounded to the nearest, Euclidean rounded up, pseudo-Euclidean, on the sphere (coordinates DDD.MM).
enum class EdgeWeight : std::uint8_t { euc_2d, ceil_2d, att, geo };

/// At most this many cities: their pairs' distances and pheromone are kept.
inline constexpr std::uint32_t most_cities = 8192;

struct Instance {
  std::string name;
  EdgeWeight weight = EdgeWeight::euc_2d;
  std::vector<double> x, y;  ///< [cities] as in the file; geo: latitude and longitude

  std::uint32_t cities() const { return static_cast<std::uint32_t>(x.size()); }
  /// As TSPLIB rounds it, and 0 from a city to itself; the same number on every machine, and both ways.
  std::uint32_t distance(std::uint32_t a, std::uint32_t b) const;
};

/// text: of a .tsp file; name: what messages call it. Keys that say nothing of distances are passed over, and so is what follows EOF.
/// Throws DataError with file and line: not a TSP, an unsupported edge weight type, a missing, repeated or malformed entry, fewer than
/// 3 cities or more than most_cities, a coordinate that is not finite or (geo) not on the globe, a distance above 2^30.
Instance parse_instance(std::string_view text, const std::string& name);

}  // namespace colony
