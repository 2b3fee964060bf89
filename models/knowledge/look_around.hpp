// What a concept makes of its neighbours: the group it belongs to, whether it bridges groups, whether it is the middle of a cluster.
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "engine/kernels/draws.hpp"
#include "engine/kernels/growing_here.hpp"

namespace colony {

/// Weights as whole numbers, so that their sums know no order.
inline std::uint64_t weight_quanta(float weight) { return static_cast<std::uint64_t>(static_cast<std::int64_t>(weight * 0x1p20f)); }

/// The sum of weights by group, and which group has most.
class GroupWeights {
 public:
  void clear() { sums_.clear(); }
  void add(std::uint64_t group, std::uint64_t weight) {
    if (sums_.size() < few) {
      for (auto& [known, sum] : sums_)
        if (known == group) {
          sum += weight;
          return;
        }
    }
    sums_.emplace_back(group, weight);  // many groups: some may stand here more than once, until they are merged
  }
  /// (group, weight), of equal weights the smaller group. There must be one.
  std::pair<std::uint64_t, std::uint64_t> heaviest() {
    merge();
    return *std::max_element(sums_.begin(), sums_.end(),
                             [](const auto& a, const auto& b) { return a.second != b.second ? a.second < b.second : a.first > b.first; });
  }
  /// Of one group; after heaviest().
  std::uint64_t of(std::uint64_t group) const {
    for (const auto& [known, sum] : sums_)
      if (known == group) return sum;
    return 0;
  }

 private:
  static constexpr std::size_t few = 16;
  void merge() {
    if (sums_.size() < few) return;
    std::sort(sums_.begin(), sums_.end());
    std::size_t kept = 0;
    for (std::size_t i = 1; i < sums_.size(); ++i) {
      if (sums_[i].first == sums_[kept].first) sums_[kept].second += sums_[i].second;
      else sums_[++kept] = sums_[i];
    }
    sums_.resize(kept + 1);
  }
  std::vector<std::pair<std::uint64_t, std::uint64_t>> sums_;
};

/// Sense, for a keyed half of the concepts in each tick (all at once would swap groups to and fro for ever).
///   group     the one that most of the weight of its links leads to (ties: the smaller id); a new concept is a group of its own
///   bridge    1 when at least a third of that weight leads to other groups than its own
///   strength  the sum of its strong links
///   cluster   1 when no strong neighbour is stronger (ties: the smaller id), and there are at least three
struct LookAround {
  GrowingNear group, bridge, strength, cluster;
  GrowingSet set_group, set_bridge, set_strength, set_cluster;
  Draws draws;

  static constexpr float strong = 0.15f;  ///< weight from which on a link is strong
  static constexpr int least_members = 3;

  void operator()(const GrowingHere& here) const {
    if (here.degree() == 0 && strength(here) == 0 && bridge(here) == 0 && cluster(here) == 0) return;
    if (!draws.in_half(here)) return;
    std::uint64_t total = 0, strong_sum = 0;
    int members = 0;
    bool strongest = true;
    const std::uint64_t own_strength = strength(here);
    here.for_each_link([&](NodeRef v, const Link& link) {
      const std::uint64_t weight = weight_quanta(link.weight);
      total += weight;
      if (link.weight < strong) return;
      strong_sum += weight;
      ++members;
      const std::uint64_t other = strength(v);
      strongest = strongest && (other != own_strength ? other < own_strength : here.id() < here.id(v));
    });
    const auto group_of = [&](NodeRef v) { return group(v) == 0 ? here.id(v) : group(v); };
    const std::uint64_t own_group = group_of(here);
    std::uint64_t next_group = own_group, elsewhere = 0;
    if (total != 0) {
      thread_local GroupWeights groups;
      groups.clear();
      here.for_each_link([&](NodeRef v, const Link& link) { groups.add(group_of(v), weight_quanta(link.weight)); });
      next_group = groups.heaviest().first;
      elsewhere = total - groups.of(own_group);
    }
    const auto settle = [&](const GrowingNear& now, const GrowingSet& set, std::uint64_t value) {
      if (now(here) != value) set(here, value);
    };
    settle(group, set_group, next_group);
    settle(bridge, set_bridge, total != 0 && 3 * elsewhere >= total ? 1 : 0);
    settle(strength, set_strength, strong_sum);
    settle(cluster, set_cluster, members >= least_members && strongest && own_strength != 0 ? 1 : 0);
  }
};

}  // namespace colony
