#include "apps/cluster/member_link.hpp"

#include <utility>

#include "engine/error.hpp"
#ifdef COLONY_HAVE_MPI
#include "shard/links/mpi_link.hpp"
#endif

namespace colony {
namespace {

#ifdef COLONY_HAVE_MPI
constexpr bool have_mpi = true;
#else
constexpr bool have_mpi = false;
#endif

}  // namespace

FrameTransport frame_transport(const std::string& wanted, bool mpi_rank) {
  if (wanted != "mpi") return wanted == "auto" && mpi_rank && have_mpi ? FrameTransport::mpi : FrameTransport::nng;
  if (!have_mpi) throw UsageError("[cluster] transport is \"mpi\", and this colony was built without MPI; take \"auto\" or \"nng\"");
  if (!mpi_rank)
    throw UsageError("[cluster] transport is \"mpi\", and no MPI started this process: use mpirun or srun --mpi=pmix, or \"auto\"");
  return FrameTransport::mpi;
}

#ifdef COLONY_HAVE_MPI
std::unique_ptr<FrameLink> make_mpi_link(Clock& clock, FrameLink::RefusalLog log) {
  return std::make_unique<MpiLink>(clock, MpiOptions{}, std::move(log));
}
#else
std::unique_ptr<FrameLink> make_mpi_link(Clock&, FrameLink::RefusalLog) { throw LinkError("mpi", "this colony was built without it"); }
#endif

}  // namespace colony
