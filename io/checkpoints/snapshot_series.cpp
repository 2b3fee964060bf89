#include "io/checkpoints/snapshot_series.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <map>

#include "engine/error.hpp"
#include "io/hdf5/hdf5_writer.hpp"

namespace colony {
namespace {

/// Where a row of the merged group comes from.
struct Row {
  std::uint64_t id;
  std::uint32_t image;
  std::uint64_t row;
};

const GroupImage& group_of(const ShardImage& image, const std::string& name) {
  const auto found = std::find_if(image.groups.begin(), image.groups.end(), [&](const GroupImage& group) { return group.name == name; });
  COLONY_ASSERT(found != image.groups.end(), "an image lacks the group " + name);
  return *found;
}

const ColumnImage& column_of(const GroupImage& group, const std::string& name) {
  const auto has_name = [&](const ColumnImage& column) { return column.name == name; };
  const auto found = std::find_if(group.columns.begin(), group.columns.end(), has_name);
  COLONY_ASSERT(found != group.columns.end(), "group " + group.name + " lacks the column " + name);
  return *found;
}

std::vector<Row> rows_by_id(std::span<const GroupImage* const> parts) {
  std::vector<Row> rows;
  std::size_t total = 0;
  for (const GroupImage* part : parts) total += part->count;
  rows.reserve(total);
  for (std::size_t image = 0; image < parts.size(); ++image) {
    const ColumnImage& ids = column_of(*parts[image], "id");
    COLONY_ASSERT(ids.type == ScalarType::u64, "ids are u64: " + parts[image]->name);
    const std::uint64_t* values = ids.as<std::uint64_t>();
    for (std::uint64_t row = 0; row < ids.count; ++row) rows.push_back({values[row], static_cast<std::uint32_t>(image), row});
  }
  const auto by_id = [](const Row& a, const Row& b) { return a.id < b.id; };
  if (!std::is_sorted(rows.begin(), rows.end(), by_id)) std::sort(rows.begin(), rows.end(), by_id);
  for (std::size_t i = 1; i < rows.size(); ++i)
    COLONY_ASSERT(rows[i - 1].id != rows[i].id, fmt::format("{} {} is on two shards", parts[0]->name, rows[i].id));
  return rows;
}

ColumnImage gather(const std::vector<Row>& rows, std::span<const GroupImage* const> parts, const std::string& name) {
  std::vector<const ColumnImage*> sources;
  for (const GroupImage* part : parts) sources.push_back(&column_of(*part, name));
  for (const ColumnImage* source : sources)
    if (source->type != sources[0]->type || source->width != sources[0]->width)
      throw StateError("\"" + name + "\" is of one kind on one shard and of another on the next");
  ColumnImage merged{name, sources[0]->type, rows.size(), {}, sources[0]->width};
  const std::size_t bytes = merged.item_bytes();
  merged.bytes.resize(rows.size() * bytes);
  with_type(merged.type, [&]<class T>(T) {
    T* values = reinterpret_cast<T*>(merged.bytes.data());
    if (merged.width == 1) {
      for (std::size_t i = 0; i < rows.size(); ++i) values[i] = sources[rows[i].image]->as<T>()[rows[i].row];
      return;
    }
    for (std::size_t i = 0; i < rows.size(); ++i)
      std::memcpy(merged.bytes.data() + i * bytes, sources[rows[i].image]->bytes.data() + rows[i].row * bytes, bytes);
  });
  return merged;
}

}  // namespace

std::vector<GroupImage> merge_images(std::span<const ShardImage> images, std::span<const SnapshotColumns> chosen) {
  COLONY_ASSERT(!images.empty(), "a snapshot of no shard");
  std::vector<GroupImage> merged;
  for (const SnapshotColumns& choice : chosen) {
    std::vector<const GroupImage*> parts;
    for (const ShardImage& image : images) parts.push_back(&group_of(image, choice.group));
    const std::vector<Row> rows = rows_by_id(parts);
    GroupImage group{choice.group, rows.size(), {}};
    group.columns.push_back(gather(rows, parts, "id"));
    for (const std::string& field : choice.fields)
      if (field != "id") group.columns.push_back(gather(rows, parts, field));
    merged.push_back(std::move(group));
  }
  return merged;
}

KeptFile write_snapshot(Storage& storage, const SnapshotStamp& stamp, std::span<const GroupImage> groups) {
  const hdf5::Attribute attributes[] = {
      {"format", "colony-snapshot"}, {"format_version", std::uint64_t{1}}, {"job", stamp.job}, {"model", stamp.model}, {"seed", stamp.seed},
      {"tick", stamp.tick.value}};
  std::vector<hdf5::Column> columns;
  for (const GroupImage& group : groups)
    for (const ColumnImage& column : group.columns)
      columns.push_back({group.name, column.name, column.type, column.count, column.bytes.data(), column.width});

  const std::string name = snapshot_name(stamp.name, stamp.tick);
  storage.make_folder(name.substr(0, name.rfind('/')));
  StagedFile staged(storage, name);
  const StoredFile stored = hdf5::write_file(staged.path(), attributes, columns);
  if (storage.exists(name)) {
    if (storage.checksum(name) == stored) return {name, stored};
    storage.remove(std::vector<std::string>{name});
  }
  staged.publish();
  return {name, stored};
}

void remove_snapshots_after(Storage& storage, std::span<const std::string> series, std::optional<Tick> last) {
  std::vector<std::string> later;
  for (const std::string& one : series) {
    const std::string folder = std::string(snapshots_folder) + "/" + one;
    for (const std::string& file : storage.list(folder)) {
      const std::optional<SnapshotName> name = parse_snapshot_name(folder + "/" + file);
      if (name && (!last || name->tick > *last)) later.push_back(folder + "/" + file);
    }
  }
  storage.remove(later);
}

void remove_unfinished_snapshots(Storage& storage, std::span<const std::string> series) {
  std::vector<std::string> unfinished;
  for (const std::string& one : series) {
    const std::string folder = std::string(snapshots_folder) + "/" + one;
    for (const std::string& file : storage.list(folder))
      if (is_temporary(file)) unfinished.push_back(folder + "/" + file);
  }
  storage.remove(unfinished);
}

void require_snapshots(Storage& storage, std::span<const KeptFile> files) {
  std::map<std::string, std::vector<std::string>> listed;  // by folder, ascending
  for (const KeptFile& file : files) {
    const std::size_t slash = file.name.rfind('/');
    const std::string folder = file.name.substr(0, slash);
    const auto [there, unknown] = listed.try_emplace(folder);
    if (unknown) there->second = storage.list(folder);
    if (!std::binary_search(there->second.begin(), there->second.end(), file.name.substr(slash + 1)))
      throw AlteredFileError(storage.path_of(file.name), "was removed while the run was going on");
  }
}

}  // namespace colony
