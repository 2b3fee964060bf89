// The shards of one process: set up from a graph, filled or loaded, and taken through ticks together, as tasks of one arena.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "engine/executor.hpp"
#include "engine/model.hpp"
#include "ringhash/placement.hpp"
#include "shard/profile.hpp"
#include "shard/shard.hpp"

namespace colony {

/// Throws UsageError when the model can't run on such a graph.
void check_fit(const Schema& schema, const Graph& graph);

class Host {
 public:
  /// Cuts the graph into blocks, places them, builds each shard. The graph's rows are taken over. Throws as check_fit does.
  Host(const Schema& schema, Graph graph, Executor& executor);

  /// S(0) as the model fills it.
  void populate(const Model& model);
  /// The state of a checkpoint: `for_each_image` hands over its images one after the other (any shape wrote them).
  void load(const Model& model, const std::function<void(const std::function<void(const ShardImage&)>&)>& for_each_image);

  /// One tick of all shards: S(tick) -> S(tick + 1). Returns the partial globals of each shard, valid until the next call.
  const std::vector<const Globals*>& run_tick(Tick tick, const Globals& globals, bool observe);
  /// Partial globals of the present state, scans included.
  std::vector<Globals> tally();
  /// Events of the last tick, sorted.
  const std::vector<Event>& events();
  void want_events(bool wanted);
  /// Books the steps of every tick from now on; null: no more. The profile must outlive this, or the next call.
  void profile_into(Profile* profile);

  Digest digest_sum();
  /// The state as columns, one image a shard, in memory taken over from `reuse` (images of an earlier call, or none).
  std::vector<ShardImage> images(Tick tick, std::vector<ShardImage> reuse = {});
  std::vector<std::uint64_t> block_sizes() const;

  std::vector<std::unique_ptr<Shard>>& shards() { return shards_; }
  ShardTraffic traffic() const;
  std::uint32_t block_count() const { return blocks_; }
  std::uint64_t node_count() const { return node_count_; }
  std::uint64_t edge_count() const { return edge_count_; }
  std::uint64_t agent_count() const;
  /// Names the static topology; the same for any shape.
  std::uint64_t topology_hash() const { return topology_hash_; }

 private:
  template <class F>
  void for_each_shard(const F& f);
  std::function<LocalIndex(std::uint64_t)> locator(std::uint32_t shard) const;
  void seed_shards(const Model& model, bool with_agents);
  void exchange_all_ghosts();

  const Schema& schema_;
  Executor& executor_;
  Graph graph_;  ///< ids and shape; the rows are with the shards
  NodeMap map_;
  std::uint32_t blocks_ = 0;
  std::uint64_t node_count_ = 0, edge_count_ = 0, topology_hash_ = 0;
  std::unique_ptr<Transport> transport_;
  std::vector<std::unique_ptr<Shard>> shards_;
  std::vector<const Globals*> partials_;
  std::vector<std::vector<Event>> events_by_shard_;
  std::vector<Event> events_;
  bool inline_shards_ = false;  ///< so small that a fork would cost more than it brings
};

}  // namespace colony
