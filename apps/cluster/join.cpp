#include "apps/cluster/join.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "apps/cluster/ask_coordinator.hpp"
#include "apps/cluster/work.hpp"
#include "apps/run/command_run_folder.hpp"
#include "apps/shared/prepare.hpp"
#include "io/run/run_directory.hpp"

namespace colony {
namespace {

/// job.toml is written when the first tick begins, and run.json right after it: before that it may be an earlier start's, with which this
/// member would place blocks otherwise than the rest.
bool has_begun(Storage& storage, std::uint64_t incarnation) {
  const auto report = read_report(storage);
  return std::any_of(report.begin(), report.end(),
                     [&](const auto& entry) { return entry.first == "incarnation" && entry.second == std::to_string(incarnation); });
}

}  // namespace

int join_command(const JoinOptions& options, const ModelRegistry& models) {
  PosixStorage storage = open_cluster_folder(options.run);
  const Rendezvous rendezvous = running_coordinator(storage);
  if (!has_begun(storage, rendezvous.incarnation))
    throw ClusterError(options.run + ": the run has not begun its ticks yet; `colony status` tells when it has");
  WorkOptions work;
  work.run.config = storage.path_of(job_file_name);
  work.run.out = options.run;  // the folder may have another path here than where the job was started
  work.run.threads = options.threads;
  work.by_hand = true;
  work.job_id = rendezvous.job_id;
  work.places = job_of(work.run, ModelCatalogue(models)).shards.count;
  return work_command(work, models);
}

}  // namespace colony
