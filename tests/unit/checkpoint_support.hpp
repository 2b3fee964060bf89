// Images and manifests that the checkpoint tests write, and how they compare them.
#pragma once

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "engine/state/image.hpp"
#include "io/checkpoints/checkpoint.hpp"
#include "io/checkpoints/checkpoint_catalog.hpp"
#include "storage_support.hpp"

namespace colony::test {

inline ColumnImage make_column(const std::string& name, ScalarType type, std::uint64_t count, std::uint64_t salt) {
  ColumnImage column{name, type, count, {}};
  column.bytes.resize(count * bytes_of(type));
  for (std::size_t i = 0; i < column.bytes.size(); ++i) column.bytes[i] = static_cast<std::byte>((i + salt) * 0x9e3779b97f4a7c15u >> 29);
  return column;
}

inline ColumnImage make_ids(std::uint64_t count, std::uint64_t first, std::uint64_t step) {
  ColumnImage column{"id", ScalarType::u64, count, {}};
  column.bytes.resize(count * 8);
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::uint64_t id = first + i * step;
    std::memcpy(column.bytes.data() + 8 * i, &id, 8);
  }
  return column;
}

/// Nodes with a column of every type and an array, ants, and a species that has died out. Ids interleave between shards: shard + 3 * row.
inline ShardImage make_image(std::uint32_t shard, Tick tick, std::uint64_t nodes = 1000, std::uint64_t ants = 777) {
  ShardImage image;
  image.shard = ShardId(shard);
  image.tick = tick;
  image.digest = {tick.value * 1000 + shard, ~std::uint64_t{shard}};
  const std::uint64_t salt = 31 * tick.value + shard;
  GroupImage places{"places", nodes, {}};
  places.columns.push_back(make_ids(nodes, shard, 3));
  std::uint64_t number = salt;
  for (const ScalarType type : {ScalarType::u8, ScalarType::i32, ScalarType::u32, ScalarType::i64, ScalarType::u64, ScalarType::f32,
                                ScalarType::f64, ScalarType::u16})
    places.columns.push_back(make_column("a_" + std::string(name_of(type)), type, nodes, ++number));
  ColumnImage rows = make_column("rows", ScalarType::u16, 5 * nodes, ++number);
  rows.count = nodes;
  rows.width = 5;
  places.columns.push_back(std::move(rows));
  GroupImage living{"ant", ants, {}};
  living.columns.push_back(make_ids(ants, shard, 3));
  living.columns.push_back(make_column("node", ScalarType::u64, ants, salt));
  GroupImage extinct{"aphid", 0, {}};
  extinct.columns.push_back(make_ids(0, 0, 1));
  extinct.columns.push_back(make_column("node", ScalarType::u64, 0, 0));
  image.groups.push_back(std::move(places));
  image.groups.push_back(std::move(living));
  image.groups.push_back(std::move(extinct));
  image.blocks.push_back({BlockId(2 * shard), 0, 0, nodes / 2});
  image.blocks.push_back({BlockId(2 * shard + 1), 0, nodes / 2, nodes});
  image.blocks.push_back({BlockId(2 * shard), 1, 0, ants});
  image.blocks.push_back({BlockId(2 * shard), 2, 0, 0});
  return image;
}

inline bool same_column(const ColumnImage& a, const ColumnImage& b) {
  return a.name == b.name && a.type == b.type && a.count == b.count && a.width == b.width &&
         std::equal(a.bytes.begin(), a.bytes.end(), b.bytes.begin(), b.bytes.end());
}

inline bool same_group(const GroupImage& a, const GroupImage& b) {
  return a.name == b.name && a.count == b.count &&
         std::equal(a.columns.begin(), a.columns.end(), b.columns.begin(), b.columns.end(), same_column);
}

inline bool same_image(const ShardImage& a, const ShardImage& b) {
  const auto same_rows = [](const BlockRows& x, const BlockRows& y) {
    return x.block == y.block && x.group == y.group && x.begin == y.begin && x.end == y.end;
  };
  return a.shard == b.shard && a.tick == b.tick && a.digest == b.digest &&
         std::equal(a.groups.begin(), a.groups.end(), b.groups.begin(), b.groups.end(), same_group) &&
         std::equal(a.blocks.begin(), a.blocks.end(), b.blocks.begin(), b.blocks.end(), same_rows);
}

inline CheckpointStamp make_stamp(std::uint64_t tick, std::uint64_t incarnation = 1, std::uint64_t epoch = 1) {
  return {"foraging", 0xabcdef, 42, Tick(tick), incarnation, epoch};
}

inline CheckpointOwner make_owner() { return {"foraging", 0xabcdef, 42, 0x77}; }

inline Manifest make_manifest(const CheckpointStamp& stamp) {
  Manifest manifest;
  manifest.stamp = stamp;
  manifest.digest = {stamp.tick.value, 5};
  manifest.static_hash = 0x77;
  manifest.block_sizes = {10, 20, 30};
  manifest.globals = {{"direction", {1}}, {"totals", {-5, 7}}};
  manifest.last_row = Tick(stamp.tick.value - stamp.tick.value % 7);
  manifest.counts = {{"new", {3}}};
  manifest.rows.observables = {1234, 0x99};
  return manifest;
}

/// Two shards' files and the manifest, as a run commits them.
inline Manifest write_checkpoint(Storage& storage, const CheckpointStamp& stamp) {
  Manifest manifest = make_manifest(stamp);
  for (std::uint32_t shard = 0; shard < 2; ++shard)
    manifest.files.push_back(write_shard_file(storage, stamp, make_image(shard, stamp.tick)));
  commit_checkpoint(storage, manifest);
  return manifest;
}

/// The ticks of the committed checkpoints, newest first.
inline std::vector<std::uint64_t> committed_ticks(Storage& storage) {
  std::vector<std::uint64_t> ticks;
  for (const CheckpointRef& ref : list_committed(storage)) ticks.push_back(ref.tick.value);
  return ticks;
}

}  // namespace colony::test
