// What each block of a shard costs in a tick: the time is measured, for the shard as a whole, and shared out by what a tick finds in each
// block. Times are not state: the coordinator places blocks by them, and no result depends on where a block is.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/state/part.hpp"
#include "engine/tick/phase_timer.hpp"
#include "io/clock.hpp"
#include "shard/wire/messages.hpp"

namespace colony {

/// Listens to one shard for one tick: what its passes over agents took, and what all the rest. A member has one shard, so that no thread is
/// in another's step meanwhile.
class WorkMeter final : public PhaseTimer {
 public:
  explicit WorkMeter(Clock& clock) : clock_(clock) {}

  void begin() noexcept override { begin_ns_ = clock_.now_ns(); }
  void end(TickStep) noexcept override { nodes_ns_ += clock_.now_ns() - begin_ns_; }
  void end_agents(TickStep) noexcept override { agents_ns_ += clock_.now_ns() - begin_ns_; }
  void end_pass(TickStep step, std::uint64_t, TickStep, std::uint64_t) noexcept override { end_agents(step); }
  std::uint64_t reading() noexcept override { return clock_.now_ns(); }

  std::uint64_t nodes_ns() const { return nodes_ns_; }
  std::uint64_t agents_ns() const { return agents_ns_; }

 private:
  Clock& clock_;
  std::uint64_t begin_ns_ = 0, nodes_ns_ = 0, agents_ns_ = 0;
};

/// Shares `tick_ns` out over the part's blocks, in their order: the agents' share of it by agents, the nodes' by the nodes that kernels
/// visit and the edges that they look along. As long as one walk over the agents and the sets that kernels run over.
std::vector<BlockCost> block_costs(Part& part, const WorkMeter& meter, std::uint64_t tick_ns);

}  // namespace colony
