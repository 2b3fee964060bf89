#include "apps/commands/command_digest.hpp"

#include <fmt/format.h>

#include "apps/commands/command_declared.hpp"
#include "apps/run/command_run_folder.hpp"
#include "apps/run/run_state.hpp"
#include "apps/shared/prepare.hpp"
#include "coordinator/globals.hpp"
#include "engine/error.hpp"
#include "engine/state/digest.hpp"
#include "io/checkpoints/checkpoint.hpp"
#include "io/run/run_directory.hpp"

namespace colony {
namespace {

Digest combined_by(const Schema& schema, const Manifest& manifest, const Digest& sum) {
  return combine_digest(sum, schema, kept_globals(manifest, schema), manifest.stamp.tick);
}

/// Which globals count as state, the model says. Mostly it says so by its defaults; else job.toml, and the files that it names, are needed.
Digest combined(Storage& storage, const Manifest& manifest, const Digest& sum, const ModelRegistry& models, const std::string& where) {
  const std::string& name = manifest.stamp.model;
  if (!models.contains(name)) throw StorageError(where, "is of the model \"" + name + "\", which this program does not have");
  const DeclaredModel declared(name, models);
  if (declared.schema() && schema_number(*declared.schema()) == manifest.stamp.schema_hash)
    return combined_by(*declared.schema(), manifest, sum);
  const ModelCatalogue catalogue(models);
  const PreparedJob prepared(job_of_folder(storage.path_of(job_file_name), catalogue), models);
  if (schema_number(*prepared.schema) != manifest.stamp.schema_hash)
    throw StorageError(where, fmt::format("is of schema {}, and the model \"{}\" has {} in this program", hex(manifest.stamp.schema_hash),
                                          name, prepared.schema->hash()));
  return combined_by(*prepared.schema, manifest, sum);
}

}  // namespace

int digest_command(const DigestOptions& options, const ModelRegistry& models) {
  PosixStorage storage = open_run_folder(options.run);
  const CheckpointRef ref = find_checkpoint(storage, options.tick);
  const Manifest manifest = read_manifest(storage, ref);
  const std::string where = storage.path_of(ref.folder + "/" + ref.manifest);
  Digest sum;
  for (std::size_t i = 0; i < manifest.files.size(); ++i) {
    const FileRecord& file = manifest.files[i];
    const std::string path = storage.path_of(ref.folder + "/" + file.name);
    const Digest found = digest_of_image(read_shard_file(storage, manifest, i), path);
    if (found != file.digest)
      throw StorageError(path, fmt::format("its columns have the digest {}, its manifest says {}", found.hex(), file.digest.hex()));
    sum += found;
  }
  const Digest digest = combined(storage, manifest, sum, models, where);
  if (digest != manifest.digest)
    throw StorageError(where, fmt::format("its files have the digest {}, it says {}", digest.hex(), manifest.digest.hex()));
  fmt::print("{}\n", digest.hex());
  return 0;
}

}  // namespace colony
