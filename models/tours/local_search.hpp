// Local search on tours: exchanges of two or three edges until none shortens the tour.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/array.hpp"
#include "models/tours/distances.hpp"

namespace colony {

enum class Exchange : std::uint8_t { none, two_opt, three_opt };

/// Improves tours of one instance, one at a time; keeps memory between them, so a thread has its own. What comes out is a function of the
/// tour that goes in, and no longer than it. Exchanges put in edges to a city's nearest, and what went out always exceeds what came in, as
/// in Lin and Kernighan, "An effective heuristic algorithm for the traveling-salesman problem", Operations Research 21, 1973.
/// two_opt: no such exchange of two edges is left (20 nearest).
/// three_opt: no such sequential exchange of three edges is left, however the parts are joined (8 nearest for the first edge that comes in,
/// 5 for the second); and chains of such exchanges, up to nine edges, were tried, with exchanges of three as their steps as in Helsgaun,
/// "An effective implementation of the Lin-Kernighan traveling salesman heuristic", European Journal of Operational Research 126, 2000.
class LocalSearch {
 public:
  /// distances: outlives this.
  LocalSearch(const Distances& distances, Exchange exchange);
  /// tour: every city once. Returns by how much it became shorter.
  std::uint64_t improve(std::span<City> tour);

 private:
  struct Near {
    std::uint32_t distance;
    City city;
  };
  struct Flip {
    std::uint32_t begin, length;
  };
  /// The tour without the edge (last, first), read from first to last; gain: lengths taken out minus lengths put in, with this edge out.
  struct Path {
    City last, first;
    bool forward;  ///< reading is along order_
    std::int64_t gain;
  };
  /// How a path t2 .. t1 is joined anew, read from its new first city:
  /// two: t4 .. t2, t3 .. t1; two_two: the same twice; swap: t6 .. t3, t2 .. t5, t4 .. t1; both: t6 .. t2, t3 .. t5, t4 .. t1.
  enum class Join : std::uint8_t { none, two, two_two, swap, both };
  struct Move {
    Join join = Join::none;
    City t3 = 0, t4 = 0, t5 = 0, t6 = 0;
    std::int64_t gain = 0;  ///< of the path that results, still open
    bool closes = false;    ///< closing this path shortens the tour
  };

  void start(std::span<const City> tour);
  void ask_all();
  std::uint64_t improve_queued();
  std::uint64_t improve_from(City city);
  std::uint64_t improve_chain(City last, City first);
  Move find(const Path& path) const;
  bool find_from_two(const Path& path, City t3, std::int32_t rank3, std::int64_t gain, Move& best) const;
  bool find_from_cycle(const Path& path, City t3, std::int32_t rank3, std::int64_t gain, Move& best) const;
  bool offer(const Path& path, const Move& move, Move& best) const;
  void apply(Path& path, const Move& move);
  void swap_parts(Path& path, const Move& move);
  void flip(Path& path, City from, City to);
  void reverse(std::uint32_t begin, std::uint32_t length);
  void undo();
  void ask(City city);

  City after(const Path& path, City city) const { return order_[static_cast<std::uint32_t>(position_[city] + (path.forward ? 2 : 0))]; }
  City before(const Path& path, City city) const { return order_[static_cast<std::uint32_t>(position_[city] + (path.forward ? 0 : 2))]; }
  /// Place on the path: 0 is its first city, cities_ - 1 its last.
  std::int32_t rank(const Path& path, City city) const {
    const std::int32_t steps = path.forward ? position_[city] - position_[path.first] : position_[path.first] - position_[city];
    return steps < 0 ? steps + static_cast<std::int32_t>(cities_) : steps;
  }
  std::span<const Near> near(City city) const { return {near_.data() + std::size_t{city} * near_count_, near_count_}; }

  const Distances& distances_;
  Exchange exchange_;
  std::uint32_t cities_;
  std::uint32_t near_count_;
  std::uint32_t steps_ = 1;       // at most these in a chain
  Array<Near> near_;              // [cities, near_count], by distance
  Array<City> order_;             // [1 + cities + 1] the tour; both ends repeat the other's
  Array<std::int32_t> position_;  // [cities] in the tour
  Array<City> queue_;             // [cities] ring of cities to look at
  Array<bool> queued_;            // [cities]
  std::uint32_t queue_begin_ = 0, queue_count_ = 0;
  std::vector<Flip> flips_;  // of the chain in progress
  std::vector<City> touched_;
};

}  // namespace colony
