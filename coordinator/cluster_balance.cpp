// Balancing by measured times: every rebalance_every ticks the members say what their blocks cost, and some may move. docs/job-file.md.
#include <fmt/format.h>

#include <algorithm>

#include "coordinator/cluster_state.hpp"
#include "coordinator/rebalance.hpp"

namespace colony {
namespace {

/// No block counts for more: sums of what members say must not wrap.
constexpr std::uint64_t most_block_ns = std::uint64_t{1} << 36;

double milliseconds(std::uint64_t ns) { return static_cast<double>(ns) * 1e-6; }
double ratio(std::uint64_t a, std::uint64_t b) { return static_cast<double>(a) / static_cast<double>(std::max<std::uint64_t>(b, 1)); }

}  // namespace

bool Cluster::State::measure_due(Tick at) const {
  return plan.rebalance_every != 0 && epoch_size > 1 && at.value % plan.rebalance_every == 0 && at < plan.course.last;
}

std::vector<ShardId> Cluster::State::shards_of_epoch() const {
  std::vector<ShardId> shards;
  for (const auto& [shard, member] : members)
    if (member.in_epoch) shards.push_back(shard);
  return shards;
}

/// The user's pins; and where blocks were balanced, the owner of every other block, so that none follows or gives way to those that moved.
/// Balanced blocks stand as long as the members are those that were measured.
std::vector<PinSpec> Cluster::State::pins_to_begin_with() {
  const std::vector<ShardId> shards = shards_of_epoch();
  if (!balanced.empty() && balanced_members != shards) {
    balanced.clear();
    say(Say::Level::info, "rebalance", "the members are others now: the blocks that were balanced go where the placement puts them");
  }
  if (balanced.empty()) return pins;
  std::vector<PinSpec> all;
  std::vector<bool> by_user(balanced.size(), false);
  for (const PinSpec& pin : pins)
    if (pin.block < balanced.size() && std::binary_search(shards.begin(), shards.end(), ShardId(pin.shard))) {
      all.push_back(pin);
      by_user[pin.block] = true;
    }
  for (std::uint32_t block = 0; block < balanced.size(); ++block)
    if (!by_user[block]) all.push_back({block, balanced[block].value});
  return all;
}

/// All have done the tick that was measured. Where blocks move, the course pauses at this boundary: a checkpoint, and a new epoch from it.
void Cluster::State::balance() {
  const std::vector<ShardId> shards = shards_of_epoch();
  if (stop_status != 0 || change_wanted() || !placement || placement->block_count() != block_sizes.size() ||
      !std::equal(shards.begin(), shards.end(), placement->members().begin(), placement->members().end()))
    return;
  std::vector<std::uint64_t> costs(block_sizes.size(), 0);
  for (const ShardId shard : shards)
    for (const BlockCost& cost : members.at(shard).done->block_costs)
      if (cost.block < costs.size() && placement->owner(BlockId(static_cast<std::uint32_t>(cost.block))) == shard)
        costs[cost.block] = std::min(cost.ns, most_block_ns);
  std::set<BlockId> stay;
  for (const PinSpec& pin : pins)
    if (placement->has_member(ShardId(pin.shard))) stay.insert(BlockId(pin.block));
  const BalancePlan plan_now = plan_balance(*placement, costs, stay);
  if (plan_now.moves.empty()) return;
  balanced_members = shards;
  balanced.resize(costs.size());
  for (std::uint32_t block = 0; block < balanced.size(); ++block) balanced[block] = placement->owner(BlockId(block));
  for (const Move& move : plan_now.moves) balanced[move.block.value] = move.to;
  pins_changed = true;
  say(Say::Level::info, "rebalance",
      fmt::format("a tick takes the members {:.3g} ms on average and the slowest {:.3g} ms, {:.2f} times as long: {} of {} blocks move at "
                  "tick {}, which should make it {:.2f}",
                  milliseconds(plan_now.mean_ns), milliseconds(plan_now.slowest_ns), ratio(plan_now.slowest_ns, plan_now.mean_ns),
                  plan_now.moves.size(), balanced.size(), ordered->value + 1, ratio(plan_now.then_slowest_ns, plan_now.mean_ns)));
  tell_pause();
}

}  // namespace colony
