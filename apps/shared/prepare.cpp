#include "apps/shared/prepare.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <functional>
#include <string_view>

#include "cuda/device.hpp"
#include "engine/error.hpp"
#include "io/checkpoints/checkpoint_catalog.hpp"
#include "io/storage.hpp"

namespace colony {

ModelCatalogue::ModelCatalogue(const ModelRegistry& registry) : registry_(registry) {
  for (const auto& [name, make] : registry) {
    const auto model = make();
    infos_.push_back({name, model->parameters(), model->needs_graph(), model->takes_population(), model->default_population()});
  }
}

KnownModels ModelCatalogue::known() const {
  KnownModels known;
  known.find = [this](const std::string& name) -> const ModelInfo* {
    for (const ModelInfo& info : infos_)
      if (info.name == name) return &info;
    return nullptr;
  };
  for (const ModelInfo& info : infos_) known.names.push_back(info.name);
  return known;
}

namespace {

/// Whether a job, read as one whose graph may be gone, is in order and its run has checkpoints: its graph is then beside them.
bool has_copy_of_graph(const std::function<RunJob()>& read) {
  try {
    PosixStorage storage(read().output.directory);
    return !list_committed(storage).empty();
  } catch (const Error&) {
    return false;  // there are other mistakes: the first reading told them all
  }
}

}  // namespace

std::vector<std::string> overrides_of(const RunOptions& options) {
  std::vector<std::string> overrides;
  if (options.ticks) overrides.push_back(fmt::format("job.ticks={}", *options.ticks));
  if (options.seed) overrides.push_back(fmt::format("job.seed={}", *options.seed));
  if (options.shards) overrides.push_back(fmt::format("shards.count={}", *options.shards));
  if (options.threads) overrides.push_back(fmt::format("execution.threads={}", *options.threads));
  overrides.insert(overrides.end(), options.sets.begin(), options.sets.end());
  return overrides;
}

RunJob job_of_folder(const std::string& path, const ModelCatalogue& catalogue) {
  JobSource source = load_job_source(path);
  source.graph_may_be_gone = true;
  return parse_job(source, catalogue.known());
}

RunJob job_of(const RunOptions& options, const ModelCatalogue& catalogue) {
  JobSource source = load_job_source(options.config, overrides_of(options));
  const auto read = [&] {
    RunJob job = parse_job(source, catalogue.known());
    if (!options.out.empty()) job.output.directory = std::filesystem::absolute(options.out).lexically_normal().string();
    return job;
  };
  try {
    return read();
  } catch (const UsageError&) {
    source.graph_may_be_gone = true;
    if (!options.resume || !has_copy_of_graph(read)) throw;
  }
  return read();
}

namespace {

/// A process that computes nothing, on a login node perhaps, needs no device.
RunJob on_cpu(RunJob job) {
  job.execution.backend = "cpu";
  return job;
}

}  // namespace

PreparedJob::PreparedJob(RunJob job_, const ModelRegistry& registry, Computes computes)
    : job(std::move(job_)), model(registry.at(job.model)()) {
  const bool wants_device = computes == Computes::yes;
  model->setup(wants_device ? job : on_cpu(job));
  graph = model->needs_graph() ? job.graph : model->own_graph();
  schema = std::make_unique<Schema>(job);
  model->declare(*schema);
  schema->finish();
  if (job.output.events && schema->event_kinds().empty())
    throw UsageError(fmt::format("[output] events = true: the model \"{}\" has no events; leave it out", job.model));
  const auto& kernels = schema->kernels();
  if (job.execution.backend == "cuda" && schema->decisions().empty() && std::none_of(kernels.begin(), kernels.end(), is_device_kernel))
    throw UsageError(
        fmt::format("[execution] backend = \"cuda\": the model \"{}\" has nothing that runs on a device; use \"cpu\"", job.model));
  if (wants_device) device = device_for(job.execution.backend);
}

std::vector<std::string> PreparedJob::where_it_runs() const {
  std::vector<std::string> notes;
  for (const DecisionSpec& decision : schema->decisions())
    notes.push_back(fmt::format("the policy of {} runs on {}", schema->species()[decision.species].name, decision.policy->runs_on()));
  const auto& kernels = schema->kernels();
  const auto count = std::count_if(kernels.begin(), kernels.end(), is_device_kernel);
  if (device && count > 0) notes.push_back(fmt::format("{} of {} kernels run on {}", count, kernels.size(), device->name()));
  if (!device && job.execution.backend == "auto") notes.push_back(fmt::format("everything runs on the CPU: {}", why_no_cuda()));
  return notes;
}

std::string quoted(const std::string& word) {
  const bool plain = !word.empty() && std::all_of(word.begin(), word.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || std::string_view("_./:=,@%+-").find(static_cast<char>(c)) != std::string_view::npos;
  });
  if (plain) return word;
  std::string text = "'";
  for (const char c : word) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return text + "'";
}

std::string resume_command(const RunOptions& options) {
  std::string command = "colony " + options.verb + " --config " + quoted(options.config);
  if (options.ticks) command += fmt::format(" --ticks {}", *options.ticks);
  if (options.seed) command += fmt::format(" --seed {}", *options.seed);
  for (const std::string& set : options.sets) command += " --set " + quoted(set);
  if (!options.out.empty()) command += " --out " + quoted(options.out);
  if (options.alone) command += " --alone";
  return command + " --resume";
}

}  // namespace colony
