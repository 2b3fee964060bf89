#include "apps/run/run_state.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string_view>

#include "apps/run/command_run_folder.hpp"
#include "apps/shared/standard_streams.hpp"
#include "coordinator/globals.hpp"
#include "engine/error.hpp"
#include "io/checkpoints/checkpoint.hpp"
#include "io/checkpoints/static_graph.hpp"
#include "io/graphs/graph_source.hpp"
#include "io/job/condition.hpp"
#include "io/run/observables.hpp"
#include "io/run/rows_hash.hpp"
#include "io/run/run_directory.hpp"
#include "io/run/run_report.hpp"
#include "shard/host.hpp"

namespace colony {

CoursePlan course_plan(const Job& job, const Schema& schema) {
  CoursePlan plan;
  plan.globals = schema.globals();
  plan.happenings = happening_slots(schema);
  plan.shards = job.shards.count;
  plan.last = Tick(job.ticks);
  plan.observe_every = job.output.observe_every;
  plan.checkpoint_every = job.checkpoint.every;
  plan.checkpoint_every_ns = static_cast<std::uint64_t>(job.checkpoint.every_seconds * 1e9);
  for (const SnapshotSpec& spec : job.output.snapshots) {
    snapshot_columns(spec, schema);  // a field that does not exist is told now, not at the first snapshot
    plan.snapshot_every.push_back(spec.every);
  }
  if (!job.stop_when.empty()) {
    auto condition = std::make_shared<Condition>(Condition::parse(job.stop_when));
    std::vector<std::string> names{"tick"};
    for (const ObservableSpec& observable : schema.observables()) names.push_back(observable.name);
    condition->bind(names);
    plan.stop_when = [condition, &schema](Tick tick, const Globals& globals) {
      std::vector<ObservableValue> row{static_cast<std::int64_t>(tick.value)};
      for (const ObservableSpec& observable : schema.observables()) row.push_back(observable.value(globals));
      return condition->holds(row);
    };
  }
  return plan;
}

std::uint64_t schema_number(const Schema& schema) { return std::stoull(schema.hash(), nullptr, 16); }

namespace {

/// What the checkpoints before one remember of a file of rows.
std::vector<RowsMark> earlier_marks(Storage& storage, StoredFile KeptRows::*file) {
  std::vector<RowsMark> marks;
  for (const CheckpointRef& ref : list_committed(storage)) {
    try {
      marks.push_back({ref.tick, read_manifest(storage, ref).rows.*file});
    } catch (const StorageError&) {  // it has nothing to say
    }
  }
  return marks;
}

/// Rows and snapshots for which a checkpoint stands. A series that the job no longer asks for is the user's own.
void verify_kept(Storage& storage, const Job& job, const Manifest& manifest) {
  const auto verify = [&](const char* name, StoredFile KeptRows::*file) {
    if ((manifest.rows.*file).bytes == 0) return;
    verify_rows(storage, name, {manifest.stamp.tick, manifest.rows.*file}, [&] { return earlier_marks(storage, file); });
  };
  verify(observables_file_name, &KeptRows::observables);
  verify(events_file_name, &KeptRows::events);
  for (const KeptFile& snapshot : manifest.snapshots) {
    const auto is_of = [&](const SnapshotSpec& spec) { return spec.name == parse_snapshot_name(snapshot.name)->series; };
    if (std::any_of(job.output.snapshots.begin(), job.output.snapshots.end(), is_of))
      verify_stored(storage, snapshot.name, snapshot.stored);
  }
}

/// Rows of ticks that are over can't be made: a file that lacks them, and goes on, would look whole.
void refuse_changed_rows(Storage& storage, const Job& job, const Manifest& manifest) {
  const std::string where = storage.path_of("");
  const bool has_events = manifest.rows.events.bytes != 0;
  const std::uint64_t tick = manifest.stamp.tick.value;
  if (has_events && !job.output.events)
    throw UsageError(
        fmt::format("{}: [output] events = false: the run has kept events up to tick {}, and {} would look whole without those "
                    "that follow; leave it at true, or start afresh with --out or --force",
                    where, tick, events_file_name));
  if (!has_events && job.output.events)
    throw UsageError(
        fmt::format("{}: [output] events = true: the run has kept no events up to tick {}, and {} would look whole without "
                    "them; leave it at false, or start afresh with --out or --force",
                    where, tick, events_file_name));
  const auto rows = storage.open_append(observables_file_name, Existing::keep);
  const std::string head = rows->read(0, 1 << 20);
  if (job.output.digest_every != 0 && !std::string_view(head).substr(0, head.find('\n')).ends_with(",digest"))
    throw UsageError(
        fmt::format("{}: [output] digest_every = {}: the rows of this run have no column for digests; leave it at 0, or start "
                    "afresh with --out or --force",
                    where, job.output.digest_every));
}

std::string reading(const std::string& path) {
  std::error_code unknown;  // of a folder too
  const auto bytes = std::filesystem::file_size(path, unknown);
  return fmt::format("reading {}{}", path, unknown ? "" : fmt::format(" ({})", bytes_text(bytes)));
}

}  // namespace

std::optional<CommittedCheckpoint> latest_run_checkpoint(Storage& storage, const Job& job, const Schema& schema,
                                                         const RecoveryOptions& recovery) {
  const auto committed = list_committed(storage);
  if (committed.empty() && !recovery.tick) return std::nullopt;
  CheckpointOwner owner{job.model, schema_number(schema), job.seed, 0};
  // All checkpoints of a run are of one graph; which one, its manifests say, and graph_of_run compares it with the graph itself.
  for (const CheckpointRef& ref : committed) {
    try {
      owner.static_hash = read_manifest(storage, ref).static_hash;
      break;
    } catch (const StorageError&) {  // latest_usable says what is wrong with it
    }
  }
  RecoveryOptions options = recovery;
  options.verify = [&](const Manifest& manifest) { verify_kept(storage, job, manifest); };
  std::optional<CommittedCheckpoint> found = latest_usable(storage, owner, options);
  if (found) refuse_changed_rows(storage, job, found->manifest);
  return found;
}

Graph graph_of_run(Storage& storage, std::uint64_t static_hash, const PreparedJob& prepared, Executor& executor) {
  if (storage.exists(static_folder(static_hash))) return read_static(storage, static_hash);
  Graph graph = load_graph(prepared.graph, prepared.job.seed, executor);
  if (topology_hash(graph, executor) != static_hash)
    throw StorageError(static_folder(static_hash), "is missing, and the job's graph is not the one that the run was started on");
  return graph;
}

Graph load_job_graph(const PreparedJob& prepared, Executor& executor) {
  Graph graph = executor.run([&] { return load_graph(prepared.graph, prepared.job.seed, executor); });
  check_fit(*prepared.schema, graph);
  prepared.model->check(graph);
  return graph;
}

void say_model_steps(const RunOptions& options, const Job& job, const ModelRegistry& models) {
  if (options.progress == "never") return;
  for (const ParameterSpec& spec : models.at(job.model)()->parameters()) {
    if (spec.type != ParameterType::path || !job.parameters.has(spec.name)) continue;
    const auto path = job.parameters.get<std::string>(spec.name);
    if (!path.empty()) say("set-up: {}\n", reading(path));
  }
}

std::string graph_step(const GraphSpec& graph) {
  switch (graph.source) {
    case GraphSpec::Source::edges: return reading(graph.path);
    case GraphSpec::Source::lattice: return fmt::format("making a lattice of {} x {}", graph.lattice.width, graph.lattice.height);
    case GraphSpec::Source::generate: return fmt::format("generating {}, {} nodes", graph.kind, graph.nodes);
    case GraphSpec::Source::none: break;
  }
  return "making the model's own graph";
}

std::vector<SnapshotColumns> snapshot_columns(const SnapshotSpec& spec, const Schema& schema) {
  std::vector<SnapshotColumns> groups;
  std::vector<std::string> known;
  const auto add_group = [&](const std::string& group, const std::vector<ColumnSpec>& columns, bool agents) {
    std::vector<std::string> names;
    if (agents) names.push_back("node");
    for (const ColumnSpec& column : columns)
      if (column.role == Role::state) names.push_back(column.name);
    SnapshotColumns chosen{group, {}};
    for (const std::string& name : names) {
      known.push_back(group + "." + name);
      if (std::find(spec.fields.begin(), spec.fields.end(), known.back()) != spec.fields.end()) chosen.fields.push_back(name);
    }
    if (!chosen.fields.empty()) groups.push_back(std::move(chosen));
  };
  add_group(schema.layer().name, schema.layer().columns, false);
  for (const SpeciesSpec& species : schema.species()) add_group(species.name, species.columns, true);
  for (const std::string& field : spec.fields)
    if (std::find(known.begin(), known.end(), field) == known.end())
      throw UsageError(fmt::format("[[snapshot]] fields: the model has no \"{}\"; it has {}", field, fmt::join(known, ", ")));
  return groups;
}

std::vector<std::pair<std::string, std::string>> program_versions() {
  std::vector<std::pair<std::string, std::string>> versions{{"colony", COLONY_VERSION}};
  for (auto& library : library_versions()) versions.push_back(std::move(library));
  return versions;
}

void print_summary(const RunSummary& summary, bool json) {
  if (json) {
    fmt::print("{}\n", to_json_line(summary));
    return;
  }
  fmt::print("{}: tick {} in {:.3f} s ({:.4g} ticks/s, set-up {:.2f} s)\n", summary.job, summary.tick, summary.seconds,
             summary.ticks_per_second, summary.setup_seconds);
  for (const auto& [name, value] : summary.observables) fmt::print("  {:<16} {}\n", name, text_of(value));
  fmt::print("digest {}\nresults in {}\n", summary.digest, summary.directory);
}

}  // namespace colony
