#include "engine/state/part.hpp"

#include <algorithm>
#include <numeric>

#include "engine/error.hpp"
#include "engine/first_touch.hpp"
#include "engine/schema/declared.hpp"

namespace colony {

CsrRows Geometry::csr() const {
  CsrRows rows;
  const Array<std::uint64_t>& in = undirected ? out_offsets : in_offsets;
  rows.out_offsets = out_offsets.empty() ? nullptr : out_offsets.data();  // null where the model did not ask for them
  rows.targets = targets.data();
  rows.in_offsets = in.empty() ? nullptr : in.data();
  rows.sources = undirected ? targets.data() : sources.data();
  const Array<std::uint32_t>& in_ids = undirected ? target_ids : source_ids;
  rows.source_ids = in_ids.empty() ? nullptr : in_ids.data();
  rows.target_ids = target_ids.empty() ? nullptr : target_ids.data();
  rows.id = id_map();
  return rows;
}

RowLattice Geometry::row_lattice() const {
  const std::uint64_t inverse = shape.width < 2 ? 0 : ~std::uint64_t{0} / shape.width + 1;
  return {shape.width, row_above.size(), shape.neighbours == 8 ? 1 : 2, shape.torus, row_above.data(), row_below.data(), id_map(), inverse};
}

TableLattice Geometry::table_lattice() const { return {table.data(), shape.neighbours == 8 ? 1 : 2, id_map()}; }

std::uint64_t Geometry::out_degree(LocalIndex i) const { return out_offsets.empty() ? 0 : out_offsets[i + 1] - out_offsets[i]; }

std::uint64_t Geometry::in_degree(LocalIndex i) const {
  if (undirected) return out_degree(i);
  return in_offsets.empty() ? 0 : in_offsets[i + 1] - in_offsets[i];
}

const LayerSpec& Part::layer() const { return schema.layer(); }

Part::Part(const Declared& schema_, Geometry geometry_, std::size_t worker_count) : schema(schema_), geometry(std::move(geometry_)) {
  const LayerSpec& layer = schema.layer();
  const std::uint32_t owned = geometry.owned, total = geometry.total();
  for (const ColumnSpec& spec : layer.columns) {
    Column column{spec.type, {}, spec.width};
    column.bytes.resize((spec.refresh == Refresh::never ? owned : total) * spec.bytes());
    columns.push_back(std::move(column));
  }
  for (const CategorySpec& spec : layer.categories) {
    CategoryState category;
    for (std::size_t v = 0; v < spec.values.size(); ++v) category.sets.emplace_back(owned);
    category.counts.assign(spec.values.size(), 0);
    category.out_degrees = category.in_degrees = category.counts;
    categories.push_back(std::move(category));
  }
  changed.resize(layer.columns.size());
  for (const SpeciesSpec& spec : schema.species()) {
    SpeciesPart part;
    for (const ColumnSpec& column : spec.columns) part.columns.push_back({column.type, {}, column.width});
    species.push_back(std::move(part));
  }
  growing.resize(schema.growing().size());
  for (std::size_t l = 0; l < growing.size(); ++l) {
    growing[l].wish_changes.resize(worker_count);
    growing[l].fields.resize(schema.growing()[l].fields.size());
  }
  workers.resize(worker_count);
  for (WorkerScratch& worker : workers) {
    worker.marked.resize(layer.marks);
    worker.changes.resize(layer.categories.size());
    worker.globals.assign(schema.slot_count(), 0);
  }
  for (const Stream stream : schema.streams()) keys_.emplace_back(stream, RandomKey{});
  csr = geometry.csr();
  row_lattice = geometry.row_lattice();
  table_lattice = geometry.table_lattice();
  complete = geometry.complete();
  for (const EffectSpec& spec : schema.effects()) effects.push_back(spec.make(*this, worker_count));
  staged.resize(effects.size());
  std::iota(staged.begin(), staged.end(), 0u);
  std::stable_sort(staged.begin(), staged.end(),
                   [&](std::uint32_t a, std::uint32_t b) { return schema.effects()[a].stage < schema.effects()[b].stage; });
}

std::uint64_t Part::node_id(std::size_t species_index, LocalIndex node) const {
  const std::int32_t layer = schema.species()[species_index].growing;
  return layer < 0 ? geometry.id_of(node) : growing[static_cast<std::size_t>(layer)].ids[node];
}

std::size_t Part::known_nodes(std::size_t species_index) const {
  const std::int32_t layer = schema.species()[species_index].growing;
  return layer < 0 ? geometry.owned : growing[static_cast<std::size_t>(layer)].ids.size();
}

RandomKey Part::key(Stream stream) const {
  for (const auto& [known, key] : keys_)
    if (known == stream) return key;
  COLONY_ASSERT(false, "a kernel draws from a stream that it did not declare");
}

void Part::begin_tick(Tick t, const Globals& g) {
  tick = t;
  globals = &g;
  settings.begin_tick(schema, t);
  for (auto& [stream, key] : keys_) key = random_key(schema.job().seed, stream, t.value);
}

void Part::touch_memory(Executor& executor) {
  for (Column& column : columns) zero_in_parallel(column.bytes, executor);
  for_each_effect([&](Effect& effect) { effect.touch_memory(executor); });
}

}  // namespace colony
