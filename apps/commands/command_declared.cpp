#include "apps/commands/command_declared.hpp"

#include <cmath>

#include "engine/error.hpp"

namespace colony {
namespace {

/// Defaults, and something of the right type for what is required.
Job job_to_declare(const std::string& name, const Model& model) {
  Job job;
  job.name = job.model = name;
  job.graph.source = GraphSpec::Source::lattice;
  job.graph.lattice = {256, 256, 8, true};
  job.population = model.default_population();
  for (const ParameterSpec& spec : model.parameters()) {
    if (spec.fallback) job.parameters.values[spec.name] = *spec.fallback;
    if (spec.fallback || !spec.required) continue;
    const double low = std::isfinite(spec.least) ? spec.least : 0;
    const ParameterValue neutral[] = {false,
                                      static_cast<std::int64_t>(low),
                                      low,
                                      spec.choices.empty() ? std::string() : spec.choices.front(),
                                      std::string(),
                                      std::vector<std::int64_t>(),
                                      std::vector<double>(),
                                      std::vector<std::vector<double>>(),
                                      std::vector<std::uint64_t>()};
    job.parameters.values[spec.name] = neutral[static_cast<std::size_t>(spec.type)];
  }
  return job;
}

}  // namespace

DeclaredModel::DeclaredModel(const std::string& name, const ModelRegistry& models)
    : model_(models.at(name)()), job_(job_to_declare(name, *model_)) {
  auto schema = std::make_unique<Schema>(job_);
  try {
    model_->setup(job_);
    model_->declare(*schema);
    schema->finish();
  } catch (const Error&) {
    return;
  }
  schema_ = std::move(schema);
}

}  // namespace colony
