// `colony run` started many times at once by a batch system: under srun or mpirun each process finds its rank by itself. Rank 0 coordinates
// and computes, the others compute; they meet by the rendezvous file in the run folder.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "apps/shared/options.hpp"
#include "models/registry.hpp"

namespace colony {

struct BatchRank {
  std::uint32_t rank = 0, size = 1;
  std::uint32_t hosts = 1;  ///< machines that the ranks are on, as far as the environment says
  std::string job_id;       ///< names this start, the same for all its ranks
  bool mpi = false;         ///< an MPI program can be made of it (mpirun, srun --mpi=pmix)
  std::string variables;    ///< that say so, "SLURM_PROCID=0, ..."
  bool foreign = false;     ///< started by a launcher that this program does not work with
};

/// The rank that the environment gives to this process; none when it was started alone, or by a batch script outside srun.
/// get(name): the variable's value, nullptr when it is not set. Sources: sbatch(1), srun(1), mpirun(1) of Open MPI 4, PMIx; of PMI_RANK and
/// PMI_SIZE, mpiexec(1) of MPICH and of Intel MPI (Hydra).
std::optional<BatchRank> batch_rank(const std::function<const char*(const char*)>& get);

/// Runs this rank's part. Returns the exit status. Throws colony::Error; UsageError for a foreign launcher.
int batch_command(const RunOptions& options, const BatchRank& rank, const ModelRegistry& models);

}  // namespace colony
