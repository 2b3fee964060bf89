#include "apps/batch.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cstdlib>
#include <exception>
#include <string_view>
#include <thread>

#include "apps/lead_run.hpp"
#include "apps/rendezvous.hpp"
#include "apps/work.hpp"
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

/// Between hosts only TCP will do; on one, sockets in the file system are quicker and nobody else's business.
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

int lead(const RunOptions& options, const BatchRank& rank, const ModelRegistry& models) {
  LeadRunOptions lead;
  lead.run = options;
  lead.places = rank.size;
  lead.listen = listen_address(options, rank);
  lead.job_id = rank.job_id;
  lead.mpi_ranks = rank.mpi;
  std::thread worker;
  LeadCompany company;
  company.begin = [&](const PreparedJob&, RunRecord&) {
    worker = std::thread([&] {
      try {
        work_command(work_of(options, rank, true), models);
      } catch (const std::exception& error) {
        fmt::print(stderr, "colony: rank 0's member: {}\n", error.what());  // its connection is gone: the run goes on without it
      }
    });
  };
  company.end = [&] {
    if (worker.joinable()) worker.join();
  };
  return lead_run(lead, models, company);
}

}  // namespace

std::optional<BatchRank> batch_rank(const std::function<const char*(const char*)>& get) {
  BatchRank found;
  // In a batch script SLURM_PROCID is set too, without a step: that is one process, not one of many.
  const auto step = number(get("SLURM_STEP_ID"));
  const auto slurm_rank = number(get("SLURM_PROCID")), slurm_size = number(get("SLURM_STEP_NUM_TASKS"));
  const auto mpi_rank = number(get("OMPI_COMM_WORLD_RANK")), mpi_size = number(get("OMPI_COMM_WORLD_SIZE"));
  if (mpi_rank && mpi_size) {
    found.rank = *mpi_rank;
    found.size = *mpi_size;
    const std::uint32_t local = number(get("OMPI_COMM_WORLD_LOCAL_SIZE")).value_or(found.size);
    found.hosts = local == 0 ? 1 : (found.size + local - 1) / local;
    found.job_id = "mpi-" + text_or(get("PMIX_NAMESPACE"), text_or(get("OMPI_MCA_ess_base_jobid"), "0").c_str());
    found.mpi = true;
  } else if (step && slurm_rank && slurm_size) {
    found.rank = *slurm_rank;
    found.size = *slurm_size;
    found.hosts = number(get("SLURM_NNODES")).value_or(1);
    found.job_id = fmt::format("slurm-{}.{}", text_or(get("SLURM_JOB_ID"), "0"), *step);
    found.mpi = get("PMIX_RANK") != nullptr;
  } else {
    return std::nullopt;
  }
  if (found.size <= 1) return std::nullopt;
  return found;
}

int batch_command(const RunOptions& options, const BatchRank& rank, const ModelRegistry& models) {
  if (options.shards)
    throw UsageError("under srun or mpirun every process has one shard: the number of tasks says how many, in place of --shards");
  return rank.rank == 0 ? lead(options, rank, models) : work_command(work_of(options, rank, false), models);
}

}  // namespace colony
