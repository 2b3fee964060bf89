// The promises of a world that are about all of it: who owns what, what is committed, what is left at the end.
#include <algorithm>
#include <utility>

#include "coordinator/globals.hpp"
#include "engine/error.hpp"
#include "io/checkpoints/checkpoint.hpp"
#include "io/checkpoints/checkpoint_catalog.hpp"
#include "tests/sim/world.hpp"
#include "tests/sim/world_parts.hpp"

namespace colony::sim {

// ---- Owners ----

/// A member holds the state of its epoch: no node of it may be another's in that epoch.
void World::check_owners(const Life& life, const Process& process) {
  const Host* host = process.member().host();
  if (host == nullptr) return;
  Owners& owners = owners_[{life.incarnation, process.member().place().epoch}];
  owners.ready.insert(process.plan().number);
  for (const auto& shard : host->shards()) {
    const Geometry& geometry = shard->part().geometry;
    for (LocalIndex i = 0; i < geometry.owned; ++i) {
      const auto [owner, first] = owners.of_node.emplace(geometry.id_of(i), process.plan().number);
      if (!first)
        scene_.violate(fmt::format("processes {} and {} own node {} in epoch {}", owner->second, process.plan().number, geometry.id_of(i),
                                   process.member().place().epoch));
    }
  }
}

void World::check_all_owned(const Life& life, std::uint64_t epoch) {
  const std::size_t owned = owners_[{life.incarnation, epoch}].of_node.size();
  if (owned != life.lead->cluster().node_count())
    scene_.violate(fmt::format("in epoch {} {} of {} nodes have an owner", epoch, owned, life.lead->cluster().node_count()));
}

// ---- Checkpoints ----

CheckpointOwner World::owner() {
  Subject& subject = scene_.subject;
  return {subject.job().model, subject.schema_hash(), subject.job().seed, subject.topology_hash()};
}

/// Just committed: whole, right, and later than all before.
void World::check_commit(const Manifest& manifest) {
  const Tick tick = manifest.stamp.tick;
  try {
    const CheckpointRef ref{tick, manifest.stamp.incarnation, manifest.stamp.epoch, checkpoint_folder(tick), manifest_name(manifest.stamp)};
    const CommittedCheckpoint found = open_checkpoint(storage_, ref, owner());
    if (found.manifest != manifest) scene_.violate(fmt::format("the manifest of tick {} is another than the coordinator's", tick.value));
  } catch (const StorageError& error) {
    scene_.violate(fmt::format("a commit that is not whole: {}", error.what()));
  }
  const std::size_t members = owners_[{manifest.stamp.incarnation, manifest.stamp.epoch}].ready.size();
  if (members != manifest.files.size())
    scene_.violate(fmt::format("a commit of {} files by an epoch of {} members", manifest.files.size(), members));
  if (manifest.digest != scene_.reference.digests[tick.value])
    scene_.violate(fmt::format("what was committed of tick {} has the digest {}, and {} in one process", tick.value, manifest.digest.hex(),
                               scene_.reference.digests[tick.value].hex()));
  if (committed_ && tick <= *committed_) scene_.violate(fmt::format("tick {} is committed after tick {}", tick.value, committed_->value));
  committed_ = tick;
}

std::optional<Manifest> World::manifest_to_resume() {
  try {
    const auto checkpoint = latest_usable(storage_, owner());
    if (committed_ && (!checkpoint || checkpoint->manifest.stamp.tick < *committed_))
      scene_.violate(fmt::format("the checkpoint of tick {} is gone", committed_->value));
    if (!checkpoint) return std::nullopt;
    // It may be a later one: its commit failed, as far as the coordinator knew, and it is there.
    const Manifest& manifest = checkpoint->manifest;
    committed_ = manifest.stamp.tick;
    if (manifest.digest != scene_.reference.digests[committed_->value])
      scene_.violate(fmt::format("the checkpoint of tick {} to go on from has another digest", committed_->value));
    return manifest;
  } catch (const StorageError& error) {
    scene_.violate(fmt::format("what was committed is harmed: {}", error.what()));
  }
  return std::nullopt;
}

// ---- The end ----

void World::check_end() {
  lives_.back()->files.check_whole();
  const auto refs = list_committed(storage_);
  if (refs.empty() || refs.front().tick.value != scene_.options.ticks) return scene_.violate("the last tick is not committed");
  try {
    for (const CheckpointRef& ref : refs) {
      const Manifest manifest = open_checkpoint(storage_, ref, owner()).manifest;
      if (manifest.digest != scene_.reference.digests[ref.tick.value])
        scene_.violate(fmt::format("at the end the checkpoint of tick {} is another", ref.tick.value));
    }
    const Manifest last = read_manifest(storage_, refs.front());
    testing::Saved saved{{}, kept_globals(last, scene_.subject.schema()), last.stamp.tick};
    for (std::size_t i = 0; i < last.files.size(); ++i) saved.images.push_back(read_shard_file(storage_, last, i));
    if (const Digest digest = scene_.subject.digest_of_state(saved); digest != last.digest)
      scene_.violate(
          fmt::format("the last checkpoint's columns have the digest {}, its manifest says {}", digest.hex(), last.digest.hex()));
  } catch (const Error& error) {
    scene_.violate(fmt::format("what was committed is harmed at the end: {}", error.what()));
  }
}

}  // namespace colony::sim
