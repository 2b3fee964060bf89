// What populate() may do, and what is told of one that does something else: its model's mistake, in any shape.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <stdexcept>

#include "tests/unit/engine_sketches.hpp"

namespace colony::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

/// Ants and bees, with a field of each kind.
struct Hive {
  std::uint32_t ants, bees;
  AgentField<float> load, plan, nectar;
  AgentArray<std::uint32_t> path, dance;
  explicit Hive(Schema& s)
      : ants(s.agents("ant")),
        bees(s.agents("bee")),
        load(s.agent_field<float>(ants, "load")),
        plan(s.intent<float>(ants, "plan")),
        nectar(s.agent_field<float>(bees, "nectar")),
        path(s.agent_array<std::uint32_t>(ants, "path", 3)),
        dance(s.agent_array<std::uint32_t>(bees, "dance", 3)) {}
};

Case populated(const std::function<void(const Hive&, Seeder&)>& populate) {
  return case_of([=](Schema& s) -> Populate { return [hive = Hive(s), populate](Seeder& seeder) { populate(hive, seeder); }; });
}

/// What is told of a function that agents() calls for each of 48 ants.
void expect_of_init(const std::function<void(const Hive&, Seeder&, std::size_t slot)>& init, const ::testing::Matcher<std::string>& words) {
  expect_told(populated([=](const Hive& hive, Seeder& seeder) {
                seeder.agents(hive.ants, 48, own_node, [&](std::uint64_t, std::size_t slot) { init(hive, seeder, slot); });
              }),
              words);
}

TEST(Populate, SetsStateFieldsOfTheAgentThatItIsAskedFor) {
  expect_of_init(
      [](const Hive& hive, Seeder& seeder, std::size_t slot) {
        seeder.set(hive.load, slot, 1.5f);
        seeder.array(hive.path, slot)[2] = 7;
      },
      "nothing");
  expect_of_init([](const Hive& hive, Seeder& seeder, std::size_t slot) { seeder.set(hive.nectar, slot, 1.5f); },
                 R"(your model: populate() sets "nectar" of "bee" for an agent of "ant")");
  expect_of_init([](const Hive& hive, Seeder& seeder, std::size_t slot) { seeder.array(hive.dance, slot)[0] = 1; },
                 R"(your model: populate() sets "dance" of "bee" for an agent of "ant")");
  expect_of_init([](const Hive& hive, Seeder& seeder, std::size_t slot) { seeder.set(hive.plan, slot, 1.5f); },
                 AllOf(StartsWith("your model: "), HasSubstr(R"("plan" of "ant", which is no state)")));
  expect_of_init([](const Hive& hive, Seeder& seeder, std::size_t slot) { seeder.set(hive.load, slot + 48, 1.5f); },
                 AllOf(StartsWith("your model: "), HasSubstr(R"("load" of "ant" for another agent)")));
  expect_of_init([](const Hive& hive, Seeder& seeder, std::size_t slot) { seeder.array(hive.path, slot + (1u << 30))[0] = 1; },
                 HasSubstr(R"("path" of "ant" for another agent)"));
  const auto outside = [](const Hive& hive, Seeder& seeder) {
    put(seeder, hive.ants, 48, own_node);
    seeder.set(hive.load, 0, 1.5f);
  };
  expect_told(populated(outside), AllOf(StartsWith("your model: "), HasSubstr(R"("load" of "ant" outside of the function)")));
}

/// As members are that declare() did not assign.
TEST(Populate, TakesTheHandlesThatDeclareGot) {
  const auto setting = [](const std::function<void(Seeder&, LocalIndex)>& set) {
    return case_of([=](Schema& s) -> Populate {
      s.category("state", {"low", "high"});
      s.array<float>("row", 4);
      return [=](Seeder& seeder) { seeder.nodes([&](std::uint64_t, LocalIndex i) { set(seeder, i); }); };
    });
  };
  const auto words = StartsWith("your model: populate() sets a field of nodes by a handle that is not of what declare() declared");
  expect_told(setting([](Seeder& seeder, LocalIndex i) { seeder.array(NodeArray<float>{1, 4}, i)[3] = 1; }), "nothing");
  expect_told(setting([](Seeder& seeder, LocalIndex i) { seeder.array(NodeArray<float>{1, 5}, i)[4] = 1; }), words);
  expect_told(setting([](Seeder& seeder, LocalIndex i) { seeder.set(NodeField<double>{}, i, 1.0); }), words);
  expect_told(setting([](Seeder& seeder, LocalIndex i) { seeder.set(NodeField<double>{2}, i, 1.0); }), words);
  const auto of_agents = StartsWith("your model: populate() sets a field of agents by a handle that is not of what declare() declared");
  expect_of_init([](const Hive&, Seeder& seeder, std::size_t slot) { seeder.set(AgentField<double>{}, slot, 1.0); }, of_agents);
  expect_of_init([](const Hive&, Seeder& seeder, std::size_t slot) { seeder.set(AgentField<float>{0, 9}, slot, 1.0f); }, of_agents);
  expect_of_init([](const Hive&, Seeder& seeder, std::size_t slot) { seeder.set(AgentField<float>{2, 0}, slot, 1.0f); }, of_agents);
}

TEST(Populate, GivesASpeciesItsAgentsOnce) {
  expect_told(populated([](const Hive& hive, Seeder& seeder) {
                for (const std::uint32_t species : {hive.ants, hive.bees}) put(seeder, species, 48, own_node);
              }),
              "nothing");
  expect_told(populated([](const Hive& hive, Seeder& seeder) {
                for (const std::uint64_t count : {48, 3}) put(seeder, hive.bees, count, own_node);
              }),
              AllOf(StartsWith("your model: "), HasSubstr(R"(populate() gives "bee" its agents twice)")));
  expect_told(populated([](const Hive&, Seeder& seeder) { put(seeder, 2, 48, own_node); }),
              "your model: populate() puts agents of the species 2, which is not there");
}

/// By the category and by its field: each node is looked at afterwards.
TEST(Populate, GivesCategoriesValuesThatTheyHave) {
  const auto setting = [](bool as_field, std::uint8_t value) {
    return case_of([=](Schema& s) -> Populate {
      const Category state = s.category("state", {"low", "middle", "high"});
      return [=](Seeder& seeder) {
        seeder.nodes([&](std::uint64_t id, LocalIndex i) {
          if (id != 40) return;
          if (as_field) seeder.set(NodeField<std::uint8_t>(state), i, value);
          else seeder.set(state, i, value);
        });
      };
    });
  };
  for (const bool as_field : {false, true}) {
    expect_told(setting(as_field, 2), "nothing");
    for (const std::uint8_t value : {std::uint8_t{3}, std::uint8_t{255}})
      expect_told(setting(as_field, value), AllOf(StartsWith("your model: populate() sets the category \"state\" of node 40 to "),
                                                  HasSubstr(std::to_string(value) + ", and it has the values 0 to 2")));
  }
}

TEST(Populate, ThatThrowsIsToldAsTheModels) {
  expect_told(populated([](const Hive&, Seeder&) { throw std::out_of_range("no such price"); }), "your model: populate(): no such price");
  expect_told(populated([](const Hive&, Seeder& seeder) {
                seeder.nodes([](std::uint64_t id, LocalIndex) {
                  if (id == 40) throw std::out_of_range("no such price");
                });
              }),
              "your model: populate(): no such price");
  expect_told(
      populated([](const Hive& hive, Seeder& seeder) { put(seeder, hive.ants, 3, [](std::uint64_t) -> std::uint64_t { throw 5; }); }),
      "your model: populate() threw something that is not a std::exception");
  const auto on_purpose = populated([](const Hive&, Seeder&) { throw UsageError("[model] start is too late"); });
  for (const Shape& shape : shapes)
    EXPECT_THAT([&] { Colony(on_purpose, shape); }, ::testing::ThrowsMessage<UsageError>("[model] start is too late"));
}

}  // namespace
}  // namespace colony::testing
