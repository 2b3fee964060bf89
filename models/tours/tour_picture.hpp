// A picture of a tour: its cities as dots, and the way through them as one closed line, as on a map.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "models/tours/distances.hpp"
#include "models/tours/instance.hpp"

namespace colony {

/// An SVG that needs nothing else: a title with name, cities and length above the picture. y grows upwards; cities on the globe have north
/// above, and as much width as a degree has where they lie. tour: every city of the instance once.
std::string tour_picture(const Instance& instance, std::span<const City> tour, std::uint64_t length);

}  // namespace colony
