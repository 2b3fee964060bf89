#include "apps/commands/command_validate.hpp"

#include <fmt/format.h>

#include "apps/commands/command_estimate.hpp"
#include "apps/run/run_state.hpp"
#include "apps/shared/prepare.hpp"
#include "engine/executor.hpp"
#include "io/graphs/graph_source.hpp"

namespace colony {
namespace {

void line(const std::string& name, const std::string& value) { fmt::print("{:<12} {}\n", name, value); }

std::string graph_text(const GraphSpec& graph) {
  switch (graph.source) {
    case GraphSpec::Source::none: return "the model's own";
    case GraphSpec::Source::edges:
      return fmt::format("{} ({}, {}{})", graph.path, graph_format(graph), graph.directed ? "directed" : "undirected",
                         graph.drop_weights ? ", weights dropped" : "");
    case GraphSpec::Source::lattice:
      return fmt::format("lattice of {} x {}, {} neighbours, {}", graph.lattice.width, graph.lattice.height, graph.lattice.neighbours,
                         graph.lattice.torus ? "torus" : "bounded");
    case GraphSpec::Source::generate: break;
  }
  std::string text = graph.kind;
  if (graph.seed) text += fmt::format(", seed {}", *graph.seed);
  if (graph.kind == "configuration") return text + ", degrees of " + graph.degrees_path;
  text += fmt::format(", {} nodes", graph.nodes);
  if (graph.degree != 0) text += fmt::format(", degree {}", graph.degree);
  if (graph.mean_degree != 0) text += fmt::format(", mean degree {}", graph.mean_degree);
  if (graph.directed) text += ", directed";
  return text;
}

std::string output_text(const Job& job) {
  std::string text = fmt::format("{}, observed every {}", job.output.directory,
                                 job.output.observe_every == 1 ? "tick" : fmt::format("{} ticks", job.output.observe_every));
  if (job.output.digest_every != 0) text += fmt::format(", digest every {}", job.output.digest_every);
  if (job.output.events) text += ", events";
  return text;
}

std::string names_text(const Schema& schema) {
  std::vector<std::string> names;
  for (const ObservableSpec& observable : schema.observables()) names.push_back(observable.name);
  return fmt::format("{}", fmt::join(names, ", "));
}

void print_job(const PreparedJob& prepared) {
  const Job& job = prepared.job;
  line("job",
       fmt::format("{}, seed {}, to tick {}{}", job.name, job.seed, job.ticks, job.stop_when.empty() ? "" : " or until " + job.stop_when));
  line("model", fmt::format("{}: {}", job.model, prepared.model->summary()));
  line("graph", graph_text(prepared.graph));
  if (job.population != 0) line("agents", fmt::format("{}", job.population));
  line("shards",
       fmt::format("{}, blocks {}, partition {}, placement {}", job.shards.count,
                   job.shards.blocks == 0 ? "by size" : fmt::format("{}", job.shards.blocks), job.shards.partition, job.shards.placement));
  line("threads", job.execution.threads == 0 ? "all" : fmt::format("{}", job.execution.threads));
  line("checkpoints", fmt::format("{}every {} s, at the end and when interrupted; {} kept",
                                  job.checkpoint.every == 0 ? "" : fmt::format("every {} ticks, ", job.checkpoint.every),
                                  job.checkpoint.every_seconds, job.checkpoint.keep));
  for (const SnapshotSpec& snapshot : job.output.snapshots)
    line("snapshot", fmt::format("{}: {} every {} ticks", snapshot.name, fmt::join(snapshot.fields, ", "), snapshot.every));
  line("observables", names_text(*prepared.schema));
  line("output", output_text(job));
}

}  // namespace

int validate_command(const ValidateOptions& options, const ModelRegistry& models) {
  const ModelCatalogue catalogue(models);
  const PreparedJob prepared(parse_job(load_job_source(options.config, options.sets), catalogue.known()), models);
  course_plan(prepared.job, *prepared.schema);  // looks the names of stop_when and of the snapshots up
  if (!options.estimate) {
    print_job(prepared);
  } else {
    Executor executor(prepared.job.execution.threads);
    const Graph graph = executor.run([&] { return load_graph(prepared.graph, prepared.job.seed, executor); });
    prepared.model->check(graph);
    print_job(prepared);
    print_estimate(prepared, graph, executor.threads());
  }
  fmt::print("\n{} is in order\n", options.config);
  return 0;
}

}  // namespace colony
