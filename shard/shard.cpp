#include "shard/shard.hpp"

#include "engine/digest.hpp"
#include "engine/phases.hpp"

namespace colony {

ShardTraffic& ShardTraffic::operator+=(const ShardTraffic& other) {
  migrants += other.migrants;
  remote_maxima += other.remote_maxima;
  remote_deposits += other.remote_deposits;
  remote_claims += other.remote_claims;
  ghost_updates += other.ghost_updates;
  return *this;
}

Shard::Shard(ShardId id, const Schema& schema, ShardLayout layout, Transport& transport, std::size_t workers)
    : id_(id), part_(schema, std::move(layout.geometry), workers), plan_(std::move(layout.plan)), transport_(transport) {
  leaving_claims_.resize(schema.species().size());
}

void Shard::sense_and_act(Tick tick, const Globals& globals, Executor& executor) {
  part_.begin_tick(tick, globals);
  colony::sense_and_act(part_, executor);
  if (!plan_.peers.empty()) send_effects();
}

const Globals& Shard::decay_and_advance(bool observe, Executor& executor, std::vector<Event>& events) {
  if (!plan_.peers.empty()) take_effects();
  decay(part_, executor);
  advance(part_, executor, observe, partial_);
  for (WorkerScratch& worker : part_.workers) {
    events.insert(events.end(), worker.events.begin(), worker.events.end());
    worker.events.clear();
  }
  if (!plan_.peers.empty()) send_ghosts(false);
  return partial_;
}

void Shard::send_all_ghosts() {
  if (!plan_.peers.empty()) send_ghosts(true);
}

ShardImage Shard::image(Tick tick, Executor& executor) {
  for (SpeciesPart& species : part_.species) sort_agents(part_, species, executor);
  ShardImage image;
  image.shard = id_;
  image.tick = tick;
  image.digest = digest_of(part_, executor);
  const auto copy_columns = [&](GroupImage& group, const std::vector<ColumnSpec>& specs, const std::vector<Column>& columns) {
    for (std::size_t c = 0; c < specs.size(); ++c) {
      if (specs[c].role != Role::state) continue;
      ColumnImage column{specs[c].name, specs[c].type, group.count, {}};
      column.bytes.resize(group.count * bytes_of(specs[c].type));
      if (column.bytes.size() != 0) std::memcpy(column.bytes.data(), columns[c].bytes.data(), column.bytes.size());
      group.columns.push_back(std::move(column));
    }
  };
  const auto add_ids = [](GroupImage& group, const std::string& name, const auto& id_at) {
    ColumnImage column{name, ScalarType::u64, group.count, {}};
    column.bytes.resize(group.count * sizeof(std::uint64_t));
    auto* ids = reinterpret_cast<std::uint64_t*>(column.bytes.data());
    for (std::size_t i = 0; i < group.count; ++i) ids[i] = id_at(i);
    group.columns.push_back(std::move(column));
  };
  const Geometry& geometry = part_.geometry;
  GroupImage nodes{part_.schema.layer().name, geometry.owned, {}};
  add_ids(nodes, "id", [&](std::size_t i) { return geometry.id_of(static_cast<LocalIndex>(i)); });
  copy_columns(nodes, part_.schema.layer().columns, part_.columns);
  image.groups.push_back(std::move(nodes));
  for (const LocalBlock& block : geometry.blocks) image.blocks.push_back({block.id, 0, block.begin, block.end});
  for (std::size_t s = 0; s < part_.species.size(); ++s) {
    const SpeciesPart& species = part_.species[s];
    GroupImage agents{part_.schema.species()[s].name, species.slots(), {}};
    add_ids(agents, "id", [&](std::size_t i) { return species.ids[i]; });
    add_ids(agents, "node", [&](std::size_t i) { return geometry.id_of(species.nodes[i]); });
    copy_columns(agents, part_.schema.species()[s].columns, species.columns);
    image.groups.push_back(std::move(agents));
    for (const LocalBlock& block : geometry.blocks) {
      const auto slot_of = [&](LocalIndex node) {
        return static_cast<std::uint64_t>(std::lower_bound(species.nodes.begin(), species.nodes.end(), node) - species.nodes.begin());
      };
      image.blocks.push_back({block.id, static_cast<std::uint32_t>(s + 1), slot_of(block.begin), slot_of(block.end)});
    }
  }
  return image;
}

namespace {

/// The columns of a group in schema order, after its `leading` ones. The schema hash has been compared; a mismatch here is a torn file.
std::vector<const ColumnImage*> state_images(const GroupImage& group, std::size_t leading, const std::vector<ColumnSpec>& specs) {
  std::vector<const ColumnImage*> images;
  std::size_t at = leading;
  for (const ColumnSpec& spec : specs) {
    if (spec.role != Role::state) continue;
    const bool fits = at < group.columns.size() && group.columns[at].name == spec.name && group.columns[at].type == spec.type;
    if (!fits) throw StorageError("/" + group.name + "/" + spec.name, "missing or of another type in the checkpoint");
    images.push_back(&group.columns[at++]);
  }
  return images;
}

}  // namespace

void Shard::load(const ShardImage& image, const std::function<LocalIndex(std::uint64_t)>& locate) {
  const auto& layer = part_.schema.layer();
  if (image.groups.size() != 1 + part_.species.size()) throw StorageError("checkpoint", "holds other groups than the model has");
  const GroupImage& nodes = image.groups[0];
  const auto node_columns = state_images(nodes, 1, layer.columns);
  const auto* ids = nodes.columns[0].as<std::uint64_t>();
  for (std::uint64_t i = 0; i < nodes.count; ++i) {
    const LocalIndex local = locate(ids[i]);
    if (local == no_index) continue;
    std::size_t at = 0;
    for (std::size_t c = 0; c < layer.columns.size(); ++c) {
      if (layer.columns[c].role != Role::state) continue;
      const std::size_t bytes = bytes_of(layer.columns[c].type);
      std::memcpy(part_.columns[c].bytes.data() + local * bytes, node_columns[at++]->bytes.data() + i * bytes, bytes);
    }
  }
  for (std::size_t s = 0; s < part_.species.size(); ++s) {
    const SpeciesSpec& spec = part_.schema.species()[s];
    const GroupImage& agents = image.groups[s + 1];
    const auto columns = state_images(agents, 2, spec.columns);
    const auto* agent_ids = agents.columns[0].as<std::uint64_t>();
    const auto* agent_nodes = agents.columns[1].as<std::uint64_t>();
    std::vector<std::byte> record(agent_record_bytes(spec));
    for (std::uint64_t i = 0; i < agents.count; ++i) {
      const LocalIndex local = locate(agent_nodes[i]);
      if (local == no_index) continue;
      std::memcpy(record.data(), &agent_ids[i], sizeof(std::uint64_t));
      std::size_t at = sizeof(std::uint64_t);
      for (const ColumnImage* column : columns) {
        const std::size_t bytes = bytes_of(column->type);
        std::memcpy(record.data() + at, column->bytes.data() + i * bytes, bytes);
        at += bytes;
      }
      insert_agent(spec, part_.species[s], record.data(), local);
    }
  }
}

void Shard::finish_load(Executor& executor) {
  for (SpeciesPart& species : part_.species) sort_agents(part_, species, executor);
  rebuild_categories(part_, executor);
}

}  // namespace colony
