#include "shard/layout.hpp"

#include <algorithm>
#include <bit>

#include "engine/error.hpp"
#include "engine/executor.hpp"

namespace colony {
namespace {

/// Ranks by block, in each ascending or breadth first: the order of local indices.
struct BlockOrder {
  Array<std::uint32_t> ranks;
  std::vector<std::uint64_t> begin;  ///< [blocks + 1]
};

/// Breadth first along the edges inside the block, from its lowest rank on; what can't be reached from there follows in the same way.
void order_breadth_first(const Graph& graph, const Partition& partition, std::uint32_t block, std::uint32_t* ranks, std::size_t count,
                         Array<std::uint8_t>& seen) {
  std::vector<std::uint32_t> order;
  order.reserve(count);
  std::size_t next = 0;
  for (std::size_t k = 0; k < count; ++k) {
    if (seen[ranks[k]] != 0) continue;
    seen[ranks[k]] = 1;
    order.push_back(ranks[k]);
    for (; next < order.size(); ++next)
      for (std::uint64_t e = graph.offsets[order[next]]; e < graph.offsets[order[next] + 1]; ++e) {
        const std::uint32_t to = graph.targets[e];
        if (partition.block_of[to] != block || seen[to] != 0) continue;
        seen[to] = 1;
        order.push_back(to);
      }
  }
  std::copy(order.begin(), order.end(), ranks);
}

BlockOrder order_by_block(const Graph& graph, const Partition& partition, Executor& executor) {
  BlockOrder order;
  order.begin.assign(partition.blocks + 1, 0);
  const std::size_t n = partition.block_of.size();
  for (std::size_t rank = 0; rank < n; ++rank) ++order.begin[partition.block_of[rank] + 1];
  for (std::uint32_t b = 0; b < partition.blocks; ++b) order.begin[b + 1] += order.begin[b];
  std::vector<std::uint64_t> cursor(order.begin.begin(), order.begin.end() - 1);
  order.ranks.resize(n);
  for (std::size_t rank = 0; rank < n; ++rank) order.ranks[cursor[partition.block_of[rank]]++] = static_cast<std::uint32_t>(rank);
  if (partition.breadth_first && graph.topology == Topology::csr) {
    Array<std::uint8_t> seen(n, 0);  // blocks share no node: each byte is one task's
    executor.for_each(partition.blocks, [&](std::size_t b) {
      order_breadth_first(graph, partition, static_cast<std::uint32_t>(b), order.ranks.data() + order.begin[b],
                          order.begin[b + 1] - order.begin[b], seen);
    });
  }
  return order;
}

/// Ranks that a shard reads or reaches but does not own, as bits.
class RankBits {
 public:
  explicit RankBits(std::size_t n) : words_((n + 63) / 64, 0) {}
  void insert(std::size_t rank) { words_[rank / 64] |= std::uint64_t{1} << (rank % 64); }
  template <class F>
  void for_each(const F& f) const {
    for (std::size_t w = 0; w < words_.size(); ++w)
      for (std::uint64_t word = words_[w]; word != 0; word &= word - 1) f(w * 64 + static_cast<std::size_t>(std::countr_zero(word)));
  }

 private:
  Array<std::uint64_t> words_;
};

/// The work of one shard's layout.
class ShardBuilder {
 public:
  ShardBuilder(const Graph& graph, const Graph* reverse, const BlockOrder& order, const NodeMap& map, std::uint32_t self,
               std::uint32_t shards, RowNeeds needs, bool whole_rows, ShardLayout& out, Executor& executor)
      : graph_(graph),
        reverse_(reverse),
        order_(order),
        map_(map),
        self_(self),
        shards_(shards),
        needs_(needs),
        out_(out),
        executor_(executor) {
    out_.geometry.whole_rows = whole_rows;
  }

  /// Returns whether ranks are local indices, so that the graph's rows can be taken as they are.
  bool build(const std::vector<std::uint32_t>& owner, bool in_full) {
    Geometry& g = out_.geometry;
    g.topology = graph_.topology;
    g.shape = graph_.lattice;
    g.undirected = !graph_.directed;
    for (std::uint32_t b = 0; b < owner.size(); ++b) {
      if (owner[b] != self_) continue;
      const auto size = static_cast<LocalIndex>(order_.begin[b + 1] - order_.begin[b]);
      g.blocks.push_back({BlockId(b), g.owned, g.owned + size});
      g.owned += size;
    }
    collect_ghosts();
    if (!in_full) return false;
    fill_ids();
    switch (g.topology) {
      case Topology::csr: fill_rows(); break;
      case Topology::lattice: g.whole_rows ? fill_lattice_rows() : fill_lattice_table(); break;
      case Topology::complete: fill_complete(); break;
      case Topology::none: break;
    }
    if (needs_.by_id && !identity_) {
      g.local_of_id.resize(graph_.node_count);
      for (std::uint64_t rank = 0; rank < graph_.node_count; ++rank) g.local_of_id[rank] = shards_ == 1 ? map_.local[rank] : local_of(rank);
    }
    return identity_;
  }

 private:
  std::uint32_t rank_at(LocalIndex owned) const {
    const Geometry& g = out_.geometry;
    const auto block =
        std::upper_bound(g.blocks.begin(), g.blocks.end(), owned, [](LocalIndex i, const LocalBlock& b) { return i < b.begin; }) - 1;
    return order_.ranks[order_.begin[block->id.value] + (owned - block->begin)];
  }

  /// f(rank) for each owned node in local order.
  template <class F>
  void for_each_owned(const F& f) const {
    for (const LocalBlock& block : out_.geometry.blocks)
      for (std::uint64_t i = order_.begin[block.id.value]; i < order_.begin[block.id.value + 1]; ++i) f(order_.ranks[i]);
  }

  /// f(rank) for each neighbour whose copy this node needs.
  template <class F>
  void for_each_neighbour(std::uint32_t rank, const F& f) const {
    if (graph_.topology == Topology::csr) {
      if (needs_.out || !graph_.directed)
        for (std::uint64_t e = graph_.offsets[rank]; e < graph_.offsets[rank + 1]; ++e) f(graph_.targets[e]);
      if (reverse_)
        for (std::uint64_t e = reverse_->offsets[rank]; e < reverse_->offsets[rank + 1]; ++e) f(reverse_->targets[e]);
    } else if (graph_.topology == Topology::lattice) {
      for (int d = 0; d < 8; ++d) {
        const std::uint64_t to = lattice_neighbour(rank, d);
        if (to != graph_.node_count) f(static_cast<std::uint32_t>(to));
      }
    }
  }

  /// Rank of the neighbour in a direction; node_count when there is none.
  std::uint64_t lattice_neighbour(std::uint64_t rank, int direction) const {
    const LatticeShape& shape = graph_.lattice;
    std::int64_t x = static_cast<std::int64_t>(rank % shape.width) + direction_dx[direction];
    std::int64_t y = static_cast<std::int64_t>(rank / shape.width) + direction_dy[direction];
    if (shape.torus) {
      x = (x + shape.width) % shape.width;
      y = (y + shape.height) % shape.height;
    } else if (x < 0 || y < 0 || x >= shape.width || y >= shape.height) {
      return graph_.node_count;
    }
    return static_cast<std::uint64_t>(y) * shape.width + static_cast<std::uint64_t>(x);
  }

  void collect_ghosts() {
    if (shards_ == 1) return;
    Geometry& g = out_.geometry;
    RankBits wanted(graph_.node_count);
    const auto want = [&](std::uint64_t rank) {
      if (map_.shard[rank] != self_) wanted.insert(rank);
    };
    if (g.topology == Topology::complete) {
      for (std::uint64_t rank = 0; rank < graph_.node_count; ++rank) want(rank);
    } else if (g.whole_rows) {  // ghost rows are whole, also where a kernel reaches only a part of them
      for_each_owned([&](std::uint32_t rank) {
        if (rank % graph_.lattice.width != 0) return;
        for (const int d : {2, 6}) want_rows(rank, d, wanted);
      });
    } else {
      for_each_owned([&](std::uint32_t rank) { for_each_neighbour(rank, want); });
      for (std::uint32_t hop = 1; hop < needs_.reach; ++hop) {
        std::vector<std::uint32_t> border;
        wanted.for_each([&](std::size_t rank) { border.push_back(static_cast<std::uint32_t>(rank)); });
        for (const std::uint32_t rank : border) for_each_neighbour(rank, want);
      }
    }
    std::vector<std::uint32_t> sizes(shards_, 0);
    wanted.for_each([&](std::size_t rank) { ++sizes[map_.shard[rank]]; });
    std::vector<LocalIndex> cursor(shards_, 0);
    LocalIndex at = g.owned;
    for (std::uint32_t s = 0; s < shards_; ++s) {
      if (sizes[s] == 0) continue;
      Peer peer;
      peer.id = ShardId(s);
      peer.ghost_begin = cursor[s] = at;
      peer.ghost_end = at += sizes[s];
      out_.plan.peers.push_back(std::move(peer));
    }
    g.ghosts = at - g.owned;
    ghost_ranks_.resize(g.ghosts);
    out_.plan.home.resize(g.ghosts);
    ghost_local_ = Array<LocalIndex>(graph_.node_count, no_index);
    wanted.for_each([&](std::size_t rank) {
      const LocalIndex local = cursor[map_.shard[rank]]++;
      ghost_local_[rank] = local;
      ghost_ranks_[local - g.owned] = static_cast<std::uint32_t>(rank);
      out_.plan.home[local - g.owned] = map_.local[rank];
    });
  }

  /// Whole rows of others within reach of the row that begins at `rank`, in a direction.
  void want_rows(std::uint64_t rank, int direction, RankBits& wanted) const {
    for (std::uint32_t hop = 0; hop < needs_.reach; ++hop) {
      rank = lattice_neighbour(rank, direction);
      if (rank == graph_.node_count) return;
      if (map_.shard[rank] == self_) continue;
      for (std::uint64_t x = 0; x < graph_.lattice.width; ++x) wanted.insert(rank + x);
    }
  }

  LocalIndex local_of(std::uint64_t rank) const { return map_.shard[rank] == self_ ? map_.local[rank] : ghost_local_[rank]; }

  void fill_ids() {
    Geometry& g = out_.geometry;
    bool identity = shards_ == 1 && graph_.ids.empty();
    if (identity)
      for (std::uint32_t b = 1; b < order_.begin.size() && identity; ++b)
        for (std::uint64_t i = order_.begin[b - 1]; i < order_.begin[b] && identity; ++i) identity = order_.ranks[i] == i;
    identity_ = identity;
    if (identity) return;
    const bool small = graph_.id_of(graph_.node_count - 1) <= 0xffffffffu;
    if (small) g.small_ids.resize(g.total());
    else g.wide_ids.resize(g.total());
    LocalIndex i = 0;
    const auto add = [&](std::uint32_t rank) {
      if (small) g.small_ids[i++] = static_cast<std::uint32_t>(graph_.id_of(rank));
      else g.wide_ids[i++] = graph_.id_of(rank);
    };
    for_each_owned(add);
    for (const std::uint32_t rank : ghost_ranks_) add(rank);
  }

  void copy_rows(const Array<std::uint64_t>& from_offsets, const Array<std::uint32_t>& from, Array<std::uint64_t>& offsets,
                 Array<LocalIndex>& to, Array<std::uint32_t>& ids) {
    const Geometry& g = out_.geometry;
    offsets.resize(g.owned + std::size_t{1});
    offsets[0] = 0;
    LocalIndex i = 0;
    for_each_owned([&](std::uint32_t rank) {
      offsets[i + 1] = offsets[i] + (from_offsets[rank + 1] - from_offsets[rank]);
      ++i;
    });
    to.resize(offsets[g.owned]);
    if (!g.small_ids.empty()) ids.resize(to.size());
    for (const LocalBlock& block : g.blocks) {
      executor_.for_range(block.end - block.begin, 4096, [&](std::size_t begin, std::size_t end) {
        for (std::size_t k = begin; k < end; ++k) {
          const std::uint32_t rank = order_.ranks[order_.begin[block.id.value] + k];
          std::uint64_t at = offsets[block.begin + k];
          for (std::uint64_t e = from_offsets[rank]; e < from_offsets[rank + 1]; ++e, ++at) {
            to[at] = local_of(from[e]);
            if (!ids.empty()) ids[at] = static_cast<std::uint32_t>(graph_.id_of(from[e]));
          }
        }
      });
    }
  }

  void fill_rows() {
    if (identity_) return;  // make_layout moves the graph's own rows in
    Geometry& g = out_.geometry;
    if (needs_.out || !graph_.directed) copy_rows(graph_.offsets, graph_.targets, g.out_offsets, g.targets, g.target_ids);
    if (reverse_) copy_rows(reverse_->offsets, reverse_->targets, g.in_offsets, g.sources, g.source_ids);
  }

  void fill_lattice_rows() {
    Geometry& g = out_.geometry;
    const std::uint32_t width = graph_.lattice.width;
    const std::size_t rows = g.owned / width;
    g.row_above.resize(rows);
    g.row_below.resize(rows);
    for (std::size_t row = 0; row < rows; ++row) {
      const std::uint32_t rank = rank_at(static_cast<LocalIndex>(row * width));
      const auto row_of = [&](int direction) {
        const std::uint64_t to = lattice_neighbour(rank, direction);
        return to == graph_.node_count ? no_index : local_of(to) / width;
      };
      g.row_above[row] = row_of(2);
      g.row_below[row] = row_of(6);
    }
  }

  void fill_lattice_table() {
    Geometry& g = out_.geometry;
    g.table.resize(std::size_t{g.owned} * 8);
    std::size_t at = 0;
    for_each_owned([&](std::uint32_t rank) {
      for (int d = 0; d < 8; ++d) {
        const std::uint64_t to = lattice_neighbour(rank, d);
        g.table[at++] = to == graph_.node_count ? no_index : local_of(to);
      }
    });
  }

  void fill_complete() {
    Geometry& g = out_.geometry;
    g.order.resize(graph_.node_count);
    for (std::uint64_t rank = 0; rank < graph_.node_count; ++rank) g.order[rank] = local_of(rank);
  }

  const Graph& graph_;
  const Graph* reverse_;
  const BlockOrder& order_;
  const NodeMap& map_;
  std::uint32_t self_;
  std::uint32_t shards_;
  RowNeeds needs_;
  ShardLayout& out_;
  Executor& executor_;
  Array<std::uint32_t> ghost_ranks_;
  Array<LocalIndex> ghost_local_;  ///< [nodes] by rank; set where the node is a ghost here
  bool identity_ = false;
};

NodeMap map_nodes(const BlockOrder& order, const std::vector<std::uint32_t>& owner, std::uint32_t shards) {
  NodeMap map;
  map.shard.resize(order.ranks.size());
  map.local.resize(order.ranks.size());
  std::vector<LocalIndex> cursor(shards, 0);
  for (std::uint32_t b = 0; b < owner.size(); ++b)
    for (std::uint64_t i = order.begin[b]; i < order.begin[b + 1]; ++i) {
      map.shard[order.ranks[i]] = owner[b];
      map.local[order.ranks[i]] = cursor[owner[b]]++;
    }
  return map;
}

/// Fills in, for every pair of shards, which nodes the one must tell the other about.
void connect_peers(std::vector<ShardLayout>& shards) {
  for (std::uint32_t to = 0; to < shards.size(); ++to) {
    const GhostPlan& reader = shards[to].plan;
    for (const Peer& peer : reader.peers) {
      if (peer.ghost_begin == peer.ghost_end) continue;
      GhostPlan& source = shards[peer.id.value].plan;
      auto back = std::find_if(source.peers.begin(), source.peers.end(), [&](const Peer& p) { return p.id.value == to; });
      if (back == source.peers.end()) {
        Peer added;
        added.id = ShardId(to);
        const LocalIndex none = shards[peer.id.value].geometry.total();
        added.ghost_begin = added.ghost_end = none;
        source.peers.push_back(std::move(added));
        back = source.peers.end() - 1;
      }
      back->exports.resize(peer.ghost_end - peer.ghost_begin);
      for (LocalIndex g = peer.ghost_begin; g < peer.ghost_end; ++g)
        back->exports[g - peer.ghost_begin] = reader.home[g - shards[to].geometry.owned];
    }
  }
}

/// Makes every shard a peer of every other, also of those that it shares no ghost with.
void connect_everyone(std::vector<ShardLayout>& shards) {
  for (std::uint32_t s = 0; s < shards.size(); ++s) {
    auto& peers = shards[s].plan.peers;
    for (std::uint32_t to = 0; to < shards.size(); ++to) {
      if (to == s || std::any_of(peers.begin(), peers.end(), [&](const Peer& p) { return p.id.value == to; })) continue;
      Peer added;
      added.id = ShardId(to);
      added.ghost_begin = added.ghost_end = shards[s].geometry.total();
      peers.push_back(std::move(added));
    }
  }
}

/// Which peer owns each block.
std::vector<std::uint32_t> peers_by_block(const GhostPlan& plan, const std::vector<std::uint32_t>& owner) {
  std::vector<std::uint32_t> peer_of_shard, by_block;
  for (std::uint32_t p = 0; p < plan.peers.size(); ++p) {
    peer_of_shard.resize(std::max<std::size_t>(peer_of_shard.size(), plan.peers[p].id.value + 1), no_index);
    peer_of_shard[plan.peers[p].id.value] = p;
  }
  for (const std::uint32_t shard : owner) by_block.push_back(shard < peer_of_shard.size() ? peer_of_shard[shard] : no_index);
  return by_block;
}

/// Turns the export lists round: for each own node, the ghosts it has elsewhere.
void index_exports(ShardLayout& shard, const std::vector<ShardLayout>& all, std::uint32_t self) {
  GhostPlan& plan = shard.plan;
  plan.export_offsets = Array<std::uint32_t>(shard.geometry.owned + std::size_t{1}, 0);
  for (const Peer& peer : plan.peers)
    for (const LocalIndex i : peer.exports) ++plan.export_offsets[i + 1];
  for (LocalIndex i = 0; i < shard.geometry.owned; ++i) plan.export_offsets[i + 1] += plan.export_offsets[i];
  plan.export_targets.resize(plan.export_offsets[shard.geometry.owned]);
  std::vector<std::uint32_t> cursor(plan.export_offsets.begin(), plan.export_offsets.end() - 1);
  for (std::uint32_t p = 0; p < plan.peers.size(); ++p) {
    const auto& there = all[plan.peers[p].id.value].plan.peers;
    const auto back = std::find_if(there.begin(), there.end(), [self](const Peer& peer) { return peer.id.value == self; });
    LocalIndex ghost = back == there.end() ? 0 : back->ghost_begin;
    for (const LocalIndex i : plan.peers[p].exports) plan.export_targets[cursor[i]++] = {p, ghost++};
  }
}

}  // namespace

std::size_t GhostPlan::peer_of(LocalIndex ghost) const {
  for (std::size_t p = 0; p < peers.size(); ++p)
    if (ghost >= peers[p].ghost_begin && ghost < peers[p].ghost_end) return p;
  COLONY_ASSERT(false, "a ghost without an owner");
}

ShardChoice ShardChoice::all(std::uint32_t shards) {
  ShardChoice choice;
  for (std::uint32_t s = 0; s < shards; ++s) {
    choice.members.push_back(ShardId(s));
    choice.locals.push_back(s);
  }
  return choice;
}

bool ShardChoice::local(std::size_t position) const {
  return std::binary_search(locals.begin(), locals.end(), static_cast<std::uint32_t>(position));
}

Layout make_layout(Graph& graph, const Partition& partition, const std::vector<std::uint32_t>& owner, const ShardChoice& choice,
                   RowNeeds needs, Executor& executor) {
  const auto shards = static_cast<std::uint32_t>(choice.members.size());
  Layout layout;
  const BlockOrder order = order_by_block(graph, partition, executor);
  layout.map = map_nodes(order, owner, shards);
  layout.shards.resize(shards);
  Graph reverse;
  const bool wants_reverse = graph.topology == Topology::csr && graph.directed && needs.in;
  if (wants_reverse) reverse = reversed(graph, executor);
  executor.for_each(shards, [&](std::size_t s) {
    ShardBuilder builder(graph, wants_reverse ? &reverse : nullptr, order, layout.map, static_cast<std::uint32_t>(s), shards, needs,
                         partition.whole_rows, layout.shards[s], executor);
    if (builder.build(owner, choice.local(s)) && graph.topology == Topology::csr) {
      Geometry& geometry = layout.shards[s].geometry;
      if (needs.out || !graph.directed) {
        geometry.out_offsets.swap(graph.offsets);
        geometry.targets.swap(graph.targets);
      }
      geometry.in_offsets.swap(reverse.offsets);
      geometry.sources.swap(reverse.targets);
    }
  });
  connect_peers(layout.shards);
  if (needs.everyone) connect_everyone(layout.shards);
  for (const std::uint32_t s : choice.locals)
    if (needs.everyone) layout.shards[s].plan.block_peer = peers_by_block(layout.shards[s].plan, owner);
  for (const std::uint32_t s : choice.locals) index_exports(layout.shards[s], layout.shards, s);
  for (ShardLayout& shard : layout.shards)
    for (Peer& peer : shard.plan.peers) peer.id = choice.members[peer.id.value];  // positions until here
  graph.offsets = {};
  graph.targets = {};
  graph.weights = {};
  return layout;
}

}  // namespace colony
