// From a job file and a command line to a model that has declared itself: what run, validate, inspect and the rest begin with.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "apps/shared/options.hpp"
#include "engine/model/model.hpp"
#include "io/job/job_file.hpp"
#include "models/registry.hpp"

namespace colony {

class Device;

/// The models as the job reader must know them. Holds the infos that KnownModels points to.
class ModelCatalogue {
 public:
  explicit ModelCatalogue(const ModelRegistry& registry);
  KnownModels known() const;
  const ModelRegistry& registry() const { return registry_; }

 private:
  const ModelRegistry& registry_;
  std::vector<ModelInfo> infos_;
};

/// The command line as overrides of the job file: later ones win, --set last.
std::vector<std::string> overrides_of(const RunOptions& options);

/// The job.toml of a run's folder. Its graph's file may be gone: the run has a copy.
RunJob job_of_folder(const std::string& path, const ModelCatalogue& catalogue);

/// The job that the options name, overrides applied. A run that is resumed and has a copy of its graph goes on without the graph's file.
/// Throws UsageError with every mistake in it.
RunJob job_of(const RunOptions& options, const ModelCatalogue& catalogue);

enum class Computes : bool { no, yes };

/// A job with its model, set up and declared. Not movable: the schema refers to the job.
struct PreparedJob {
  /// Computes::yes for a process that runs shards: it opens the device that the job asks for. Throws UsageError where there is none.
  PreparedJob(RunJob job, const ModelRegistry& registry, Computes computes = Computes::no);
  PreparedJob(const PreparedJob&) = delete;
  PreparedJob& operator=(const PreparedJob&) = delete;

  /// Of policies, and of kernels when the job asks for more than the CPU: lines for a log. Of a process that computes.
  std::vector<std::string> where_it_runs() const;

  RunJob job;
  std::unique_ptr<Model> model;
  GraphSpec graph;  ///< the job's, or that of a model which makes its own
  std::unique_ptr<Schema> schema;
  std::shared_ptr<Device> device;  ///< null: none
};

/// A word as sh reads it back.
std::string quoted(const std::string& word);

/// "path of the program --config ..." that resumes this run, for messages.
std::string resume_command(const RunOptions& options);

}  // namespace colony
