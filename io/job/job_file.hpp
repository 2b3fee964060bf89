// The job file: TOML to Job and back, every mistake found in one reading. docs/job-file.md explains each key to the user.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "engine/schema/parameters.hpp"
#include "io/job/job_errors.hpp"
#include "io/job/run_job.hpp"

namespace colony {

/// What was written. path: the job file, as the user named it; paths in the job are relative to its folder (for overrides too).
/// overrides: "model.recovery=0.2", as from --set, later ones win; a value that is not TOML is taken as text.
struct JobSource {
  std::string path;
  std::string text;
  std::vector<std::string> overrides;
  bool graph_may_be_gone = false;  ///< of a run that has a copy: a graph's file that is not there is no mistake
};

/// What the reader has to know of a model.
struct ModelInfo {
  std::string name;
  std::vector<ParameterSpec> parameters;
  bool needs_graph = true;
  bool takes_population = false;
  std::uint64_t default_population = 0;
};

using ModelLookup = std::function<const ModelInfo*(const std::string& name)>;  ///< null: no such model

struct KnownModels {
  ModelLookup find;
  std::vector<std::string> names;  ///< for suggestions
};

/// Reads the job file. Throws UsageError when it can't be read.
JobSource load_job_source(const std::string& path, std::vector<std::string> overrides = {});

/// The job with every default filled in and every path absolute. Throws JobErrors with all mistakes. Looks whether input files exist,
/// and reads none of them.
RunJob parse_job(const JobSource& source, const KnownModels& models);

/// The resolved job as a job file: all keys, defaults included, such that reading it gives the same job again.
std::string to_toml(const RunJob& job);

/// The keys that a resumed run must leave as they were, with their values: equal texts are equal colonies but for their input files.
std::string frozen_keys(const RunJob& job);

/// Dotted names of the keys ("model.recovery") that differ between two jobs and that a resumed run must leave as they were, in the order
/// of to_toml. May differ: job.name, job.ticks, job.stop_when, and all of [shards], [execution], [checkpoint], [output], [[snapshot]],
/// [cluster].
std::vector<std::string> changed_keys(const RunJob& then, const RunJob& now);

}  // namespace colony
