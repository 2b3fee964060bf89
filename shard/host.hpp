// The shards of one process: set up from a graph, filled or loaded, and taken through ticks together, as tasks of one arena. They are
// the whole colony, or some of its shards: then the rounds lie between calls.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "engine/executor.hpp"
#include "engine/model/model.hpp"
#include "ringhash/placement.hpp"
#include "shard/profile.hpp"
#include "shard/shard.hpp"

namespace colony {

class Device;

/// Throws UsageError when the model can't run on such a graph.
void check_fit(const Declared& schema, const Graph& graph);

/// The shards of a cluster that a process has.
struct HostPlan {
  ShardChoice choice;
  std::vector<PinSpec> pins;       ///< in place of the job's
  Transport* transport = nullptr;  ///< must outlive the host
};

class Host {
 public:
  /// Cuts the graph into blocks, places them, builds each shard. The graph's rows are taken over. Throws as check_fit does.
  Host(const Declared& schema, Graph graph, Executor& executor);
  /// The same for some of the shards. After populate() or load() frames of round 0 are on their way; refresh_ghosts(0) when they are there.
  Host(const Declared& schema, Graph graph, Executor& executor, const HostPlan& plan);

  /// S(0) as the model fills it.
  void populate(const Model& model);
  /// The state of a checkpoint: `for_each_image` hands over its images one after the other (any shape wrote them).
  void load(const Model& model, const std::function<void(const std::function<void(const ShardImage&)>&)>& for_each_image);

  /// One tick of all shards: S(tick) -> S(tick + 1). Returns the partial globals of each shard, valid until the next call.
  const std::vector<const Globals*>& run_tick(Tick tick, const Globals& globals, bool observe);
  // The same in its three steps, for a process of a cluster: the frames of round 1, then those of round 2, must be there between them.
  void sense_and_act(Tick tick, const Globals& globals);
  const std::vector<const Globals*>& decay_and_advance(bool observe);
  void refresh_ghosts(std::uint32_t round = 2);

  /// Partial globals of the present state, scans included.
  std::vector<Globals> tally();
  /// Events of the tick just done, or of S(0) after populate; sorted.
  const std::vector<Event>& events();
  /// Call before populate: S(0) has events too.
  void want_events(bool wanted);
  /// Books the steps of every tick from now on; null: no more. The profile must outlive this, or the next call.
  void profile_into(Profile* profile);

  Digest digest_sum();
  /// The state as columns, one image a shard, in memory taken over from `reuse` (images of an earlier call of this host, or none).
  std::vector<ShardImage> images(Tick tick, std::vector<ShardImage> reuse = {});
  const std::vector<std::uint64_t>& block_sizes() const { return block_sizes_; }  ///< nodes, of all blocks of the colony

  std::vector<std::unique_ptr<Shard>>& shards() { return shards_; }
  const std::vector<std::unique_ptr<Shard>>& shards() const { return shards_; }
  /// Whether all shards of the colony are here.
  bool whole() const { return choice_.locals.size() == choice_.members.size(); }
  ShardTraffic traffic() const;
  /// Those that frames are expected from.
  std::vector<ShardId> peers() const;
  /// Of who is in which block and who owns which; equal in all processes of an epoch.
  std::uint64_t placement_hash() const { return placement_hash_; }
  std::uint32_t block_count() const { return static_cast<std::uint32_t>(block_sizes_.size()); }
  std::uint64_t node_count() const { return node_count_; }
  std::uint64_t edge_count() const { return edge_count_; }
  std::uint64_t agent_count() const;
  /// Names the static topology; the same for any shape.
  std::uint64_t topology_hash() const { return topology_hash_; }

 private:
  template <class F>
  void for_each_shard(const F& f);
  std::function<LocalIndex(std::uint64_t)> locator(std::size_t shard) const;
  void seed_shards(const Model& model, bool with_agents);
  void take_events();
  void exchange_all_ghosts();

  const Declared& schema_;
  Executor& executor_;
  Graph graph_;  ///< ids and shape; the rows are with the shards
  NodeMap map_;
  std::vector<std::uint64_t> block_sizes_;
  std::uint64_t node_count_ = 0, edge_count_ = 0, topology_hash_ = 0;
  std::uint64_t placement_hash_ = 0;
  ShardChoice choice_;
  std::unique_ptr<Transport> inproc_;           ///< of a whole colony; else null
  std::shared_ptr<Device> device_;              ///< that runs kernels of all of them; null: none
  std::vector<std::unique_ptr<Shard>> shards_;  ///< the local ones
  std::vector<const Globals*> partials_;
  std::vector<std::vector<Event>> events_by_shard_;
  std::vector<Event> events_;
  bool inline_shards_ = false;  ///< so small that a fork would cost more than it brings
};

}  // namespace colony
