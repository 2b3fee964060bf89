#include "shard/shard.hpp"

#include "engine/fail_point.hpp"
#include "engine/state/digest.hpp"
#include "engine/state/growth.hpp"
#include "engine/tick/phase_timer.hpp"
#include "engine/tick/phases.hpp"
#include "shard/growth_image.hpp"

namespace colony {

ShardTraffic& ShardTraffic::operator+=(const ShardTraffic& other) {
  for (const auto& [verb, count] : other.effects) effects[verb] += count;
  ghost_updates += other.ghost_updates;
  wishes += other.wishes;
  return *this;
}

Shard::Shard(ShardId id, const Declared& schema, ShardLayout layout, Transport& transport, std::size_t workers)
    : id_(id), part_(schema, std::move(layout.geometry), workers), plan_(std::move(layout.plan)), transport_(transport) {
  part_.owns_content = [this](std::uint64_t node) { return peer_of_content(node) == no_index; };
}

ShardTraffic Shard::traffic() const {
  ShardTraffic all = traffic_;
  for (std::size_t e = 0; e < part_.effects.size(); ++e) all.effects[part_.schema.effects()[e].verb] += part_.effects[e]->sent;
  return all;
}

void Shard::sense_and_act(Tick tick, const Globals& globals, Executor& executor) {
  sense(tick, globals, executor);
  decide({&part_});
  act(executor);
}

void Shard::sense(Tick tick, const Globals& globals, Executor& executor) {
  part_.begin_tick(tick, globals);
  colony::sense(part_, executor);
}

void Shard::act(Executor& executor) {
  colony::act(part_, executor);
  if (plan_.peers.empty()) return;
  const TimedStep step(part_.timer, TickStep::pack_effects);
  send_effects();
}

const Globals& Shard::decay_and_advance(bool observe, Executor& executor, std::vector<Event>& events) {
  if (!plan_.peers.empty()) {
    const TimedStep step(part_.timer, TickStep::take_effects);
    take_effects();
  }
  fail_point("after-round-1");
  decay(part_, executor);
  advance(part_, executor, observe || part_.schema.has_runs_in_every_tick(), partial_);
  for (WorkerScratch& worker : part_.workers) {
    events.insert(events.end(), worker.events.begin(), worker.events.end());
    worker.events.clear();
  }
  if (!plan_.peers.empty()) {
    const TimedStep step(part_.timer, TickStep::pack_ghosts);
    send_ghosts(false);
  }
  settle_wishes(part_);
  return partial_;
}

void Shard::send_all_ghosts() {
  if (!plan_.peers.empty()) send_ghosts(true);
}

namespace {

/// Whether an image is of the same blocks of this shard, so that the ids in it are the same. Equal counts do not say so: members of a
/// cluster keep an image's memory from epoch to epoch, and one block may have come for another.
bool of_same_blocks(const ShardImage& image, ShardId shard, const std::vector<LocalBlock>& blocks) {
  if (image.shard != shard || image.blocks.size() < blocks.size()) return false;
  return std::equal(blocks.begin(), blocks.end(), image.blocks.begin(), [](const LocalBlock& block, const BlockRows& rows) {
    return rows.group == 0 && rows.block == block.id && rows.begin == block.begin && rows.end == block.end;
  });
}

}  // namespace

void Shard::fill_image(ShardImage& image, Tick tick, Executor& executor) {
  for (std::size_t s = 0; s < part_.species.size(); ++s) sort_agents(part_, s, executor);
  if (!of_same_blocks(image, id_, part_.geometry.blocks)) image.groups.clear();
  image.shard = id_;
  image.tick = tick;
  image.digest = digest_of(part_, executor);
  ImageFiller filler(image, executor);
  const Geometry& geometry = part_.geometry;
  filler.begin_group(part_.schema.layer().name, geometry.owned);
  filler.add_ids("id", ImageFiller::Ids::stay, [&](std::size_t i) { return geometry.id_of(static_cast<LocalIndex>(i)); });
  filler.add_state(part_.schema.layer().columns, part_.columns);
  for (const LocalBlock& block : geometry.blocks) image.blocks.push_back({block.id, 0, block.begin, block.end});
  for (std::size_t s = 0; s < part_.species.size(); ++s) {
    if (part_.schema.species()[s].growing >= 0) {
      fill_growing_agents(part_, s, plan_.block_peer.size(), filler, image.blocks);
      continue;
    }
    const SpeciesPart& species = part_.species[s];
    filler.begin_group(part_.schema.species()[s].name, species.slots());
    filler.add_ids("id", ImageFiller::Ids::change, [&](std::size_t i) { return species.ids[i]; });
    filler.add_ids("node", ImageFiller::Ids::change, [&](std::size_t i) { return geometry.id_of(species.nodes[i]); });
    filler.add_state(part_.schema.species()[s].columns, species.columns);
    for (const LocalBlock& block : geometry.blocks) {
      const auto slot_of = [&](LocalIndex node) {
        return static_cast<std::uint64_t>(std::lower_bound(species.nodes.begin(), species.nodes.end(), node) - species.nodes.begin());
      };
      image.blocks.push_back({block.id, static_cast<std::uint32_t>(s + 1), slot_of(block.begin), slot_of(block.end)});
    }
  }
  for (std::size_t layer = 0; layer < part_.growing.size(); ++layer)
    fill_growth(part_, layer, plan_.block_peer.size(), filler, image.blocks);
}

namespace {

/// The columns of a group in schema order, after its `leading` ones. The schema hash has been compared; a mismatch here is a torn file.
std::vector<const ColumnImage*> state_images(const GroupImage& group, std::size_t leading, const std::vector<ColumnSpec>& specs) {
  std::vector<const ColumnImage*> images;
  std::size_t at = leading;
  for (const ColumnSpec& spec : specs) {
    if (spec.role != Role::state) continue;
    const bool fits = at < group.columns.size() && group.columns[at].name == spec.name && group.columns[at].type == spec.type &&
                      group.columns[at].width == spec.width;
    if (!fits) throw StorageError("/" + group.name + "/" + spec.name, "missing or of another type in the checkpoint");
    images.push_back(&group.columns[at++]);
  }
  return images;
}

/// Where an agent of a growing layer stands, by the id of its node; no_index when it is another shard's. Nodes are loaded before agents.
LocalIndex named_node(const Part& part, const SpeciesSpec& spec, std::uint64_t id, const std::function<bool(std::uint64_t)>& owns) {
  if (!owns(id)) return no_index;
  const GrowingPart& layer = part.growing[static_cast<std::size_t>(spec.growing)];
  const LocalIndex node = layer.names.find(id);
  if (node == no_index || layer.owned[node] == 0) throw StorageError("/" + spec.name, "an agent stands on a node that is not there");
  return node;
}

}  // namespace

void Shard::load(const ShardImage& image, const std::function<LocalIndex(std::uint64_t)>& locate) {
  const auto& layer = part_.schema.layer();
  if (image.groups.size() != 1 + part_.species.size() + growing_groups(part_.schema))
    throw StorageError("checkpoint", "holds other groups than the model has");
  const GroupImage& nodes = image.groups[0];
  const auto node_columns = state_images(nodes, 1, layer.columns);
  const auto* ids = nodes.columns[0].as<std::uint64_t>();
  for (std::uint64_t i = 0; i < nodes.count; ++i) {
    const LocalIndex local = locate(ids[i]);
    if (local == no_index) continue;
    std::size_t at = 0;
    for (std::size_t c = 0; c < layer.columns.size(); ++c) {
      if (layer.columns[c].role != Role::state) continue;
      const std::size_t bytes = layer.columns[c].bytes();
      std::memcpy(part_.columns[c].bytes.data() + local * bytes, node_columns[at++]->bytes.data() + i * bytes, bytes);
    }
  }
  loaded_links_.resize(part_.growing.size());
  const auto& owns = part_.owns_content;
  for (std::size_t l = 0; l < part_.growing.size(); ++l) load_growth(part_, l, image, owns, locate, loaded_links_[l]);
  for (std::size_t s = 0; s < part_.species.size(); ++s) {
    const SpeciesSpec& spec = part_.schema.species()[s];
    const GroupImage& agents = image.groups[s + 1];
    const auto columns = state_images(agents, 2, spec.columns);
    const auto* agent_ids = agents.columns[0].as<std::uint64_t>();
    const auto* agent_nodes = agents.columns[1].as<std::uint64_t>();
    std::vector<std::byte> record(agent_record_bytes(spec));
    for (std::uint64_t i = 0; i < agents.count; ++i) {
      const LocalIndex local = spec.growing < 0 ? locate(agent_nodes[i]) : named_node(part_, spec, agent_nodes[i], owns);
      if (local == no_index) continue;
      std::memcpy(record.data(), &agent_ids[i], sizeof(std::uint64_t));
      std::size_t at = sizeof(std::uint64_t);
      for (const ColumnImage* column : columns) {
        const std::size_t bytes = column->item_bytes();
        std::memcpy(record.data() + at, column->bytes.data() + i * bytes, bytes);
        at += bytes;
      }
      insert_agent(spec, part_.species[s], record.data(), local);
    }
  }
}

void Shard::finish_load(Executor& executor) {
  for (std::size_t s = 0; s < part_.species.size(); ++s) sort_agents(part_, s, executor);
  rebuild_categories(part_, executor);
  for (std::size_t layer = 0; layer < loaded_links_.size(); ++layer) part_.growing[layer].links.assign(loaded_links_[layer]);
  loaded_links_.clear();
}

}  // namespace colony
