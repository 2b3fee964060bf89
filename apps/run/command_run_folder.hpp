// A run folder as the commands that only look at one see it: its storage, whether it is running, its report.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/state/image.hpp"
#include "io/checkpoints/checkpoint_catalog.hpp"
#include "io/storage.hpp"

namespace colony {

/// Throws StorageError unless path is a folder that holds a run.
PosixStorage open_run_folder(const std::string& path);

/// run.json in its order: numbers and texts as they stand, without quotes; an object's values by its own names ("shards"). The lists, and
/// the versions, are left out. Empty when there is no run.json. Not a JSON reader: it knows the layout in which colony writes this file.
std::vector<std::pair<std::string, std::string>> read_report(Storage& storage);

/// The process that holds the folder now, in words for people; nullopt when the folder is free.
std::optional<std::string> running_process(Storage& storage);

/// How the run is going or has ended, for people. report: as read_report gives it.
std::string run_state_text(Storage& storage, const std::vector<std::pair<std::string, std::string>>& report);

/// Newest of the run's checkpoints, or the one of `tick`. Throws StorageError when there is none.
CheckpointRef find_checkpoint(Storage& storage, std::optional<std::uint64_t> tick);

/// Digest of the entities of one shard's file, recomputed from its columns. Throws StorageError when the image is not one of colony's.
Digest digest_of_image(const ShardImage& image, const std::string& where);

/// "12.3 MB"; powers of ten.
std::string bytes_text(std::uint64_t bytes);

}  // namespace colony
