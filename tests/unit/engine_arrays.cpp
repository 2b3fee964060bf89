// Arrays, traces and bests, against a colony of couriers that is done again by hand.
#include <gmock/gmock.h>

#include <array>
#include <map>

#include "engine/error.hpp"
#include "engine/globals/best.hpp"
#include "engine/model/seeder.hpp"
#include "tests/support/colony.hpp"
#include "tests/support/graphs.hpp"

namespace colony::testing {
namespace {

constexpr std::uint32_t towns = 13, stops = 5, couriers = 40;
constexpr Stream stream = Stream::user;

/// Where courier `id` goes in a tick, and what it is worth to it.
struct Errand {
  std::uint32_t to;
  std::int64_t cost;
  Errand(RandomKey key, std::uint64_t id) : to(below(draw_entity(key, id)[0], towns)), cost(below(draw_entity(key, id)[1], 1000)) {}
};

struct Plan {
  ReadArray<std::uint16_t> log;
  ArrayHere<float> wear;
  Write<std::uint16_t> next;
  Draws draws;
  template <class Here>
  void operator()(const Here& here) const {
    const Errand errand(draws.key, here.id());
    // Reads S(t): an even row sends it one town on.
    next(here) = static_cast<std::uint16_t>((errand.to + (wear(here)[log(here)[0]] > 3 ? 1 : 0)) % towns);
  }
};

struct Go {
  Read<std::uint16_t> next;
  WriteArray<std::uint16_t> log;
  Lay lay;
  StepTo step;
  At at;
  Draws draws;
  Offer cheapest, cheapest_ever;
  TickNumber tick;
  template <class Here>
  void operator()(const Here& here) const {
    const std::uint16_t to = next(here);
    const auto from = static_cast<std::uint32_t>(here.id(here.node));
    const std::span<std::uint16_t> mine = log(here);
    mine[tick() % stops] = to;
    lay(here.node, to, 1 + static_cast<std::int64_t>(here.id()));
    lay(at(to), from, 1 + static_cast<std::int64_t>(here.id()));
    const auto fill = [&](std::span<std::int64_t> payload) {
      for (std::uint32_t i = 0; i < stops; ++i) payload[i] = mine[i];
    };
    const Errand errand(draws.key, here.id());
    cheapest(errand.cost, here.id(), fill);
    cheapest_ever(errand.cost, here.id(), fill);
    step(here, at(to));
  }
};

struct Wear {
  Laid laid;
  WriteArray<float> wear;
  template <class Here>
  void operator()(const Here& here) const {
    std::array<std::int64_t, towns> sums{};
    for (const TraceDeposit& deposit : laid(here)) sums[deposit.towards] += deposit.amount;
    for (std::uint32_t j = 0; j < towns; ++j) wear(here)[j] = wear(here)[j] * 0.5f + static_cast<float>(sums[j]);
  }
};

class Couriers final : public Model {
 public:
  std::string summary() const override { return "for tests"; }
  std::vector<ParameterSpec> parameters() const override { return {}; }
  bool takes_population() const override { return true; }
  void declare(Schema& s) override {
    s.layer("towns");
    const TraceField wear = s.trace("wear", towns);
    species_ = s.agents("courier");
    log_ = s.agent_array<std::uint16_t>(species_, "log", stops);
    const auto next = s.intent<std::uint16_t>(species_, "next");
    const GlobalBest cheapest = s.best("cheapest", stops, false), ever = s.best("ever", stops, true);
    s.sense_agents(species_, Plan{log_, wear, next, stream}, {.grain = 3});
    s.act_agents(species_, Go{next, log_, wear, StepTo(species_), At(), stream, cheapest, ever, TickNumber()}, {.grain = 3});
    s.decay(colony::testing::Wear{wear, wear}, {.in = [](std::uint64_t tick) { return tick % 4 != 3; }});
    s.observe("cheapest", cheapest);
    s.observe("ever", ever);
    slot_ = cheapest.slot;
    slot_ever_ = ever.slot;
  }
  void populate(Seeder& seeder) const override {
    seeder.agents(
        species_, seeder.job().population, [](std::uint64_t id) { return id % towns; },
        [&](std::uint64_t id, std::size_t slot) { seeder.array(log_, slot)[1] = static_cast<std::uint16_t>(id); });
  }
  std::uint32_t species_ = 0, slot_ = 0, slot_ever_ = 0;
  AgentArray<std::uint16_t> log_{};
};

Case case_of_couriers() {
  return {"", {}, complete(towns), couriers, 42, [] { return std::make_unique<Couriers>(); }};
}

/// The same colony, by hand.
struct ByHand {
  std::array<std::array<float, towns>, towns> wear{};
  std::array<std::uint32_t, couriers> at{};
  std::array<std::array<std::uint16_t, stops>, couriers> log{};
  std::int64_t cheapest = 0, ever = 0;
  std::array<std::uint16_t, stops> cheapest_log{}, ever_log{};

  ByHand() {
    for (std::uint32_t i = 0; i < couriers; ++i) {
      at[i] = i % towns;
      log[i][1] = static_cast<std::uint16_t>(i);
    }
  }
  void tick(std::uint64_t t) {
    const RandomKey key = random_key(42, stream, t);
    std::array<std::array<std::int64_t, towns>, towns> sums{};
    std::int64_t least = 1 << 30;
    for (std::uint32_t i = 0; i < couriers; ++i) {
      const Errand errand(key, i);
      const std::uint32_t to = (errand.to + (wear[at[i]][log[i][0]] > 3 ? 1 : 0)) % towns;
      log[i][t % stops] = static_cast<std::uint16_t>(to);
      sums[at[i]][to] += 1 + i;
      sums[to][at[i]] += 1 + i;
      if (errand.cost < least) {
        least = errand.cost;
        cheapest_log = log[i];
      }
      at[i] = to;
    }
    cheapest = least;
    if (t == 0 || least < ever) {
      ever = least;
      ever_log = cheapest_log;
    }
    if (t % 4 == 3) return;
    for (std::uint32_t a = 0; a < towns; ++a)
      for (std::uint32_t b = 0; b < towns; ++b) wear[a][b] = wear[a][b] * 0.5f + static_cast<float>(sums[a][b]);
  }
};

TEST(Arrays, TracesBestsAndArraysAreWhatAPlainLoopGives) {
  for (const Shape& shape : {Shape{1, 1, "range", 1}, Shape{1, 2, "range", 4}, Shape{3, 2, "hash", 9}, Shape{5, 2, "range", 13, true}}) {
    Colony colony(case_of_couriers(), shape);
    ByHand expected;
    for (std::uint64_t t = 0; t < 20; ++t) {  // past the sort of the agents
      colony.run(1);
      expected.tick(t);
    }
    EXPECT_EQ(colony.observe("cheapest"), expected.cheapest) << shape;
    EXPECT_EQ(colony.observe("ever"), expected.ever) << shape;
    std::uint32_t seen = 0;
    for (const auto& shard : colony.host().shards()) {
      const Part& part = shard->part();
      for (LocalIndex i = 0; i < part.geometry.owned; ++i)
        for (std::uint32_t j = 0; j < towns; ++j)
          EXPECT_EQ(part.columns[0].as<float>()[i * towns + j], expected.wear[part.geometry.id_of(i)][j]) << shape;
      const SpeciesPart& species = part.species[0];
      for (std::size_t slot = 0; slot < species.slots(); ++slot) {
        if (species.nodes[slot] == no_index) continue;
        const std::uint64_t id = species.ids[slot];
        EXPECT_EQ(part.geometry.id_of(species.nodes[slot]), expected.at[id]);
        const auto* log = species.columns[0].as<std::uint16_t>() + slot * stops;
        EXPECT_TRUE(std::equal(log, log + stops, expected.log[id].begin())) << shape << " courier " << id;
        ++seen;
      }
    }
    EXPECT_EQ(seen, couriers) << shape;
    EXPECT_EQ(colony.activity().traffic.remote("lay") > 0, shape.shards > 1) << shape;
  }
}

TEST(Arrays, GoOnFromAnImageOfAnotherShape) {
  Colony reference(case_of_couriers(), {1, 1, "range", 1});
  reference.run(23);
  Colony first(case_of_couriers(), {4, 2, "hash", 13});
  first.run(9);
  const Saved saved = first.save();
  const ColumnImage& log = saved.images[0].groups[1].columns[2];
  EXPECT_EQ(log.name, "log");
  EXPECT_EQ(log.width, stops);
  EXPECT_EQ(log.bytes.size(), log.count * stops * 2);
  Colony second(case_of_couriers(), {2, 1, "range", 5}, saved);
  EXPECT_EQ(second.digest(), first.digest());
  second.run(14);
  EXPECT_EQ(second.digest().hex(), reference.digest().hex());
  EXPECT_EQ(second.row(), reference.row());
}

TEST(Arrays, EveryValueOfARowIsInTheDigest) {
  Colony colony(case_of_couriers(), {2, 1, "range", 4});
  colony.run(3);
  const Digest before = colony.digest();
  Part& part = colony.host().shards()[1]->part();
  for (std::uint32_t j = 0; j < towns; ++j) {
    std::byte& byte = part.columns[0].bytes[(towns + j) * sizeof(float)];
    byte ^= std::byte{1};
    EXPECT_NE(colony.digest(), before) << j;
    byte ^= std::byte{1};
  }
  std::byte& stop = part.species[0].columns[0].bytes[2 * (stops - 1)];
  stop ^= std::byte{1};
  EXPECT_NE(colony.digest(), before);
  stop ^= std::byte{1};
  EXPECT_EQ(colony.digest(), before);
}

TEST(Best, TheSmallestWinsAndTiesGoToTheSmallestId) {
  std::int64_t slots[3] = {};
  const auto offer = [&](std::int64_t value, std::int64_t id, std::int64_t payload) {
    const std::int64_t from[3] = {best_key(value), id, payload};
    take_best(slots, from, 3);
  };
  const std::int64_t nothing[3] = {0, 0, 5};
  take_best(slots, nothing, 3);
  EXPECT_THAT(slots, ::testing::ElementsAre(0, 0, 0));
  offer(70, 4, 1);
  EXPECT_THAT(slots, ::testing::ElementsAre(best_key(70), 4, 1));
  take_best(slots, nothing, 3);
  offer(71, 1, 2);
  EXPECT_EQ(slots[2], 1);
  offer(70, 5, 3);
  EXPECT_EQ(slots[2], 1);
  offer(70, 3, 4);
  EXPECT_EQ(slots[2], 4);
  offer(0, 9, 5);
  EXPECT_EQ(best_value(slots[0]), 0);
  EXPECT_EQ(slots[2], 5);
}

/// A model that breaks a rule.
struct Scribble {
  WriteArray<float> wear;
  template <class Here>
  void operator()(const Here& here) const {
    wear(here)[0] = 1;
  }
};

TEST(Arrays, WhatAgentsReadOfTheirNodeStaysUntilDecay) {
  const Job job;
  Schema schema(job);
  schema.layer("towns");
  const TraceField wear = schema.trace("wear", towns);
  const std::uint32_t species = schema.agents("courier");
  const auto log = schema.agent_array<std::uint16_t>(species, "log", stops);
  const auto next = schema.intent<std::uint16_t>(species, "next");
  schema.sense_agents(species, Plan{log, wear, next, stream});
  schema.act(Scribble{wear});
  EXPECT_THAT([&] { schema.finish(); }, ::testing::ThrowsMessage<ModelError>(
                                            ::testing::HasSubstr("has Write of \"wear\" before Decay, and agents read it in Sense")));
}

}  // namespace
}  // namespace colony::testing
