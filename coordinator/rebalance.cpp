#include "coordinator/rebalance.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <optional>
#include <utility>

#include "engine/error.hpp"

namespace colony {
namespace {

/// The members by what they have to do, and the blocks of each that may go.
class Scales {
 public:
  Scales(const Placement& now, std::span<const std::uint64_t> costs_ns, const std::set<BlockId>& stay) : costs_(costs_ns) {
    for (const ShardId shard : now.members()) {
      Load& load = loads_[shard];
      for (const BlockId block : now.blocks_of(shard)) {
        load.ns += costs_[block.value];
        if (costs_[block.value] != 0 && !stay.contains(block)) load.blocks.emplace(costs_[block.value], block);
      }
      order_.emplace(load.ns, shard);
    }
  }

  std::uint64_t slowest_ns() const { return order_.rbegin()->first; }

  /// The next move, done here; none when no block of the slowest member could go without making another as slow.
  std::optional<Move> step() {
    const ShardId from = order_.lower_bound({slowest_ns(), ShardId(0)})->second, to = order_.begin()->second;
    Load &giver = loads_.at(from), &taker = loads_.at(to);
    const std::uint64_t gap = giver.ns - taker.ns;
    // The dearest block that leaves the giver the slower of the two, and the cheapest that does not.
    const auto above = giver.blocks.lower_bound({gap / 2 + 1, BlockId(0)});
    auto chosen = above != giver.blocks.end() && above->first < gap ? above : giver.blocks.end();
    if (above != giver.blocks.begin()) {
      const auto below = giver.blocks.lower_bound({std::prev(above)->first, BlockId(0)});
      if (chosen == giver.blocks.end() || giver.ns - below->first <= taker.ns + chosen->first) chosen = below;
    }
    if (chosen == giver.blocks.end()) return std::nullopt;
    const auto [cost, block] = *chosen;
    giver.blocks.erase(chosen);  // and it is not the taker's to give: a block moves once
    change(from, giver, giver.ns - cost);
    change(to, taker, taker.ns + cost);
    return Move{block, from, to};
  }

 private:
  struct Load {
    std::uint64_t ns = 0;
    std::set<std::pair<std::uint64_t, BlockId>> blocks;
  };
  void change(ShardId shard, Load& load, std::uint64_t ns) {
    order_.erase({load.ns, shard});
    load.ns = ns;
    order_.emplace(ns, shard);
  }

  std::span<const std::uint64_t> costs_;
  std::map<ShardId, Load> loads_;
  std::set<std::pair<std::uint64_t, ShardId>> order_;
};

}  // namespace

BalancePlan plan_balance(const Placement& now, std::span<const std::uint64_t> costs_ns, const std::set<BlockId>& stay) {
  COLONY_ASSERT(costs_ns.size() == now.block_count(), "a cost for each block");
  Scales scales(now, costs_ns, stay);
  const double total = static_cast<double>(std::accumulate(costs_ns.begin(), costs_ns.end(), std::uint64_t{0}));
  const double mean = total / static_cast<double>(now.members().size());
  BalancePlan plan;
  plan.mean_ns = static_cast<std::uint64_t>(mean);
  plan.slowest_ns = plan.then_slowest_ns = scales.slowest_ns();
  const auto slowest = static_cast<double>(plan.slowest_ns);
  if (slowest <= balance_limit * mean) return plan;
  std::vector<Move> moves;
  std::size_t kept = 0;
  while (moves.size() < now.block_count() / balance_share) {
    const std::optional<Move> move = scales.step();
    if (!move) break;
    moves.push_back(*move);
    if (scales.slowest_ns() >= plan.then_slowest_ns) continue;  // one of several that are equally slow: the others may follow
    plan.then_slowest_ns = scales.slowest_ns();
    kept = moves.size();
  }
  if (static_cast<double>(plan.then_slowest_ns) > (1 - balance_gain) * slowest) {
    plan.then_slowest_ns = plan.slowest_ns;
    return plan;
  }
  plan.moves.assign(moves.begin(), moves.begin() + static_cast<std::ptrdiff_t>(kept));
  return plan;
}

}  // namespace colony
