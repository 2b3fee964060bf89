#include "bench/reference/ants.hpp"

#include <tbb/blocked_range.h>
#include <tbb/enumerable_thread_specific.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cmath>
#include <mutex>
#include <tuple>

#include "models/streams.hpp"

namespace colony::reference {
namespace {

constexpr int dx[8] = {1, 1, 0, -1, -1, -1, 0, 1};
constexpr int dy[8] = {0, 1, 1, 1, 0, -1, -1, -1};
constexpr double quantum = 0x1p-20;
constexpr std::uint64_t sort_every = 16;
constexpr std::uint32_t bucket_cells = 512;
constexpr std::size_t piece = 32768;

template <class F>
void for_range(std::size_t n, std::size_t grain, int threads, const F& f) {
  if (threads == 1) f(std::size_t{0}, n);
  else
    tbb::parallel_for(tbb::blocked_range<std::size_t>(0, n, grain),
                      [&](const tbb::blocked_range<std::size_t>& r) { f(r.begin(), r.end()); });
}

/// Integers below 2^52 to and from double by the bits of 2^52 + i, which vectorises where the conversion does not.
double small_to_double(std::int64_t i) { return std::bit_cast<double>(i | std::bit_cast<std::int64_t>(0x1p52)) - 0x1p52; }
std::int64_t small_to_integer(double whole) { return std::bit_cast<std::int64_t>(whole + 0x1p52) - std::bit_cast<std::int64_t>(0x1p52); }

template <class V>
int steepest(V straight, V left, V right) {
  if (left > straight && left >= right) return 1;
  return right > straight ? -1 : 0;
}

}  // namespace

Ants::Ants(World world, const Rules& rules, std::uint64_t seed)
    : world_(std::move(world)),
      sorted_(world_.ants.size()),
      pheromone_(world_.food.size(), 0),
      next_(world_.food.size(), 0),
      deposits_(world_.food.size(), 0),
      keep_(static_cast<float>((1 - rules.diffusion) * (1 - rules.evaporation))),
      share_(static_cast<float>(rules.diffusion / 8 * (1 - rules.evaporation))),
      deposit_(static_cast<std::int64_t>(rules.deposit / quantum)),
      nest_radius2_(rules.nest_radius2),
      seed_(seed) {
  for (const std::uint32_t f : world_.food) food_total_ += f;
  sort(1);
}

template <bool shared>
void Ants::walk(std::size_t begin, std::size_t end, Gathered& gathered) {
  const std::uint32_t width = world_.width, height = world_.height;
  const std::uint32_t* const food = world_.food.data();
  const std::uint32_t* const nest = world_.nest_distance.data();
  const float* const pheromone = pheromone_.data();
  Ant* const ants = world_.ants.data();
  std::ptrdiff_t inside[8];
  for (int d = 0; d < 8; ++d) inside[d] = dy[d] * static_cast<std::ptrdiff_t>(width) + dx[d];
  for (std::size_t i = begin; i < end; ++i) {
    Ant ant = ants[i];
    const std::size_t here = std::size_t{ant.y} * width + ant.x;
    const bool interior = ant.x - 1u < width - 2 && ant.y - 1u < height - 2;
    const auto cell = [&](int direction) {
      const int d = direction & 7;
      if (interior) return here + static_cast<std::size_t>(inside[d]);
      const std::uint32_t x = (ant.x + width + static_cast<std::uint32_t>(dx[d])) % width;
      const std::uint32_t y = (ant.y + height + static_cast<std::uint32_t>(dy[d])) % height;
      return std::size_t{y} * width + x;
    };
    const int ahead = ant.heading;
    const std::size_t straight = cell(ahead), left = cell(ahead + 1), right = cell(ahead - 1);
    int turn = 0;
    if (ant.carrying) {
      turn = steepest(~nest[straight], ~nest[left], ~nest[right]);
    } else {
      turn = steepest<int>(food[straight] != 0, food[left] != 0, food[right] != 0);
      const float smell = pheromone[here];
      if (turn == 0 && smell >= 0.05f && smell < 2.0f) turn = steepest(pheromone[straight], pheromone[left], pheromone[right]);
    }
    const std::uint32_t wiggle = draw_entity(step_key_, ant.id)[0] >> 30;
    const int heading = (ahead + turn + (wiggle == 0 ? 7 : wiggle == 1 ? 1 : 0)) & 7;
    const std::size_t to = cell(heading);
    ant.heading = static_cast<std::uint8_t>(heading);
    if (ant.carrying) {
      if constexpr (shared) std::atomic_ref(deposits_[here]).fetch_add(deposit_, std::memory_order_relaxed);
      else deposits_[here] += deposit_;
      if (nest[to] <= nest_radius2_) {
        ant.carrying = 0;
        ant.heading = (heading + 4) & 7;
        ++gathered.delivered;
      }
    } else if (food[to] != 0) {
      gathered.claims.push_back({static_cast<std::uint32_t>(to), static_cast<std::uint32_t>(i), 0});
    }
    const auto row = static_cast<std::uint32_t>(to) / width;
    ant.y = static_cast<std::uint16_t>(row);
    ant.x = static_cast<std::uint16_t>(to - std::size_t{row} * width);
    ants[i] = ant;
  }
}

void Ants::decide(std::vector<Claim>& claims) {
  for (Claim& claim : claims) claim.draw = high_word(draw_entity(claim_key_, world_.ants[claim.ant].id));
  std::sort(claims.begin(), claims.end(), [&](const Claim& a, const Claim& b) {
    return std::tie(a.cell, a.draw, world_.ants[a.ant].id) < std::tie(b.cell, b.draw, world_.ants[b.ant].id);
  });
  for (const Claim& claim : claims) {
    if (world_.food[claim.cell] == 0) continue;
    --world_.food[claim.cell];
    --food_total_;
    ++carried_;
    Ant& ant = world_.ants[claim.ant];
    ant.carrying = 1;
    ant.heading = (ant.heading + 4) & 7;
  }
  claims.clear();
}

/// Diffuses and evaporates one row, adds its deposits and clears them; returns its total in 2^-40.
__int128 Ants::spread_row(std::uint32_t y) {
  const std::uint32_t width = world_.width, height = world_.height;
  const float* const here = &pheromone_[std::size_t{y} * width];
  const float* const up = &pheromone_[std::size_t{y + 1 == height ? 0 : y + 1} * width];
  const float* const down = &pheromone_[std::size_t{y == 0 ? height - 1 : y - 1} * width];
  float* const next = &next_[std::size_t{y} * width];
  std::int64_t* const deposits = &deposits_[std::size_t{y} * width];
  const float keep = keep_, share = share_;
  std::uint64_t wholes = 0, parts = 0;
  const auto at = [&](std::uint32_t x, std::uint32_t before, std::uint32_t after) __attribute__((always_inline)) {
    const float sum = ((((((here[after] + up[after]) + up[x]) + up[before]) + here[before]) + down[before]) + down[x]) + down[after];
    float value = keep * here[x] + share * sum + static_cast<float>(small_to_double(deposits[x]) * quantum);
    value = value < static_cast<float>(quantum) ? 0.0f : value;
    next[x] = value;
    deposits[x] = 0;
    const double large = static_cast<double>(value), whole = std::floor(large);
    wholes += static_cast<std::uint64_t>(small_to_integer(whole));
    parts += std::bit_cast<std::uint64_t>((large - whole) * 0x1p40 + 0x1p52) - std::bit_cast<std::uint64_t>(0x1p52);
  };
  at(0, width - 1, 1);
#pragma GCC ivdep
  for (std::uint32_t x = 1; x < width - 1; ++x) at(x, x - 1, x + 1);
  at(width - 1, width - 2, 0);
  return (static_cast<__int128>(wholes) << 40) + parts;
}

/// Into buckets of neighbouring cells, which is order enough for the cache.
void Ants::sort(int threads) {
  const std::size_t count = world_.ants.size(), pieces = (count + piece - 1) / piece;
  const std::size_t buckets = (world_.food.size() + bucket_cells - 1) / bucket_cells;
  bucket_starts_.assign(pieces * buckets, 0);
  const auto bucket_of = [this](const Ant& ant) { return (std::uint32_t{ant.y} * world_.width + ant.x) / bucket_cells; };
  const auto each_piece = [&](const auto& f) {
    for_range(pieces, 1, threads, [&](std::size_t begin, std::size_t end) {
      for (std::size_t p = begin; p < end; ++p)
        for (std::size_t i = p * piece; i < std::min(count, (p + 1) * piece); ++i) f(&bucket_starts_[p * buckets], world_.ants[i]);
    });
  };
  each_piece([&](std::uint32_t* counts, const Ant& ant) { ++counts[bucket_of(ant)]; });
  std::uint32_t sum = 0;
  for (std::size_t b = 0; b < buckets; ++b)
    for (std::size_t p = 0; p < pieces; ++p) sum += std::exchange(bucket_starts_[p * buckets + b], sum);
  each_piece([&](std::uint32_t* cursor, const Ant& ant) { sorted_[cursor[bucket_of(ant)]++] = ant; });
  world_.ants.swap(sorted_);
}

void Ants::tick(int threads) {
  step_key_ = random_key(seed_, streams::ant_step, tick_);
  claim_key_ = random_key(seed_, Stream::claim, tick_);
  std::int64_t delivered = 0;
  if (threads == 1) {
    Gathered gathered;
    gathered.claims.swap(claims_);
    walk<false>(0, world_.ants.size(), gathered);
    claims_.swap(gathered.claims);
    delivered = gathered.delivered;
  } else {
    tbb::enumerable_thread_specific<Gathered> lists;
    for_range(world_.ants.size(), 8192, threads, [&](std::size_t begin, std::size_t end) { walk<true>(begin, end, lists.local()); });
    for (Gathered& gathered : lists) {
      claims_.insert(claims_.end(), gathered.claims.begin(), gathered.claims.end());
      delivered += gathered.delivered;
    }
  }
  delivered_ += delivered;
  carried_ -= delivered;
  std::mutex joining;
  __int128 total = 0;
  for_range(world_.height, 16, threads, [&](std::size_t begin, std::size_t end) {
    __int128 sum = 0;
    for (std::size_t y = begin; y < end; ++y) sum += spread_row(static_cast<std::uint32_t>(y));
    const std::lock_guard lock(joining);
    total += sum;
  });
  pheromone_total_ = total;
  pheromone_.swap(next_);
  decide(claims_);
  if (++tick_ % sort_every == 0) sort(threads);
}

}  // namespace colony::reference
