// A FrameLink over MPI, for programs that mpirun or srun --mpi=pmix started. Built only where MPI was found (COLONY_HAVE_MPI).
//
// All calls of MPI are made under one lock, by whoever has something to do: the sender starts a send and goes on, the member that waits
// for frames polls (MPI's own way of waiting, and the quickest), and a thread looks in now and then, so that sends go on and peers get
// answers while the member computes. Frames carry no checksum of ours; MPI's transports see to that.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "io/clock.hpp"
#include "shard/links/frame_link.hpp"

namespace colony {

struct MpiOptions {
  std::uint64_t max_frame_bytes = (std::uint64_t{1} << 31) - 1;  ///< at most this: MPI counts in int
  std::size_t max_queued = 16;                                   ///< sends under way to one peer; one more is lost, and asked for again
  std::uint32_t glance_us = 500;                                 ///< how often the thread looks in while no caller polls
};

class MpiLink final : public FrameLink {
 public:
  /// Starts MPI unless the program has, and makes a communicator of its own; all ranks of the job do so at the same time. Throws LinkError
  /// when MPI can't be called from several threads in turn (MPI_THREAD_SERIALIZED). The clock must outlive it.
  explicit MpiLink(Clock& clock, MpiOptions options = {}, RefusalLog log = {});
  /// Ends MPI if this object started it, which waits for all ranks of the job; unless it was given up.
  ~MpiLink() override;

  std::uint32_t rank() const;
  std::uint32_t size() const;
  /// Of a rank: "mpi:<rank>".
  static std::string url_of(std::uint32_t rank);
  /// Ends all processes of the job at once (MPI_Abort): for one that can't go on and must not leave the others waiting.
  [[noreturn]] static void abort(int status);

  void start(Sink sink) override;
  /// Waits some seconds at most for sends that are under way.
  void stop() override;
  /// Leaves without ending MPI: when the process exits, mpirun ends the others.
  void give_up() override;
  std::string url() const override;
  /// Throws LinkError when a member's url is not a rank of this job.
  void connect(ShardId self, const std::vector<MemberAddress>& members) override;
  /// Throw LinkError when MPI failed.
  void send(const Frame& frame) override;
  void send_kept(KeptFrame& kept) override;
  bool poll() override;
  LinkTraffic traffic() const override;

 private:
  class Core;
  std::unique_ptr<Core> core_;
};

}  // namespace colony
