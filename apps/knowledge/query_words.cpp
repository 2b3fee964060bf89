#include "apps/knowledge/query_words.hpp"

#include "apps/run/command_run_folder.hpp"
#include "apps/shared/prepare.hpp"
#include "io/job/job_file.hpp"
#include "io/run/run_directory.hpp"

namespace colony {

Words words_of_run(const std::string& run, const ModelRegistry& models) {
  PosixStorage storage = open_run_folder(run);
  WordOptions options;
  if (!storage.exists(job_file_name)) return Words(options);
  const ModelCatalogue catalogue(models);
  // The job reader wants paths that exist. The documents may have gone since; they are not looked at here, and any folder will do.
  const RunJob job = parse_job(load_job_source(storage.path_of(job_file_name), {"model.documents=."}), catalogue.known());
  options.stemming = job.parameters.get<bool>("stemming");
  if (job.parameters.has("stop_words")) options.stop_words = read_stop_words(job.parameters.get<std::string>("stop_words"));
  return Words(options);
}

}  // namespace colony
