// The conformance script as one process of an MPI job: mpirun -n 3 link_conformance_mpi
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <thread>

#include "shard/links/mpi_link.hpp"
#include "tests/unit/link_conformance.hpp"

namespace colony::testing {
namespace {

constexpr std::uint64_t no_shard = 100;

std::vector<MemberAddress> members_of(const MpiLink& link) {
  std::vector<MemberAddress> members;
  for (std::uint32_t r = 0; r < link.size(); ++r) members.push_back({ShardId(3 * r + 1), MpiLink::url_of(r)});
  return members;
}

void expect(bool holds, const std::string& what) {
  if (!holds) throw std::runtime_error("expected: " + what);
}

/// A frame that is too large or no frame at all is dropped, one that can't be sent is not.
void hostile_frames(MpiLink& link, TestMember& member, ShardId self) {
  std::size_t forged = 0;
  for (int t = 0; t < 40; ++t) {
    member.tick();
    if (self == ShardId(1))
      for (std::uint32_t r = 1; r < link.size(); ++r) forged += member.forge(ShardId(3 * r + 1));
  }
  if (self == ShardId(1)) return expect(forged > 0, "frames were forged");
  const auto counts = member.transport().counts();
  expect(counts.stale > 0, "frames of the past are dropped");
  expect(counts.refused > 0, "frames of the far future and of strangers are refused");
  expect(member.last_refused().starts_with("shard "), "their sender is named");
}

void addresses(MpiLink& link, const std::vector<MemberAddress>& members) {
  for (const std::string url : {"mpi:", "mpi:-1", "mpi:100", "tcp://127.0.0.1:1", "mpi:1x"}) {
    try {
      link.connect(members[link.rank()].shard, {{ShardId(no_shard), url}});
    } catch (const LinkError& error) {
      continue;
    }
    throw std::runtime_error(url + " was taken for a rank");
  }
}

void script(MpiLink& link) {
  const std::vector<MemberAddress> members = members_of(link);
  const ShardId self = members[link.rank()].shard;
  const std::size_t peers = members.size() - 1;
  expect(link.size() > 1, "several ranks; start this with mpirun");
  expect(link.url() == members[link.rank()].url, "the url is that of the rank");
  addresses(link, members);

  TestMember member(link, self, {.seed = 7, .max_payload = std::size_t{1} << 20, .frame_timeout_ns = 200'000'000});
  constexpr std::uint64_t ticks = 150;
  member.begin(1, members, 3);
  for (std::uint64_t t = 0; t < ticks; ++t) member.tick();
  expect(member.transport().counts().kept >= peers * (1 + 2 * ticks), "a frame of each peer and stage");
  expect(member.transport().counts().refused == 0, "none is refused");
  // Epochs end in mid-round and begin at different times.
  for (std::uint32_t epoch = 2; epoch < 40; ++epoch) {
    member.half_a_tick();
    std::this_thread::sleep_for(std::chrono::microseconds(mixed(epoch * 8 + self.value) % 3000));
    member.begin(epoch, members, 10 * epoch);
    for (std::uint64_t t = mixed(epoch) % 4; t > 0; --t) member.tick();
  }
  expect(member.transport().counts().refused == 0, "none is refused across epochs");
  hostile_frames(link, member, self);
  expect(link.traffic().frames_received > peers * 2 * ticks, "traffic is counted");
  expect(member.reports() == 0, "nobody is reported");
  for (const std::string& fault : member.faults()) throw std::runtime_error(fault);
  // No member leaves before all are through.
  member.begin(1000, members, 0);
}

}  // namespace
}  // namespace colony::testing

int main() {
  try {
    colony::SystemClock clock;
    colony::MpiLink link(clock);
    try {
      colony::testing::script(link);
    } catch (const std::exception& error) {
      std::fprintf(stderr, "rank %u: %s\n", link.rank(), error.what());
      colony::MpiLink::abort(1);
    }
    if (link.rank() == 0) std::printf("%u ranks passed\n", link.size());
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
