// Every link within one process, held to the same promises.
#include "tests/unit/link_conformance.hpp"

#include <gtest/gtest.h>

#include <barrier>
#include <functional>

#include "tests/support/sanitized.hpp"
#include "tests/unit/link_worlds.hpp"

namespace colony::testing {
namespace {

constexpr std::uint64_t effort = sanitized ? 1 : 8;

using MakeWorld = std::unique_ptr<World> (*)();
struct Kind {
  const char* name;
  MakeWorld make;
};
std::ostream& operator<<(std::ostream& out, const Kind& kind) { return out << kind.name; }

class LinkConformance : public ::testing::TestWithParam<Kind> {
 protected:
  /// A process: its link, and what it does.
  struct Process {
    ShardId shard;
    std::unique_ptr<FrameLink> link;
    MemberAddress address() const { return {shard, link->url()}; }
  };

  void SetUp() override { world_ = GetParam().make(); }
  Process process(std::uint32_t shard) { return {ShardId(shard), world_->open()}; }
  std::vector<MemberAddress> open(std::vector<std::uint32_t> shards) {
    for (const std::uint32_t shard : shards) processes_.push_back(process(shard));
    return addresses();
  }
  std::vector<MemberAddress> addresses() const {
    std::vector<MemberAddress> list;
    for (const Process& p : processes_) list.push_back(p.address());
    return list;
  }
  /// Runs the script of every process in a thread of its own, and keeps all alive until all are done.
  void run(const Schedule& schedule, const std::function<void(TestMember&, ShardId)>& script) {
    std::atomic<std::size_t> done{0};
    std::mutex mutex;
    std::vector<std::thread> threads;
    for (Process& p : processes_)
      threads.emplace_back([&] {
        TestMember member(*p.link, p.shard, schedule);
        try {
          script(member, p.shard);
        } catch (const std::exception& error) {
          const std::lock_guard lock(mutex);
          ADD_FAILURE() << error.what();
        }
        ++done;
        member.linger([&] { return done == processes_.size(); });
        const std::lock_guard lock(mutex);
        for (const std::string& fault : member.faults()) ADD_FAILURE() << fault;
        asked_ += member.transport().counts().asked;
        stale_ += member.transport().counts().stale;
      });
    for (std::thread& thread : threads) thread.join();
  }

  std::unique_ptr<World> world_;
  std::vector<Process> processes_;
  std::uint64_t asked_ = 0, stale_ = 0;
};

TEST_P(LinkConformance, EveryFrameOfManyTicksExactlyOnce) {
  for (const std::uint32_t count : {2u, 3u, 5u}) {
    processes_.clear();
    std::vector<std::uint32_t> shards;
    for (std::uint32_t s = 0; s < count; ++s) shards.push_back(3 * s + 1);
    const auto members = open(shards);
    const std::uint64_t ticks = 25 * effort;
    run({.seed = count}, [&](TestMember& member, ShardId) {
      member.begin(1, members, 40);
      for (std::uint64_t t = 0; t < ticks; ++t) member.tick();
      EXPECT_EQ(member.stages_read(), 1 + 2 * ticks);
      EXPECT_EQ(member.transport().counts().kept, (count - 1) * (1 + 2 * ticks)) << "none twice";
      EXPECT_EQ(member.transport().counts().refused, 0u);
      EXPECT_EQ(member.transport().stage(), (Stage{40 + ticks, 1}));
    });
  }
  if (std::string(GetParam().name) == "Lossy") {
    EXPECT_GT(asked_, 0u) << "nothing was lost";
    EXPECT_GT(stale_, 0u) << "nothing was doubled";
  }
}

TEST_P(LinkConformance, LargeFrames) {
  const auto members = open({0, 1, 2});
  run({.seed = 9, .max_payload = std::size_t{4} << 20, .frame_timeout_ns = 300'000'000}, [&](TestMember& member, ShardId) {
    member.begin(1, members, 0);
    for (std::uint64_t t = 0; t < 2 * effort; ++t) member.tick();
  });
}

TEST_P(LinkConformance, FramesThatNoPeerSendsAreDropped) {
  const auto members = open({1, 2, 3});
  run({.seed = 4}, [&](TestMember& member, ShardId self) {
    member.begin(5, members, 7);
    std::size_t forged = 0;
    for (std::uint64_t t = 0; t < 5 * effort; ++t) {
      member.tick();
      if (self == ShardId(1))
        for (const std::uint32_t to : {2u, 3u}) forged += member.forge(ShardId(to));
    }
    if (self == ShardId(2)) {
      const auto counts = member.transport().counts();
      EXPECT_GT(counts.refused, 0u);
      EXPECT_GT(counts.stale, 0u);
      EXPECT_EQ(counts.kept, 2 * (1 + 2 * 5 * effort));
      EXPECT_EQ(member.last_refused().substr(0, 5), "shard");
    }
  });
}

/// Epochs end wherever their members happen to be, begin at different times at each, and have other members. The last one goes through.
TEST_P(LinkConformance, EpochsChangeInMidRound) {
  const auto all = open({0, 1, 2, 3, 4});
  constexpr std::uint32_t last = 10 * effort;
  std::atomic<std::uint32_t> ordered{1}, begun{0}, read{0};
  std::thread coordinator([&] {
    for (std::uint32_t epoch = 2; epoch <= last; ++epoch) {
      std::this_thread::sleep_for(std::chrono::microseconds(mixed(epoch) % 20000));
      while (ordered % 3 == 0 && begun != ordered) std::this_thread::yield();  // every third gets somewhere, on any machine
      ordered = epoch;
    }
  });
  run({.seed = 21}, [&](TestMember& member, ShardId self) {
    for (std::uint32_t epoch = 0; epoch < last;) {
      member.linger([&] { return ordered != epoch; });
      epoch = ordered;
      std::vector<MemberAddress> members = all;
      if (epoch != last) members.erase(members.begin() + epoch % 5);  // one is not there
      if (epoch != last && self == all[epoch % 5].shard) continue;
      std::this_thread::sleep_for(std::chrono::microseconds(mixed(epoch * 8 + self.value) % 3000));
      member.abandon_when([&ordered, epoch] { return ordered != epoch; });
      try {
        member.begin(epoch, members, 10 * epoch);
        begun = epoch;
        for (std::uint64_t t = epoch == last ? 5 : mixed(epoch) % 4; t > 0; --t) member.tick();
        if (epoch != last) member.half_a_tick();
      } catch (const TestMember::Abandoned&) {
      }
    }
    read += static_cast<std::uint32_t>(member.stages_read());
  });
  coordinator.join();
  EXPECT_GE(read, last / 3 + 5 * 11) << "epochs ended before anything happened in them";
}

/// In each epoch another process is gone in mid-round, and one of the same shard is there at another address; the others' links go on.
TEST_P(LinkConformance, APeerThatWasKilledIsReplaced) {
  constexpr std::uint32_t count = 3;
  auto members = open({0, 1, 2});
  const Schedule schedule{.seed = 5};
  std::mutex mutex;
  std::atomic<std::uint32_t> through{0};
  std::barrier replaced(count);
  std::vector<std::thread> threads;
  for (std::uint32_t self = 0; self < count; ++self)
    threads.emplace_back([&, self] {
      Process& p = processes_[self];
      auto member = std::make_unique<TestMember>(*p.link, p.shard, schedule);
      try {
        for (std::uint32_t epoch = 1; epoch <= 2 * count; ++epoch) {
          if (epoch % count == self) {
            member.reset();
            p.link.reset();
            const std::lock_guard lock(mutex);
            p = process(self);
            EXPECT_NE(p.link->url(), members[self].url);
            members[self] = p.address();
            member = std::make_unique<TestMember>(*p.link, p.shard, schedule);
          }
          replaced.arrive_and_wait();
          member->begin(epoch, members, epoch);
          for (int t = 0; t < 5; ++t) member->tick();
          member->half_a_tick();
          ++through;
          member->linger([&] { return through >= count * epoch; });
          EXPECT_TRUE(member->faults().empty());
        }
      } catch (const std::exception& error) {
        const std::lock_guard lock(mutex);
        ADD_FAILURE() << error.what();
        through = 1000;
        replaced.arrive_and_drop();
      }
    });
  for (std::thread& thread : threads) thread.join();
}

std::unique_ptr<World> nng(NngWorld::Wire wire) { return std::make_unique<NngWorld>(wire); }

INSTANTIATE_TEST_SUITE_P(Links, LinkConformance,
                         ::testing::Values(Kind{"Calm", [] { return std::unique_ptr<World>(new LossyWorld(1, {})); }},
                                           Kind{"Lossy",
                                                [] {
                                                  return std::unique_ptr<World>(new LossyWorld(2, {0.02, 0.1, 3000}));
                                                }},
                                           Kind{"NngIpc", [] { return nng(NngWorld::Wire::ipc); }},
                                           Kind{"NngTcp", [] { return nng(NngWorld::Wire::tcp); }},
                                           Kind{"NngTls", [] { return nng(NngWorld::Wire::tls); }}),
                         [](const auto& kind) { return std::string(kind.param.name); });

}  // namespace
}  // namespace colony::testing
