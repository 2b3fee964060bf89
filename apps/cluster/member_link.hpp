// What carries a member's frames: MPI where the process was started as a rank of an MPI program and the job has nothing against it, else
// NNG.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "io/clock.hpp"
#include "shard/links/frame_link.hpp"

namespace colony {

enum class FrameTransport : std::uint8_t { nng, mpi };

/// wanted: the job's [cluster] transport. mpi_rank: mpirun or srun --mpi=pmix started this process as one of several ranks.
/// Throws UsageError when MPI is wanted and can't be had.
FrameTransport frame_transport(const std::string& wanted, bool mpi_rank);

/// All ranks of the job must make theirs at the same time. The clock must outlive it. Throws LinkError.
std::unique_ptr<FrameLink> make_mpi_link(Clock& clock, FrameLink::RefusalLog log);

}  // namespace colony
