// Whole-number distances between the cities of an instance, and the nearest cities of each: a constant, the same in every process.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "engine/array.hpp"
#include "models/tours/instance.hpp"

namespace colony {

/// A city's number in the instance, from 0.
using City = std::uint16_t;

class Distances {
 public:
  /// Memory: 4 bytes a pair of cities. candidates: nearest cities kept of each; fewer when there are no more.
  Distances(const Instance& instance, std::uint32_t candidates);

  std::uint32_t cities() const { return cities_; }
  std::uint32_t candidates() const { return candidates_; }
  std::uint32_t operator()(City a, City b) const { return matrix_[std::size_t{a} * cities_ + b]; }
  /// [cities]
  const std::uint32_t* row(City a) const { return matrix_.data() + std::size_t{a} * cities_; }
  /// [candidates] the nearest cities of a, by distance, ties by number.
  const City* nearest(City a) const { return nearest_.data() + std::size_t{a} * candidates_; }
  /// [cities][cities]
  std::span<const std::uint32_t> all() const { return matrix_; }
  /// Length of the round trip; a tour names every city once.
  std::uint64_t length(std::span<const City> tour) const;

 private:
  std::uint32_t cities_;
  std::uint32_t candidates_;
  Array<std::uint32_t> matrix_;
  Array<City> nearest_;
};

}  // namespace colony
