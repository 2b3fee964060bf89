#include "apps/run/run_results.hpp"

#include "apps/run/command_run_folder.hpp"
#include "apps/shared/prepare.hpp"
#include "coordinator/globals.hpp"
#include "engine/error.hpp"
#include "io/checkpoints/manifest.hpp"
#include "io/job/job_file.hpp"
#include "io/run/run_directory.hpp"

namespace colony {

std::optional<std::string> result_of(const std::string& run, std::optional<std::uint64_t> tick, std::string_view ending,
                                     const ModelRegistry& models) {
  PosixStorage storage = open_run_folder(run);
  const Manifest manifest = read_manifest(storage, find_checkpoint(storage, tick));
  const auto make = models.find(manifest.stamp.model);
  if (make == models.end() || !make->second()->has_results()) return {};
  const ModelCatalogue catalogue(models);
  const PreparedJob prepared(job_of_folder(storage.path_of(job_file_name), catalogue), models);
  if (prepared.schema->hash() != hex(manifest.stamp.schema_hash))
    throw DataError(run, "the model or its input files have changed since the run: its checkpoints can't be read with them");
  for (ResultFile& result : prepared.model->results(kept_globals(manifest, *prepared.schema)))
    if (result.name.ends_with(ending)) return std::move(result.text);
  throw DataError(run, "the run has no result yet at this checkpoint");
}

}  // namespace colony
