// A round between two members over MpiLink, from packed to received buffer, beside MPI_Isend and MPI_Irecv of the same bytes between
// buffers that are used again, two in turn, as a tick has two rounds whose frames are there at a time. Two processes: mpirun -n 2
// bench_links_mpi. Prints a line a size; each pair of times is taken in turn.
#define OMPI_SKIP_MPICXX 1
#define MPICH_SKIP_MPICXX 1
#include <mpi.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <vector>

#include "bench/link_round.hpp"
#include "engine/array.hpp"
#include "shard/links/mpi_link.hpp"

namespace colony::bench {
namespace {

struct Buffers {
  explicit Buffers(std::size_t bytes) : out(bytes, std::byte{1}), in(bytes, std::byte{0}) {}
  Array<std::byte> out, in;  ///< aligned as frames are, large ones in huge pages
};

void plain_rounds(std::size_t count, std::size_t bytes, std::array<Buffers, 2>& buffers, int peer) {
  for (std::size_t i = 0; i < count; ++i) {
    auto& [out, in] = buffers[i % buffers.size()];
    MPI_Request requests[2];
    MPI_Irecv(in.data(), static_cast<int>(bytes), MPI_BYTE, peer, 1, MPI_COMM_WORLD, &requests[0]);
    MPI_Isend(out.data(), static_cast<int>(bytes), MPI_BYTE, peer, 1, MPI_COMM_WORLD, &requests[1]);
    MPI_Waitall(2, requests, MPI_STATUSES_IGNORE);
  }
}

template <class F>
double seconds_of(const F& f) {
  MPI_Barrier(MPI_COMM_WORLD);
  const double begin = MPI_Wtime();
  f();
  return MPI_Wtime() - begin;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

void measure(RoundMember& member, std::size_t bytes, int peer, bool prints) {
  const std::size_t rounds =
      bytes == 0 ? 20000 : std::max<std::size_t>(8, (std::size_t{256} << 20) / std::max<std::size_t>(bytes, 65536) / 2);
  // The payload and what frames it: the same bytes on both sides.
  const std::size_t on_wire = bytes == 0 ? 64 : bytes + 88;
  std::array<Buffers, 2> buffers{Buffers(on_wire), Buffers(on_wire)};
  member.rounds(rounds, bytes);
  plain_rounds(rounds, on_wire, buffers, peer);
  std::vector<double> ours, plain, ratios;
  for (int sample = 0; sample < 11; ++sample) {
    ours.push_back(seconds_of([&] { member.rounds(rounds, bytes); }));
    plain.push_back(seconds_of([&] { plain_rounds(rounds, on_wire, buffers, peer); }));
    ratios.push_back(plain.back() / ours.back());
  }
  const auto us = [&](const std::vector<double>& times) { return median(times) / static_cast<double>(rounds) * 1e6; };
  const double best = *std::min_element(plain.begin(), plain.end()) / *std::min_element(ours.begin(), ours.end());
  if (prints)
    std::printf("%9zu bytes  round %9.2f us  plain %9.2f us  %7.0f MB/s both ways  ratio %.2f  median %.2f\n", bytes, us(ours), us(plain),
                2.0 * static_cast<double>(bytes) / us(ours), best, median(ratios));
}

int run() {
  // The reference calls MPI while the link's thread does: for that MPI must be asked for more than the link itself needs.
  int level = 0;
  MPI_Init_thread(nullptr, nullptr, MPI_THREAD_MULTIPLE, &level);
  int status = 0;
  {
    SystemClock clock;
    MpiLink link(clock);
    if (link.size() != 2 || level < MPI_THREAD_MULTIPLE) {
      std::fprintf(stderr, "start this with mpirun -n 2, and an MPI that may be called by several threads at once\n");
      status = 2;
    } else {
      const ShardId self(link.rank()), peer(1 - link.rank());
      RoundMember member(link, self, peer);
      member.begin({{ShardId(0), MpiLink::url_of(0)}, {ShardId(1), MpiLink::url_of(1)}});
      for (const std::size_t bytes :
           {std::size_t{0}, std::size_t{4} << 10, std::size_t{64} << 10, std::size_t{1} << 20, std::size_t{16} << 20})
        measure(member, bytes, static_cast<int>(peer.value), link.rank() == 0);
      if (!member.good()) {
        std::fprintf(stderr, "rank %u: a frame of another size\n", link.rank());
        status = 1;
      }
      MPI_Barrier(MPI_COMM_WORLD);
    }
  }
  MPI_Finalize();
  return status;
}

}  // namespace
}  // namespace colony::bench

int main() { return colony::bench::run(); }
