#include "io/checkpoints/checkpoint_catalog.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "engine/error.hpp"
#include "io/checkpoints/checkpoint.hpp"
#include "io/checkpoints/course.hpp"

namespace colony {
namespace {

/// An error's reason without the path that it begins with.
std::string reason_of(const StorageError& error) { return std::string(error.what()).substr(error.path.size() + 2); }

template <class T>
void require_owner(const T& found, const T& expected, const char* what, const std::string& path) {
  if (found != expected)
    throw StorageError(path, fmt::format("is of another run: its {} is {} and the job's is {}", what, found, expected));
}

CommittedCheckpoint open_usable(Storage& storage, const CheckpointRef& checkpoint, const CheckpointOwner& owner,
                                const RecoveryOptions& options) {
  CommittedCheckpoint committed = open_checkpoint(storage, checkpoint, owner);
  if (options.verify) options.verify(committed.manifest);
  return committed;
}

std::optional<CommittedCheckpoint> first_usable(Storage& storage, const CheckpointOwner& owner, const std::vector<CheckpointRef>& refs,
                                                std::size_t from, const RecoveryOptions& options) {
  const auto warn = options.fallback ? options.warn : std::function<void(const std::string&)>{};
  for (std::size_t i = from; i < refs.size(); ++i) {
    try {
      return open_usable(storage, refs[i], owner, options);
    } catch (const StorageError& error) {
      if (warn) warn(error.what());
    }
  }
  return std::nullopt;
}

/// What prune removes from one folder of a tick: manifests go first.
struct Removal {
  std::vector<std::string> manifests;
  std::vector<std::string> files;
};

Removal find_removable(Storage& storage, const std::string& folder, Tick tick, const CheckpointStamp& current,
                       const std::vector<CheckpointRef>& kept) {
  Removal removal;
  for (const std::string& name : storage.list(folder)) {
    const std::optional<FileName> parsed = parse_file_name(name);
    if (!parsed) continue;
    const bool is_kept = std::any_of(kept.begin(), kept.end(), [&](const CheckpointRef& ref) {
      return ref.tick == tick && ref.incarnation == parsed->incarnation && ref.epoch == parsed->epoch && !name.starts_with('.');
    });
    const bool is_past = parsed->incarnation < current.incarnation || (parsed->incarnation == current.incarnation && tick <= current.tick);
    if (is_kept || !is_past) continue;
    (parsed->manifest ? removal.manifests : removal.files).push_back(folder + "/" + name);
  }
  return removal;
}

}  // namespace

std::vector<CheckpointRef> list_committed(Storage& storage) {
  std::vector<CheckpointRef> refs = list_manifests(storage);
  const Course course = read_course(storage);
  std::erase_if(refs, [&](const CheckpointRef& ref) { return course.left_behind(ref.key()); });
  return refs;
}

void remove_left_behind(Storage& storage) {
  const Course course = read_course(storage);
  std::vector<std::string> manifests;
  for (const CheckpointRef& ref : list_manifests(storage))
    if (course.left_behind(ref.key())) manifests.push_back(ref.folder + "/" + ref.manifest);
  storage.remove(manifests);
}

std::uint64_t highest_incarnation(Storage& storage) {
  std::uint64_t highest = 0;
  for (const std::string& name : storage.list(checkpoints_folder)) {
    highest = std::max(highest, incarnation_of_record(name).value_or(0));
    if (!tick_of_folder(name)) continue;
    for (const std::string& file : storage.list(std::string(checkpoints_folder) + "/" + name))
      if (const auto parsed = parse_file_name(file)) highest = std::max(highest, parsed->incarnation);
  }
  return highest;
}

Manifest read_manifest(Storage& storage, const CheckpointRef& checkpoint) {
  const std::string name = checkpoint.folder + "/" + checkpoint.manifest;
  const std::string path = storage.path_of(name);
  Manifest manifest = parse_manifest(storage.read(name), path);
  const CheckpointStamp& stamp = manifest.stamp;
  if (stamp.tick != checkpoint.tick || stamp.incarnation != checkpoint.incarnation || stamp.epoch != checkpoint.epoch)
    throw StorageError(path, fmt::format("is foreign: it is the manifest of tick {}, incarnation {}, epoch {}", stamp.tick.value,
                                         stamp.incarnation, stamp.epoch));
  return manifest;
}

CommittedCheckpoint open_checkpoint(Storage& storage, const CheckpointRef& checkpoint, const CheckpointOwner& owner) {
  CommittedCheckpoint committed{read_manifest(storage, checkpoint), checkpoint.folder};
  const std::string path = storage.path_of(checkpoint.folder + "/" + checkpoint.manifest);
  const CheckpointStamp& stamp = committed.manifest.stamp;
  require_owner(stamp.model, owner.model, "model", path);
  require_owner(hex(stamp.schema_hash), hex(owner.schema_hash), "schema hash", path);
  require_owner(stamp.seed, owner.seed, "seed", path);
  require_owner(hex(committed.manifest.static_hash), hex(owner.static_hash), "topology hash", path);
  for (const FileRecord& file : committed.manifest.files) verify_stored(storage, checkpoint.folder + "/" + file.name, file.stored);
  return committed;
}

std::optional<CommittedCheckpoint> latest_usable(Storage& storage, const CheckpointOwner& owner, const RecoveryOptions& options) {
  std::vector<CheckpointRef> refs = list_committed(storage);
  if (options.tick) {
    std::erase_if(refs, [&](const CheckpointRef& ref) { return ref.tick > *options.tick; });
    if (refs.empty() || refs.front().tick != *options.tick)
      throw StorageError(storage.path_of(checkpoint_folder(*options.tick)), "there is no checkpoint of this tick");
  }
  if (refs.empty()) return std::nullopt;
  try {
    return open_usable(storage, refs.front(), owner, options);
  } catch (const StorageError& error) {
    if (options.fallback && options.warn) options.warn(error.what());
    const std::optional<CommittedCheckpoint> previous = first_usable(storage, owner, refs, 1, options);
    if (previous && options.fallback) return previous;
    if (!previous) throw StorageError(error.path, reason_of(error) + "; no checkpoint before it can be used either");
    throw StorageError(error.path, fmt::format("{}; the checkpoint of tick {} before it is whole: add {} to go on from there",
                                               reason_of(error), previous->manifest.stamp.tick.value, options.fallback_flag));
  }
}

void prune_checkpoints(Storage& storage, const CheckpointStamp& current, std::size_t keep) {
  // Kept: of the newest ticks up to the current one, the best manifest each; and all of later ticks that are in the list.
  std::vector<CheckpointRef> kept;
  std::size_t counted = 0;
  std::optional<Tick> last;
  for (const CheckpointRef& ref : list_committed(storage)) {
    const bool later = ref.tick > current.tick;
    const bool best_of_tick = last != ref.tick;
    last = ref.tick;
    if (!later && best_of_tick) ++counted;
    if (later || (best_of_tick && counted <= std::max<std::size_t>(keep, 1))) kept.push_back(ref);
  }
  for (const std::string& name : storage.list(checkpoints_folder)) {
    const std::optional<Tick> tick = tick_of_folder(name);
    if (!tick) continue;
    const std::string folder = checkpoint_folder(*tick);
    const Removal removal = find_removable(storage, folder, *tick, current, kept);
    storage.remove(removal.manifests);
    storage.remove(removal.files);
    // A later tick's folder may be one that a writer has just made; where something was left behind, it is not.
    const bool may_be_in_use = *tick > current.tick && removal.manifests.empty() && removal.files.empty();
    if (!may_be_in_use && storage.list(folder).empty()) storage.remove(std::vector<std::string>{folder});
  }
}

}  // namespace colony
