#include "engine/effects/trace.hpp"

#include <algorithm>
#include <limits>

#include "engine/error.hpp"
#include "engine/state/part.hpp"

namespace colony {

TraceEffect::TraceEffect(const Part&, std::size_t workers, std::uint32_t width) : laid(workers), width_(width) {}

EffectSpec TraceEffect::spec(const std::string& name, std::uint32_t width) {
  return effect_spec<TraceEffect>("lay", name, EffectStage::signals, width);
}

void TraceEffect::pack(Part& part, Outbox& outbox) {
  std::vector<std::vector<TraceDeposit>> leaving(outbox.peers());
  for (auto& [list] : laid) {
    std::size_t kept = 0;
    for (const TraceDeposit& deposit : list) {
      if (deposit.node < part.geometry.owned) list[kept++] = deposit;
      else leaving[outbox.peer_of(deposit.node)].push_back({outbox.home_of(deposit.node), deposit.towards, deposit.amount});
    }
    list.resize(kept);
  }
  for (std::size_t p = 0; p < leaving.size(); ++p) {
    if (leaving[p].empty()) continue;
    std::copy(leaving[p].begin(), leaving[p].end(), outbox.add<TraceDeposit>(p, leaving[p].size()));
    sent += leaving[p].size();
  }
}

void TraceEffect::take(Part& part, Parcel& parcel) {
  for (const TraceDeposit& deposit : parcel.next<TraceDeposit>()) {
    if (deposit.node >= part.geometry.owned || deposit.towards >= width_)
      throw FrameError("a trace on an edge that this shard does not own");
    laid[0].push_back(deposit);
  }
}

void TraceEffect::commit(Part& part, Executor&) {
  std::size_t total = 0;
  for (const auto& [list] : laid) total += list.size();
  if (total == 0) return;
  if (total >= std::numeric_limits<std::uint32_t>::max()) throw StateError("more than 2^32 deposits on the edges of one shard in a tick");
  // A counting sort by node. Few deposits are as cheap: the starts of the rows are all that every one of them costs.
  begin_.resize(part.geometry.owned + std::size_t{1});
  std::fill(begin_.begin(), begin_.end(), 0);
  for (const auto& [list] : laid)
    for (const TraceDeposit& deposit : list) ++begin_[deposit.node + std::size_t{1}];
  for (std::size_t i = 1; i < begin_.size(); ++i) begin_[i] += begin_[i - 1];
  deposits_.resize(total);
  for (auto& [list] : laid) {
    for (const TraceDeposit& deposit : list) deposits_[begin_[deposit.node]++] = deposit;
    list.clear();
  }
  std::copy_backward(begin_.begin(), begin_.end() - 1, begin_.end());  // each start was moved to its row's end
  begin_[0] = 0;
}

void TraceEffect::clear(Part&) {
  begin_.clear();
  deposits_.clear();
}

bool TraceEffect::is_clear(const Part&) const {
  return deposits_.empty() && std::all_of(laid.begin(), laid.end(), [](const auto& list) { return list.value.empty(); });
}

}  // namespace colony
