// The first promise: the same answer for any number of shards, threads and blocks, however they are cut. Each case runs over the whole
// matrix of shapes, must show that the shards had something to tell each other, and is pinned to the bits it gave when it was written.
#include <gmock/gmock.h>

#include <string>

#include "tests/golden/cases.hpp"
#include "tests/support/matrix.hpp"

namespace colony::testing {
namespace {

/// Runs the case on every shape; returns what happened in all of them together.
Activity expect_one_digest(const Golden& golden, const std::vector<Shape>& shapes) {
  Colony reference(golden.what, {1, 1, "range", 1});
  reference.run(golden.ticks);
  EXPECT_EQ(reference.digest().hex(), golden.digest) << "the bits of this model have changed";
  Activity activity;
  for (const Shape& shape : shapes) {
    Colony colony(golden.what, shape);
    colony.run(golden.ticks);
    EXPECT_EQ(colony.digest().hex(), reference.digest().hex()) << shape;
    EXPECT_EQ(colony.row(), reference.row()) << shape;
    activity += colony.activity();
  }
  return activity;
}

/// The half-way state of one shape goes on on another.
void expect_restart(const Golden& golden) {
  const std::vector<Shape> shapes = some_shapes();
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    const Shape& to = shapes[(i + 1) % shapes.size()];
    Colony first(golden.what, shapes[i]);
    first.run(golden.ticks / 2);
    const Digest half = first.digest();
    const Saved saved = first.save();
    EXPECT_EQ(first.digest(), half) << "saving changed the state of " << shapes[i];
    Colony second(golden.what, to, saved);
    EXPECT_EQ(second.digest(), half) << shapes[i] << " -> " << to;
    second.run(golden.ticks - golden.ticks / 2);
    EXPECT_EQ(second.digest().hex(), golden.digest) << shapes[i] << " -> " << to;
    first.run(golden.ticks - golden.ticks / 2);
    EXPECT_EQ(first.digest().hex(), golden.digest) << "going on after saving, " << shapes[i];
  }
}

TEST(Digest, Life) {
  const Activity activity = expect_one_digest(life(), all_shapes());
  EXPECT_GT(activity.traffic.ghost_updates, 0u);
  expect_restart(life());
}

TEST(Digest, LifeBounded) {
  EXPECT_GT(expect_one_digest(life_bounded(), some_shapes()).traffic.ghost_updates, 0u);
  expect_restart(life_bounded());
}

TEST(Digest, Epidemic) {
  const Activity activity = expect_one_digest(epidemic(), all_shapes());
  EXPECT_GT(activity.traffic.ghost_updates, 0u);
  EXPECT_GT(activity.traffic.remote("max"), 0u);
  expect_restart(epidemic());
}

TEST(Digest, EpidemicIsTheSamePulledAndPushed) {
  for (const char* direction : {"pull", "push"}) {
    Golden golden = epidemic();
    golden.what.parameters["direction"] = std::string(direction);
    const Activity activity = expect_one_digest(golden, some_shapes());
    EXPECT_GT(activity.traffic.ghost_updates, 0u);
    EXPECT_EQ(activity.traffic.remote("max") > 0, direction == std::string("push"));
  }
}

TEST(Digest, EpidemicDirected) {
  const Activity activity = expect_one_digest(epidemic_directed(), all_shapes());
  EXPECT_GT(activity.traffic.ghost_updates, 0u);
  EXPECT_GT(activity.traffic.remote("max"), 0u);
  expect_restart(epidemic_directed());
}

TEST(Digest, EpidemicOnBoundedLatticeWithFourNeighbours) {
  EXPECT_GT(expect_one_digest(epidemic_lattice(), some_shapes()).traffic.ghost_updates, 0u);
  expect_restart(epidemic_lattice());
}

TEST(Digest, EpidemicOnFacebook) {
  COLONY_NEEDS_DATA(path, "graphs/facebook_combined.txt");
  const Activity activity = expect_one_digest(epidemic_facebook(path), all_shapes());
  EXPECT_GT(activity.traffic.ghost_updates, 0u);
  EXPECT_GT(activity.traffic.remote("max"), 0u);
  expect_restart(epidemic_facebook(path));
}

TEST(Digest, Foraging) {
  const Activity activity = expect_one_digest(foraging(), all_shapes());
  EXPECT_GT(activity.traffic.remote("move"), 0u);
  EXPECT_GT(activity.traffic.remote("claim"), 0u);
  EXPECT_GT(activity.contests, activity.remote_contests);
  EXPECT_GT(activity.remote_contests, 0u);
  EXPECT_GT(activity.traffic.ghost_updates, 0u);
  expect_restart(foraging());
}

TEST(Digest, PolicyForaging) {
  const Activity activity = expect_one_digest(policy_foraging_drawn(), all_shapes());
  EXPECT_GT(activity.traffic.remote("move"), 0u);
  EXPECT_GT(activity.traffic.remote("claim"), 0u);
  EXPECT_GT(activity.remote_contests, 0u);
  expect_restart(policy_foraging_drawn());
}

TEST(Digest, PolicyForagingByTheLargestOutput) {
  EXPECT_GT(expect_one_digest(policy_foraging_largest(), some_shapes()).traffic.remote("move"), 0u);
  expect_restart(policy_foraging_largest());
}

TEST(Digest, PolicyForagingWithMemory) {
  EXPECT_GT(expect_one_digest(policy_foraging_recurrent(), some_shapes()).traffic.remote("move"), 0u);
  expect_restart(policy_foraging_recurrent());
}

TEST(Digest, ForagingBounded) {
  const Activity activity = expect_one_digest(foraging_bounded(), some_shapes());
  EXPECT_GT(activity.traffic.remote("move"), 0u);
  expect_restart(foraging_bounded());
}

TEST(Digest, Knowledge) {
  const Activity activity = expect_one_digest(knowledge(), all_shapes());
  EXPECT_GT(activity.traffic.remote("move"), 0u);
  EXPECT_GT(activity.traffic.remote("emit"), 0u);
  EXPECT_GT(activity.traffic.remote("link"), 0u);
  EXPECT_GT(activity.traffic.wishes, 0u);
  EXPECT_GT(activity.remote_contests, 0u);
  expect_restart(knowledge());
}

TEST(Digest, KnowledgeThatEvolves) {
  const Activity activity = expect_one_digest(knowledge_evolving(), some_shapes());
  EXPECT_GT(activity.traffic.remote("move"), 0u);
  EXPECT_GT(activity.traffic.remote("spawn"), 0u) << "no synthesizer came up on another shard than its document";
  Colony colony(knowledge_evolving().what, {2, 1, "hash", 16});
  std::int64_t fewest = 1000;
  for (std::uint64_t tick = 0; tick < knowledge_evolving().ticks; ++tick) {
    colony.run(1);
    fewest = std::min(fewest, colony.observe("digesters"));
    EXPECT_LE(colony.observe("digesters"), 40);
  }
  EXPECT_GT(colony.observe("digesters"), fewest) << "none was born";
  EXPECT_GT(colony.observe("insights"), 1);
  expect_restart(knowledge_evolving());
}

TEST(Digest, ToursOfAntSystem) {
  const Activity activity = expect_one_digest(tours_as(), some_shapes());
  EXPECT_GT(activity.traffic.remote("move"), 0u);
  EXPECT_GT(activity.traffic.remote("lay"), 0u);
  expect_restart(tours_as());
}

TEST(Digest, ToursOfMaxMinAntSystem) {
  const Activity activity = expect_one_digest(tours_mmas(), all_shapes());
  EXPECT_GT(activity.traffic.remote("move"), 0u);
  EXPECT_EQ(activity.traffic.remote("lay"), 0u) << "each city lays its own, from the best tour";
  expect_restart(tours_mmas());
}

TEST(Digest, ToursOfAntColonySystem) {
  const Activity activity = expect_one_digest(tours_acs(), some_shapes());
  EXPECT_GT(activity.traffic.remote("move"), 0u);
  EXPECT_GT(activity.traffic.remote("lay"), 0u);
  expect_restart(tours_acs());
}

TEST(Digest, Opinion) {
  EXPECT_GT(expect_one_digest(opinion(), all_shapes()).traffic.ghost_updates, 0u);
  expect_restart(opinion());
}

TEST(Digest, OpinionOnGraph) {
  EXPECT_GT(expect_one_digest(opinion_graph(), all_shapes()).traffic.ghost_updates, 0u);
  expect_restart(opinion_graph());
}

void expect_everything(const Activity& activity) {
  EXPECT_GT(activity.traffic.remote("move"), 0u);
  EXPECT_GT(activity.traffic.remote("max"), 0u);
  EXPECT_GT(activity.traffic.remote("deposit"), 0u);
  EXPECT_GT(activity.traffic.remote("claim"), 0u);
  EXPECT_GT(activity.traffic.ghost_updates, 0u);
  EXPECT_GT(activity.remote_contests, 0u);
}

TEST(Digest, EveryEffectOnLattice) {
  expect_everything(expect_one_digest(bazaar_lattice(), all_shapes()));
  expect_restart(bazaar_lattice());
}

TEST(Digest, EveryEffectOnDirectedGraph) {
  expect_everything(expect_one_digest(bazaar_graph(), all_shapes()));
  expect_restart(bazaar_graph());
}

TEST(Digest, FollowsSeedTickAndParameter) {
  const Golden golden = epidemic();
  Case other_seed = golden.what, other_rate = golden.what;
  other_seed.seed += 1;
  other_rate.parameters["recovery"] = 0.21;
  EXPECT_NE(digest_after(other_seed, {}, golden.ticks).hex(), golden.digest);
  EXPECT_NE(digest_after(other_rate, {}, golden.ticks).hex(), golden.digest);
  EXPECT_NE(digest_after(golden.what, {}, golden.ticks + 1).hex(), golden.digest);
}

TEST(Digest, SeesOneBitOfOneEntity) {
  Colony colony(bazaar_lattice().what, {2, 1, "hash", 16});
  colony.run(3);
  const Digest before = colony.digest();
  Part& part = colony.host().shards()[1]->part();
  const std::vector<ColumnSpec>& specs = colony.schema().layer().columns;
  for (std::size_t c = 0; c < specs.size(); ++c) {
    std::byte& byte = part.columns[c].bytes[bytes_of(specs[c].type) * 17];
    byte ^= std::byte{1};
    EXPECT_EQ(colony.digest() == before, specs[c].role != Role::state) << specs[c].name;
    byte ^= std::byte{1};
  }
  SpeciesPart& buyers = part.species[0];
  ASSERT_GT(buyers.slots(), 0u);
  std::size_t slot = 0;
  while (buyers.nodes[slot] == no_index) ++slot;
  buyers.ids[slot] ^= std::uint64_t{1} << 40;
  EXPECT_NE(colony.digest(), before);
  buyers.ids[slot] ^= std::uint64_t{1} << 40;
  EXPECT_EQ(colony.digest(), before);
}

}  // namespace
}  // namespace colony::testing
