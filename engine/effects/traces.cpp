#include "engine/effects/traces.hpp"

#include <algorithm>
#include <limits>

#include "engine/error.hpp"

namespace colony {

void gather_traces(Part& part) {
  for (std::size_t t = 0; t < part.traces.size(); ++t) {
    TraceState& state = part.traces[t];
    std::size_t total = 0;
    for (const WorkerScratch& worker : part.workers) total += worker.laid[t].size();
    if (total == 0) continue;
    if (total >= std::numeric_limits<std::uint32_t>::max()) throw StateError("more than 2^32 deposits on the edges of one shard in a tick");
    // A counting sort by node. Few deposits are as cheap: the starts of the rows are all that every one of them costs.
    state.begin.resize(part.geometry.owned + std::size_t{1});
    std::fill(state.begin.begin(), state.begin.end(), 0);
    for (const WorkerScratch& worker : part.workers)
      for (const TraceDeposit& deposit : worker.laid[t]) ++state.begin[deposit.node + std::size_t{1}];
    for (std::size_t i = 1; i < state.begin.size(); ++i) state.begin[i] += state.begin[i - 1];
    state.deposits.resize(total);
    for (WorkerScratch& worker : part.workers) {
      for (const TraceDeposit& deposit : worker.laid[t]) state.deposits[state.begin[deposit.node]++] = deposit;
      worker.laid[t].clear();
    }
    std::copy_backward(state.begin.begin(), state.begin.end() - 1, state.begin.end());  // each start was moved to its row's end
    state.begin[0] = 0;
  }
}

void clear_traces(Part& part) {
  for (TraceState& state : part.traces) {
    state.begin.clear();
    state.deposits.clear();
  }
}

}  // namespace colony
