// The manifest of a checkpoint: what it is of and the exact files it consists of. Writing it is the commit; a checkpoint without one
// does not exist. Text is JSON, closed by a checksum of its own, read strictly.
//
//   checkpoints/tick-000000000100/shard-0000.r1.e1.h5     r: incarnation (start of the run), e: epoch (membership of the cluster)
//   checkpoints/tick-000000000100/manifest.r1.e1.json
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/ids.hpp"
#include "engine/state/image.hpp"
#include "io/storage.hpp"

namespace colony {

inline constexpr std::uint64_t checkpoint_format_version = 2;
inline constexpr const char* checkpoints_folder = "checkpoints";
inline constexpr const char* snapshots_folder = "snapshots";

/// Which checkpoint of which run. Every name of its files carries tick, incarnation and epoch, so that none is ever used twice.
struct CheckpointStamp {
  std::string model;
  std::uint64_t schema_hash = 0;
  std::uint64_t seed = 0;
  Tick tick;
  std::uint64_t incarnation = 1;
  std::uint64_t epoch = 1;
  bool operator==(const CheckpointStamp&) const = default;
};

/// Which of all checkpoints of a run. In the order in which one is newer than another.
struct CheckpointKey {
  Tick tick;
  std::uint64_t incarnation = 0, epoch = 0;
  friend auto operator<=>(const CheckpointKey&, const CheckpointKey&) = default;
};

inline CheckpointKey key_of(const CheckpointStamp& stamp) { return {stamp.tick, stamp.incarnation, stamp.epoch}; }

/// A manifest that is there; it has not been read.
struct CheckpointRef {
  Tick tick;
  std::uint64_t incarnation = 0;
  std::uint64_t epoch = 0;
  std::string folder;    ///< checkpoints/tick-000000000100
  std::string manifest;  ///< manifest.r1.e1.json
  CheckpointKey key() const { return {tick, incarnation, epoch}; }
};

/// One shard's file, as its writer reports it and as the manifest holds it.
struct FileRecord {
  std::string name;  ///< within the checkpoint's folder
  ShardId shard;
  StoredFile stored;
  Digest digest;  ///< of the entities in it
  bool operator==(const FileRecord&) const = default;
};

/// A named global of the model, or several values of one.
struct GlobalValues {
  std::string name;
  std::vector<std::int64_t> values;
  bool operator==(const GlobalValues&) const = default;
};

/// What observables.csv and events.csv hold up to a tick. No bytes: there is no such file.
struct KeptRows {
  StoredFile observables, events;
  bool operator==(const KeptRows&) const = default;
};

/// A file of the run folder that was written once.
struct KeptFile {
  std::string name;  ///< "snapshots/food/tick-000000000100.h5"
  StoredFile stored;
  bool operator==(const KeptFile&) const = default;
};

struct Manifest {
  CheckpointStamp stamp;
  Digest digest;                           ///< of the whole state at this tick, as the run prints it
  std::uint64_t static_hash = 0;           ///< names checkpoints/static-<hash>
  std::vector<std::uint64_t> block_sizes;  ///< by block: what placement is computed from
  std::vector<GlobalValues> globals;
  Tick last_row;                     ///< of observables.csv at this tick
  std::vector<GlobalValues> counts;  ///< by observable that counts happenings: those since that row
  KeptRows rows;
  std::vector<KeptFile> snapshots;  ///< up to this tick, of the series that the job has
  std::vector<FileRecord> files;    ///< ascending shard
  bool operator==(const Manifest&) const = default;
};

/// The manifest's text. The files' shards must be distinct.
std::string to_json(const Manifest& manifest);

/// The reverse. where: the file, for messages. Throws StorageError when the text is torn, was altered, is of another format version,
/// or lacks, repeats or adds anything.
Manifest parse_manifest(std::string_view text, const std::string& where);

std::string checkpoint_folder(Tick tick);
std::string shard_file_name(const CheckpointStamp& stamp, ShardId shard);
std::string manifest_name(const CheckpointStamp& stamp);

/// Tick of a folder's name ("tick-000000000100").
std::optional<Tick> tick_of_folder(std::string_view name);

/// Of a series and a tick, and back; none for any other name.
std::string snapshot_name(std::string_view series, Tick tick);
struct SnapshotName {
  std::string series;
  Tick tick;
};
std::optional<SnapshotName> parse_snapshot_name(std::string_view name);

/// What the name of any file of a checkpoint says, temporary ones included.
struct FileName {
  std::uint64_t incarnation = 0;
  std::uint64_t epoch = 0;
  bool manifest = false;
};
std::optional<FileName> parse_file_name(std::string_view name);

/// All that are there, newest first, with those that a later start has left behind (io/checkpoints/course.hpp). Throws StorageError.
std::vector<CheckpointRef> list_manifests(Storage& storage);

/// 16 lower-case digits, as hashes stand in names and manifests.
std::string hex(std::uint64_t hash);

/// JSON text (indented, keys in order) with a "checksum" over all the rest, and back. open_sealed throws StorageError unless the text
/// is one whole object with the checksum that its content has; it returns the content without the checksum. Arguments and results are
/// JSON texts.
std::string seal(const std::string& json);
std::string open_sealed(std::string_view text, const std::string& where);

}  // namespace colony
