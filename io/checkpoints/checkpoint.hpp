// One checkpoint: the files of its shards, and the manifest that makes them one (DESIGN 11). The order is: every shard writes its file
// under a temporary name, syncs it, names it; when all have reported, the coordinator writes the manifest the same way.
#pragma once

#include <cstddef>

#include "engine/state/image.hpp"
#include "io/checkpoints/manifest.hpp"
#include "io/storage.hpp"

namespace colony {

/// Writes /<group>/<column>, /blocks/{block,group,begin,end} and the attributes that say of what this is. The image's tick must be the
/// stamp's; no group may be named "blocks". Throws StorageError, leaving nothing behind.
FileRecord write_shard_file(Storage& storage, const CheckpointStamp& stamp, const ShardImage& image);

/// Reads the file of files[index] back. Its length and checksum are compared with the manifest before it is opened, and what it says of
/// itself (model, schema, seed, tick, shard, digest) before its columns are read. Throws StorageError with its name and the reason.
/// Whether the digest is that of the columns is for the engine to check.
ShardImage read_shard_file(Storage& storage, const Manifest& manifest, std::size_t index);

/// The commit. All files must have been written. Throws StorageError, leaving no manifest as far as the disk lets it.
void commit_checkpoint(Storage& storage, const Manifest& manifest);

/// Throws StorageError unless the file is there with this length and checksum.
void verify_stored(Storage& storage, const std::string& name, const StoredFile& expected);

}  // namespace colony
