// Travelling salesman's instances made for tests.
#pragma once

#include <cstdint>
#include <string>

namespace colony::testing {

/// A .tsp file of this process, removed at its end: cities at random places of a square of a thousand units, a few of them on each other.
std::string instance_file(std::uint32_t cities, std::uint64_t seed);

}  // namespace colony::testing
