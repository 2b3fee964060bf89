// Models that are wrong in ways that only their data shows: each is told as the modeller's mistake, in any shape. What only looks like one
// is in engine_agent_effects.cpp.
#include "engine/model/mistakes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <limits>
#include <stdexcept>

#include "tests/unit/engine_sketches.hpp"

namespace colony::testing {
namespace {

using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// ---- Exceptions, values and rows ----

/// Throws at one node.
struct Thrower {
  Read<std::uint8_t> state;
  bool strange;
  template <class Here>
  void operator()(const Here& here) const {
    if (here.id() != 1234 || state(here) > 9) return;
    if (strange) throw 5;
    throw std::out_of_range("no such price");
  }
};

/// Decay: sets a category to a value that it may not have, or for the second time.
struct Setter {
  Become state;
  std::uint8_t value;
  template <class Here>
  void operator()(const Here& here) const {
    if (here.id() == 7) state(here, value);
  }
};

/// Act: looks at its neighbours, whether the model asked for their rows or not.
template <bool sources>
struct Walker {
  Near<std::uint8_t> state;
  Add sum;
  template <class Here>
  void operator()(const Here& here) const {
    std::int64_t found = 0;
    const auto count = [&](NodeRef v) { found += state(v); };
    if constexpr (sources) here.for_each_source(count);
    else here.for_each_target(count);
    sum(found);
  }
};

/// A sketch that has a category.
Sketch with_state(const std::function<void(Schema&, Category)>& declare) {
  return [=](Schema& s) -> Populate {
    declare(s, s.category("state", {"low", "high"}));
    return nothing_more;
  };
}

TEST(Mistakes, AreToldAsTheModels) {
  const auto expect = [](const std::function<void(Schema&, Category)>& declare, const ::testing::Matcher<std::string>& words) {
    expect_told(case_of(with_state(declare), random_graph(20'000, 60'000, true)), words);
  };
  const auto thrower = [](Category state, bool strange) { return Thrower{NodeField<std::uint8_t>(state), strange}; };
  expect([](Schema& s, Category state) { s.decay(Setter{state, 1}); }, "nothing");
  expect([=](Schema& s, Category state) { s.decay(thrower(state, false)); },
         AllOf(StartsWith("your model: the kernel"), HasSubstr("Thrower of Decay in tick 0: no such price")));
  expect([=](Schema& s, Category state) { s.act(thrower(state, false), {.in = [](std::uint64_t tick) { return tick == 2; }}); },
         HasSubstr("Thrower of Act in tick 2: no such price"));
  expect([=](Schema& s, Category state) { s.decay(thrower(state, true)); },
         AllOf(StartsWith("your model: "), HasSubstr("Thrower of Decay in tick 0 threw something that is not")));
  expect(
      [](Schema& s, Category state) {  // it asked for the other rows
        s.push_rows();
        s.act(Walker<true>{state, s.global("sum", false)});
      },
      AllOf(StartsWith("your model: "), HasSubstr("Walker<true> of Act"), HasSubstr("pull_rows")));
  expect(
      [](Schema& s, Category state) {
        s.pull_rows();
        s.act(Walker<false>{state, s.global("sum", false)});
      },
      AllOf(StartsWith("your model: "), HasSubstr("Walker<false> of Act"), HasSubstr("push_rows")));
}

TEST(Mistakes, OfCategories) {
  const auto strange = with_state([](Schema& s, Category state) { s.decay(Setter{state, 2}); });
  expect_told(case_of(strange),
              AllOf(StartsWith("your model: "), HasSubstr(R"("state" of node 7 was set to 2 in tick 0, and has the values 0 to 1)")));
  const auto twice = with_state([](Schema& s, Category state) {
    s.decay(Setter{state, 1});
    s.decay(Setter{state, 0}, {.in = [](std::uint64_t tick) { return tick == 0; }});
  });
  expect_told(case_of(twice), HasSubstr(R"("state" of node 7 was changed twice in tick 0: one Become a node and tick)"));
  const auto in_turns = with_state([](Schema& s, Category state) {
    s.decay(Setter{state, 1}, {.in = [](std::uint64_t tick) { return tick % 2 == 0; }});
    s.decay(Setter{state, 0}, {.in = [](std::uint64_t tick) { return tick % 2 == 1; }});
  });
  run_alike(case_of(in_turns), 5, [](Colony& colony) { EXPECT_EQ(colony.nodes<std::uint8_t>("state")[7], 1); });
}

// ---- Effects on nodes ----

/// Act: something that is not there.
struct AddBeyond {
  AddTo sums;
  std::size_t which;
  template <class Here>
  void operator()(const Here& here) const {
    if (here.id() == 7) sums(which, 1);
  }
};
struct Drop {
  Deposit smell;
  std::int64_t quanta;
  bool lost;
  template <class Here>
  void operator()(const Here& here) const {
    if (here.id() == 7) smell(lost ? NodeRef{no_index} : NodeRef(here), quanta);
  }
};
struct Lift {
  Raise peak;
  bool lost;
  template <class Here>
  void operator()(const Here& here) const {
    if (here.id() == 7) peak(lost ? NodeRef{no_index} : NodeRef(here), 1);
  }
};
struct Find {
  At at;
  Add found;
  std::uint64_t id;
  template <class Here>
  void operator()(const Here& here) const {
    if (here.id() == 7) found(here.id(at(id)) == id ? 1 : 0);
  }
};

TEST(Mistakes, OfEffectsOnNodes) {
  const auto expect = [](const std::function<void(Schema&)>& declare, const ::testing::Matcher<std::string>& words) {
    expect_told(case_of([=](Schema& s) -> Populate {
                  declare(s);
                  return nothing_more;
                }),
                words);
  };
  expect([](Schema& s) { s.act(AddBeyond{s.sums("cases", 3), 2}); }, "nothing");
  expect([](Schema& s) { s.act(AddBeyond{s.sums("cases", 3), 3}); }, HasSubstr("AddBeyond of Act in tick 0: AddTo: the row has no such"));
  const auto drop = [](std::int64_t quanta, bool lost) {
    return [=](Schema& s) { s.act(Drop{s.signal("smell", {.evaporation = 1}), quanta, lost}); };
  };
  const auto no_amount = HasSubstr("Drop of Act in tick 0: Deposit: an amount is a number of quanta from 0 to 2^52 - 1");
  expect(drop(0, false), "nothing");
  expect(drop(most_deposits, false), "nothing");
  expect(drop(most_deposits + 1, false), no_amount);
  expect(drop(-1, false), no_amount);
  expect(drop(1, true), HasSubstr("Drop of Act in tick 0: Deposit: there is no such node"));
  expect([](Schema& s) { s.act(Lift{s.maximum(), false}); }, "nothing");
  expect([](Schema& s) { s.act(Lift{s.maximum(), true}); }, HasSubstr("Lift of Act in tick 0: Raise: there is no such node"));
  expect([](Schema& s) { s.act(Find{{}, s.global("found", false), 15}); }, "nothing");
  expect([](Schema& s) { s.act(Find{{}, s.global("found", false), 48}); }, HasSubstr("Find of Act in tick 0: At: the layer has no node"));
}

/// Act, at node 7.
struct LayBeyond {
  Lay trail;
  std::uint32_t towards;
  bool lost;
  template <class Here>
  void operator()(const Here& here) const {
    if (here.id() == 7) trail(lost ? NodeRef{no_index} : NodeRef(here), towards, 1);
  }
};

TEST(Mistakes, OfWhatIsLaidOnEdges) {
  const auto laying = [](std::uint32_t towards, bool lost) {
    const Sketch sketch = [=](Schema& s) -> Populate {
      s.act(LayBeyond{s.trace("trail", 20), towards, lost});
      return nothing_more;
    };
    return case_of(sketch, complete(20));
  };
  const auto words = AllOf(StartsWith("your model: "), HasSubstr("LayBeyond of Act in tick 0: Lay: there is no such edge"));
  expect_told(laying(19, false), "nothing");
  expect_told(laying(20, false), words);
  expect_told(laying(~0u, false), words);
  expect_told(laying(19, true), words);
}

// ---- Agents that move ----

/// Act: one agent goes to a node that is not there, all others stay.
struct StepNowhere {
  StepTo step;
  template <class Here>
  void operator()(const Here& here) const {
    step(here, here.id() == 7 ? NodeRef{no_index} : here.node);
  }
};

TEST(Mistakes, AStepLeadsToANode) {
  expect_told(case_of(with_ants(48, [](Schema& s, std::uint32_t ants) { s.act_agents(ants, StepNowhere{StepTo(ants)}); })),
              AllOf(StartsWith("your model: "), HasSubstr("StepNowhere of Act in tick 0: 7 is the agent whose StepTo leads nowhere")));
  const Sketch eastwards = with_ants(8, [](Schema& s, std::uint32_t ants) { s.act_agents(ants, Step{StepTo(ants), east}); });
  expect_told(case_of(eastwards, lattice(8, 6, 8, false)), HasSubstr("Step of Act in tick 0: 7 is the agent whose StepTo leads nowhere"));
  expect_told(case_of(eastwards), "nothing");
}

TEST(Mistakes, AfterAMoveNoKernelOfTheSpeciesFollows) {
  const auto in = [](std::uint64_t rest) { return [=](std::uint64_t tick) { return tick % 2 == rest; }; };
  const auto moves_then = [](const Schema::KernelOptions& moving, const Schema::KernelOptions& counting) {
    return case_of(with_ants(8, [=](Schema& s, std::uint32_t ants) {
      s.act_agents(ants, Step{StepTo(ants), east}, moving);
      s.act_agents(ants, Count{s.global("sum", false)}, counting);
    }));
  };
  expect_told(moves_then({}, {}),
              AllOf(StartsWith("your model: "), HasSubstr("Step of Act moves agents in tick 0"), HasSubstr("Count of Act runs over them")));
  expect_told(moves_then({}, {.in = in(1)}), HasSubstr("Step of Act moves agents in tick 1"));
  run_alike(moves_then({.in = in(0)}, {.in = in(1)}), 4, [](Colony& colony) { EXPECT_EQ(places_of(colony)[0], 2u); });
  const Sketch moves_last = with_ants(8, [](Schema& s, std::uint32_t ants) {
    s.act_agents(ants, Count{s.global("sum", false)});
    s.act_agents(ants, Step{StepTo(ants), east});
  });
  run_alike(case_of(moves_last), 4, [](Colony& colony) { EXPECT_EQ(places_of(colony)[0], 4u); });
}

// ---- Claims ----

/// Advance, winners.
struct Sign {
  LeaveHere<std::uint64_t> name;
  template <class Here>
  void operator()(const Here& here) const {
    name(here, here.id());
  }
};

TEST(Mistakes, AnAgentClaimsOnceATick) {
  const auto asking = [](const std::vector<int>& times) {
    return case_of(with_ants(48, [=](Schema& s, std::uint32_t ants) {
      const ClaimField unit = s.claim("unit", s.field<std::uint32_t>("stock"));
      for (const int t : times) s.act_agents(ants, Ask{ClaimOne(unit, ants), t});
    }));
  };
  expect_told(asking({1}), "nothing");
  expect_told(asking({2}), AllOf(StartsWith("your model: "), HasSubstr("Ask of Act in tick 0: "),
                                 HasSubstr("the agent that makes two claims in one tick")));
  expect_told(asking({1, 1}), HasSubstr("both claim in tick 0: an agent makes one claim a tick"));
}

TEST(Mistakes, OneWinnerLeavesSomethingAtANode) {
  const auto signing = [](std::uint32_t amount) {
    return case_of([=](Schema& s) -> Populate {
      const std::uint32_t ants = s.agents("ant");
      const auto stock = s.field<std::uint32_t>("stock");
      const auto name = s.field<std::uint64_t>("name");
      const ClaimField unit = s.claim("unit", stock);
      s.act_agents(ants, Ask{ClaimOne(unit, ants), 1});
      s.advance_agents(ants, Sign{name}, {.over = Schema::winners(unit)});
      return [=](Seeder& seeder) {
        fill(seeder, stock, [=](std::uint64_t) { return amount; });
        put(seeder, ants, 16, [](std::uint64_t) { return 5; });  // of whom 7 and 15 claim
      };
    });
  };
  expect_told(signing(2), AllOf(StartsWith("your model: "), HasSubstr(R"(2 agents win "unit" at node 5 in tick 0)")));
  run_alike(signing(1), 3, [](Colony& colony) { EXPECT_THAT(colony.nodes<std::uint64_t>("name")[5], AnyOf(7u, 15u)); });
}

// ---- Deaths and births ----

TEST(Mistakes, ChildrenOfOneParentDifferInTheirOrdinals) {
  const auto words = AllOf(StartsWith("your model: two agents \"ant\" have the id "), HasSubstr("need different ordinals"));
  expect_told(case_of(with_ants(8, [](Schema& s, std::uint32_t ants) { s.act(Bear{Spawn(ants), 0}); })), words);
  expect_told(case_of(with_ants(8, [](Schema& s, std::uint32_t ants) { s.act_agents(ants, Bear{Spawn(ants), 0}); })), words);
  expect_told(case_of(with_ants(8, [](Schema& s, std::uint32_t ants) { s.act_agents(ants, Bear{Spawn(ants), 1}); })), "nothing");
}

/// Act: node 7 has a child, and sets a field of it.
struct BearWith {
  Spawn spawn;
  AgentField<float> field;
  template <class Here>
  void operator()(const Here& here) const {
    if (here.id() == 7) spawn(here, 0, [&](const Newborn& child) { child.set(field, 1.5f); });
  }
};

TEST(Mistakes, ANewbornHasTheFieldsOfItsSpecies) {
  enum Of { own, of_another, intent };
  const auto bearing = [](Of of) {
    return case_of(with_ants(8, [=](Schema& s, std::uint32_t ants) {
      const std::uint32_t bees = s.agents("bee");
      const AgentField<float> load = s.agent_field<float>(ants, "load"), plan = s.intent<float>(ants, "plan"),
                              nectar = s.agent_field<float>(bees, "nectar");
      s.act(BearWith{Spawn(ants), of == own ? load : of == intent ? plan : nectar});
    }));
  };
  const auto words =
      AllOf(StartsWith("your model: "), HasSubstr("BearWith of Act in tick 0: "), HasSubstr("a newborn's field is a state field"));
  expect_told(bearing(own), "nothing");
  expect_told(bearing(of_another), words);
  expect_told(bearing(intent), words);
}

// ---- States ----

/// Of node 7 or agent 7.
struct Spoil {
  Write<float> mood;
  template <class Here>
  void operator()(const Here& here) const {
    if (here.id() == 7) mood(here) = std::numeric_limits<float>::quiet_NaN();
  }
};

TEST(Mistakes, AStateHasNoNaN) {
  expect_told(case_of([](Schema& s) -> Populate {
                s.decay(Spoil{s.field<float>("mood")});
                return nothing_more;
              }),
              R"(the state: "mood" of node 7 is not a number)");
  const auto spoiled = [](bool intent) {
    return case_of(with_ants(48, [=](Schema& s, std::uint32_t ants) {
      s.act_agents(ants, Spoil{intent ? s.intent<float>(ants, "mood") : s.agent_field<float>(ants, "mood")});
    }));
  };
  expect_told(spoiled(false), R"(the state: "mood" of ant 7 is not a number)");
  expect_told(spoiled(true), "nothing");
}

TEST(Mistakes, OfPopulate) {
  const Sketch homeless = [](Schema& s) -> Populate {
    const std::uint32_t ants = s.agents("ant");
    return [=](Seeder& seeder) { put(seeder, ants, 3, [](std::uint64_t id) { return id == 2 ? 99 : id; }); };
  };
  expect_told(case_of(homeless), R"(your model: populate() puts agent 2 of "ant" on node 99, which is not there)");
  const auto setting = [](bool careful) {
    return case_of([=](Schema& s) -> Populate {
      const auto mood = s.field<std::uint32_t>("mood");
      return [=](Seeder& seeder) {
        const LocalIndex node = seeder.at(40);
        if (!careful || node != no_index) seeder.set(mood, node, 3u);
      };
    });
  };
  for (const Shape& shape : shapes) {
    if (shape.shards == 1) EXPECT_EQ(told(setting(false), shape), "nothing");
    else EXPECT_THAT(told(setting(false), shape), StartsWith("your model: populate() sets a field of a node that another part owns"));
  }
  run_alike(case_of(homeless, lattice(10, 10)), 1, [](Colony& colony) { EXPECT_EQ(places_of(colony)[2], 99u); });
  run_alike(setting(true), 1, [](Colony& colony) { EXPECT_EQ(colony.nodes<std::uint32_t>("mood")[40], 3u); });
}

}  // namespace
}  // namespace colony::testing
