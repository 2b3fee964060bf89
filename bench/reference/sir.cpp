#include "bench/reference/sir.hpp"

#include <tbb/blocked_range.h>
#include <tbb/enumerable_thread_specific.h>
#include <tbb/parallel_for.h>

#include <atomic>

#include "models/streams.hpp"

namespace colony::reference {
namespace {

/// f(begin, end, hits) over [0, n), the hits of all threads gathered in `all`.
template <class F>
void gather_hits(std::size_t n, std::size_t grain, int threads, std::vector<std::uint32_t>& all, const F& f) {
  all.clear();
  if (threads == 1) {
    f(std::size_t{0}, n, all);
    return;
  }
  tbb::enumerable_thread_specific<std::vector<std::uint32_t>> lists;
  tbb::parallel_for(tbb::blocked_range<std::size_t>(0, n, grain),
                    [&](const tbb::blocked_range<std::size_t>& r) { f(r.begin(), r.end(), lists.local()); });
  for (const auto& list : lists) all.insert(all.end(), list.begin(), list.end());
}

}  // namespace

Sir::Sir(const Graph& graph, std::uint64_t seed, double infection, double recovery, const std::vector<std::uint32_t>& infected)
    : offsets_(graph.offsets.data()),
      targets_(graph.targets.data()),
      nodes_(graph.node_count),
      seed_(seed),
      infection_(infection),
      recovery_(recovery),
      state_(graph.node_count, susceptible),
      hit_(graph.node_count, 0),
      infectious_(infected) {
  for (const std::uint32_t v : infected) state_[v] = infectious;
}

void Sir::pull(std::size_t begin, std::size_t end, std::vector<std::uint32_t>& hits) const {
  const std::uint8_t* const state = state_.data();
  for (std::size_t v = begin; v < end; ++v) {
    if (state[v] != susceptible) continue;
    for (std::uint64_t e = offsets_[v], last = offsets_[v + 1]; e < last; ++e) {
      const std::uint32_t u = targets_[e];
      if (state[u] == infectious && infection_.heads(draw_edge(infection_key_, u, v))) {
        hits.push_back(static_cast<std::uint32_t>(v));
        break;
      }
    }
  }
}

void Sir::push(std::size_t begin, std::size_t end, std::vector<std::uint32_t>& hits) {
  const std::uint8_t* const state = state_.data();
  for (std::size_t i = begin; i < end; ++i) {
    const std::uint32_t u = infectious_[i];
    for (std::uint64_t e = offsets_[u], last = offsets_[u + 1]; e < last; ++e) {
      const std::uint32_t v = targets_[e];
      if (state[v] != susceptible || !infection_.heads(draw_edge(infection_key_, u, v))) continue;
      if (std::atomic_ref(hit_[v]).exchange(1, std::memory_order_relaxed) == 0) hits.push_back(v);
    }
  }
}

void Sir::commit(std::vector<std::uint32_t>& hits) {
  std::size_t kept = 0;
  for (const std::uint32_t u : infectious_) {
    if (recovery_.heads(draw_entity(recovery_key_, u))) {
      state_[u] = recovered;
      ++recovered_;
    } else {
      infectious_[kept++] = u;
    }
  }
  infectious_.resize(kept);
  for (const std::uint32_t v : hits) {
    state_[v] = infectious;
    hit_[v] = 0;
  }
  infectious_.insert(infectious_.end(), hits.begin(), hits.end());
  new_infections_ = static_cast<std::int64_t>(hits.size());
}

void Sir::tick(Direction direction, int threads) {
  infection_key_ = random_key(seed_, edges_of(streams::infection), tick_);
  recovery_key_ = random_key(seed_, streams::recovery, tick_);
  ++tick_;
  if (direction == Direction::pull)
    gather_hits(nodes_, 8192, threads, hits_, [this](std::size_t begin, std::size_t end, auto& hits) { pull(begin, end, hits); });
  else
    gather_hits(infectious_.size(), 1024, threads, hits_,
                [this](std::size_t begin, std::size_t end, auto& hits) { push(begin, end, hits); });
  commit(hits_);
}

std::vector<std::int64_t> Sir::row() const {
  const auto sick = static_cast<std::int64_t>(infectious_.size());
  return {static_cast<std::int64_t>(nodes_) - sick - recovered_, 0, sick, recovered_, new_infections_};
}

}  // namespace colony::reference
