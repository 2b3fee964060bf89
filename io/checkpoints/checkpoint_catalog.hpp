// The committed checkpoints of a run: which there are, which one to go on from, and which may go.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "io/checkpoints/manifest.hpp"
#include "io/storage.hpp"

namespace colony {

/// One whose manifest was read and whose files were all found as that says.
struct CommittedCheckpoint {
  Manifest manifest;
  std::string folder;
};

/// What a checkpoint must be of to be gone on from.
struct CheckpointOwner {
  std::string model;
  std::uint64_t schema_hash = 0;
  std::uint64_t seed = 0;
  std::uint64_t static_hash = 0;
};

/// Newest tick first; of one tick, the highest incarnation first, then the highest epoch. Without those that a later start has left behind
/// (io/checkpoints/course.hpp). Throws StorageError.
std::vector<CheckpointRef> list_committed(Storage& storage);

/// Removes the manifests that were left behind, so that whoever looks for the newest file finds one of the course; the rest goes with the
/// next prune. For the start that holds the folder.
void remove_left_behind(Storage& storage);

/// The highest incarnation in the name of any file below checkpoints/, 0 when there is none: no later start may have it again.
std::uint64_t highest_incarnation(Storage& storage);

/// Reads the manifest alone. Throws StorageError.
Manifest read_manifest(Storage& storage, const CheckpointRef& checkpoint);

/// Reads the manifest, compares it with the owner, and every file's length and checksum with it. Throws StorageError, naming the file
/// and the reason.
CommittedCheckpoint open_checkpoint(Storage& storage, const CheckpointRef& checkpoint, const CheckpointOwner& owner);

struct RecoveryOptions {
  /// Pass over bad checkpoints instead of refusing to go on.
  bool fallback = false;
  /// Go on from this tick instead of from the newest.
  std::optional<Tick> tick;
  /// What the user adds to ask for `fallback`; for the message.
  std::string fallback_flag = "--fallback";
  /// What else a checkpoint needs, such as its rows: throws StorageError when it lacks that.
  std::function<void(const Manifest&)> verify;
  /// Told of each checkpoint that was passed over, and why.
  std::function<void(const std::string&)> warn;
};

/// The checkpoint to go on from: the newest, verified; none when nothing was ever committed (and no tick was asked for). Throws
/// StorageError that names the bad file and the reason, and the checkpoint before it that is whole, with how to ask for it.
std::optional<CommittedCheckpoint> latest_usable(Storage& storage, const CheckpointOwner& owner, const RecoveryOptions& options = {});

/// Removes what is no longer needed once `current` is committed: all but the newest `keep` checkpoints up to its tick (at least 1),
/// each manifest before its files, those that were left behind, and what was left by checkpoints that were never committed. Only the
/// coordinator calls it. Touches no file of a later incarnation, none of its own that may be in the writing (a later tick), and nothing
/// whose name it does not know.
void prune_checkpoints(Storage& storage, const CheckpointStamp& current, std::size_t keep);

}  // namespace colony
