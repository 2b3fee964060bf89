// Between the engine's words and those of files and of the coordinator: plans, globals, columns of snapshots.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "apps/shared/prepare.hpp"
#include "coordinator/coordinator.hpp"
#include "engine/model/model.hpp"
#include "io/checkpoints/checkpoint_catalog.hpp"
#include "io/checkpoints/snapshot_series.hpp"
#include "io/run/run_summary.hpp"

namespace colony {

CoursePlan course_plan(const Job& job, const Schema& schema);

std::uint64_t schema_number(const Schema& schema);

/// The checkpoint to go on from, or none: whole itself, and with the rows and snapshots for which it stands. A manifest says of what graph
/// it is; that is compared when the graph is there. Throws StorageError, and UsageError when the job asks for rows that a resumed run can't
/// have.
std::optional<CommittedCheckpoint> latest_run_checkpoint(Storage& storage, const Job& job, const Schema& schema,
                                                         const RecoveryOptions& recovery);
/// The graph that the run was started on: from its static files, else from the job, and refused when that is another by now.
Graph graph_of_run(Storage& storage, std::uint64_t static_hash, const PreparedJob& prepared, Executor& executor);

/// The graph that the job asks for, found fit for the model. Throws what is wrong with either.
Graph load_job_graph(const PreparedJob& prepared, Executor& executor);
/// "reading edges.txt (3.1 MB)", "generating erdos-renyi, 1000 nodes": what that will do.
std::string graph_step(const GraphSpec& graph);

/// Says which files Model::setup will read, such as "set-up: reading capitals.tsp (1.2 kB)". That comes before the run folder is claimed:
/// no log tells of it.
void say_model_steps(const RunOptions& options, const Job& job, const ModelRegistry& models);

/// Throws UsageError that lists what there is when a field does not exist.
std::vector<SnapshotColumns> snapshot_columns(const SnapshotSpec& spec, const Schema& schema);

std::vector<std::pair<std::string, std::string>> program_versions();
void print_summary(const RunSummary& summary, bool json);

}  // namespace colony
