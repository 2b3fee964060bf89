// Effects that are gathered in a cell on each node, owned or ghost: how the cells of ghosts go to their owners.
#pragma once

#include <vector>

#include "engine/error.hpp"
#include "engine/state/effect.hpp"
#include "engine/state/part.hpp"

namespace colony {

/// Values for cells of other shards, by peer.
template <class T>
class CellParcels {
 public:
  explicit CellParcels(const Outbox& outbox) : nodes_(outbox.peers()), values_(outbox.peers()) {}
  void add(const Outbox& outbox, LocalIndex ghost, T value) {
    const std::size_t peer = outbox.peer_of(ghost);
    nodes_[peer].push_back(outbox.home_of(ghost));
    values_[peer].push_back(value);
  }
  /// Returns how many there are.
  std::size_t send(Outbox& outbox) const {
    std::size_t count = 0;
    for (std::size_t p = 0; p < nodes_.size(); ++p) {
      if (nodes_[p].empty()) continue;
      std::copy(nodes_[p].begin(), nodes_[p].end(), outbox.add<LocalIndex>(p, nodes_[p].size()));
      std::copy(values_[p].begin(), values_[p].end(), outbox.add<T>(p, values_[p].size()));
      count += nodes_[p].size();
    }
    return count;
  }

 private:
  std::vector<std::vector<LocalIndex>> nodes_;
  std::vector<std::vector<T>> values_;
};

/// A node of a parcel. Throws FrameError unless the part owns it.
inline LocalIndex owned_node(const Part& part, LocalIndex node) {
  if (node >= part.geometry.owned) throw FrameError("an effect for a node that this shard does not own");
  return node;
}

/// f(node, value) for each cell of a parcel that CellParcels made.
template <class T, class F>
void take_cells(const Part& part, Parcel& parcel, const F& f) {
  const auto nodes = parcel.next<LocalIndex>();
  const auto values = parcel.next<T>(nodes.size());
  for (std::size_t i = 0; i < nodes.size(); ++i) f(owned_node(part, nodes[i]), values[i]);
}

}  // namespace colony
