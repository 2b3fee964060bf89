// What a kernel may hold, by what it runs over and when: each rule of engine/model/phase_rules.cpp, broken and kept. A refusal names the
// kernel, the accessor, and the field, claim or species that it is for.
#include "engine/model/phase_rules.hpp"

#include <gmock/gmock.h>

#include <bit>
#include <functional>
#include <span>
#include <string>
#include <type_traits>

#include "engine/effects/emission.hpp"
#include "engine/effects/link.hpp"
#include "engine/effects/relation.hpp"
#include "engine/effects/unlink.hpp"
#include "engine/model/model.hpp"

namespace colony {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

/// Kernels that have accessors and do nothing with them; for one topology, as they never run.
template <class Accessor>
struct Holds {
  static constexpr Topology topology = Topology::complete;
  Accessor accessor;
  template <class Here>
  void operator()(const Here&) const {}
};
template <class First, class Second>
struct HoldsBoth {
  static constexpr Topology topology = Topology::complete;
  First first;
  Second second;
  template <class Here>
  void operator()(const Here&) const {}
};

/// Returns the next value of a field.
struct Returns {
  static constexpr Topology topology = Topology::complete;
  Next<float> next;
  template <class Here>
  float operator()(const Here&) const {
    return 0;
  }
};

/// Where a kernel may be: its phase and what it runs over.
enum Place : unsigned {
  node_sense = 1,
  node_act = 2,
  node_decay = 4,
  agent_sense = 8,
  agent_act = 16,
  agent_advance = 32,
  winner = 64,  ///< agents in Advance, over the winners of a claim
  grown_sense = 128,
  grown_act = 256,
  walker_sense = 512,
  walker_act = 1024,
  end_of_places = 2048
};
constexpr unsigned nowhere = 0;

const Job any_job;

/// A declaration with one of everything that accessors are made of.
struct World : Schema {
  World() : Schema(any_job) {
    links(words, {}, [](std::span<Link>, std::uint32_t) {});
    relation(words, tales);
  }

  NodeField<float> heat = field<float>("heat"), height = constant<float>("height");
  NodeField<std::uint32_t> stock = field<std::uint32_t>("stock");
  NodeArray<float> shelf = array<float>("shelf", 3);
  Category state = category("state", {"low", "high"}), mood = category("mood", {"calm", "busy"});
  SignalField smell = signal("smell", {});
  TraceField trail = trace("trail", 4);
  ClaimField unit = claim("unit", stock);
  MarkField spot = mark();
  MaxField peak = maximum();
  MinField pit = minimum();
  Addition more = addition(stock);
  GrowingLayer words = growing("words"), tales = growing("tales");
  GrowingField size = growing_field(words, "size"), length = growing_field(tales, "length");
  GrowingSignal fame = growing_signal(words, "fame", 0.125, 1);

  std::uint32_t ants = agents("ant"), bees = agents("bee");
  GrowingSpecies walkers = growing_agents("walker", words);
  AgentField<float> load = agent_field<float>(ants, "load"), nectar = agent_field<float>(bees, "nectar"),
                    page = agent_field<float>(walkers, "page"), plan = intent<float>(ants, "plan");
  GlobalSum sum = global("sum", false);
  GlobalSums cases = sums("cases", 3);
  GlobalBest least = best("least", 1, false);
  EventList news = events("news");

  /// Agents are ants, and the growing layer is that of words.
  template <class Kernel>
  void put(const Kernel& kernel, Place place, Domain over = {}) {
    switch (place) {
      case node_sense: return sense(kernel, {.over = over});
      case node_act: return act(kernel, {.over = over});
      case node_decay: return decay(kernel, {.over = over});
      case agent_sense: return sense_agents(ants, kernel, {.over = over});
      case agent_act: return act_agents(ants, kernel, {.over = over});
      case agent_advance: return advance_agents(ants, kernel, {.over = over});
      case winner: return advance_agents(ants, kernel, {.over = winners(unit)});
      case grown_sense: return sense_growing(words, kernel);
      case grown_act: return act_growing(words, kernel);
      case walker_sense: return sense_agents(walkers, kernel, {.over = over});
      case walker_act: return act_agents(walkers, kernel, {.over = over});
      case end_of_places: FAIL();
    }
  }
};

/// What a declaration is told.
std::string told(const std::function<void(World&)>& declare) {
  try {
    World world;
    declare(world);
    world.finish();
  } catch (const ModelError& error) {
    EXPECT_EQ(error.status(), ExitStatus::usage);
    return error.what();
  }
  return "nothing";
}

/// Declares a kernel that holds make(world).
template <class Make>
std::function<void(World&, Place)> holding(Make make) {
  return [make](World& w, Place place) { w.put(Holds<decltype(make(w))>{make(w)}, place); };
}

struct Row {
  const char* type;  ///< of the accessor
  const char* says;  ///< what a refusal calls it
  unsigned allowed;  ///< places
  std::function<void(World&, Place)> put;
};

void expect_allowed_where_said(const std::vector<Row>& rows) {
  for (const Row& row : rows)
    for (unsigned place = 1; place < end_of_places; place *= 2) {
      const std::string heard = told([&](World& w) { row.put(w, static_cast<Place>(place)); });
      const std::string which = std::string(row.type) + ", place " + std::to_string(std::countr_zero(place)) + " of Place";
      if ((row.allowed & place) != 0) {
        EXPECT_EQ(heard, "nothing") << which;
      } else {
        EXPECT_THAT(heard, AllOf(HasSubstr("your model: "), HasSubstr(std::string("Holds<colony::") + row.type),
                                 HasSubstr(std::string(" has ") + row.says)))
            << which;
      }
    }
}

constexpr unsigned nodes = node_sense | node_act | node_decay, agents_near = agent_sense | agent_act;
constexpr unsigned grown = grown_sense | grown_act | walker_sense | walker_act;
constexpr unsigned growing_act = grown_act | walker_act;

/// A next() of heat, which a kernel of its own fills.
NextField<float> filled_next(World& w) {
  const NextField<float> next = w.next(w.heat);
  w.sense(Returns{next});
  return next;
}

// What is own is written, and no other: what the types say.
static_assert(std::is_invocable_v<Read<float>, OwnNode> && !std::is_invocable_v<Read<float>, NodeRef>);
static_assert(std::is_invocable_v<Write<float>, OwnAgent> && !std::is_invocable_v<Write<float>, NodeRef>);
static_assert(std::is_invocable_v<Become, OwnNode, std::uint8_t> && !std::is_invocable_v<Become, NodeRef, std::uint8_t>);
static_assert(std::is_invocable_v<Mark, OwnNode> && !std::is_invocable_v<Mark, NodeRef>);
static_assert(std::is_invocable_v<Lowered, OwnNode> && !std::is_invocable_v<Lowered, NodeRef>);
static_assert(std::is_invocable_v<AddNear, OwnNode, std::int64_t> && std::is_invocable_v<AddNear, NodeRef, std::int64_t>);
static_assert(std::is_invocable_v<Raised, OwnNode> && !std::is_invocable_v<Raised, NodeRef>);
static_assert(std::is_invocable_v<Raise, OwnNode, std::uint64_t> && std::is_invocable_v<Raise, NodeRef, std::uint64_t>);
static_assert(!std::is_invocable_v<Become, OwnAgent, std::uint8_t> && !std::is_invocable_v<Near<float>, OwnAgent>);
static_assert(!std::is_invocable_v<GrowingSet, OwnNode, std::uint64_t> && !std::is_invocable_v<Read<float>, OwnGrowing>);

TEST(PhaseRules, FieldsAreReadWhereTheTableSays) {
  expect_allowed_where_said({
      {"Read", R"(Read of "heat")", nodes, holding([](World& w) { return Read<float>(w.heat); })},
      {"ReadArray", R"(Read of "shelf")", nodes, holding([](World& w) { return ReadArray<float>(w.shelf); })},
      {"Read", R"(Read of "load")", agents_near | agent_advance | winner, holding([](World& w) { return Read<float>(w.load); })},
      {"Read", R"(Read of "plan")", agents_near, holding([](World& w) { return Read<float>(w.plan); })},
      {"Read", R"(Read of "heat'")", node_act | node_decay, holding([](World& w) { return Read<float>(filled_next(w)); })},
      {"Read", R"(Read of "nectar")", nowhere, holding([](World& w) { return Read<float>(w.nectar); })},
      {"Read", R"(Read of "page")", walker_sense | walker_act, holding([](World& w) { return Read<float>(w.page); })},
      {"Near", R"(Near of "heat")", node_sense | node_act | agents_near, holding([](World& w) { return Near<float>(w.heat); })},
      {"Near", R"(Near of "state")", node_sense | node_act | agents_near, holding([](World& w) { return Near<std::uint8_t>(w.state); })},
      {"FieldHere", R"(FieldHere or ArrayHere of "heat")", agent_sense, holding([](World& w) { return FieldHere<float>(w.heat); })},
      {"ArrayHere", R"(FieldHere or ArrayHere of "trail")", agent_sense, holding([](World& w) { return ArrayHere<float>(w.trail); })},
      {"At", "At", node_sense | node_act | agents_near, holding([](World&) { return At{}; })},
      {"GrowingNear", R"(GrowingNear of "words")", grown, holding([](World& w) { return GrowingNear(w.size); })},
      {"GrowingSense", R"(GrowingSense of "words")", grown, holding([](World& w) { return GrowingSense(w.fame); })},
      {"GrowingNear", R"(GrowingNear of "tales")", nowhere, holding([](World& w) { return GrowingNear(w.length); })},
  });
}

TEST(PhaseRules, FieldsAreWrittenWhereTheTableSays) {
  const auto write_heat = holding([](World& w) { return Write<float>(w.heat); });
  expect_allowed_where_said({
      {"Write", R"(Write of "heat")", node_act | node_decay, write_heat},
      {"WriteArray", R"(Write of "shelf")", node_act | node_decay, holding([](World& w) { return WriteArray<float>(w.shelf); })},
      {"Write", R"(Write of "heat")", nowhere,
       [=](World& w, Place place) {
         filled_next(w);
         write_heat(w, place);
       }},
      {"Write", R"(Write of "state")", nowhere, holding([](World& w) { return Write<std::uint8_t>(NodeField<std::uint8_t>(w.state)); })},
      {"Write", R"(Write of "height")", nowhere, holding([](World& w) { return Write<float>(w.height); })},
      {"Write", R"(Write of "smell")", nowhere, holding([](World& w) { return Write<float>(NodeField<float>(w.smell)); })},
      {"Write", R"(Write of "heat")", node_decay,
       [=](World& w, Place place) {
         w.sense_agents(w.bees, HoldsBoth<Near<float>, Draws>{w.heat, Stream::user});
         write_heat(w, place);
       }},
      {"Write", R"(Write of "heat")", node_decay,
       [=](World& w, Place place) {
         w.sense_agents(w.bees, HoldsBoth<FieldHere<float>, Draws>{w.heat, Stream::user});
         write_heat(w, place);
       }},
      {"Write", R"(Write of "load")", agent_act | agent_advance | winner, holding([](World& w) { return Write<float>(w.load); })},
      {"Write", R"(Write of "plan")", agents_near, holding([](World& w) { return Write<float>(w.plan); })},
      {"WriteColumns", R"(Write of "observation )", agents_near,
       holding([](World& w) { return WriteColumns<float>(w.observations(w.ants, 2)); })},
      {"Write", R"(Write of "nectar")", nowhere, holding([](World& w) { return Write<float>(w.nectar); })},
      {"Write", R"(Write of "page")", walker_act, holding([](World& w) { return Write<float>(w.page); })},
      {"LeaveHere", R"(LeaveHere of "heat")", winner, holding([](World& w) { return LeaveHere<float>(w.heat); })},
      {"GrowingSet", R"(GrowingSet of "words")", grown, holding([](World& w) { return GrowingSet(w.size); })},
      {"GrowingSet", R"(GrowingSet of "tales")", nowhere, holding([](World& w) { return GrowingSet(w.length); })},
  });
}

TEST(PhaseRules, NodesAreChangedWhereTheTableSays) {
  constexpr unsigned act = node_act | agent_act;
  expect_allowed_where_said({
      {"Mark", "Mark", node_sense | node_act, holding([](World& w) { return Mark(w.spot); })},
      {"Deposit", R"(Deposit of "smell")", act, holding([](World& w) { return Deposit(w.smell); })},
      {"Raise", "Raise", act, holding([](World& w) { return Raise(w.peak); })},
      {"Raised", "Raised", node_decay, holding([](World& w) { return Raised(w.peak); })},
      {"Lower", "Lower", act, holding([](World& w) { return Lower(w.pit); })},
      {"Lowered", "Lowered", node_decay, holding([](World& w) { return Lowered(w.pit); })},
      {"AddNear", R"(AddNear of "stock")", act, holding([](World& w) { return AddNear(w.more); })},
      {"Lay", R"(Lay of "trail")", act, holding([](World& w) { return Lay(w.trail); })},
      {"Laid", R"(Laid of "trail")", node_decay, holding([](World& w) { return Laid(w.trail); })},
      {"Become", R"(Become of "state")", node_decay, holding([](World& w) { return Become(w.state); })},
  });
}

TEST(PhaseRules, AgentsMoveAndAreBornWhereTheTableSays) {
  constexpr unsigned act = node_act | agent_act;
  expect_allowed_where_said({
      {"StepTo", R"(StepTo of "ant")", agent_act, holding([](World& w) { return StepTo(w.ants); })},
      {"StepTo", R"(StepTo of "bee")", nowhere, holding([](World& w) { return StepTo(w.bees); })},
      {"StepTo", R"(StepTo of "walker")", nowhere, holding([](World& w) { return StepTo(w.walkers); })},
      {"StepAlong", R"(StepAlong of "walker")", walker_act, holding([](World& w) { return StepAlong(w.walkers); })},
      {"ClaimOne", R"(ClaimOne of "unit")", agent_act, holding([](World& w) { return ClaimOne(w.unit, w.ants); })},
      {"ClaimOne", R"(ClaimOne of "unit")", nowhere, holding([](World& w) { return ClaimOne(w.unit, w.bees); })},
      {"Die", R"(Die of "ant")", agent_act, holding([](World& w) { return Die(w.ants); })},
      {"Die", R"(Die of "bee")", nowhere, holding([](World& w) { return Die(w.bees); })},
      {"Die", R"(Die of "walker")", walker_act, holding([](World& w) { return Die(w.walkers); })},
      {"Spawn", R"(Spawn of "ant")", act, holding([](World& w) { return Spawn(w.ants); })},
      {"Spawn", R"(Spawn of "bee")", act, holding([](World& w) { return Spawn(w.bees); })},
      {"Spawn", R"(Spawn of "walker")", nowhere, holding([](World& w) { return Spawn(w.walkers); })},
      {"SpawnNamed", R"(SpawnNamed of "walker")", act | growing_act, holding([](World& w) { return SpawnNamed(w.walkers); })},
  });
}

TEST(PhaseRules, ObserversHearAndLayersGrowWhereTheTableSays) {
  constexpr unsigned act = node_act | agent_act | growing_act, after_decay = agent_advance | winner;
  expect_allowed_where_said({
      {"Add", R"(Add or AddTo of "sum")", act | node_decay | after_decay, holding([](World& w) { return Add(w.sum); })},
      {"AddTo", R"(Add or AddTo of "cases")", act | node_decay | after_decay, holding([](World& w) { return AddTo(w.cases); })},
      {"Offer", R"(Offer of "least")", act | node_decay | after_decay, holding([](World& w) { return Offer(w.least); })},
      {"Emit", R"(Emit of "news")", node_decay | after_decay, holding([](World& w) { return Emit(w.news); })},
      {"EmitNode", R"(EmitNode of "words")", act, holding([](World& w) { return EmitNode(w.words); })},
      {"LinkGroup", R"(LinkGroup of "words")", act, holding([](World& w) { return LinkGroup(w.words); })},
      {"Unlink", R"(Unlink of "words")", growing_act, holding([](World& w) { return Unlink(w.words); })},
      {"Unlink", R"(Unlink of "tales")", nowhere, holding([](World& w) { return Unlink(w.tales); })},
      {"Relate", R"(Relate of "words")", growing_act, holding([](World& w) { return Relate(w.words); })},
  });
}

TEST(PhaseRules, RefusalsSayWhatIsAllowed) {
  const struct {
    std::function<void(World&)> declare;
    const char* words;
  } cases[] = {
      {[](World& w) { w.decay(Holds<Near<float>>{w.heat}); },
       R"(Holds<colony::Near<float> > of Decay has Near of "heat", which belongs in Sense and Act)"},
      {[](World& w) { w.act(Holds<StepTo>{StepTo(w.ants)}); },
       R"(has StepTo of "ant", which is for kernels over agents; this one runs over nodes)"},
      {[](World& w) { w.act_agents(w.ants, Holds<Write<float>>{w.heat}); }, "a kernel of agents reads the fields of nodes with Near"},
      {[](World& w) { w.act_agents(w.ants, Holds<Write<float>>{w.nectar}); }, "a field of agents that it does not run over"},
      {[](World& w) { w.act_agents(w.ants, Holds<Die>{Die(w.bees)}); }, "made with another species than the one that it runs over"},
      {[](World& w) { w.act(Holds<Spawn>{Spawn(w.walkers)}); }, "agents on a growing layer: they are born with SpawnNamed"},
      {[](World& w) { w.sense_growing(w.words, Holds<GrowingSet>{w.length}); }, R"("tales", a layer that it does not run over)"},
      {[](World& w) { w.sense(Holds<Write<float>>{w.heat}); }, "in Sense a node's kernel writes nothing in place; it returns a next()"},
      {[](World& w) { w.act(Returns{w.next(w.heat)}); }, R"(has Next of "heat'", which belongs in Sense)"},
      {[](World& w) { w.decay(Holds<Write<std::uint8_t>>{NodeField<std::uint8_t>(w.state)}); }, "changes it with Become, not with Write"},
      {[](World& w) { w.decay(Holds<Write<float>>{w.height}); }, "it is a constant, which populate() fills and nothing changes"},
      {[](World& w) { w.act(Holds<Write<float>>{NodeField<float>(w.smell)}); }, "a signal changes by what is dropped on it"},
      {[](World& w) { w.sense_agents(w.ants, Holds<Write<float>>{w.load}); }, "in Sense an agent writes its intents alone"},
      {[](World& w) { w.advance_agents(w.ants, Holds<Write<float>>{w.plan}); }, "an intent lives from Sense to Act"},
      {[](World& w) { w.advance_agents(w.ants, Holds<Read<float>>{w.plan}); }, "an intent lives from Sense to Act"},
      {[](World& w) { w.sense(Holds<Read<float>>{filled_next(w)}); }, "a next() is made in Sense, and read after it"},
      {[](World& w) {
         filled_next(w);
         w.decay(Holds<Write<float>>{w.heat});
       },
       "it has a next(), which takes its place in Decay; what a Write says would be lost"},
      {[](World& w) {
         w.sense(Holds<Near<float>>{w.heat});
         w.act(Holds<Write<float>>{w.heat});
       },
       R"(Write of "heat": the field is read from neighbours and written before Decay; give it a next())"},
      {[](World& w) {
         w.sense_agents(w.ants, Holds<FieldHere<float>>{w.heat});
         w.act(Holds<Write<float>>{w.heat});
       },
       R"(Write of "heat" before Decay, and agents read it in Sense)"},
  };
  for (const auto& [declare, words] : cases) EXPECT_THAT(told(declare), HasSubstr(words));
}

/// Found by models made at random: the buffer then held what it held two ticks ago, which no checkpoint has.
TEST(PhaseRules, ANextIsReturnedForEachNodeInEachTick) {
  using Options = Schema::KernelOptions;
  const auto heard = [](const std::function<Options(World&)>& options) {
    return told([&](World& w) { w.sense(Returns{w.next(w.heat)}, options(w)); });
  };
  EXPECT_EQ(heard([](World&) { return Options{}; }), "nothing");
  const auto refused = HasSubstr(R"(the field "heat" has a next(): one Sense kernel returns it, over all nodes and in every tick)");
  EXPECT_THAT(told([](World& w) { w.next(w.heat); }), refused);
  EXPECT_THAT(told([](World& w) {
                const auto next = w.next(w.heat);
                w.sense(Returns{next});
                w.sense(Returns{next});
              }),
              refused);
  EXPECT_THAT(heard([](World& w) { return Options{.over = Schema::nodes_in(w.state, 0)}; }), refused);
  EXPECT_THAT(heard([](World&) { return Options{.when = [](const Globals&) { return true; }}; }), refused);
  EXPECT_THAT(heard([](World&) { return Options{.in = [](std::uint64_t tick) { return tick % 2 == 0; }}; }), refused);
}

TEST(PhaseRules, ADomainSuitsItsKernel) {
  const World w;  // the handles of all worlds are the same
  const char *of_category = "runs over nodes of a category, as nodes' kernels alone can", *no_value = "runs over a value that the category",
             *marked = "runs over marked nodes, as nodes' kernels of Act and Decay can",
             *raised = "runs over what was raised, as nodes' kernels of Decay can",
             *winners = "runs over winners of a claim, as agents' kernels of Advance can",
             *on_growing = "runs over agents on a growing layer, which have kernels over all of them, in Sense and Act", *fine = "nothing";
  const struct {
    Place place;
    Domain over;
    const char* words;
  } cases[] = {
      {node_sense, Schema::nodes_in(w.state, 1), fine},
      {node_act, Schema::nodes_in(w.state, 1), fine},
      {node_decay, Schema::nodes_in(w.mood, 1), fine},
      {node_sense, Schema::nodes_in(w.state, 2), no_value},
      {node_decay, Schema::nodes_in(Category{2, 0}, 0), no_value},
      {agent_sense, Schema::nodes_in(w.state, 1), of_category},
      {agent_advance, Schema::nodes_in(w.state, 1), of_category},
      {node_sense, Schema::marked(w.spot), marked},
      {node_act, Schema::marked(w.spot), fine},
      {node_decay, Schema::marked(w.spot), fine},
      {agent_act, Schema::marked(w.spot), marked},
      {node_sense, Schema::touched(w.peak), raised},
      {node_act, Schema::touched(w.peak), raised},
      {node_decay, Schema::touched(w.peak), fine},
      {node_decay, Schema::touched(w.pit), fine},
      {node_decay, Schema::touched(MaxField{w.unit.effect}), raised},
      {node_decay, Schema::touched(MaxField{999}), raised},
      {agent_advance, Schema::touched(w.peak), raised},
      {node_decay, Schema::winners(w.unit), winners},
      {agent_act, Schema::winners(w.unit), winners},
      {agent_advance, Schema::winners(w.unit), fine},
      {agent_advance, Schema::winners(ClaimField{w.peak.effect, 0}), winners},
      {walker_act, {}, fine},
      {walker_sense, Schema::winners(w.unit), on_growing},
      {walker_act, Schema::nodes_in(w.state, 1), on_growing},
  };
  for (const auto& [place, over, words] : cases) {
    const std::string heard = told([&, at = place, domain = over](World& world) { world.put(Holds<Draws>{Stream::user}, at, domain); });
    EXPECT_THAT(heard, HasSubstr(words));
    EXPECT_TRUE(words == fine || heard.find("Holds<colony::Draws> of ") != std::string::npos) << heard;
  }
  EXPECT_THAT(told([](World& world) { world.advance_agents(world.walkers, Holds<Draws>{Stream::user}); }),
              HasSubstr("declared with what growing_agents() returned"));
}

/// Otherwise two of its lists could have one node, which two threads would then visit at once.
TEST(PhaseRules, KernelsWithOneMarkRunOverDifferentNodes) {
  const World w;
  const Domain all, low = Schema::nodes_in(w.state, 0), high = Schema::nodes_in(w.state, 1), busy = Schema::nodes_in(w.mood, 1);
  const struct {
    Domain first, second;
    bool fine;
  } cases[] = {{low, high, true}, {high, low, true}, {all, all, false}, {all, low, false}, {low, low, false}, {low, busy, false}};
  for (const auto& [first, second, fine] : cases)
    for (const Place place : {node_sense, node_act}) {
      const std::string heard = told([&, a = first, b = second](World& world) {
        world.put(Holds<Mark>{world.spot}, node_sense, a);
        world.put(HoldsBoth<Mark, Draws>{world.spot, Stream::user}, place, b);
      });
      if (fine) EXPECT_EQ(heard, "nothing");
      else
        EXPECT_THAT(heard, AllOf(HasSubstr("Holds<colony::Mark> of Sense and "), HasSubstr("HoldsBoth<colony::Mark, colony::Draws> of "),
                                 HasSubstr("use one mark: give each its own")));
    }
  EXPECT_EQ(told([](World& world) {
              world.sense(Holds<Mark>{world.spot});
              world.sense(Holds<Mark>{world.mark()});
            }),
            "nothing");
}

TEST(PhaseRules, NodesAreMarkedBeforeThePhaseThatRunsOverThem) {
  const auto heard = [](Place marks, Place runs) {
    return told([=](World& w) {
      w.put(Holds<Mark>{w.spot}, marks);
      w.put(Holds<Draws>{Stream::user}, runs, Schema::marked(w.spot));
    });
  };
  EXPECT_EQ(heard(node_sense, node_act), "nothing");
  EXPECT_EQ(heard(node_sense, node_decay), "nothing");
  EXPECT_EQ(heard(node_act, node_decay), "nothing");
  EXPECT_THAT(heard(node_act, node_act),
              AllOf(HasSubstr("Holds<colony::Mark> of Act marks nodes in the phase in which"), HasSubstr("Holds<colony::Draws> of Act")));
}

TEST(PhaseRules, AKernelClaimsOnce) {
  EXPECT_THAT(told([](World& w) {
                w.act_agents(w.ants, HoldsBoth<ClaimOne, ClaimOne>{ClaimOne(w.unit, w.ants), ClaimOne(w.unit, w.ants)});
              }),
              AllOf(HasSubstr("HoldsBoth<colony::ClaimOne, colony::ClaimOne> of Act"), HasSubstr("has two ClaimOne")));
  EXPECT_EQ(told([](World& w) {
              for (const std::uint32_t species : {w.ants, w.bees}) w.act_agents(species, Holds<ClaimOne>{ClaimOne(w.unit, species)});
            }),
            "nothing");
}

TEST(PhaseRules, WinnersLeaveAPlainFieldThatIsReadFromNowhereElse) {
  const auto leave = [](World& w, auto accessor) { w.put(Holds<decltype(accessor)>{accessor}, winner); };
  EXPECT_THAT(told([&](World& w) {
                w.sense(Holds<Near<float>>{w.heat});
                leave(w, LeaveHere<float>(w.heat));
              }),
              HasSubstr(R"(has LeaveHere of "heat": the field is read from neighbours, and winners write it)"));
  EXPECT_EQ(told([&](World& w) {
              w.sense_agents(w.ants, Holds<FieldHere<float>>{w.heat});
              leave(w, LeaveHere<float>(w.heat));
            }),
            "nothing");
  const auto not_plain = HasSubstr("winners leave what is a plain field");
  EXPECT_THAT(told([&](World& w) { leave(w, LeaveHere<float>(w.height)); }), not_plain);
  EXPECT_THAT(told([&](World& w) { leave(w, LeaveHere<float>(NodeField<float>(w.smell))); }), not_plain);
  EXPECT_THAT(told([&](World& w) { leave(w, LeaveHere<std::uint8_t>(NodeField<std::uint8_t>(w.state))); }), not_plain);

  Schema without_claims(any_job);
  const auto heat = without_claims.field<float>("heat");
  without_claims.advance_agents(without_claims.agents("ant"), Holds<LeaveHere<float>>{heat});
  EXPECT_THROW(without_claims.finish(), ModelError);
}

TEST(PhaseRules, LinksAndRelationsAreOfLayersThatHaveThem) {
  EXPECT_THAT(told([](World& w) { w.act(Holds<LinkGroup>{LinkGroup(w.tales)}); }),
              HasSubstr(R"(has LinkGroup of "tales", a layer without links: declare() needs links())"));
  EXPECT_THAT(told([](World& w) {
                w.links(w.tales, {}, {});
                w.act(Holds<LinkGroup>{LinkGroup(w.tales)});
              }),
              HasSubstr(R"(has LinkGroup of "tales", whose links have no function for their decay)"));
  EXPECT_THAT(told([](World& w) { w.act(Holds<Relate>{Relate(w.tales)}); }),
              HasSubstr(R"(has Relate of "tales", a layer without relations: declare() needs relation())"));
}

TEST(PhaseRules, OnlyPlainStateHasANextAStockOrASum) {
  const auto refused = HasSubstr("can't have a next(): it is for plain fields");
  EXPECT_THAT(told([](World& w) { w.next(NodeField<std::uint8_t>(w.state)); }), refused);
  EXPECT_THAT(told([](World& w) { w.next(NodeField<float>(w.smell)); }), refused);
  EXPECT_THAT(told([](World& w) { w.next(w.height); }), refused);
  EXPECT_THAT(told([](World& w) { w.next(w.stock); }), refused);
  EXPECT_THAT(told([](World& w) { w.claim("bite", w.constant<std::uint32_t>("food")); }), HasSubstr(R"("food", is no state)"));
  EXPECT_THAT(told([](World& w) { w.observe_sum("plans", w.plan); }), HasSubstr(R"(is of "plan", which is no state)"));
}

TEST(PhaseRules, SignalsFadeAndSpreadByFractions) {
  const auto told_of = [](const SignalOptions& options) { return told([&](World& w) { w.signal("smoke", options); }); };
  EXPECT_EQ(told_of({.evaporation = 1, .diffusion = 1}), "nothing");
  for (const SignalOptions& wrong : {SignalOptions{.evaporation = 1.5}, {.evaporation = -0.1}, {.diffusion = 1.5}, {.quantum = 0}})
    EXPECT_THAT(told_of(wrong), HasSubstr(R"(the signal "smoke" has)"));
}

TEST(PhaseRules, NamesOfCheckpointsAreTaken) {
  EXPECT_THAT(told([](World& w) { w.field<float>("id"); }), HasSubstr(R"(can't be called "id")"));
  EXPECT_THAT(told([](World& w) { w.agent_field<float>(w.ants, "node"); }), HasSubstr(R"(can't be called "node")"));
  EXPECT_THAT(told([](World& w) { w.growing_field(w.words, "amount"); }), HasSubstr(R"(can't be called "amount")"));
  EXPECT_THAT(told([](World& w) { w.layer("blocks"); }), HasSubstr(R"(can't be called "blocks")"));
  EXPECT_THAT(told([](World& w) { w.agents("words"); }), HasSubstr(R"("words" is declared twice)"));
  EXPECT_THAT(told([](World& w) { w.reach(0); }), HasSubstr("reach(0)"));
}

TEST(PhaseRules, AnchoredLayersHaveNeitherLinksNorAgents) {
  constexpr auto anchored = Schema::Anchored::yes;
  const LinkDecay none = [](std::span<Link>, std::uint32_t) {};
  EXPECT_EQ(told([](World& w) { w.growing("files", anchored); }), "nothing");
  EXPECT_THAT(told([&](World& w) { w.links(w.growing("files", anchored), {}, none); }),
              HasSubstr(R"(the layer "files" is anchored and has links)"));
  EXPECT_THAT(told([](World& w) { w.growing_agents("reader", w.growing("files", anchored)); }),
              HasSubstr(R"(not on anchored ones as "files")"));
}

/// Of the kernels that run over a species in one tick; those of a job are known only while it runs (engine_mistakes.cpp).
TEST(PhaseRules, InATickTheLastKernelOfASpeciesMovesAndOneClaims) {
  World w;
  w.act_agents(w.ants, Holds<StepTo>{StepTo(w.ants)});
  w.act_agents(w.ants, Holds<ClaimOne>{ClaimOne(w.unit, w.ants)});
  w.act_agents(w.ants, HoldsBoth<StepTo, ClaimOne>{StepTo(w.ants), ClaimOne(w.unit, w.ants)});
  const KernelSpec *moving = &w.kernels()[0], *claiming = &w.kernels()[1], *both = &w.kernels()[2];
  EXPECT_TRUE(moves(*moving) && !moves(*claiming) && moves(*both));
  EXPECT_TRUE(!claims(*moving) && claims(*claiming) && claims(*both));
  const auto heard = [](const std::vector<const KernelSpec*>& kernels) {
    try {
      check_act_order(kernels, Tick(4));
    } catch (const ModelError& error) {
      EXPECT_EQ(error.status(), ExitStatus::bad_data);
      return std::string(error.what());
    }
    return std::string("nothing");
  };
  EXPECT_EQ(heard({}), "nothing");
  EXPECT_EQ(heard({both}), "nothing");
  EXPECT_EQ(heard({claiming, moving}), "nothing");
  EXPECT_THAT(heard({moving, claiming}), AllOf(HasSubstr("Holds<colony::StepTo> of Act moves agents in tick 4, and the kernel "),
                                               HasSubstr("runs over them afterwards")));
  EXPECT_THAT(heard({claiming, both}), HasSubstr("both claim in tick 4"));
}

}  // namespace
}  // namespace colony
