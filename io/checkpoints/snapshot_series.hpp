// [[snapshot]]: chosen columns at chosen ticks, for the user's own tools: snapshots/<name>/tick-000000000100.h5 with /<group>/id and
// /<group>/<field>, rows in ascending order of id. A file's bytes are a function of the job and the tick alone, not of the shards.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/state/image.hpp"
#include "io/checkpoints/manifest.hpp"
#include "io/storage.hpp"

namespace colony {

/// Columns of one layer or species; "id" always comes with them, first.
struct SnapshotColumns {
  std::string group;
  std::vector<std::string> fields;
};

/// The chosen columns of all shards' images as one, rows by ascending id. Every image must have every chosen group and field, and no two
/// the same id. Images of different shards may be of any sizes, in any order.
std::vector<GroupImage> merge_images(std::span<const ShardImage> images, std::span<const SnapshotColumns> chosen);

/// What stands in the file's attributes.
struct SnapshotStamp {
  std::string name;  ///< of the series: letters, digits, '-' and '_'
  std::string job;
  std::string model;
  std::uint64_t seed = 0;
  Tick tick;
};

/// Writes one file and returns what it is called and holds. Where the file is there already with these bytes, as after a restart, it is
/// kept; one with other bytes (torn by hand, or of an older version of the program) is replaced. Throws StorageError.
KeptFile write_snapshot(Storage& storage, const SnapshotStamp& stamp, std::span<const GroupImage> groups);

/// Removes the snapshots of these series that are of a later tick than `last`; none: all.
void remove_snapshots_after(Storage& storage, std::span<const std::string> series, std::optional<Tick> last);

/// Removes what a process that was killed while it wrote snapshots of these series left of them. Call at a start, while none is written.
void remove_unfinished_snapshots(Storage& storage, std::span<const std::string> series);

/// Throws AlteredFileError when one of the files is not there. Reads folders, and no file.
void require_snapshots(Storage& storage, std::span<const KeptFile> files);

}  // namespace colony
