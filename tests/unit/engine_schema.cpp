// What Schema::finish refuses: a kernel that would let an order show. And what it settles.
#include <gmock/gmock.h>

#include <functional>

#include "engine/model/model.hpp"

namespace colony {
namespace {

struct ReadNear {
  Near<std::uint32_t> field;
  template <class Here>
  void operator()(const Here&) const {}
};
struct WriteOwn {
  Write<std::uint32_t> field;
  template <class Here>
  void operator()(const Here&) const {}
};
struct ReadNearCategory {
  Near<std::uint8_t> field;
  template <class Here>
  void operator()(const Here&) const {}
};
struct WriteByte {
  Write<std::uint8_t> field;
  template <class Here>
  void operator()(const Here&) const {}
};
struct Change {
  Become field;
  template <class Here>
  void operator()(const Here&) const {}
};
struct Move {
  StepTo step;
  template <class Here>
  void operator()(const Here&) const {}
};
struct Toss {
  Draws first;
  Draws second;
  template <class Here>
  void operator()(const Here&) const {}
};

const Job job;

TEST(SchemaDeathTest, AFieldReadFromNeighboursIsNotWrittenBeforeDecay) {
  for (const bool in_act : {false, true})
    EXPECT_DEATH(
        {
          Schema s(job);
          const auto field = s.field<std::uint32_t>("heat");
          s.sense(ReadNear{field});
          in_act ? s.act(WriteOwn{field}) : s.sense(WriteOwn{field});
          s.finish();
        },
        "\"heat\" is read from neighbours and written before Decay");
}

/// Found by models made at random: the buffer then held what it held two ticks ago, which no checkpoint has.
TEST(SchemaDeathTest, ANextIsWrittenForEachNodeInEachTick) {
  const auto finish = [](const std::function<void(Schema&, NextField<std::uint32_t>)>& write) {
    Schema s(job);
    write(s, s.next(s.field<std::uint32_t>("heat")));
    s.finish();
  };
  finish([](Schema& s, NextField<std::uint32_t> next) { s.sense(WriteOwn{next}); });
  EXPECT_DEATH(finish([](Schema&, NextField<std::uint32_t>) {}), "\"heat\" has a next\\(\\): a Sense kernel over all nodes must write it");
  EXPECT_DEATH(finish([](Schema& s, NextField<std::uint32_t> next) {
                 s.sense(WriteOwn{next}, {.in = [](std::uint64_t tick) { return tick % 2 == 0; }});
               }),
               "\"heat\" has a next");
  EXPECT_DEATH(finish([](Schema& s, NextField<std::uint32_t> next) {
                 s.sense(WriteOwn{next}, {.over = Schema::nodes_in(s.category("state", {"a", "b"}), 0)});
               }),
               "\"heat\" has a next");
}

TEST(SchemaDeathTest, ADecayKernelDoesNotReadNeighbours) {
  EXPECT_DEATH(
      {
        Schema s(job);
        s.decay(ReadNear{s.field<std::uint32_t>("heat")});
        s.finish();
      },
      "a Decay or Advance kernel may read only its own node");
  EXPECT_DEATH(
      {
        Schema s(job);
        s.advance_agents(s.agents("ant"), ReadNear{s.field<std::uint32_t>("heat")});
        s.finish();
      },
      "a Decay or Advance kernel may read only its own node");
}

TEST(SchemaDeathTest, ACategoryChangesInDecayByBecome) {
  EXPECT_DEATH(
      {
        Schema s(job);
        s.act(Change{s.category("state", {"a", "b"})});
        s.finish();
      },
      "a category is changed by a node kernel in Decay");
  EXPECT_DEATH(
      {
        Schema s(job);
        s.decay(WriteByte{NodeField<std::uint8_t>(s.category("state", {"a", "b"}))});
        s.finish();
      },
      "with Become, not with Write");
}

TEST(SchemaDeathTest, AnAgentKernelHasTheFieldsOfItsOwnSpecies) {
  EXPECT_DEATH(
      {
        Schema s(job);
        s.act_agents(s.agents("ant"), WriteOwn{s.field<std::uint32_t>("heat")});
        s.finish();
      },
      "an agent kernel reads the fields of nodes with Near");
  EXPECT_DEATH(
      {
        Schema s(job);
        const auto ants = s.agents("ant");
        const auto bees = s.agents("bee");
        s.act_agents(ants, WriteOwn{s.agent_field<std::uint32_t>(bees, "load")});
        s.finish();
      },
      "agents that it does not run over");
}

TEST(SchemaDeathTest, AgentsMoveInAct) {
  EXPECT_DEATH(
      {
        Schema s(job);
        const auto ants = s.agents("ant");
        s.advance_agents(ants, Move{StepTo(ants)});
        s.finish();
      },
      "agents move in Act");
}

TEST(Schema, TakesTheSameThroughANextField) {
  Schema s(job);
  const auto field = s.field<std::uint32_t>("heat");
  const auto next = s.next(field);
  s.sense(ReadNear{field});
  s.sense(WriteOwn{next});
  s.finish();
  EXPECT_EQ(s.layer().columns[field.column].refresh, Refresh::dense);
  EXPECT_EQ(s.layer().columns[next.column].refresh, Refresh::dense) << "the two swap, so both have room for ghosts";
}

TEST(Schema, GhostsAreKeptOnlyOfWhatIsReadNear) {
  Schema s(job);
  const auto near = s.field<std::uint32_t>("near"), own = s.field<std::uint32_t>("own");
  const Category state = s.category("state", {"a", "b"});
  s.sense(ReadNear{near});
  s.act(ReadNearCategory{state});
  s.decay(WriteOwn{own});
  s.finish();
  EXPECT_EQ(s.layer().columns[near.column].refresh, Refresh::dense);
  EXPECT_EQ(s.layer().columns[own.column].refresh, Refresh::never);
  EXPECT_EQ(s.layer().columns[state.column].refresh, Refresh::listed);
}

TEST(Schema, ListsEachStreamOnce) {
  Schema s(job);
  s.sense(Toss{Stream::infection, Stream::recovery});
  s.act(Toss{Stream::recovery, Stream::infection});
  EXPECT_THAT(s.streams(), ::testing::UnorderedElementsAre(Stream::claim, Stream::infection, Stream::recovery));
}

TEST(Schema, HashNamesWhatIsSaved) {
  const auto hash_of = [](const std::function<void(Schema&)>& declare) {
    Schema s(job);
    s.layer("places");
    declare(s);
    return s.hash();
  };
  const std::string base = hash_of([](Schema& s) { s.field<float>("a"); });
  EXPECT_EQ(base, hash_of([](Schema& s) { s.field<float>("a"); }));
  EXPECT_EQ(base, hash_of([](Schema& s) {
              const auto a = s.field<float>("a");
              s.next(a);
              s.constant<std::uint32_t>("height");
              s.global("of a tick", false);
            }))
      << "buffers, constants and per-tick sums are not saved";
  EXPECT_NE(base, hash_of([](Schema& s) { s.field<double>("a"); }));
  EXPECT_NE(base, hash_of([](Schema& s) { s.field<float>("b"); }));
  EXPECT_NE(base, hash_of([](Schema& s) {
              s.field<float>("a");
              s.agents("ant");
            }));
  EXPECT_NE(base, hash_of([](Schema& s) {
              s.field<float>("a");
              s.global("lasting", true);
            }));
}

}  // namespace
}  // namespace colony
