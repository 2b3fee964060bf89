// Models made at random: each is a list of operations over the engine's accessors (model_value.hpp), runs on several shapes, straight,
// saved and resumed on another, its frames through bytes, and must give one digest, row and list of events in every tick, or be refused in
// the same tick: some kernels are careless or wild, and do what they may not do. rapidcheck prints the seed that reproduces a failure, and
// shrinks the model; RC_PARAMS="max_success=10000" tries more. Mistakes that a test plants must be found.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <iostream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "tests/property/models/model_courses.hpp"

namespace colony::testing {
namespace {

Tally tally;

std::string text_of(const ModelValue& model) {
  std::ostringstream text;
  text << model;
  return text.str();
}

TEST(RandomModels, AreTheSameOnAnyShape) {
  EXPECT_TRUE(rc::check("a random model is the same on any shape", [] {
    // Whole ranges from the first case on: rapidcheck begins with small ones.
    const ModelValue model = *rc::gen::resize(rc::kNominalSize, any_model());
    const Ground ground = *rc::gen::resize(rc::kNominalSize, any_ground());
    RC_LOG() << ground << "\n" << model << std::endl;
    RC_ASSERT(model_of(text_of(model)) == model);
    RC_ASSERT(disagreement(model, ground, &tally) == "");
  }));
}

/// Every kind of operation, wherever it may stand, and every kind of what travels: in so many models of a thousand.
TEST(RandomModels, DoEverything) {
  if (tally.models < 1000) GTEST_SKIP() << "too few models were drawn to say";
  const std::uint64_t least = tally.models / 20;
  std::vector<std::pair<std::uint64_t, std::string>> pairs;
  constexpr const char* over[] = {"nodes", "agents", "growing nodes", "agents on growing layers"};
  for (std::uint8_t k = 0; k < static_cast<std::uint8_t>(first_mistake); ++k)
    for (std::uint8_t on = 0; on < on_count; ++on)
      for (std::uint8_t p = 0; p < phase_count; ++p) {
        const auto phase = static_cast<Phase>(p);
        const bool growing = on >= static_cast<std::uint8_t>(On::growing_nodes);
        const bool has_kernels = growing ? p <= static_cast<std::uint8_t>(Phase::act) : phase != (on == 0 ? Phase::advance : Phase::decay);
        if (!has_kernels || !belongs(static_cast<Do>(k), phase, static_cast<On>(on))) continue;
        const std::uint64_t ran = tally.ran[k][on][p];
        const std::string pair = std::string(name_of(static_cast<Do>(k))) + ", " + name_of(phase) + " of " + over[on];
        pairs.emplace_back(ran, pair);
      }
  std::sort(pairs.begin(), pairs.end());
  constexpr std::size_t shown = 8;
  std::string rarest;
  for (std::size_t k = 0; k < shown; ++k) rarest += (k == 0 ? "" : "; ") + pairs[k].second + ": " + std::to_string(pairs[k].first);
  EXPECT_GE(pairs.front().first, least) << "the rarest of " << tally.models << " models: " << rarest;
  for (std::size_t kind = 0; kind < traffic_count; ++kind)
    EXPECT_GE(tally.models_that_sent[kind], least) << traffic_name(kind) << " went to another shard, in " << tally.models << " models";
  EXPECT_GE(tally.whole, tally.models * 3 / 4) << "models that ran to the end";
  EXPECT_GE(tally.refused_at_once, tally.models / 40) << "models that the schema refused";
  EXPECT_GE(tally.models - tally.whole - tally.refused_at_once, tally.models / 100) << "models that a run refused";
  std::cout << tally.models << " models, " << tally.whole << " ran to the end, " << tally.refused_at_once
            << " were refused as declared. The rarest of " << pairs.size() << " pairs of operation and kernel ran in so many: " << rarest
            << ". Sent:";
  for (std::size_t kind = 0; kind < traffic_count; ++kind)
    std::cout << (kind == 0 ? " " : ", ") << tally.sent[kind] << ' ' << traffic_name(kind) << " (" << tally.models_that_sent[kind]
              << " models)";
  std::cout << "\n";
}

TEST(RandomModels, HaveATextThatIsRefusedWhereItIsNone) {
  for (const char* text : {"", "kernel", "model mixed 1", "model mixed many", "model mixed 300", "species deciding no"})
    EXPECT_THROW(model_of(text), std::runtime_error) << text;
  EXPECT_THROW(model_of(text_of(ModelValue{}) + "species deciding never\n"), std::runtime_error);
  EXPECT_THROW(model_of(text_of(ModelValue{}) + "species deciding no more\n"), std::runtime_error);
}

/// A mistake, in a model that is otherwise sound, on a ground that has many nodes and agents and several shards.
struct Planted {
  Do mistake;
  Phase phase = Phase::act;
  On on = On::nodes;
};

std::string told_of(const Planted& planted) {
  ModelValue model;
  KernelValue kernel;
  kernel.phase = planted.phase;
  kernel.on = planted.on;
  const bool on_growing = planted.on == On::growing_nodes;
  const auto use = planted.phase == Phase::decay ? Do::count : on_growing ? Do::set : Do::write;
  kernel.operations = {{planted.mistake, 0, 0, 0, 0, 0}, {use, 0, 0, 0, 0, 0}};
  model.kernels = {kernel};
  Ground ground;
  ground.width = ground.height = 150;
  ground.population = 5000;
  ground.ticks = 3;
  ground.saved_at = 1;
  if (on_growing) {
    model.growing = {GrowingValue{}};
    ground.ticks = 6;
  }
  if (planted.phase == Phase::decay) {  // what is laid
    ground.kind = 3;
    KernelValue lays;
    lays.phase = Phase::act;
    lays.on = On::agents;
    lays.operations = {{Do::id, 0, 0, 0, 0, 0}, {Do::draw, 1, 0, 0, 0, 0}, {Do::lay, 0, 0, 1, 0, 1}, {Do::lay, 0, 1, 0, 0, 1}};
    model.kernels.push_back(lays);
  }
  return disagreement(model, ground);
}

TEST(RandomModels, MistakesThatArePlantedAreFound) {
  for (const Do mistake : {Do::local_index, Do::neighbour_index, Do::address, Do::shared_sum, Do::owned_count, Do::ghost_count,
                           Do::block_count, Do::slot_count, Do::concurrent})
    EXPECT_NE(told_of({mistake}), "") << name_of(mistake);
  EXPECT_NE(told_of({Do::local_index, Phase::act, On::agents}), "") << "an agent's slot";
  for (const Do mistake : {Do::local_index, Do::link_order, Do::link_index})
    EXPECT_NE(told_of({mistake, Phase::act, On::growing_nodes}), "") << name_of(mistake) << " of a growing layer";
  EXPECT_NE(told_of({Do::laid_order, Phase::decay}), "");
  for (const On on : {On::nodes, On::agents, On::growing_nodes}) EXPECT_EQ(told_of({Do::id, Phase::act, on}), "") << "an id may be used";
  EXPECT_EQ(told_of({Do::laid, Phase::decay}), "") << "what was laid may be added up";
}

TEST(RandomModels, APolicyThatLooksAtItsBatchIsFound) {
  const auto told_of_policy = [](Deciding deciding) {
    ModelValue model;
    model.species = {{deciding}};
    KernelValue kernel;
    kernel.phase = Phase::act;
    kernel.on = On::agents;
    kernel.operations = {{Do::action, 0, 0, 0, 0, 0}, {Do::write, 0, 0, 0, 0, 0}, {Do::step, 0, 0, 0, 0, 0}};
    model.kernels = {kernel};
    return disagreement(model, {.population = 100});
  };
  EXPECT_NE(told_of_policy(Deciding::by_batch), "");
  for (const Deciding deciding : {Deciding::largest, Deciding::draw, Deciding::recurrent}) EXPECT_EQ(told_of_policy(deciding), "");
}

}  // namespace
}  // namespace colony::testing
