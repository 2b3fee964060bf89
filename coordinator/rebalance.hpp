// Which blocks move when the members' ticks take unequally long. A pure function of what was measured: the same times give the same moves.
#pragma once

#include <cstdint>
#include <set>
#include <span>
#include <vector>

#include "engine/ids.hpp"
#include "ringhash/placement.hpp"

namespace colony {

/// Blocks move when the slowest member takes more than this many times the mean ...
inline constexpr double balance_limit = 1.2;
/// ... and when the moves take at least this share off its time: a move costs a checkpoint, and no measurement is more exact.
inline constexpr double balance_gain = 0.02;
/// One block in so many may move at a time.
inline constexpr std::uint32_t balance_share = 20;

struct BalancePlan {
  std::vector<Move> moves;            ///< each block once; empty: all stay
  std::uint64_t mean_ns = 0;          ///< a tick, over the members
  std::uint64_t slowest_ns = 0;       ///< ... of the member that takes longest
  std::uint64_t then_slowest_ns = 0;  ///< ... after the moves, if blocks cost elsewhere what they cost here
};

/// From the member that takes longest to the one that is done first, again and again, each time the block that makes the longer of the two
/// shortest; ties go to the smaller id. The moves stop where the slowest is fastest. costs_ns: [blocks], together below 2^63. stay: blocks
/// that the user has put where they are.
BalancePlan plan_balance(const Placement& now, std::span<const std::uint64_t> costs_ns, const std::set<BlockId>& stay);

}  // namespace colony
