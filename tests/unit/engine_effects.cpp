// The effects `add` on fields, `min` and `unlink`: against plain loops, in several shapes, and what of them is refused.
#include <gmock/gmock.h>

#include <algorithm>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "engine/content.hpp"
#include "engine/effects/emission.hpp"
#include "engine/effects/link.hpp"
#include "engine/effects/unlink.hpp"
#include "engine/kernels/growing_here.hpp"
#include "tests/unit/engine_sketches.hpp"

namespace colony::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr std::uint64_t nodes = 48;  // of a lattice of 8 x 6, a torus

/// Ids of the neighbours of a node.
std::vector<std::uint64_t> neighbours_of(std::uint64_t id) {
  constexpr std::uint64_t height = nodes / width;
  std::vector<std::uint64_t> ids;
  for (const std::uint64_t dy : {0, 1, 2})
    for (const std::uint64_t dx : {0, 1, 2})
      if (dx != 1 || dy != 1) ids.push_back((id / width + height + dy - 1) % height * width + (id % width + width + dx - 1) % width);
  return ids;
}

// ---- add ----

/// What node `from` adds to its neighbour `to` in a tick: of both signs.
std::int64_t amount_of(std::uint64_t from, std::uint64_t to, std::uint64_t tick) {
  return static_cast<std::int64_t>((from * 7 + to * 3 + tick) % 11) - 4;
}

/// Act.
struct Give {
  AddNear give;
  TickNumber tick;
  std::int64_t unit;
  template <class Here>
  void operator()(const Here& here) const {
    here.for_each_target([&](NodeRef v) { give(v, unit * amount_of(here.id(), here.id(v), tick())); });
  }
};

/// Decay: what was added is there.
template <class T>
struct Copy {
  Read<T> from;
  Write<T> to;
  template <class Here>
  void operator()(const Here& here) const {
    to(here) = from(here);
  }
};

/// Sense: the purse stays as it is.
struct Stay {
  Read<std::uint32_t> purse;
  Next<std::uint32_t> next;
  template <class Here>
  std::uint32_t operator()(const Here& here) const {
    return purse(here);
  }
};

template <class T>
Case giving(T first, std::int64_t unit, double quantum) {
  return case_of([=](Schema& s) -> Populate {
    const NodeField<T> purse = s.field<T>("purse"), seen = s.field<T>("seen");
    s.act(Give{.give = s.addition(purse, quantum), .tick = {}, .unit = unit});
    s.decay(Copy<T>{.from = purse, .to = seen});
    s.observe_sum("purses", purse);
    return [=](Seeder& seeder) { seeder.nodes([&](std::uint64_t, LocalIndex i) { seeder.set(purse, i, first); }); };
  });
}

TEST(AddEffect, EqualsAPlainLoop) {
  const std::uint64_t ticks = 5;
  std::vector<std::int32_t> expected(nodes, -3);
  for (std::uint64_t tick = 0; tick < ticks; ++tick)
    for (std::uint64_t from = 0; from < nodes; ++from)
      for (const std::uint64_t to : neighbours_of(from)) expected[to] += static_cast<std::int32_t>(amount_of(from, to, tick));
  std::uint64_t remote = 0;
  run_alike(giving<std::int32_t>(-3, 1, 1), ticks, [&](Colony& colony) {
    EXPECT_EQ(colony.nodes<std::int32_t>("purse"), expected);
    EXPECT_EQ(colony.nodes<std::int32_t>("seen"), expected) << "the kernels of Decay see what was added";
    remote += colony.activity().traffic.remote("add");
  });
  EXPECT_GT(remote, 100u);
}

TEST(AddEffect, RealFieldsCountInQuanta) {
  constexpr double quantum = 0x1p-10;
  std::vector<double> expected(nodes, 0.5);
  for (std::uint64_t from = 0; from < nodes; ++from)
    for (const std::uint64_t to : neighbours_of(from)) expected[to] += quantum * 3 * static_cast<double>(amount_of(from, to, 0));
  run_alike(giving<double>(0.5, 3, quantum), 1, [&](Colony& colony) { EXPECT_EQ(colony.nodes<double>("purse"), expected); });
  const std::vector<float> narrow(expected.begin(), expected.end());
  run_alike(giving<float>(0.5f, 3, quantum), 1, [&](Colony& colony) { EXPECT_EQ(colony.nodes<float>("purse"), narrow); });
}

/// Act: to node 20, from all around, amounts that leave 64 bits on the way and come back; in which order, threads and shards decide.
struct Wild {
  AddNear give;
  std::int64_t last;
  template <class Here>
  void operator()(const Here& here) const {
    constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max(), least = std::numeric_limits<std::int64_t>::min();
    here.for_each_target([&](NodeRef v) {
      if (here.id(v) != 20) return;
      const std::int64_t sign = here.id() > 20 ? 1 : -1;  // four on either side
      for (int k = 0; k < 3; ++k) give(v, sign > 0 ? most : least);
      for (int k = 0; k < 3; ++k) give(v, sign > 0 ? 1 : 0);
      if (here.id() == 21) give(v, last);
    });
  }
};

TEST(AddEffect, SumsThatLeave64BitsOnTheWayAreExact) {
  const auto wild = [](std::int64_t last) {
    return case_of([=](Schema& s) -> Populate {
      const auto purse = s.field<std::int32_t>("purse");
      s.act(Wild{.give = s.addition(purse), .last = last});
      return [=](Seeder& seeder) { seeder.nodes([&](std::uint64_t, LocalIndex i) { seeder.set(purse, i, std::int32_t{5}); }); };
    });
  };
  run_alike(wild(-12), 1, [](Colony& colony) {
    std::vector<std::int32_t> expected(nodes, 5);
    expected[20] = -7;
    EXPECT_EQ(colony.nodes<std::int32_t>("purse"), expected);
  });
  expect_told(wild(std::int64_t{1} << 31),
              AllOf(HasSubstr("your model"), HasSubstr("added to \"purse\" of node 20 in tick 0"), HasSubstr("beyond")));
}

/// Act of agents: each adds to its own node and to the one east of it.
struct Sow {
  AddNear seeds;
  template <class Here>
  void operator()(const Here& here) const {
    seeds(here.node, 1);
    seeds(here.neighbour(east), 2);
  }
};

TEST(AddEffect, OfAgents) {
  const Sketch sketch = [](Schema& s) {
    const std::uint32_t ants = s.agents("ant");
    const auto field = s.field<std::uint8_t>("field");
    s.act_agents(ants, Sow{s.addition(field)});
    return at_home(ants, 10);
  };
  std::vector<std::uint8_t> expected(nodes, 0);
  for (std::uint64_t ant = 0; ant < 10; ++ant) {
    expected[ant] += 3;
    expected[east_of(ant)] += 6;
  }
  run_alike(case_of(sketch), 3, [&](Colony& colony) { EXPECT_EQ(colony.nodes<std::uint8_t>("field"), expected); });
  expect_told(case_of([](Schema& s) {
                const std::uint32_t ants = s.agents("ant");
                const auto field = s.field<std::uint8_t>("field");
                s.act_agents(ants, Sow{s.addition(field)});
                return [=](Seeder& seeder) {
                  put(seeder, ants, 1, own_node);
                  seeder.nodes([&](std::uint64_t, LocalIndex i) { seeder.set(field, i, std::uint8_t{253}); });
                };
              }),
              HasSubstr("\"field\" of node 1 in tick 1"));
}

/// The stock of a claim is that of S(t): what is added to it in the tick comes after.
TEST(AddEffect, ClaimsLookAtTheStockOfBefore) {
  const Sketch sketch = [](Schema& s) {
    const std::uint32_t ants = s.agents("ant");
    const auto stock = s.field<std::uint32_t>("stock");
    const ClaimField unit = s.claim("unit", stock);
    const GlobalSum won = s.global("won", true);
    s.act_agents(ants, Sow{s.addition(stock)}, {.in = first_tick});
    s.act_agents(ants, Ask{ClaimOne(unit, ants), 1});
    s.advance_agents(ants, Count{won}, {.over = Schema::winners(unit)});
    s.observe("won", won);
    return at_home(ants, 8);
  };
  run_alike(case_of(sketch), 1, [](Colony& colony) { EXPECT_EQ(colony.observe("won"), 0); });
  run_alike(case_of(sketch), 4, [](Colony& colony) {
    EXPECT_EQ(colony.observe("won"), 3) << "agent 7 wins one unit a tick from the second on";
    EXPECT_EQ(colony.nodes<std::uint32_t>("stock")[7], 0u);
  });
}

std::string refused(const Sketch& sketch) {
  try {
    Colony colony(case_of(sketch), {});
  } catch (const ModelError& error) {
    EXPECT_EQ(error.status(), ExitStatus::usage);
    return error.what();
  }
  return "nothing";
}

TEST(AddEffect, IsForPlainFields) {
  const auto says = [](const char* words) { return AllOf(HasSubstr("your model"), HasSubstr(words)); };
  EXPECT_THAT(refused([](Schema& s) -> Populate {
                static_cast<void>(s.addition(NodeField<float>(s.signal("heat", {}))));
                return nothing_more;
              }),
              says("the addition to \"heat\""));
  EXPECT_THAT(refused([](Schema& s) -> Populate {
                static_cast<void>(s.addition(s.constant<std::uint32_t>("size")));
                return nothing_more;
              }),
              says("the addition to \"size\""));
  EXPECT_THAT(refused([](Schema& s) -> Populate {
                static_cast<void>(s.addition(NodeField<std::uint8_t>(s.category("state", {"a", "b"}))));
                return nothing_more;
              }),
              says("the addition to \"state\""));
  EXPECT_THAT(refused([](Schema& s) -> Populate {
                static_cast<void>(s.addition(s.field<double>("purse"), 0));
                return nothing_more;
              }),
              says("a quantum that is not above 0"));
  EXPECT_THAT(refused([](Schema& s) -> Populate {
                const auto purse = s.field<std::uint32_t>("purse");
                const auto next = s.next(purse);
                static_cast<void>(s.addition(purse));
                s.sense(Stay{.purse = purse, .next = next});
                return nothing_more;
              }),
              says("\"purse\" can't have a next()"));
  EXPECT_THAT(refused([](Schema& s) -> Populate {
                s.decay(Give{.give = s.addition(s.field<std::uint32_t>("purse")), .tick = {}, .unit = 1});
                return nothing_more;
              }),
              AllOf(HasSubstr("has AddNear of \"purse\""), HasSubstr("belongs in Act")));
}

// ---- min ----

/// Act: every third node, and no other, lowers its neighbours and itself to a number of its own.
struct LowerAround {
  Lower bid;
  template <class Here>
  void operator()(const Here& here) const {
    if (here.id() % 7 != 0) return;
    here.for_each_target([&](NodeRef v) { bid(v, here.id() * 31 % 17); });
    bid(here, 16);
  }
};
/// Decay, over the nodes that were lowered.
struct Keep {
  Lowered bid;
  Write<std::uint64_t> least;
  Add lowered;
  template <class Here>
  void operator()(const Here& here) const {
    least(here) = bid(here);
    lowered(1);
  }
};

TEST(MinEffect, EqualsAPlainLoop) {
  constexpr std::uint64_t none = ~std::uint64_t{0};
  std::vector<std::uint64_t> expected(nodes, none);
  for (std::uint64_t from = 0; from < nodes; from += 7) {
    for (const std::uint64_t to : neighbours_of(from)) expected[to] = std::min(expected[to], from * 31 % 17);
    expected[from] = std::min<std::uint64_t>(expected[from], 16);
  }
  const auto lowered = std::count_if(expected.begin(), expected.end(), [=](std::uint64_t value) { return value != none; });
  const auto sketch = [=](bool over_all) {
    return case_of([=](Schema& s) -> Populate {
      const MinField bid = s.minimum();
      const auto least = s.field<std::uint64_t>("least");
      const GlobalSum sum = s.global("lowered", false);
      s.act(LowerAround{bid});
      s.decay(Keep{.bid = bid, .least = least, .lowered = sum}, {.over = over_all ? Domain{} : Schema::touched(bid)});
      s.observe("lowered", sum);
      return [=](Seeder& seeder) { seeder.nodes([&](std::uint64_t, LocalIndex i) { seeder.set(least, i, none); }); };
    });
  };
  std::uint64_t remote = 0;
  for (const bool over_all : {false, true})
    run_alike(sketch(over_all), 3, [&](Colony& colony) {
      EXPECT_EQ(colony.nodes<std::uint64_t>("least"), expected);
      EXPECT_EQ(colony.observe("lowered"), over_all ? static_cast<std::int64_t>(nodes) : lowered) << "each node once";
      remote += colony.activity().traffic.remote("min");
    });
  EXPECT_GT(remote, 10u);
}

// ---- unlink ----

constexpr const char* labels[] = {"ant", "bee", "cat", "dog", "elk", "fox", "gnu", "hen"};

/// Act of node 0, in tick 0: all labels are nodes, and linked pair by pair.
struct JoinAll {
  EmitNode emit;
  LinkGroup join;
  template <class Here>
  void operator()(const Here& here) const {
    if (here.id() != 0) return;
    for (const char* label : labels) emit(content_of(label), 1);
    join(8, [](std::uint32_t i) { return GroupMember{content_of(labels[i]).id, 1, 0}; });
  }
};

/// Whether the link between two nodes is to go: the same seen from both ends.
bool goes(std::uint64_t a, std::uint64_t b) { return (a ^ b) % 3 == 0; }

/// Act over the nodes of the growing layer. both: each end asks; otherwise that with the smaller id.
struct Part3 {
  Unlink part;
  bool both;
  void operator()(const GrowingHere& here) const {
    here.for_each_link([&](NodeRef v, const Link&) {
      if (goes(here.id(), here.id(v)) && (both || here.id() < here.id(v))) part(here, v);
    });
  }
};

bool second_tick(std::uint64_t tick) { return tick == 1; }

using Pairs = std::set<std::pair<std::uint64_t, std::uint64_t>>;

Pairs links_of(Colony& colony) {
  Pairs halves;
  for (const auto& shard : colony.host().shards()) {
    const GrowingPart& layer = shard->part().growing[0];
    for (LocalIndex node = 0; node < layer.ids.size(); ++node)
      for (const Link& link : layer.links.row(node)) EXPECT_TRUE(halves.emplace(layer.ids[node], layer.ids[link.target]).second);
  }
  return halves;
}

Case parting(bool both, bool again) {
  return case_of([=](Schema& s) -> Populate {
    const GrowingLayer words = s.growing("words");
    s.links(words, {.gain = 0.5f, .most = 1}, [](std::span<Link>, std::uint32_t) {});
    s.act(JoinAll{words, words}, {.in = first_tick});
    if (again) s.act(JoinAll{words, words}, {.in = second_tick});
    s.act_growing(words, Part3{words, both}, second_tick);
    s.observe_links("links", words);
    s.observe_pruned("pruned", words);
    return nothing_more;
  });
}

TEST(UnlinkEffect, TakesAwayWhatIsAskedAndNoMore) {
  Pairs expected;
  std::int64_t gone = 0;
  for (const char* a : labels)
    for (const char* b : labels) {
      const std::uint64_t from = content_of(a).id, to = content_of(b).id;
      if (from == to) continue;
      if (goes(from, to)) gone += from < to ? 1 : 0;
      else expected.emplace(from, to);
    }
  ASSERT_GT(gone, 3);
  std::vector<Digest> digests;
  std::uint64_t remote = 0;
  for (const bool both : {false, true})
    digests.push_back(run_alike(parting(both, false), 2, [&](Colony& colony) {
      EXPECT_EQ(links_of(colony), expected);
      EXPECT_EQ(colony.observe("links"), 28 - gone);
      EXPECT_EQ(colony.observe("pruned"), gone) << "each link is counted once";
      remote += colony.activity().traffic.remote("unlink");
    }));
  EXPECT_EQ(digests[0], digests[1]) << "one end or both ask: the same";
  EXPECT_GT(remote, 0u);
}

TEST(UnlinkEffect, WhatIsJoinedInTheSameTickIsNew) {
  run_alike(parting(true, true), 2, [](Colony& colony) {
    EXPECT_EQ(colony.observe("links"), 28);
    for (const auto& shard : colony.host().shards()) {
      const GrowingPart& layer = shard->part().growing[0];
      for (LocalIndex node = 0; node < layer.ids.size(); ++node)
        for (const Link& link : layer.links.row(node)) {
          const bool fresh = goes(layer.ids[node], layer.ids[link.target]);
          EXPECT_EQ(link.first, fresh ? 1u : 0u);
          EXPECT_EQ(link.count, fresh ? 1u : 2u);
        }
    }
  });
}

/// Act of node 0: emits one name, and joins it with another.
struct JoinNobody {
  EmitNode emit;
  LinkGroup join;
  template <class Here>
  void operator()(const Here& here) const {
    if (here.id() != 0) return;
    emit(content_of("ant"), 1);
    join(2, [](std::uint32_t i) { return GroupMember{content_of(labels[i]).id, 1, 0}; });
  }
};

TEST(LinkEffect, AMemberThatWasNeverEmittedIsTold) {
  expect_told(
      case_of([](Schema& s) -> Populate {
        const GrowingLayer words = s.growing("words");
        s.links(words, {}, [](std::span<Link>, std::uint32_t) {});
        s.act(JoinNobody{words, words});
        return nothing_more;
      }),
      AllOf(HasSubstr("your model"), HasSubstr("LinkGroup of the node"), HasSubstr("\"words\" in tick 0, which was never emitted")));
}

/// Act of agents on a growing layer, by a number that is no GrowingSpecies.
struct Idle {
  TickNumber tick;
  template <class Here>
  void operator()(const Here&) const {}
};

TEST(GrowingAgents, HaveTheirOwnKindOfKernel) {
  EXPECT_THAT(refused([](Schema& s) -> Populate {
                const std::uint32_t worms = s.growing_agents("worm", s.growing("words"));
                s.act_agents(worms, Idle{});
                return nothing_more;
              }),
              HasSubstr("declared with what growing_agents() returned"));
}

}  // namespace
}  // namespace colony::testing
