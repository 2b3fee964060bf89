// Settings: what kernels and signals read of a parameter in each tick, by a category or not, and what is refused.
#include <gmock/gmock.h>

#include "engine/model/setting_rules.hpp"
#include "models/epidemic/contact_kernels.hpp"
#include "models/streams.hpp"
#include "tests/unit/engine_sketches.hpp"

namespace colony::testing {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr auto coin_stream = static_cast<Stream>(1001);
constexpr std::uint64_t seed = 5;  // as case_of has it

Case with_parameters(const Sketch& sketch, std::map<std::string, ParameterValue> parameters) {
  Case what = case_of(sketch);
  what.parameters = std::move(parameters);
  return what;
}

NumbersBy by_age(std::vector<NumbersBy::Number> numbers) { return {.category = "age", .numbers = std::move(numbers)}; }

struct Pay {
  Number wage;
  Write<double> purse;
  template <class Here>
  void operator()(const Here& here) const {
    purse(here) += wage();
  }
};
struct PayByAge {
  NumberBy wage;
  Write<double> purse;
  template <class Here>
  void operator()(const Here& here) const {
    purse(here) += wage(here);
  }
};
struct Win {
  Draws coin;
  Chance chance;
  Write<std::uint32_t> wins;
  template <class Here>
  void operator()(const Here& here) const {
    wins(here) += chance().heads(coin(here)) ? 1 : 0;
  }
};
struct WinByAge {
  Draws coin;
  ChanceBy chance;
  Write<std::uint32_t> wins;
  template <class Here>
  void operator()(const Here& here) const {
    wins(here) += chance(here).heads(coin(here)) ? 1 : 0;
  }
};

// ---- In each tick ----

TEST(Settings, KernelsSeeTheNumberOfTheTick) {
  const Sketch sketch = [](Schema& s) {
    const auto purse = s.field<double>("purse");
    const auto wins = s.field<std::uint32_t>("wins");
    s.act(Pay{.wage = s.setting("wage"), .purse = purse});
    s.act(Win{.coin = coin_stream, .chance = s.setting("luck"), .wins = wins});
    return nothing_more;
  };
  for (const Shape& shape : shapes) {
    Colony colony(with_parameters(sketch, {{"wage", std::int64_t{2}}, {"luck", 0.0}}), shape);
    colony.run(2);
    colony.job().parameters.change("wage", std::int64_t{5});
    colony.job().parameters.change("luck", 1.0);
    colony.run(1);
    EXPECT_EQ(colony.nodes<double>("purse"), std::vector<double>(48, 2 + 2 + 5));
    EXPECT_EQ(colony.nodes<std::uint32_t>("wins"), std::vector<std::uint32_t>(48, 1));
  }
}

TEST(Settings, AFunctionOfAParameterIsAppliedInEachTick) {
  const Sketch sketch = [](Schema& s) {
    const auto purse = s.field<double>("purse");
    s.act(Pay{.wage = s.setting("days", [](double days) { return 1 / days; }), .purse = purse});
    return nothing_more;
  };
  Colony colony(with_parameters(sketch, {{"days", 2.0}}), {});
  colony.run(1);
  colony.job().parameters.change("days", 4.0);
  colony.run(1);
  EXPECT_EQ(colony.nodes<double>("purse"), std::vector<double>(48, 0.75));
}

TEST(Settings, AKernelIsNotRunWhileItsSettingIsZero) {
  const Sketch sketch = [](Schema& s) {
    const GlobalSum runs = s.global("runs", true);
    s.act(Count{.sum = runs}, {.unless_zero = s.setting("wage")});
    s.observe("runs", runs);
    return nothing_more;
  };
  Colony colony(with_parameters(sketch, {{"wage", 0.0}}), {});
  colony.run(3);
  EXPECT_EQ(colony.observe("runs"), 0);
  colony.job().parameters.change("wage", 0.5);
  colony.run(1);
  EXPECT_EQ(colony.observe("runs"), 48);
}

TEST(Settings, SignalsStepByTheNumberOfTheTick) {
  const auto air = [](const std::function<SignalOptions(Schema&)>& options) -> Sketch {
    return [options](Schema& s) {
      const SignalField smell = s.signal("smell", options(s));
      return [smell](Seeder& seeder) {
        seeder.nodes([&](std::uint64_t id, LocalIndex i) { seeder.set(NodeField<float>(smell), i, static_cast<float>(id % 7)); });
      };
    };
  };
  const Sketch adjustable =
      air([](Schema& s) { return SignalOptions{.evaporation = s.setting("evaporation"), .diffusion = s.setting("diffusion")}; });
  const auto fixed = [&](double evaporation, double diffusion) {
    return air([=](Schema&) { return SignalOptions{.evaporation = evaporation, .diffusion = diffusion}; });
  };
  for (const Shape& shape : shapes) {
    Colony colony(with_parameters(adjustable, {{"evaporation", 0.25}, {"diffusion", 0.0}}), shape), still(case_of(fixed(0.25, 0)), shape);
    colony.run(1);
    still.run(1);
    ASSERT_EQ(colony.nodes<float>("smell"), still.nodes<float>("smell"));
    // The other goes on as a colony whose first state is what the one has come to.
    const std::vector<float> now = colony.nodes<float>("smell");
    colony.job().parameters.change("diffusion", 0.5);
    colony.job().parameters.change("evaporation", 0.125);
    colony.run(1);
    const Sketch from_here = [&](Schema& s) {
      const SignalField smell = s.signal("smell", {.evaporation = 0.125, .diffusion = 0.5});
      return [smell, now](Seeder& seeder) {
        seeder.nodes([&](std::uint64_t id, LocalIndex i) { seeder.set(NodeField<float>(smell), i, now[id]); });
      };
    };
    Colony spreading(case_of(from_here), shape);
    spreading.run(1);
    EXPECT_EQ(colony.nodes<float>("smell"), spreading.nodes<float>("smell")) << shape;
  }
}

TEST(Settings, AnEpidemicChangesItsCourseInTheNextTickOnADeviceToo) {
  const Case what{"epidemic",
                  {{"infection", 0.3}, {"recovery", 0.0}, {"incubation", 4.0}, {"seeds", std::int64_t{200}}},
                  random_graph(600, 3000, false)};
  std::vector<Digest> digests;
  for (const std::string backend : {"cpu", "rehearsal"}) {
    Shape shape;
    shape.shards = backend == "cpu" ? 3 : 1;
    shape.backend = backend;
    Colony colony(what, shape);
    colony.run(3);
    EXPECT_GT(colony.observe("exposed"), 0);
    EXPECT_EQ(colony.observe("recovered"), 0);
    colony.job().parameters.change("infection", 0.0);
    colony.job().parameters.change("incubation", 0.0);
    const std::int64_t ill = colony.observe("infectious") + colony.observe("exposed");
    colony.run(1);
    EXPECT_EQ(colony.observe("new_infections"), 0);
    EXPECT_EQ(colony.observe("infectious"), ill) << "incubation takes no time any more";
    colony.job().parameters.change("infection", 1.0);
    colony.job().parameters.change("recovery", 1.0);
    colony.run(1);
    EXPECT_GT(colony.observe("new_infections"), 0);
    EXPECT_EQ(colony.observe("infectious"), colony.observe("new_infections"));
    EXPECT_EQ(colony.observe("recovered"), ill);
    digests.push_back(colony.digest());
  }
  EXPECT_EQ(digests[0], digests[1]);
}

// ---- By a category ----

/// Nodes of three ages, by their ids.
struct Ages {
  Category age;
  explicit Ages(Schema& s) : age(s.category("age", {"child", "adult", "old"})) {}
  Populate populate() const {
    return [age = age](Seeder& seeder) {
      seeder.nodes([&](std::uint64_t id, LocalIndex i) { seeder.set(age, i, static_cast<std::uint8_t>(id % 3)); });
    };
  }
};

TEST(Settings, ByACategoryANodeHasTheNumberOfItsValue) {
  const Sketch sketch = [](Schema& s) {
    const Setting before = s.setting("before"), wage = s.setting("wage"), luck = s.setting("luck");
    const Ages ages(s);
    const auto purse = s.field<double>("purse");
    const auto wins = s.field<std::uint32_t>("wins");
    s.act(PayByAge{.wage = wage, .purse = purse});
    s.act(PayByAge{.wage = before, .purse = purse});
    s.act(WinByAge{.coin = coin_stream, .chance = luck, .wins = wins});
    return ages.populate();
  };
  const Case what = with_parameters(sketch, {{"before", 100.0},
                                             {"wage", by_age({{"adult", 0.25}, {"child", 0.5}, {"old", 4}})},
                                             {"luck", by_age({{"adult", 1}, {"child", 0}, {"old", 0.5}})}});
  run_alike(what, 2, [](Colony& colony) {
    std::vector<double> purses;
    std::vector<std::uint32_t> wins;
    for (std::uint64_t id = 0; id < 48; ++id) {
      purses.push_back(2 * (100 + (id % 3 == 0 ? 0.5 : id % 3 == 1 ? 0.25 : 4)));
      std::uint32_t heads = id % 3 == 1 ? 2 : 0;
      for (std::uint64_t tick = 0; tick < 2 && id % 3 == 2; ++tick)
        heads += draw_entity(random_key(seed, coin_stream, tick), id)[0] >> 31 == 0 ? 1 : 0;
      wins.push_back(heads);
    }
    EXPECT_EQ(colony.nodes<double>("purse"), purses);
    EXPECT_EQ(colony.nodes<std::uint32_t>("wins"), wins);
  });
}

TEST(Settings, AKernelByACategoryIsNotRunWhileAllItsNumbersAreZero) {
  const Sketch sketch = [](Schema& s) {
    const Ages ages(s);
    const auto purse = s.field<double>("purse");
    const Setting wage = s.setting("wage");
    const GlobalSum runs = s.global("runs", true);
    s.act(PayByAge{.wage = wage, .purse = purse}, {.unless_zero = wage});
    s.act(Count{.sum = runs}, {.unless_zero = wage});
    s.observe("runs", runs);
    return ages.populate();
  };
  Colony colony(with_parameters(sketch, {{"wage", by_age({{"adult", 0}, {"child", 0}, {"old", 0}})}}), {});
  colony.run(1);
  EXPECT_EQ(colony.observe("runs"), 0);
  colony.job().parameters.change("wage", by_age({{"adult", 0}, {"child", 0}, {"old", 3}}));
  colony.run(1);
  EXPECT_EQ(colony.observe("runs"), 48);
  EXPECT_EQ(colony.nodes<double>("purse")[2], 3);
  EXPECT_EQ(colony.nodes<double>("purse")[3], 0);
}

/// Decay: an epidemic's recovery, by a setting or with the numbers in the kernel.
struct Recover {
  Draws coin;
  ChanceBy chance;
  Become state;
  template <class Here>
  void operator()(const Here& here) const {
    if (chance(here).heads(coin(here))) state(here, epidemic::recovered);
  }
};
struct RecoverBuiltIn {
  Draws coin;
  Read<std::uint8_t> age;
  Become state;
  template <class Here>
  void operator()(const Here& here) const {
    const Probability chance(age(here) == 0 ? 0.5 : age(here) == 1 ? 0.25 : 0.0625);
    if (chance.heads(coin(here))) state(here, epidemic::recovered);
  }
};
struct Fall {
  Raised infected;
  Become state;
  template <class Here>
  void operator()(const Here& here) const {
    state(here, epidemic::infectious);
  }
};

/// The contacts of the model, among people of three ages.
Sketch epidemic_of_ages(bool built_in) {
  return [built_in](Schema& s) {
    s.pull_rows();
    const Category state = s.category("state", {"susceptible", "exposed", "infectious", "recovered"});
    const Ages ages(s);
    const MaxField infected = s.maximum();
    s.act(epidemic::Pull{.state = state,
                         .coin = streams::infection,
                         .infector = streams::infector,
                         .infection = s.setting("infection"),
                         .infected = infected},
          {.over = Schema::nodes_in(state, epidemic::susceptible)});
    s.decay(Fall{.infected = infected, .state = state}, {.over = Schema::touched(infected)});
    const Schema::KernelOptions ill{.over = Schema::nodes_in(state, epidemic::infectious)};
    if (built_in) s.decay(RecoverBuiltIn{.coin = streams::recovery, .age = NodeField<std::uint8_t>(ages.age), .state = state}, ill);
    else s.decay(Recover{.coin = streams::recovery, .chance = s.setting("recovery"), .state = state}, ill);
    s.observe_count("recovered", state, epidemic::recovered);
    return [=](Seeder& seeder) {
      ages.populate()(seeder);
      seeder.nodes(
          [&](std::uint64_t id, LocalIndex i) { seeder.set(state, i, id % 50 == 0 ? epidemic::infectious : epidemic::susceptible); });
    };
  };
}

TEST(Settings, RecoveryByACategoryIsTheModelWithTheNumbersBuiltIn) {
  const GraphMaker graph = random_graph(900, 4500, false);
  Case built_in = case_of(epidemic_of_ages(true), graph), by = case_of(epidemic_of_ages(false), graph);
  built_in.parameters = by.parameters = {{"infection", 0.1}};
  by.parameters["recovery"] = by_age({{"adult", 0.25}, {"child", 0.5}, {"old", 0.0625}});
  const Shape one{1, 1, "range", 1};
  Colony colony(built_in, one);
  colony.run(12);
  EXPECT_GT(colony.observe("recovered"), 100);
  for (const Shape& shape : {one, Shape{2, 2, "range", 8}, Shape{5, 2, "hash", 20}})
    EXPECT_EQ(digest_after(by, shape, 12), colony.digest()) << shape;
}

TEST(Settings, TheEpidemicTakesRecoveryByItsState) {
  const Case plain{"epidemic", {{"infection", 0.1}, {"recovery", 0.3}, {"seeds", std::int64_t{9}}}, random_graph(500, 2500, false)};
  Case by = plain;
  by.parameters["recovery"] = NumbersBy{.category = "state", .numbers = {{"infectious", 0.3}}};
  const Digest expected = digest_after(plain, {}, 10);
  for (const Shape& shape : {Shape{1, 1}, Shape{2, 2, "range", 8}, Shape{5, 1, "hash", 20}})
    EXPECT_EQ(digest_after(by, shape, 10), expected) << shape;
}

// ---- What is refused ----

struct Hold {
  ChanceBy wage;
  template <class Here>
  void operator()(const Here&) const {}
};

/// What a job with these parameters is told of a declaration.
std::string refused(const std::function<void(Schema&)>& declare, std::map<std::string, ParameterValue> parameters) {
  Job job;
  job.parameters.values = std::move(parameters);
  try {
    Schema s(job);
    s.layer("people");
    declare(s);
    s.finish();
  } catch (const Error& error) {
    EXPECT_EQ(error.status(), ExitStatus::usage);
    return error.what();
  }
  return "nothing";
}

/// Ages, and a kernel that asks for "wage" by them.
void wage_by_age(Schema& s) {
  const Ages ages(s);
  s.act(PayByAge{.wage = s.setting("wage"), .purse = s.field<double>("purse")});
}
void wage_for_all(Schema& s) {
  const Ages ages(s);
  s.act(Pay{.wage = s.setting("wage"), .purse = s.field<double>("purse")});
}

const NumbersBy good = by_age({{"adult", 1}, {"child", 2}, {"old", 3}});

TEST(Settings, TablesThatDoNotFitAreRefusedWithTheirPlaces) {
  const auto told = [](const NumbersBy& wage) { return refused(wage_by_age, {{"wage", wage}}); };
  EXPECT_EQ(told(good), "nothing");
  NumbersBy other = good;
  other.category = "aeg";
  other.place = "job.toml:7:8";
  EXPECT_EQ(told(other), "job.toml:7:8: [model] wage: the people have no category \"aeg\"; did you mean \"age\"?");
  NumbersBy wrong = by_age({{"adlut", 1, "job.toml:7:21"}, {"child", 2}, {"old", 3}});
  wrong.place = "job.toml:7:8";
  EXPECT_EQ(told(wrong),
            "job.toml:7:21: [model] wage: \"age\" has no value \"adlut\"; did you mean \"adult\"?\n"
            "job.toml:7:8: [model] wage: there is no number for \"adult\", a value of \"age\"");
  EXPECT_THAT(refused([](Schema& s) { s.act(PayByAge{.wage = s.setting("wage"), .purse = s.field<double>("purse")}); }, {{"wage", good}}),
              HasSubstr("[model] wage: the people have no category \"age\""));
}

TEST(Settings, WhatTakesOneNumberTakesNoTable) {
  EXPECT_THAT(refused(wage_for_all, {{"wage", good}}),
              AllOf(HasSubstr("[model] wage: the kernel"), HasSubstr("Pay of Act takes one number for all")));
  EXPECT_THAT(refused(
                  [](Schema& s) {
                    const Ages ages(s);
                    s.signal("smell", {.evaporation = s.setting("wage")});
                  },
                  {{"wage", good}}),
              HasSubstr("[model] wage: the signal \"smell\" takes one number for all"));
  NumbersBy placed = good;
  placed.place = "job.toml:7:8";
  EXPECT_EQ(refused([](Schema& s) { s.param("wage"); }, {{"wage", placed}}),
            "job.toml:7:8: [model] wage takes one number: the model reads it once, and so it can't differ by a category");
  EXPECT_THAT(refused([](Schema&) {}, {{"wage", placed}}), HasSubstr("job.toml:7:8: [model] wage: takes one number"));
  EXPECT_THAT(refused(
                  [](Schema& s) {
                    const Ages ages(s);
                    s.setting("wage");
                  },
                  {{"wage", good}}),
              HasSubstr("no kernel asks for it by a category"));
}

TEST(Settings, ANumberThatNothingReadsIsRefused) {
  const auto children = [](Schema& s) {
    const Ages ages(s);
    s.act(PayByAge{.wage = s.setting("wage"), .purse = s.field<double>("purse")}, {.over = Schema::nodes_in(ages.age, 0)});
  };
  EXPECT_EQ(refused(children, {{"wage", by_age({{"child", 2}})}}), "nothing");
  EXPECT_THAT(refused(children, {{"wage", by_age({{"child", 2}, {"old", 1}})}}),
              HasSubstr("the number for \"old\" would not be used: the model asks for it where nodes are \"child\" alone"));
  EXPECT_THAT(refused(children, {{"wage", by_age({})}}), HasSubstr("there is no number for \"child\""));
}

TEST(Settings, AreNumbersAndForNodesWhereByACategory) {
  EXPECT_THAT(refused([](Schema& s) { s.setting("name"); }, {{"name", std::string("ant")}}),
              HasSubstr("your model: a setting is a whole or a real number, and the parameter \"name\" is neither"));
  EXPECT_THAT(refused([](Schema& s) { s.setting("wage"); }, {}), HasSubstr("which it did not declare"));
  EXPECT_THAT(refused(
                  [](Schema& s) {
                    const std::uint32_t ants = s.agents("ant");
                    s.act_agents(ants, Hold{.wage = s.setting("wage")});
                  },
                  {{"wage", 1.0}}),
              HasSubstr("has NumberBy or ChanceBy of \"wage\", which is for kernels over nodes; this one runs over agents"));
  EXPECT_THAT(refused([](Schema& s) { s.signal("smell", {.diffusion = s.setting("wage")}); }, {{"wage", 1.5}}),
              HasSubstr("declare for \"wage\" a least of 0 and a most of 1"));
}

TEST(Settings, AModelRefusesAValueWhereItIsKnown) {
  const auto told = [](double incubation) {
    try {
      Colony({"epidemic", {{"incubation", incubation}}, random_graph(10, 20, false)}, {});
    } catch (const UsageError& error) {
      return std::string(error.what());
    }
    return std::string("nothing");
  };
  EXPECT_EQ(told(0.5), "[model] incubation is a number of ticks: 0, or at least 1");
  EXPECT_EQ(told(0), "nothing");
  EXPECT_EQ(told(1), "nothing");
}

TEST(Settings, AreListedByParameter) {
  const Job job = [] {
    Job j;
    j.parameters.values = {{"wage", good}, {"luck", 0.5}};
    return j;
  }();
  Schema s(job);
  const Setting luck = s.setting("luck"), half = s.setting("luck", [](double p) { return p / 2; });
  wage_by_age(s);
  s.act(Win{.coin = coin_stream, .chance = luck, .wins = s.field<std::uint32_t>("wins")}, {.unless_zero = half});
  s.finish();
  ASSERT_EQ(s.settings().size(), 3u);
  EXPECT_EQ(s.settings()[2].parameter, "wage");
  EXPECT_EQ(s.settings()[2].count, 3u);
  EXPECT_THAT(setting_values(s, Tick(0)), ElementsAre(0.5, 0.25, 2, 1, 3)) << "in the order of the category's values";
}

}  // namespace
}  // namespace colony::testing
