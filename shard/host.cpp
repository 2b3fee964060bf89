#include "shard/host.hpp"

#include <algorithm>

#include "engine/digest.hpp"
#include "engine/error.hpp"
#include "engine/phases.hpp"

namespace colony {
namespace {

/// Nodes and agents below which the shards of a process run one after the other.
constexpr std::uint64_t inline_entities = 8192;

Placement place_blocks(const Job& job, const Partition& partition) {
  PlacementInput input;
  for (std::uint32_t s = 0; s < job.shards.count; ++s) input.members.push_back(ShardId(s));
  input.block_sizes.assign(partition.blocks, 0);
  for (const std::uint32_t block : partition.block_of) ++input.block_sizes[block];
  input.strategy = parse_strategy(job.shards.placement);
  input.virtual_nodes = job.shards.virtual_nodes;
  input.load_bound = job.shards.load_bound;
  for (const PinSpec& pin : job.shards.pins) input.pins.push_back({BlockId(pin.block), ShardId(pin.shard)});
  return place(input);
}

}  // namespace

void check_fit(const Schema& schema, const Graph& graph) {
  for (const SignalSpec& signal : schema.layer().signals)
    if (signal.options.diffusion > 0 && graph.topology != Topology::lattice)
      throw UsageError("[graph] the model's signal \"" + schema.layer().columns[signal.column].name +
                       "\" diffuses, which needs source = \"lattice\"");
  if (!schema.species().empty() && graph.topology == Topology::complete)
    throw UsageError("[graph] the model has agents, which can't walk on kind = \"complete\"");
  if (!schema.species().empty() && graph.topology == Topology::csr && !schema.layer().needs_out_rows)
    throw UsageError("[graph] the model's agents walk on a lattice only; give source = \"lattice\"");
}

Host::Host(const Schema& schema, Graph graph, Executor& executor) : schema_(schema), executor_(executor), graph_(std::move(graph)) {
  check_fit(schema_, graph_);
  const Job& job = schema.job();
  node_count_ = graph_.node_count;
  edge_count_ = graph_.edge_count();
  topology_hash_ = colony::topology_hash(graph_, executor);
  const Partition partition = make_partition(graph_, job.shards.partition, job.shards.blocks, job.shards.count, job.seed, executor);
  blocks_ = partition.blocks;
  const Placement placement = place_blocks(job, partition);
  std::vector<std::uint32_t> owner(blocks_);
  for (std::uint32_t b = 0; b < blocks_; ++b) owner[b] = placement.owner(BlockId(b)).value;
  Layout layout =
      make_layout(graph_, partition, owner, job.shards.count, {schema.layer().needs_in_rows, schema.layer().needs_out_rows}, executor);
  map_ = std::move(layout.map);
  transport_ = std::make_unique<InprocTransport>(job.shards.count, job.execution.through_bytes);
  shards_.resize(job.shards.count);
  for_each_shard([&](std::size_t s) {
    shards_[s] = std::make_unique<Shard>(ShardId(static_cast<std::uint32_t>(s)), schema, std::move(layout.shards[s]), *transport_,
                                         static_cast<std::size_t>(executor.threads()));
    shards_[s]->part().touch_memory(executor_);
  });
  partials_.resize(shards_.size());
  events_by_shard_.resize(shards_.size());
}

template <class F>
void Host::for_each_shard(const F& f) {
  if (inline_shards_)
    for (std::size_t s = 0; s < shards_.size(); ++s) f(s);
  else executor_.for_each(shards_.size(), f);
}

std::function<LocalIndex(std::uint64_t)> Host::locator(std::uint32_t shard) const {
  return [this, shard](std::uint64_t id) {
    const std::uint64_t rank = graph_.rank_of(id);
    return rank < node_count_ && map_.shard[rank] == shard ? map_.local[rank] : no_index;
  };
}

void Host::seed_shards(const Model& model, bool with_agents) {
  std::vector<ChoiceLimit> limits;
  for (std::size_t c = 0; c < schema_.choices().size(); ++c) {
    std::vector<ChoiceLimit> candidates;
    for (const auto& shard : shards_) {
      const auto own = choice_candidates(shard->part(), schema_.choices()[c], c);
      candidates.insert(candidates.end(), own.begin(), own.end());
    }
    limits.push_back(limit_of(std::move(candidates), schema_.choices()[c].count));
  }
  for_each_shard([&](std::size_t s) {
    Seeder seeder(shards_[s]->part(), executor_, limits, locator(static_cast<std::uint32_t>(s)), with_agents);
    model.populate(seeder);
  });
}

void Host::exchange_all_ghosts() {
  for_each_shard([&](std::size_t s) { shards_[s]->send_all_ghosts(); });
  for_each_shard([&](std::size_t s) { shards_[s]->refresh_ghosts(); });
  inline_shards_ = node_count_ + agent_count() < inline_entities;
}

void Host::populate(const Model& model) {
  model.check(graph_);
  seed_shards(model, true);
  for_each_shard([&](std::size_t s) { rebuild_categories(shards_[s]->part(), executor_); });
  exchange_all_ghosts();
}

void Host::load(const Model& model, const std::function<void(const std::function<void(const ShardImage&)>&)>& for_each_image) {
  model.check(graph_);
  seed_shards(model, false);
  std::uint64_t nodes = 0;
  for_each_image([&](const ShardImage& image) {
    if (!image.groups.empty()) nodes += image.groups[0].count;
    for_each_shard([&](std::size_t s) { shards_[s]->load(image, locator(static_cast<std::uint32_t>(s))); });
  });
  if (nodes != node_count_) throw StorageError("checkpoint", "holds another number of nodes than the job's graph");
  for_each_shard([&](std::size_t s) { shards_[s]->finish_load(executor_); });
  exchange_all_ghosts();
}

const std::vector<const Globals*>& Host::run_tick(Tick tick, const Globals& globals, bool observe) {
  for_each_shard([&](std::size_t s) { shards_[s]->sense_and_act(tick, globals, executor_); });
  for_each_shard([&](std::size_t s) {
    events_by_shard_[s].clear();
    partials_[s] = &shards_[s]->decay_and_advance(observe, executor_, events_by_shard_[s]);
  });
  if (shards_.size() > 1) for_each_shard([&](std::size_t s) { shards_[s]->refresh_ghosts(); });
  return partials_;
}

std::vector<Globals> Host::tally() {
  std::vector<Globals> partials(shards_.size());
  for_each_shard([&](std::size_t s) { colony::tally(shards_[s]->part(), executor_, true, partials[s]); });
  return partials;
}

const std::vector<Event>& Host::events() {
  events_.clear();
  for (const auto& list : events_by_shard_) events_.insert(events_.end(), list.begin(), list.end());
  std::sort(events_.begin(), events_.end());
  return events_;
}

void Host::want_events(bool wanted) {
  for (const auto& shard : shards_) shard->part().events_wanted = wanted;
}

void Host::profile_into(Profile* profile) {
  if (profile) profile->set_shards(shards_.size());
  for (std::size_t s = 0; s < shards_.size(); ++s) shards_[s]->part().timer = profile ? &profile->shard(s) : nullptr;
}

Digest Host::digest_sum() {
  Digest sum;
  for (const auto& shard : shards_) sum += digest_of(shard->part(), executor_);
  return sum;
}

std::vector<ShardImage> Host::images(Tick tick, std::vector<ShardImage> reuse) {
  reuse.resize(shards_.size());
  for_each_shard([&](std::size_t s) { shards_[s]->fill_image(reuse[s], tick, executor_); });
  return reuse;
}

std::vector<std::uint64_t> Host::block_sizes() const {
  std::vector<std::uint64_t> sizes(blocks_, 0);
  for (const auto& shard : shards_)
    for (const LocalBlock& block : shard->part().geometry.blocks) sizes[block.id.value] = block.end - block.begin;
  return sizes;
}

ShardTraffic Host::traffic() const {
  ShardTraffic sum;
  for (const auto& shard : shards_) sum += shard->traffic();
  return sum;
}

std::uint64_t Host::agent_count() const {
  std::uint64_t count = 0;
  for (const auto& shard : shards_)
    for (const SpeciesPart& species : shard->part().species) count += species.count();
  return count;
}

}  // namespace colony
