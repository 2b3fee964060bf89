#include "io/checkpoints/checkpoint.hpp"

#include <fmt/format.h>

#include <string>
#include <vector>

#include "engine/error.hpp"
#include "engine/fail_point.hpp"
#include "io/hdf5/hdf5_reader.hpp"
#include "io/hdf5/hdf5_writer.hpp"

namespace colony {
namespace {

constexpr const char* block_group = "blocks";
constexpr const char* format_name = "colony-shard";

/// The block index as columns.
struct BlockColumns {
  explicit BlockColumns(const std::vector<BlockRows>& rows) : block(rows.size()), group(rows.size()), begin(rows.size()), end(rows.size()) {
    for (std::size_t i = 0; i < rows.size(); ++i) {
      block[i] = rows[i].block.value;
      group[i] = rows[i].group;
      begin[i] = rows[i].begin;
      end[i] = rows[i].end;
    }
  }
  Array<std::uint32_t> block;
  Array<std::uint32_t> group;
  Array<std::uint64_t> begin;
  Array<std::uint64_t> end;
};

template <class T>
hdf5::Column block_column(const char* name, const Array<T>& values) {
  return {block_group, name, scalar_type<T>(), values.size(), reinterpret_cast<const std::byte*>(values.data())};
}

std::vector<hdf5::Column> columns_of(const ShardImage& image, const BlockColumns& blocks) {
  std::vector<hdf5::Column> columns;
  for (const GroupImage& group : image.groups) {
    COLONY_ASSERT(group.name != block_group, "a layer or species can't be named \"blocks\": checkpoints keep the block index there");
    COLONY_ASSERT(!group.columns.empty(), "a group has at least its ids: " + group.name);
    for (const ColumnImage& column : group.columns) {
      const bool fits = column.count == group.count && column.bytes.size() == column.count * column.item_bytes();
      COLONY_ASSERT(fits, "column /" + group.name + "/" + column.name + " has not the length that it says");
      columns.push_back({group.name, column.name, column.type, column.count, column.bytes.data(), column.width});
    }
  }
  columns.push_back(block_column("block", blocks.block));
  columns.push_back(block_column("group", blocks.group));
  columns.push_back(block_column("begin", blocks.begin));
  columns.push_back(block_column("end", blocks.end));
  return columns;
}

template <class T>
ColumnImage read_typed(const hdf5::Reader& reader, const std::string& path, const char* name) {
  ColumnImage column = reader.column(block_group, name);
  if (column.type != scalar_type<T>() || column.width != 1)
    throw StorageError(path, fmt::format("/{}/{} is of type {}", block_group, name, name_of(column.type)));
  return column;
}

std::vector<BlockRows> read_blocks(const hdf5::Reader& reader, const std::vector<GroupImage>& groups, const std::string& path) {
  const ColumnImage block = read_typed<std::uint32_t>(reader, path, "block");
  const ColumnImage group = read_typed<std::uint32_t>(reader, path, "group");
  const ColumnImage begin = read_typed<std::uint64_t>(reader, path, "begin");
  const ColumnImage end = read_typed<std::uint64_t>(reader, path, "end");
  if (group.count != block.count || begin.count != block.count || end.count != block.count)
    throw StorageError(path, "the columns of its block index have different lengths");
  std::vector<BlockRows> rows(block.count);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    rows[i] = {BlockId(block.as<std::uint32_t>()[i]), group.as<std::uint32_t>()[i], begin.as<std::uint64_t>()[i],
               end.as<std::uint64_t>()[i]};
    if (rows[i].group >= groups.size() || rows[i].begin > rows[i].end || rows[i].end > groups[rows[i].group].count)
      throw StorageError(path, fmt::format("row {} of its block index points outside the columns", i));
  }
  return rows;
}

GroupImage read_group(const hdf5::Reader& reader, const std::string& name, const std::string& path) {
  GroupImage group{name, 0, {}};
  for (const std::string& column : reader.columns(name)) group.columns.push_back(reader.column(name, column));
  if (group.columns.empty()) throw StorageError(path, "group /" + name + " has no columns");
  group.count = group.columns.front().count;
  for (const ColumnImage& column : group.columns)
    if (column.count != group.count)
      throw StorageError(path, fmt::format("/{}/{} has {} values and not {}", name, column.name, column.count, group.count));
  return group;
}

template <class T>
void require(const T& found, const T& expected, const char* what, const std::string& path) {
  if (found != expected) throw StorageError(path, fmt::format("is foreign: its {} is {} where {} is expected", what, found, expected));
}

void require_identity(const hdf5::Reader& reader, const CheckpointStamp& stamp, const FileRecord& record, const std::string& path) {
  require(reader.text("format"), std::string(format_name), "format", path);
  require(reader.number("format_version"), checkpoint_format_version, "format version", path);
  require(reader.text("model"), stamp.model, "model", path);
  require(reader.text("schema_hash"), hex(stamp.schema_hash), "schema hash", path);
  require(reader.number("seed"), stamp.seed, "seed", path);
  require(reader.number("tick"), stamp.tick.value, "tick", path);
  require<std::uint64_t>(reader.number("shard"), record.shard.value, "shard", path);
  require(reader.text("digest"), record.digest.hex(), "digest", path);
}

}  // namespace

FileRecord write_shard_file(Storage& storage, const CheckpointStamp& stamp, const ShardImage& image) {
  COLONY_ASSERT(image.tick == stamp.tick, "the image of another tick");
  const BlockColumns blocks(image.blocks);
  const hdf5::Attribute attributes[] = {{"format", format_name},
                                        {"format_version", checkpoint_format_version},
                                        {"model", stamp.model},
                                        {"schema_hash", hex(stamp.schema_hash)},
                                        {"seed", stamp.seed},
                                        {"tick", stamp.tick.value},
                                        {"shard", std::uint64_t{image.shard.value}},
                                        {"incarnation", stamp.incarnation},
                                        {"epoch", stamp.epoch},
                                        {"digest", image.digest.hex()}};
  FileRecord record{shard_file_name(stamp, image.shard), image.shard, {}, image.digest};
  const std::string folder = checkpoint_folder(stamp.tick);
  storage.make_folder(folder);
  StagedFile staged(storage, folder + "/" + record.name);
  record.stored = hdf5::write_file(staged.path(), attributes, columns_of(image, blocks), [] { fail_point("in-snapshot"); });
  fail_point("before-rename");
  staged.publish();
  return record;
}

void verify_stored(Storage& storage, const std::string& name, const StoredFile& expected) {
  const std::string path = storage.path_of(name);
  if (!storage.exists(name)) throw StorageError(path, "is missing");
  const StoredFile found = storage.checksum(name);
  if (found.bytes < expected.bytes) throw StorageError(path, fmt::format("is torn: it has {} of {} bytes", found.bytes, expected.bytes));
  if (found.bytes > expected.bytes)
    throw StorageError(path, fmt::format("was altered: it has {} bytes and not {}", found.bytes, expected.bytes));
  if (found.xxh3 != expected.xxh3)
    throw StorageError(path, fmt::format("was altered: its checksum is {}, its manifest says {}", hex(found.xxh3), hex(expected.xxh3)));
}

ShardImage read_shard_file(Storage& storage, const Manifest& manifest, std::size_t index) {
  const FileRecord& record = manifest.files.at(index);
  const std::string name = checkpoint_folder(manifest.stamp.tick) + "/" + record.name;
  const std::string path = storage.path_of(name);
  verify_stored(storage, name, record.stored);
  const hdf5::Reader reader(path);
  require_identity(reader, manifest.stamp, record, path);

  ShardImage image;
  image.shard = record.shard;
  image.tick = manifest.stamp.tick;
  image.digest = record.digest;
  for (const std::string& group : reader.groups())
    if (group != block_group) image.groups.push_back(read_group(reader, group, path));
  image.blocks = read_blocks(reader, image.groups, path);
  fail_point("in-recovery");
  return image;
}

void commit_checkpoint(Storage& storage, const Manifest& manifest) {
  fail_point("before-manifest");
  const std::string name = checkpoint_folder(manifest.stamp.tick) + "/" + manifest_name(manifest.stamp);
  if (storage.exists(name)) throw StorageError(storage.path_of(name), "exists already, and no name is used twice");
  try {
    storage.write_new(name, to_json(manifest));
  } catch (const StorageError&) {
    // It may have its name, in a folder that could not be synced. The run goes on as if it were not there, and may cut its rows to an
    // earlier checkpoint: a later start must not find this one.
    try {
      storage.remove(std::vector<std::string>{name});
    } catch (const StorageError&) {  // the first error says what is wrong
    }
    throw;
  }
}

}  // namespace colony
