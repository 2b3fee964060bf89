// Tours in the format of TSPLIB 95, which other programs read and write.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "models/tours/distances.hpp"

namespace colony {

/// The text of a .tour file. Its cities are numbered from 1, and its comment has the length.
std::string tour_file_text(const std::string& instance_name, std::uint64_t length, std::span<const City> tour);

/// Reads one back; name: what messages call it; cities: of the instance, at most most_cities. Every city is in the result exactly once.
/// Throws DataError with file and line: not a tour, another number of cities, or a city that is missing, repeated or not in the instance.
std::vector<City> parse_tour(std::string_view text, const std::string& name, std::uint32_t cities);

}  // namespace colony
