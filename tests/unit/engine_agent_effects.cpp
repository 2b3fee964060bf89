// What effects and draws come to where one could take it for a mistake: two steps, claims on a node of another shard, deaths, births, ways
// and ids that meet. One result, the same in any shape.
#include <gmock/gmock.h>

#include <functional>
#include <span>
#include <vector>

#include "engine/content.hpp"
#include "engine/effects/emission.hpp"
#include "engine/effects/link.hpp"
#include "engine/effects/relation.hpp"
#include "engine/state/agents.hpp"
#include "tests/unit/engine_sketches.hpp"

namespace colony::testing {
namespace {

using ::testing::AllOf;

/// Sense: marks each third node, `times` over.
struct MarkSome {
  Mark spot;
  int times;
  template <class Here>
  void operator()(const Here& here) const {
    for (int k = 0; k < times && here.id() % 3 == 0; ++k) spot(here);
  }
};

TEST(NodeEffects, MarkingTwiceIsMarkingOnce) {
  for (const int times : {1, 2, 5}) {
    const Sketch sketch = [=](Schema& s) -> Populate {
      const MarkField spot = s.mark();
      const GlobalSum sum = s.global("visits", true);
      s.sense(MarkSome{spot, times});
      s.act(Count{sum}, {.over = Schema::marked(spot)});
      s.observe("visits", sum);
      return nothing_more;
    };
    run_alike(case_of(sketch), 2, [](Colony& colony) { EXPECT_EQ(colony.observe("visits"), 2 * 48 / 3); });
  }
}

/// Act: nodes with even ids add, those with odd ids take away.
struct AddAndTake {
  Add sum;
  AddTo sums;
  std::int64_t amount, first;  ///< first: of node 0 besides
  template <class Here>
  void operator()(const Here& here) const {
    const std::int64_t signed_amount = here.id() % 2 == 0 ? amount : -amount;
    sum(signed_amount);
    sums(1, signed_amount);
    if (here.id() == 0) sum(first);
  }
};

/// Sums on the way are far beyond 64 bits, on each thread and shard others.
TEST(NodeEffects, SumsOfBothSignsAreExactAndOverflowAlike) {
  constexpr std::int64_t huge = std::int64_t{1} << 62;
  const auto adding = [](std::int64_t amount, std::int64_t first, bool lasting) {
    return case_of([=](Schema& s) -> Populate {
      const GlobalSum sum = s.global("sum", lasting);
      const GlobalSums sums = s.sums("sums", 2);
      s.act(AddAndTake{sum, sums, amount, first});
      s.observe("sum", sum);
      s.observe("second of sums", sums, 1);
      return nothing_more;
    });
  };
  run_alike(adding(huge, 5, false), 2, [](Colony& colony) {
    EXPECT_EQ(colony.observe("sum"), 5);
    EXPECT_EQ(colony.observe("second of sums"), 0);
  });
  run_alike(adding(huge, huge - 1, true), 1, [](Colony& colony) { EXPECT_EQ(colony.observe("sum"), huge - 1); });
  expect_told(adding(huge, huge, true), ::testing::HasSubstr("the global \"sum\" is beyond 64 bits"));  // in the second tick
}

/// Act, at two places: both emit one name.
struct EmitHere {
  EmitNode notes;
  template <class Here>
  void operator()(const Here& here) const {
    if (here.id() == 3 || here.id() == 44) notes.anchored(here, content_of("a name"), 1);
  }
};

TEST(NodeEffects, AnchoredNodesOfOneNameAreTwo) {
  const Sketch sketch = [](Schema& s) -> Populate {
    const GrowingLayer notes = s.growing("notes", Schema::Anchored::yes);
    s.act(EmitHere{notes});
    s.observe_nodes("notes", notes);
    return nothing_more;
  };
  run_alike(case_of(sketch), 3, [](Colony& colony) { EXPECT_EQ(colony.observe("notes"), 2); });
}

/// Act.
struct StepTwice {
  StepTo step;
  int first, second;
  template <class Here>
  void operator()(const Here& here) const {
    step(here, here.neighbour(first));
    step(here, here.neighbour(second));
  }
};

TEST(AgentEffects, OfTwoStepsTheLastHolds) {
  const auto digest_of = [](const auto& kernel_of) {
    return run_alike(case_of(with_ants(48, [=](Schema& s, std::uint32_t ants) { s.act_agents(ants, kernel_of(ants)); })), 20);
  };
  const Digest once = digest_of([](std::uint32_t ants) { return Step{StepTo(ants), west}; });
  for (const int first : {east, north, west})
    EXPECT_EQ(digest_of([=](std::uint32_t ants) { return StepTwice{StepTo(ants), first, west}; }), once);
}

/// Claims, and steps into column 3 from where it is beside it.
struct Fetch {
  ClaimOne claim;
  StepTo step;
  template <class Here>
  void operator()(const Here& here) const {
    claim(here);
    step(here, here.neighbour(here.id(here.node) % width < 3 ? east : west));
  }
};
/// Advance, winners.
struct Take {
  Write<std::uint32_t> bag;
  template <class Here>
  void operator()(const Here& here) const {
    ++bag(here);
  }
};
/// Decay.
struct Refill {
  Write<std::uint32_t> stock;
  template <class Here>
  void operator()(const Here& here) const {
    stock(here) = 1;
  }
};

/// Four agents on either side of each unit's node, mostly of other shards.
TEST(AgentEffects, AClaimIsOnTheNodeWhereTheAgentEnds) {
  const Sketch sketch = [](Schema& s) -> Populate {
    const std::uint32_t ants = s.agents("ant");
    const auto stock = s.field<std::uint32_t>("stock");
    const auto bag = s.agent_field<std::uint32_t>(ants, "bag");
    const ClaimField unit = s.claim("unit", stock);
    s.act_agents(ants, Fetch{ClaimOne(unit, ants), StepTo(ants)}, {.in = first_tick});
    s.advance_agents(ants, Take{bag}, {.over = Schema::winners(unit)});
    s.observe_sum("bags", bag);
    return [=](Seeder& seeder) {
      fill(seeder, stock, [](std::uint64_t id) { return id % width == 3 ? 3 : 5; });
      put(seeder, ants, 48, [](std::uint64_t id) { return id / width * width + (id % 2 == 0 ? 2 : 4); });
    };
  };
  run_alike(case_of(sketch), 1, [](Colony& colony) {
    EXPECT_EQ(colony.observe("bags"), 6 * 3);
    const auto stock = colony.nodes<std::uint32_t>("stock");
    for (std::uint64_t node = 0; node < 48; ++node) EXPECT_EQ(stock[node], node % width == 3 ? 0u : 5u);
    for (const auto& [id, node] : places_of(colony)) EXPECT_EQ(node, id / width * width + 3);
  });
}

/// Agents of two species may have one id: they draw lots of their own.
TEST(AgentEffects, AgentsOfOneIdWinInTurns) {
  const Sketch sketch = [](Schema& s) -> Populate {
    const auto stock = s.field<std::uint32_t>("stock");
    const ClaimField unit = s.claim("unit", stock);
    const std::uint32_t species[] = {s.agents("ant"), s.agents("bee")};
    for (const std::uint32_t of : species) {
      const auto bag = s.agent_field<std::uint32_t>(of, "bag");
      s.act_agents(of, Ask{ClaimOne(unit, of), 1});
      s.advance_agents(of, Take{bag}, {.over = Schema::winners(unit)});
      s.observe_sum(of == species[0] ? "of ants" : "of bees", bag);
    }
    s.decay(Refill{stock});
    return [=](Seeder& seeder) {
      fill(seeder, stock, [](std::uint64_t) { return 1; });
      for (const std::uint32_t of : {species[0], species[1]}) put(seeder, of, 8, [](std::uint64_t) { return 5; });
    };
  };
  run_alike(case_of(sketch), 64, [](Colony& colony) {
    const std::int64_t ants = colony.observe("of ants"), bees = colony.observe("of bees");
    EXPECT_EQ(ants + bees, 64);
    EXPECT_GT(ants, 8);
    EXPECT_GT(bees, 8);
  });
}

/// Act: of six agents four die, and one of the others claims where it goes.
struct Quit {
  Die die;
  StepTo step;
  ClaimOne claim;
  template <class Here>
  void operator()(const Here& here) const {
    const NodeRef to = here.neighbour(east);
    switch (here.id() % 6) {
      case 0: die(here), die(here); break;
      case 1: die(here), step(here, to); break;
      case 2: step(here, to), die(here); break;
      case 3: claim(here), die(here); break;
      case 4: claim(here), step(here, to); break;
      default: break;
    }
  }
};

TEST(AgentEffects, TheDeadAreGoneOnceAndGoNowhere) {
  const Sketch sketch = [](Schema& s) -> Populate {
    const std::uint32_t ants = s.agents("ant");
    const auto stock = s.field<std::uint32_t>("stock");
    const auto bag = s.agent_field<std::uint32_t>(ants, "bag");
    const ClaimField unit = s.claim("unit", stock);
    s.act_agents(ants, Quit{Die(ants), StepTo(ants), ClaimOne(unit, ants)}, {.in = first_tick});
    s.advance_agents(ants, Take{bag}, {.over = Schema::winners(unit)});
    s.observe_agents("ants", ants);
    s.observe_sum("bags", bag);
    return [=](Seeder& seeder) {
      fill(seeder, stock, [](std::uint64_t) { return 2; });
      put(seeder, ants, 48, own_node);
    };
  };
  Places expected;
  for (std::uint64_t id = 0; id < 48; ++id)
    if (id % 6 >= 4) expected[id] = id % 6 == 4 ? east_of(id) : id;
  for (const std::uint64_t ticks : {1u, 20u})  // before and after agents are sorted
    run_alike(case_of(sketch), ticks, [&](Colony& colony) {
      EXPECT_EQ(colony.observe("ants"), 48 / 6 * 2);
      EXPECT_EQ(colony.observe("bags"), 48 / 6) << "the dead claim nothing";
      EXPECT_EQ(places_of(colony), expected);
    });
}

/// Act: all step; agent 7 has a child after it has stepped.
struct LeaveChild {
  StepTo step;
  Spawn spawn;
  template <class Here>
  void operator()(const Here& here) const {
    step(here, here.neighbour(east));
    if (here.id() == 7) spawn(here, 0, [](const Newborn&) {});
  }
};

TEST(AgentEffects, AChildIsWhereItsParentStood) {
  const Sketch sketch = with_ants(8, [](Schema& s, std::uint32_t ants) {
    s.act(Bear{Spawn(ants), 1}, {.in = first_tick});
    s.act_agents(ants, LeaveChild{StepTo(ants), Spawn(ants)}, {.in = first_tick});
  });
  Places expected;
  for (std::uint64_t id = 0; id < 8; ++id) expected[id] = east_of(id);
  for (const std::uint64_t child : {child_id(Parent::agent(7, 0), 0, 0), child_id(Parent::node(7), 0, 0), child_id(Parent::node(7), 0, 1)})
    expected[child] = 7;
  ASSERT_EQ(expected.size(), 11u) << "node 7 and agent 7 have different children";
  for (const std::uint64_t ticks : {1u, 20u})
    run_alike(case_of(sketch), ticks, [&](Colony& colony) { EXPECT_EQ(places_of(colony), expected); });
}

/// Sense, in some ticks.
struct Intend {
  Write<std::uint32_t> plan;
  template <class Here>
  void operator()(const Here& here) const {
    plan(here) = 1;
  }
};
/// Act, in each tick.
struct Carry {
  Read<std::uint32_t> plan;
  Write<std::uint32_t> done;
  StepTo step;
  template <class Here>
  void operator()(const Here& here) const {
    done(here) += plan(here);
    step(here, here.neighbour(east));
  }
};

/// An agent takes its intent neither into the next tick nor to another shard, nor does it find that of another whose slot it has.
TEST(AgentEffects, AnIntentIsZeroAtTheBeginningOfEachTick) {
  const Sketch sketch = with_ants(48, [](Schema& s, std::uint32_t ants) {
    const auto plan = s.intent<std::uint32_t>(ants, "plan"), done = s.agent_field<std::uint32_t>(ants, "done");
    s.sense_agents(ants, Intend{plan}, {.in = [](std::uint64_t tick) { return tick % 3 == 0; }});
    s.act_agents(ants, Carry{plan, done, StepTo(ants)});
    s.observe_sum("done", done);
  });
  run_alike(case_of(sketch), 20, [](Colony& colony) { EXPECT_EQ(colony.observe("done"), 7 * 48); });
}

// ---- Ways and draws ----

/// Writes down where the ways out of its node lead.
struct Look {
  At at;  // agents walk on complete layers whose nodes are found by id
  Write<std::int32_t> degree;
  WriteArray<std::uint64_t> ways;
  template <class Here>
  void operator()(const Here& here) const {
    degree(here) = here.degree();
    const std::span<std::uint64_t> row = ways(here);
    for (std::size_t k = 0; k < row.size(); ++k) row[k] = here.id(here.neighbour(static_cast<int>(k)));
  }
};

/// An agent on each node looks round: expected(node) lists where the ways lead.
void expect_ways(const GraphMaker& graph, std::uint64_t nodes, std::uint32_t degree,
                 const std::function<std::vector<std::uint64_t>(std::uint64_t)>& expected) {
  const Sketch sketch = with_ants(nodes, [=](Schema& s, std::uint32_t ants) {
    const auto field = s.agent_field<std::int32_t>(ants, "degree");
    s.act_agents(ants, Look{{}, field, s.agent_array<std::uint64_t>(ants, "ways", degree)});
  });
  run_alike(case_of(sketch, graph), 1, [&](Colony& colony) {
    EXPECT_EQ(colony.observe("ants"), static_cast<std::int64_t>(nodes));
    for_each_agent(colony, [&](std::uint64_t id, const Part& part, std::size_t slot) {
      const std::vector<Column>& columns = part.species[0].columns;
      EXPECT_EQ(columns[0].as<std::int32_t>()[slot], static_cast<std::int32_t>(degree));
      const std::uint64_t* ways = columns[1].as<std::uint64_t>() + slot * degree;
      EXPECT_EQ(std::vector<std::uint64_t>(ways, ways + degree), expected(id)) << "from node " << id;
    });
  });
}

TEST(AgentEffects, WaysOfAgentsAreThoseOfTheLayer) {
  expect_ways(lattice(8, 6, 4), 48, 4, [](std::uint64_t node) -> std::vector<std::uint64_t> {
    const std::uint64_t row = node / width * width, x = node % width;
    return {east_of(node), (node + width) % 48, row + (x + width - 1) % width, (node + 48 - width) % 48};
  });
  expect_ways(complete(20), 20, 19, [](std::uint64_t node) {
    std::vector<std::uint64_t> others;
    for (std::uint64_t id = 0; id < 20; ++id)
      if (id != node) others.push_back(id);
    return others;
  });
}

/// Act, of nodes or agents.
struct Flip {
  Draws draws;
  Write<std::uint32_t> heads;
  template <class Here>
  void operator()(const Here& here) const {
    if (draws.in_half(here)) ++heads(here);
  }
};

TEST(Draws, AnIdOfZeroIsInEitherHalf) {
  const Sketch sketch = with_ants(2, [](Schema& s, std::uint32_t ants) {
    s.act(Flip{Stream::user, s.field<std::uint32_t>("heads")});
    s.act_agents(ants, Flip{static_cast<Stream>(1001), s.agent_field<std::uint32_t>(ants, "heads")});
  });
  const auto about_half = AllOf(::testing::Gt(60u), ::testing::Lt(140u));  // more than five standard deviations
  run_alike(case_of(sketch), 200, [&](Colony& colony) {
    EXPECT_THAT(colony.nodes<std::uint32_t>("heads")[0], about_half);
    for_each_agent(colony, [&](std::uint64_t id, const Part& part, std::size_t slot) {
      EXPECT_THAT(part.species[0].columns[0].as<std::uint32_t>()[slot], about_half) << "agent " << id;
    });
  });
}

/// The draws of an entity, numbered by its neighbours' ids, beside the coins of its edges.
struct Compare {
  Draws draws;
  Add pairs, same;
  template <class Here>
  void operator()(const Here& here) const {
    here.for_each_target([&](NodeRef v) {
      pairs(1);
      if (draws(here, here.id(v)) == draws.edge(here.id(), here.id(v))) same(1);
    });
  }
};

TEST(Draws, EntitiesAndEdgesDrawApart) {
  const Sketch sketch = [](Schema& s) -> Populate {
    const GlobalSum pairs = s.global("pairs", false), same = s.global("same", false);
    s.act(Compare{Stream::user, pairs, same});
    s.observe("pairs", pairs);
    s.observe("same", same);
    return nothing_more;
  };
  run_alike(case_of(sketch), 1, [](Colony& colony) {
    EXPECT_EQ(colony.observe("pairs"), 8 * 48);
    EXPECT_EQ(colony.observe("same"), 0);
  });
}

}  // namespace
}  // namespace colony::testing
