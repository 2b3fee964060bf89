#include "shard/host.hpp"

#include <algorithm>
#include <exception>

#include <fmt/format.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "cuda/device.hpp"
#include "engine/error.hpp"
#include "engine/model/mistakes.hpp"
#include "engine/state/digest.hpp"
#include "engine/tick/phases.hpp"

namespace colony {
namespace {

/// Nodes and agents below which the shards of a process run one after the other.
constexpr std::uint64_t inline_entities = 8192;

Placement place_blocks(const Job& job, const std::vector<ShardId>& members, const std::vector<PinSpec>& pins,
                       const std::vector<std::uint64_t>& block_sizes) {
  PlacementInput input;
  input.members = members;
  input.block_sizes = block_sizes;
  input.strategy = parse_strategy(job.shards.placement);
  input.virtual_nodes = job.shards.virtual_nodes;
  input.load_bound = job.shards.load_bound;
  for (const PinSpec& pin : pins) input.pins.push_back({BlockId(pin.block), ShardId(pin.shard)});
  return place(input);
}

}  // namespace

void check_graph(const Model& model, const Graph& graph) {
  run_of_model([] { return "check()"; }, [&] { model.check(graph); });
}

void check_fit(const Declared& schema, const Graph& graph) {
  for (const SignalSpec& signal : schema.layer().signals)
    if (signal.options.diffusion.may_be_above_zero() && graph.topology != Topology::lattice)
      throw UsageError("[graph] the model's signal \"" + schema.layer().columns[signal.column].name +
                       "\" diffuses, which needs source = \"lattice\"");
  if (schema.layer().reach > 1 && graph.topology != Topology::lattice)
    throw UsageError("[graph] the model looks further than one hop, which needs source = \"lattice\"");
  for (const std::uint32_t trace : schema.layer().traces) {
    const ColumnSpec& column = schema.layer().columns[trace];
    if (graph.topology != Topology::complete)
      throw UsageError("[graph] the model's trace \"" + column.name + "\" needs kind = \"complete\"");
    if (column.width != graph.node_count)
      throw ModelError(fmt::format("the trace \"{}\" has {} values at each of {} nodes: one for each of them is needed", column.name,
                                   column.width, graph.node_count));
  }
  if (schema.layer().by_id && graph.topology != Topology::lattice && graph.topology != Topology::complete)
    throw UsageError("[graph] the model finds nodes by id, which needs source = \"lattice\" or kind = \"complete\"");
  if (!schema.species().empty() && graph.topology == Topology::csr && !schema.layer().needs_out_rows)
    throw UsageError("[graph] the model's agents walk on a lattice only; give source = \"lattice\"");
}

Host::Host(const Declared& schema, Graph graph, Executor& executor)
    : Host(schema, std::move(graph), executor, {ShardChoice::all(schema.job().shards.count), schema.job().shards.pins, nullptr}) {}

Host::Host(const Declared& schema, Graph graph, Executor& executor, const HostPlan& plan)
    : schema_(schema), executor_(executor), graph_(std::move(graph)), choice_(plan.choice) {
  check_fit(schema_, graph_);
  const Job& job = schema.job();
  node_count_ = graph_.node_count;
  edge_count_ = graph_.edge_count();
  topology_hash_ = colony::topology_hash(graph_, executor);
  const Partition partition = make_partition(graph_, job.shards.partition, job.shards.blocks, job.shards.count, job.seed, executor);
  block_sizes_.assign(partition.blocks, 0);
  for (const std::uint32_t block : partition.block_of) ++block_sizes_[block];
  const Placement placement = place_blocks(job, choice_.members, plan.pins, block_sizes_);
  // METIS of another version may cut otherwise: who is in which block is part of what processes compare.
  placement_hash_ = XXH3_64bits_withSeed(partition.block_of.data(), partition.block_of.size() * sizeof(std::uint32_t), placement.hash());
  std::vector<std::uint32_t> owner(partition.blocks);
  for (std::uint32_t b = 0; b < partition.blocks; ++b) {
    const ShardId shard = placement.owner(BlockId(b));
    owner[b] =
        static_cast<std::uint32_t>(std::lower_bound(choice_.members.begin(), choice_.members.end(), shard) - choice_.members.begin());
  }
  const LayerSpec& base = schema.layer();
  const RowNeeds needs{base.needs_in_rows, base.needs_out_rows, base.reach, base.by_id, !schema.growing().empty()};
  Layout layout = make_layout(graph_, partition, owner, choice_, needs, executor);
  map_ = std::move(layout.map);
  if (!plan.transport) inproc_ = std::make_unique<InprocTransport>(choice_.members.size(), job.execution.through_bytes);
  Transport& transport = plan.transport ? *plan.transport : *inproc_;
  shards_.resize(choice_.locals.size());
  device_ = device_for(job.execution.backend);
  for_each_shard([&](std::size_t s) {
    const std::uint32_t position = choice_.locals[s];
    shards_[s] = std::make_unique<Shard>(choice_.members[position], schema, std::move(layout.shards[position]), transport,
                                         static_cast<std::size_t>(executor.threads()));
    Part& part = shards_[s]->part();
    part.touch_memory(executor_);
    if (device_) part.device = device_->mirror(part);
  });
  partials_.resize(shards_.size());
  events_by_shard_.resize(shards_.size());
}

template <class F>
void Host::for_each_shard(const F& f) {
  if (inline_shards_) {
    for (std::size_t s = 0; s < shards_.size(); ++s) f(s);
    return;
  }
  // An exception that left a task would cancel the loops of the other shards, which would go on with what these have left undone. So it
  // waits until all are through; of several, that of the first shard is thrown.
  std::vector<std::exception_ptr> failures(shards_.size());
  executor_.for_each(shards_.size(), [&](std::size_t s) {
    try {
      f(s);
    } catch (...) {
      failures[s] = std::current_exception();
    }
  });
  for (const std::exception_ptr& failure : failures)
    if (failure) std::rethrow_exception(failure);
}

std::function<LocalIndex(std::uint64_t)> Host::locator(std::size_t shard) const {
  return [this, position = choice_.locals[shard]](std::uint64_t id) {
    const std::uint64_t rank = graph_.rank_of(id);
    return rank < node_count_ && map_.shard[rank] == position ? map_.local[rank] : no_index;
  };
}

void Host::seed_shards(const Model& model, bool with_agents) {
  std::vector<ChoiceLimit> limits;
  for (std::size_t c = 0; c < schema_.choices().size(); ++c)
    limits.push_back(choice_limit(schema_, c, node_count_, [&](std::uint64_t rank) { return graph_.id_of(rank); }));
  for_each_shard([&](std::size_t s) {
    const auto exists = [this](std::uint64_t id) { return graph_.rank_of(id) < node_count_; };
    Seeder seeder(shards_[s]->part(), executor_, limits, {locator(s), exists}, with_agents);
    populate_part(model, seeder);
  });
}

void Host::exchange_all_ghosts() {
  for_each_shard([&](std::size_t s) { shards_[s]->send_all_ghosts(); });
  if (whole()) refresh_ghosts(0);
  inline_shards_ = node_count_ + agent_count() < inline_entities;
}

void Host::populate(const Model& model) {
  check_graph(model, graph_);
  seed_shards(model, true);
  for_each_shard([&](std::size_t s) { rebuild_categories(shards_[s]->part(), executor_); });
  take_events();
  exchange_all_ghosts();
}

void Host::load(const Model& model, const std::function<void(const std::function<void(const ShardImage&)>&)>& for_each_image) {
  check_graph(model, graph_);
  seed_shards(model, false);
  take_events();
  for (auto& list : events_by_shard_) list.clear();  // of S(0), which was long ago
  std::uint64_t nodes = 0;
  for_each_image([&](const ShardImage& image) {
    if (!image.groups.empty()) nodes += image.groups[0].count;
    for_each_shard([&](std::size_t s) { shards_[s]->load(image, locator(s)); });
  });
  if (nodes != node_count_) throw StorageError("checkpoint", "holds another number of nodes than the job's graph");
  for_each_shard([&](std::size_t s) { shards_[s]->finish_load(executor_); });
  exchange_all_ghosts();
}

const std::vector<const Globals*>& Host::run_tick(Tick tick, const Globals& globals, bool observe) {
  sense_and_act(tick, globals);
  decay_and_advance(observe);
  if (shards_.size() > 1) refresh_ghosts();
  return partials_;
}

void Host::sense_and_act(Tick tick, const Globals& globals) {
  if (schema_.decisions().empty()) {
    for_each_shard([&](std::size_t s) { shards_[s]->sense_and_act(tick, globals, executor_); });
    return;
  }
  for_each_shard([&](std::size_t s) { shards_[s]->sense(tick, globals, executor_); });
  std::vector<Part*> parts;
  for (const auto& shard : shards_) parts.push_back(&shard->part());
  decide(parts);
  for_each_shard([&](std::size_t s) { shards_[s]->act(executor_); });
}

const std::vector<const Globals*>& Host::decay_and_advance(bool observe) {
  for_each_shard([&](std::size_t s) {
    events_by_shard_[s].clear();
    partials_[s] = &shards_[s]->decay_and_advance(observe, executor_, events_by_shard_[s]);
  });
  return partials_;
}

void Host::refresh_ghosts(std::uint32_t round) {
  for_each_shard([&](std::size_t s) { shards_[s]->refresh_ghosts(round); });
}

std::vector<ShardId> Host::peers() const {
  std::vector<ShardId> ids;
  for (const auto& shard : shards_)
    for (const Peer& peer : shard->plan().peers) ids.push_back(peer.id);
  std::sort(ids.begin(), ids.end());
  return ids;
}

std::vector<Globals> Host::tally() {
  std::vector<Globals> partials(shards_.size());
  for_each_shard([&](std::size_t s) { colony::tally(shards_[s]->part(), executor_, true, partials[s]); });
  return partials;
}

/// What the parts' threads have gathered.
void Host::take_events() {
  for (std::size_t s = 0; s < shards_.size(); ++s) {
    events_by_shard_[s].clear();
    for (WorkerScratch& worker : shards_[s]->part().workers) {
      events_by_shard_[s].insert(events_by_shard_[s].end(), worker.events.begin(), worker.events.end());
      worker.events.clear();
    }
  }
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
