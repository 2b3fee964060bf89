// shard/profile: each step of a tick once a shard, time that belongs to one step alone, and a result that does not know of it.
#include "shard/profile.hpp"

#include <gmock/gmock.h>

#include "tests/support/bazaar.hpp"
#include "tests/support/colony.hpp"
#include "tests/support/graphs.hpp"
#include "tests/support/networks.hpp"

namespace colony::testing {
namespace {

using ::testing::ElementsAre;

class ManualClock final : public Clock {
 public:
  std::uint64_t now_ns() override { return now; }
  std::uint64_t now = 1000;
};

std::vector<std::string> names_of(const Profile& profile) {
  std::vector<std::string> names;
  for (const Profile::Line& line : profile.lines()) names.push_back(line.name);
  return names;
}

TEST(Profile_, TimeInAnotherShardsStepIsThatShardsAlone) {
  ManualClock clock;
  Profile profile(clock);
  profile.set_shards(3);
  profile.shard(0).begin();
  clock.now += 10;
  profile.shard(1).begin();  // as a thread does that waits in shard 0's step and is given shard 1's
  clock.now += 200;
  profile.shard(2).begin();
  clock.now += 3000;
  profile.shard(2).end(TickStep::decay);
  clock.now += 40000;
  profile.shard(1).end(TickStep::act);
  clock.now += 500000;
  profile.shard(0).end(TickStep::act);
  const auto of = [&](std::size_t shard, TickStep step) { return profile.shard(shard).totals()[static_cast<std::size_t>(step)].ns; };
  EXPECT_EQ(of(0, TickStep::act), 500010u);
  EXPECT_EQ(of(1, TickStep::act), 40200u);
  EXPECT_EQ(of(2, TickStep::decay), 3000u);
  const auto lines = profile.lines();
  ASSERT_THAT(names_of(profile), ElementsAre("act", "decay"));
  EXPECT_EQ(lines[0].total.ns, 540210u);
  EXPECT_EQ(lines[0].total.count, 2u);
  EXPECT_EQ(profile.shard(1).spans().at(0).begin_ns, 10u);
  EXPECT_EQ(profile.shard(1).spans().at(0).end_ns, 43210u);
}

TEST(Profile_, APassOfTwoStepsIsSharedOutByItsReadings) {
  ManualClock clock;
  Profile profile(clock);
  profile.set_shards(1);
  ShardTimer& shard = profile.shard(0);
  const auto pass = [&](std::uint64_t ns, std::uint64_t sense, std::uint64_t act) {
    shard.begin();
    clock.now += ns;
    shard.end_pass(TickStep::sense, sense, TickStep::act, act);
  };
  pass(100, 60, 180);  // three threads, say: the sums are more than the wall time
  EXPECT_EQ(shard.totals()[0].ns, 25u);
  EXPECT_EQ(shard.totals()[1].ns, 75u);
  pass(7, 0, 0);
  pass(9, 5, 0);
  EXPECT_EQ(shard.totals()[0].ns, 34u);
  EXPECT_EQ(shard.totals()[1].ns, 82u);
}

TEST(Profile_, StepsOfTheLoopComeLastAndSpansEnd) {
  ManualClock clock;
  Profile profile(clock);
  profile.set_shards(1);
  for (int i = 0; i < 100'001; ++i) {
    profile.shard(0).begin();
    profile.shard(0).end(TickStep::advance);
  }
  timed(&profile, "a step", [&] { clock.now += 5; });
  timed(nullptr, "no step", [&] { clock.now += 5; });
  ASSERT_THAT(names_of(profile), ElementsAre("advance", "a step"));
  EXPECT_EQ(profile.lines()[0].total.count, 100'001u);
  EXPECT_EQ(profile.lines()[1].total.ns, 5u);
  EXPECT_EQ(profile.shard(0).spans().size(), 100'000u);
}

/// Large enough that ranges fork inside the shards: chunks of agents are then timed by several threads at once.
Case bazaar() {
  return {"", {}, lattice(110, 90), 30000, 42, [] { return std::make_unique<Bazaar>(0.3); }};
}

void expect_each_step_once(const Case& what, const Shape& shape) {
  constexpr std::uint64_t ticks = 12;
  SystemClock clock;
  Profile profile(clock);
  Colony colony(what, shape);
  colony.host().profile_into(&profile);
  const std::uint64_t begin_ns = clock.now_ns();
  colony.run(ticks);
  const std::uint64_t wall_ns = clock.now_ns() - begin_ns;
  EXPECT_EQ(colony.digest(), digest_after(what, shape, ticks));
  if (shape.shards == 1) EXPECT_THAT(names_of(profile), ElementsAre("sense", "act", "decay", "advance"));
  else
    EXPECT_THAT(names_of(profile), ElementsAre("sense", "act", "round 1: pack effects", "round 1: take effects", "decay", "advance",
                                               "round 2: pack ghosts", "round 2: take ghosts"));
  std::uint64_t sum = 0;
  for (const Profile::Line& line : profile.lines()) {
    EXPECT_EQ(line.total.count, ticks * shape.shards) << line.name;
    EXPECT_GT(line.total.ns, 0u) << line.name;
    sum += line.total.ns;
  }
  EXPECT_LE(sum, wall_ns * static_cast<std::uint64_t>(shape.threads));
  for (std::uint32_t s = 0; s < shape.shards; ++s) EXPECT_GT(profile.shard(s).totals()[1].ns, 0u) << "act of shard " << s;
  colony.host().profile_into(nullptr);
  colony.run(1);
  EXPECT_EQ(profile.lines()[0].total.count, ticks * shape.shards);
}

TEST(Profile_, EachStepOnceAShardAndTickAndTheSameDigest) {
  for (const std::uint32_t shards : {1u, 3u}) expect_each_step_once(bazaar(), {.shards = shards, .threads = 4});
}

TEST(Profile_, SpeciesThatAreSensedWholeAreTimedAsWell) {
  const Case policy{"policy-foraging", {{"policy", policy_file({11, 6, 5}, "Tanh", 1)}}, lattice(30, 20), 200};
  const Case ants{"foraging", {}, lattice(30, 20), 200};
  for (const std::uint32_t shards : {1u, 3u})
    for (const int threads : {1, 4}) {
      expect_each_step_once(policy, {.shards = shards, .threads = threads});
      expect_each_step_once(ants, {.shards = shards, .threads = threads, .backend = "rehearsal"});
    }
}

}  // namespace
}  // namespace colony::testing
