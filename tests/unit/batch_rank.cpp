// apps/cluster/batch: which process of how many the environment says that this is, by the variables of each launcher.
#include <gmock/gmock.h>

#include <map>
#include <string>

#include "apps/cluster/batch.hpp"

namespace colony {
namespace {

using Variables = std::map<std::string, std::string>;

std::optional<BatchRank> rank_of(const Variables& variables) {
  return batch_rank([&](const char* name) {
    const auto found = variables.find(name);
    return found == variables.end() ? nullptr : found->second.c_str();
  });
}

const Variables srun{{"SLURM_JOB_ID", "7"}, {"SLURM_STEP_ID", "0"}, {"SLURM_PROCID", "2"}, {"SLURM_STEP_NUM_TASKS", "4"}};
const Variables mpirun{{"OMPI_COMM_WORLD_RANK", "1"}, {"OMPI_COMM_WORLD_SIZE", "3"}, {"PMIX_NAMESPACE", "8"}};
const Variables hydra{{"PMI_RANK", "5"}, {"PMI_SIZE", "6"}};

Variables merged(Variables all, const Variables& more) {
  for (const auto& [name, value] : more) all[name] = value;
  return all;
}

TEST(BatchRank, ProcessesThatAreAlone) {
  EXPECT_FALSE(rank_of({}));
  EXPECT_FALSE(rank_of({{"SLURM_PROCID", "0"}, {"SLURM_JOB_ID", "7"}}));  // a batch script
  EXPECT_FALSE(rank_of(merged(srun, {{"SLURM_STEP_NUM_TASKS", "1"}})));
  EXPECT_FALSE(rank_of(merged(mpirun, {{"OMPI_COMM_WORLD_SIZE", "1"}})));
  EXPECT_FALSE(rank_of({{"PMI_RANK", "0"}, {"PMI_SIZE", "1"}}));
  EXPECT_FALSE(rank_of({{"PMI_RANK", "0"}}));
}

TEST(BatchRank, EachLauncherIsKnownByItsVariables) {
  const auto slurm = rank_of(srun), mpi = rank_of(mpirun), pmi = rank_of(hydra);
  ASSERT_TRUE(slurm && mpi && pmi);
  EXPECT_EQ(std::tuple(slurm->rank, slurm->size, slurm->mpi, slurm->foreign, slurm->job_id), std::tuple(2u, 4u, false, false, "slurm-7.0"));
  EXPECT_EQ(slurm->variables, "SLURM_STEP_ID=0, SLURM_PROCID=2, SLURM_STEP_NUM_TASKS=4");
  EXPECT_EQ(std::tuple(mpi->rank, mpi->size, mpi->mpi, mpi->foreign, mpi->job_id), std::tuple(1u, 3u, true, false, "mpi-8"));
  EXPECT_EQ(mpi->variables, "OMPI_COMM_WORLD_RANK=1, OMPI_COMM_WORLD_SIZE=3");
  EXPECT_EQ(std::tuple(pmi->rank, pmi->size, pmi->foreign), std::tuple(5u, 6u, true));
  EXPECT_EQ(pmi->variables, "PMI_RANK=5, PMI_SIZE=6");
}

TEST(BatchRank, OfSeveralTheInnermostCounts) {
  // srun sets PMI_RANK for its own ranks, also with --mpi=pmi2 and for Intel MPI.
  EXPECT_FALSE(rank_of(merged(srun, {{"PMI_RANK", "2"}, {"PMI_SIZE", "4"}}))->foreign);
  // Hydra in a Slurm job starts its daemons by srun: the ranks are its own.
  EXPECT_TRUE(rank_of(merged(srun, hydra))->foreign);
  EXPECT_EQ(rank_of(merged(srun, mpirun))->size, 3u);
}

}  // namespace
}  // namespace colony
