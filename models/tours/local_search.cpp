#include "models/tours/local_search.hpp"

#include <algorithm>
#include <utility>

#include "engine/error.hpp"
#include "engine/platform.hpp"

namespace colony {
namespace {
// Measured with ants on pcb442: more cities or longer chains shorten a tour further, but not in proportion to their time.
constexpr std::uint32_t nearest_two_opt = 20;
constexpr std::uint32_t nearest_third = 8, nearest_fifth = 5;
constexpr std::uint32_t steps_of_chain = 3;
}  // namespace

LocalSearch::LocalSearch(const Distances& distances, Exchange exchange)
    : distances_(distances),
      exchange_(exchange),
      cities_(distances.cities()),
      near_count_(std::min(distances.candidates(), exchange == Exchange::two_opt ? nearest_two_opt : nearest_third)),
      near_(std::size_t{cities_} * near_count_),
      order_(std::size_t{cities_} + 2),
      position_(cities_),
      queue_(cities_),
      queued_(cities_) {
  for (std::uint32_t city = 0; city < cities_; ++city) {
    const City* nearest = distances.nearest(static_cast<City>(city));
    for (std::uint32_t k = 0; k < near_count_; ++k) {
      near_[std::size_t{city} * near_count_ + k] = {distances(static_cast<City>(city), nearest[k]), nearest[k]};
    }
  }
}

std::uint64_t LocalSearch::improve(std::span<City> tour) {
  COLONY_ASSERT(tour.size() == cities_, "a tour of another instance");
  if (exchange_ == Exchange::none || cities_ < 4) return 0;
  start(tour);
  steps_ = exchange_ == Exchange::two_opt ? 1 : steps_of_chain;
  std::uint64_t gained = improve_queued();
  // Exchanges elsewhere on the tour can make one possible at a city that was not asked again. This pass finds them.
  steps_ = 1;
  for (std::uint64_t more = 1; more > 0; gained += more) {
    ask_all();
    more = improve_queued();
  }
  std::copy(order_.begin() + 1, order_.begin() + 1 + cities_, tour.begin());
  return gained;
}

std::uint64_t LocalSearch::improve_queued() {
  std::uint64_t gained = 0;
  while (queue_count_ > 0) {
    const City city = queue_[queue_begin_];
    queue_begin_ = queue_begin_ + 1 == cities_ ? 0 : queue_begin_ + 1;
    --queue_count_;
    queued_[city] = false;
    while (const std::uint64_t gain = improve_from(city)) gained += gain;
  }
  return gained;
}

void LocalSearch::start(std::span<const City> tour) {
  std::copy(tour.begin(), tour.end(), order_.begin() + 1);
  order_[0] = tour.back();
  order_[std::size_t{cities_} + 1] = tour.front();
  for (std::uint32_t i = 0; i < cities_; ++i) position_[tour[i]] = static_cast<std::int32_t>(i);
  ask_all();
}

void LocalSearch::ask_all() {
  std::copy(order_.begin() + 1, order_.begin() + 1 + cities_, queue_.begin());
  queued_.fill(true);
  queue_begin_ = 0;
  queue_count_ = cities_;
}

void LocalSearch::ask(City city) {
  if (queued_[city]) return;
  queued_[city] = true;
  const std::uint32_t end = queue_begin_ + queue_count_;
  queue_[end < cities_ ? end : end - cities_] = city;
  ++queue_count_;
}

std::uint64_t LocalSearch::improve_from(City city) {
  const auto at = static_cast<std::uint32_t>(position_[city]);
  for (const City neighbour : {order_[at + 2], order_[at]}) {
    if (const std::uint64_t gain = improve_chain(city, neighbour)) return gain;
  }
  return 0;
}

/// Takes the edge (last, first) out and goes on, step by step, until closing the path makes a shorter tour; else all is as it was.
std::uint64_t LocalSearch::improve_chain(City last, City first) {
  Path path{last, first, order_[static_cast<std::uint32_t>(position_[last]) + 2] == first, distances_(last, first)};
  flips_.clear();
  touched_.assign({last, first});
  for (std::uint32_t step = 1;; ++step) {
    const Move move = find(path);
    if (move.join == Join::none || (!move.closes && step == steps_)) break;
    touched_.insert(touched_.end(), {move.t3, move.t4, move.t5, move.t6});
    apply(path, move);
    if (move.closes) {
      for (const City city : touched_) ask(city);
      return static_cast<std::uint64_t>(path.gain - distances_(path.last, path.first));
    }
  }
  undo();
  return 0;
}

/// Takes a join of three into best when it closes with a gain, which ends the search, or when it is the best so far to go on from.
COLONY_INLINE bool LocalSearch::offer(const Path& path, const Move& move, Move& best) const {
  if (move.gain > distances_(path.last, move.t6)) {
    best = move;
    best.closes = true;
    return true;
  }
  if (move.gain > best.gain && steps_ > 1) best = move;
  return false;
}

/// t4 .. t2 t3 .. t1, with t2 .. t4 turned round.
COLONY_INLINE bool LocalSearch::find_from_two(const Path& path, City t3, std::int32_t rank3, std::int64_t gain, Move& best) const {
  const City t4 = before(path, t3);
  gain += distances_(t3, t4);
  if (gain > distances_(path.last, t4)) {
    best = {Join::two, t3, t4, t4, t4, gain, true};
    return true;
  }
  if (exchange_ == Exchange::two_opt) return false;
  for (const Near& near5 : near(t4).first(std::min(near_count_, nearest_fifth))) {
    const std::int64_t open = gain - near5.distance;
    if (open <= 0) break;
    const City t5 = near5.city;
    const std::int32_t rank5 = rank(path, t5);
    // On the path t4 .. t2 t3 .. t1, t6 is the city before t5. No use: the edge that came in goes out, or one that went out comes in.
    if (rank5 == rank3 || rank5 == rank3 - 2 || t5 == path.last) continue;
    const City t6 = rank5 > rank3 ? before(path, t5) : after(path, t5);
    if (offer(path, {Join::two_two, t3, t4, t5, t6, open + distances_(t5, t6)}, best)) return true;
  }
  return false;
}

/// The cycle t2 .. t3 is opened at t5 and its neighbour t6, either of the two, and joined to t4 .. t1.
COLONY_INLINE bool LocalSearch::find_from_cycle(const Path& path, City t3, std::int32_t rank3, std::int64_t gain, Move& best) const {
  const City t4 = after(path, t3);
  gain += distances_(t3, t4);
  for (const Near& near5 : near(t4).first(std::min(near_count_, nearest_fifth))) {
    const std::int64_t open = gain - near5.distance;
    if (open <= 0) break;
    const City t5 = near5.city;
    const std::int32_t rank5 = rank(path, t5);
    if (rank5 >= rank3) continue;
    const City next = after(path, t5);
    if (offer(path, {Join::swap, t3, t4, t5, next, open + distances_(t5, next)}, best)) return true;
    if (rank5 == 0) continue;
    const City previous = before(path, t5);
    if (offer(path, {Join::both, t3, t4, t5, previous, open + distances_(t5, previous)}, best)) return true;
  }
  return false;
}

/// The first move that closes with a gain, or else the one with the largest open gain. t1 and t2 are the path's last and first city.
/// Putting in (t2, t3) leaves t3 with an edge too many: the one to the city before it goes out, and a path remains that begins at that city
/// t4; or the one to the city after it, and t2 .. t3 become a cycle that the next exchange must open.
LocalSearch::Move LocalSearch::find(const Path& path) const {
  Move best;
  const auto n = static_cast<std::int32_t>(cities_);
  for (const Near& near3 : near(path.first)) {
    const std::int64_t gain = path.gain - near3.distance;
    if (gain <= 0) break;
    const std::int32_t rank3 = rank(path, near3.city);
    if (rank3 == 1 || rank3 == n - 1) continue;
    if (find_from_two(path, near3.city, rank3, gain, best)) return best;
    if (exchange_ == Exchange::two_opt) continue;
    if (find_from_cycle(path, near3.city, rank3, gain, best)) return best;
  }
  return best;
}

void LocalSearch::apply(Path& path, const Move& move) {
  switch (move.join) {
    case Join::none: return;
    case Join::two: flip(path, path.first, move.t4); break;
    case Join::two_two:
      flip(path, path.first, move.t4);
      flip(path, move.t4, move.t6);
      break;
    case Join::swap: swap_parts(path, move); break;
    case Join::both:
      flip(path, path.first, move.t6);
      flip(path, move.t5, move.t3);
      break;
  }
  path.first = move.join == Join::two ? move.t4 : move.t6;
  path.gain = move.gain;
}

/// Parts t2 .. t5, t6 .. t3, t4 .. t1 become t6 .. t3, t2 .. t5, t4 .. t1. As the tour is round, swapping any two of the three does it: not
/// the longest.
void LocalSearch::swap_parts(Path& path, const Move& move) {
  const City t1 = path.last, t2 = path.first;
  const std::int32_t one = rank(path, move.t5) + 1, two = rank(path, move.t3) + 1 - one,
                     three = static_cast<std::int32_t>(cities_) - one - two;
  if (three >= one && three >= two) {
    flip(path, t2, move.t3);
    flip(path, move.t3, move.t6);
    flip(path, move.t5, t2);
  } else if (two >= one) {
    flip(path, move.t4, move.t5);
    flip(path, move.t5, t2);
    flip(path, t1, move.t4);
  } else {
    flip(path, move.t6, t1);
    flip(path, t1, move.t4);
    flip(path, move.t3, move.t6);
  }
}

/// Turns the part of the path round, or all the rest, which makes the same tour: the shorter of both.
void LocalSearch::flip(Path& path, City from, City to) {
  if (!path.forward) std::swap(from, to);
  std::int32_t begin = position_[from];
  std::int32_t length = position_[to] - begin + 1;
  const auto n = static_cast<std::int32_t>(cities_);
  if (length <= 0) length += n;
  if (2 * length > n) {
    begin = position_[to] + 1 == n ? 0 : position_[to] + 1;
    length = n - length;
    path.forward = !path.forward;
  }
  flips_.push_back({static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(length)});
  reverse(static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(length));
}

void LocalSearch::reverse(std::uint32_t begin, std::uint32_t length) {
  City* const order = order_.data() + 1;
  std::uint32_t i = begin, j = begin + length - 1;
  if (j >= cities_) j -= cities_;
  for (std::uint32_t swaps = length / 2; swaps > 0; --swaps) {
    std::swap(order[i], order[j]);
    position_[order[i]] = static_cast<std::int32_t>(i);
    position_[order[j]] = static_cast<std::int32_t>(j);
    i = i + 1 == cities_ ? 0 : i + 1;
    j = j == 0 ? cities_ - 1 : j - 1;
  }
  order[-1] = order[cities_ - 1];
  order[cities_] = order[0];
}

void LocalSearch::undo() {
  for (std::size_t i = flips_.size(); i-- > 0;) reverse(flips_[i].begin, flips_[i].length);
  flips_.clear();
}

}  // namespace colony
