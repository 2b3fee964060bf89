#include "apps/cluster/batch.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cstdlib>
#include <exception>
#include <initializer_list>
#include <string_view>
#include <thread>

#include "apps/cluster/lead_run.hpp"
#include "apps/cluster/rendezvous.hpp"
#include "apps/cluster/work.hpp"
#include "apps/shared/standard_streams.hpp"
#include "engine/error.hpp"

namespace colony {
namespace {

std::optional<std::uint32_t> number(const char* text) {
  if (text == nullptr) return std::nullopt;
  const std::string_view digits = text;
  std::uint32_t value = 0;
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (digits.empty() || parsed.ec != std::errc{} || parsed.ptr != digits.data() + digits.size()) return std::nullopt;
  return value;
}

std::string text_or(const char* text, const char* otherwise) { return text != nullptr ? text : otherwise; }

/// Between hosts only TCP will do; on one, sockets in the file system are quicker and not open to other hosts.
std::string listen_address(const RunOptions& options, const BatchRank& rank) {
  if (!options.listen.empty()) return options.listen;
  return rank.hosts <= 1 ? "" : "tcp://" + own_host_address();
}

WorkOptions work_of(const RunOptions& options, const BatchRank& rank, bool leads) {
  WorkOptions work;
  work.run = options;
  work.job_id = rank.job_id;
  work.place = rank.rank;
  work.places = rank.size;
  work.mpi_rank = rank.mpi;
  work.leads = leads;
  return work;
}

std::string how_to_run_alone(const BatchRank& rank) {
  return fmt::format(
      "The environment says that this is one of {} processes ({}). Where that is left over from another program or shell, add --alone.",
      rank.size, rank.variables);
}

/// begun: set to whether ticks have begun, also when it throws.
int lead(const RunOptions& options, const BatchRank& rank, const ModelRegistry& models, bool& begun) {
  LeadRunOptions lead;
  lead.run = options;
  lead.places = rank.size;
  lead.listen = listen_address(options, rank);
  lead.job_id = rank.job_id;
  lead.mpi_ranks = rank.mpi;
  std::thread worker;
  const RunRecord* record = nullptr;
  LeadCompany company;
  company.begin = [&](const PreparedJob&, RunRecord& of_run) {
    record = &of_run;
    worker = std::thread([&] {
      try {
        work_command(work_of(options, rank, true), models);
      } catch (const std::exception& error) {
        say("colony: rank 0's member: {}\n", error.what());  // its connection is gone: the run goes on without it
      }
    });
  };
  company.end = [&] {
    begun = record != nullptr && record->rows_open();
    if (worker.joinable()) worker.join();
  };
  return lead_run(lead, models, company);
}

using Lookup = std::function<const char*(const char*)>;

/// "SLURM_PROCID=0, SLURM_STEP_NUM_TASKS=4": those of the names that are set.
std::string set_among(const Lookup& get, std::initializer_list<const char*> names) {
  std::string text;
  for (const char* name : names)
    if (const char* value = get(name)) text += fmt::format("{}{}={}", text.empty() ? "" : ", ", name, value);
  return text;
}

}  // namespace

std::optional<BatchRank> batch_rank(const Lookup& get) {
  BatchRank found;
  // In a batch script SLURM_PROCID is set too, without a step: that is one process, not one of many.
  const auto step = number(get("SLURM_STEP_ID"));
  const auto slurm_rank = number(get("SLURM_PROCID")), slurm_size = number(get("SLURM_STEP_NUM_TASKS"));
  const auto mpi_rank = number(get("OMPI_COMM_WORLD_RANK")), mpi_size = number(get("OMPI_COMM_WORLD_SIZE"));
  const auto pmi_rank = number(get("PMI_RANK")), pmi_size = number(get("PMI_SIZE"));
  // srun sets PMI_RANK too, for its own ranks; Hydra may start its daemons by srun, and the ranks are then others than Slurm's.
  const bool of_srun = step && slurm_rank && slurm_size && (!pmi_rank || (pmi_rank == slurm_rank && pmi_size == slurm_size));
  if (mpi_rank && mpi_size) {
    found.rank = *mpi_rank;
    found.size = *mpi_size;
    const std::uint32_t local = number(get("OMPI_COMM_WORLD_LOCAL_SIZE")).value_or(found.size);
    found.hosts = local == 0 ? 1 : (found.size + local - 1) / local;
    found.job_id = "mpi-" + text_or(get("PMIX_NAMESPACE"), text_or(get("OMPI_MCA_ess_base_jobid"), "0").c_str());
    found.mpi = true;
    found.variables = set_among(get, {"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"});
  } else if (of_srun) {
    found.rank = *slurm_rank;
    found.size = *slurm_size;
    found.hosts = number(get("SLURM_NNODES")).value_or(1);
    found.job_id = fmt::format("slurm-{}.{}", text_or(get("SLURM_JOB_ID"), "0"), *step);
    found.mpi = get("PMIX_RANK") != nullptr;
    found.variables = set_among(get, {"SLURM_STEP_ID", "SLURM_PROCID", "SLURM_STEP_NUM_TASKS"});
  } else if (pmi_rank && pmi_size) {
    found.rank = *pmi_rank;
    found.size = *pmi_size;
    found.variables = set_among(get, {"PMI_RANK", "PMI_SIZE"});
    found.foreign = true;
  } else {
    return std::nullopt;
  }
  if (found.size <= 1) return std::nullopt;
  return found;
}

int batch_command(const RunOptions& options, const BatchRank& rank, const ModelRegistry& models) {
  if (rank.foreign)
    throw UsageError(fmt::format(
        "MPICH's or Intel MPI's launcher can't start a run on many processes: use srun, Open MPI's mpirun (scripts/colony-mpirun), or "
        "colony launch -n {}. {}",
        rank.size, how_to_run_alone(rank)));
  if (options.shards)
    throw UsageError("under srun or mpirun every process has one shard: the number of tasks says how many, in place of --shards. " +
                     how_to_run_alone(rank));
  // Before MPI begins, which ends a process that it did not start.
  if (rank.rank == 0) say("rank 0 of {}, as {} say; if they are another program's: --alone\n", rank.size, rank.variables);
  bool begun = false;
  try {
    return rank.rank == 0 ? lead(options, rank, models, begun) : work_command(work_of(options, rank, false), models);
  } catch (const Error& error) {
    const bool alone = rank.rank == 0 ? !begun : dynamic_cast<const NoRendezvousError*>(&error) != nullptr;
    if (!alone || error.status() != ExitStatus::cluster) throw;
    throw ClusterError(fmt::format("{}\n{}", error.what(), how_to_run_alone(rank)));
  }
}

}  // namespace colony
