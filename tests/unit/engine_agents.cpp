// Agents: how they are inserted, removed and sorted, against a map.
#include "engine/state/agents.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <map>
#include <tuple>

#include "engine/model/model.hpp"
#include "tests/support/bazaar.hpp"
#include "tests/support/colony.hpp"
#include "tests/support/graphs.hpp"

namespace colony::testing {
namespace {

Case empty_bazaar(std::uint32_t width) {
  return {"", {}, lattice(width, 10), 0, 1, [] { return std::make_unique<Bazaar>(0.25); }};
}

/// One agent as the test knows it: node, memory, energy, bag.
using Agent = std::tuple<LocalIndex, std::uint64_t, float, std::uint32_t>;
using Agents = std::map<std::uint64_t, Agent>;

Agents agents_in(const SpeciesPart& species) {
  Agents agents;
  std::size_t living = 0;
  for (std::size_t slot = 0; slot < species.slots(); ++slot) {
    if (species.nodes[slot] == no_index) continue;
    ++living;
    agents[species.ids[slot]] = {species.nodes[slot], species.columns[0].as<std::uint64_t>()[slot], species.columns[1].as<float>()[slot],
                                 species.columns[2].as<std::uint32_t>()[slot]};
  }
  EXPECT_EQ(living, agents.size()) << "an id twice";
  EXPECT_EQ(living, species.count());
  return agents;
}

std::vector<std::byte> record_of(std::uint64_t id, const Agent& agent) {
  const auto& [node, memory, energy, bag] = agent;
  std::vector<std::byte> record(8 + 8 + 4 + 4);
  std::memcpy(record.data(), &id, 8);
  std::memcpy(record.data() + 8, &memory, 8);
  std::memcpy(record.data() + 16, &energy, 4);
  std::memcpy(record.data() + 20, &bag, 4);
  return record;
}

TEST(Agents, SurviveInsertRemoveAndSort) {
  EXPECT_TRUE(rc::check("agents are what a map would hold", [] {
    Colony colony(empty_bazaar(30), {});
    Part& part = colony.host().shards()[0]->part();
    const SpeciesSpec& spec = colony.schema().species()[0];
    SpeciesPart& species = part.species[0];
    Agents expected;
    std::uint64_t next_id = 0;
    for (const int what : *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 20))) {
      if (what < 12) {
        const Agent agent{*rc::gen::inRange<LocalIndex>(0, part.geometry.owned), *rc::gen::arbitrary<std::uint64_t>(),
                          0.5f * static_cast<float>(what), *rc::gen::arbitrary<std::uint32_t>()};
        const std::vector<std::byte> record = record_of(next_id, agent);
        RC_ASSERT(record.size() == agent_record_bytes(spec));
        const std::size_t slot = insert_agent(spec, species, record.data(), std::get<0>(agent));
        std::vector<std::byte> packed(record.size());
        pack_agent(spec, species, slot, packed.data());
        RC_ASSERT(packed == record);
        RC_ASSERT(species.columns[3].as<std::int32_t>()[slot] == 0);  // an intent does not travel
        expected[next_id++] = agent;
      } else if (what < 18 && !expected.empty()) {
        auto gone = expected.lower_bound(*rc::gen::inRange<std::uint64_t>(0, next_id));
        if (gone == expected.end()) gone = expected.begin();
        for (std::size_t slot = 0; slot < species.slots(); ++slot)
          if (species.nodes[slot] != no_index && species.ids[slot] == gone->first) {
            remove_agent(species, slot);
            break;
          }
        expected.erase(gone);
      } else if (what >= 18) {
        colony.executor().run([&] { sort_agents(part, 0, colony.executor()); });
        RC_ASSERT(species.holes.empty());
        RC_ASSERT(species.slots() == expected.size());
        RC_ASSERT(std::is_sorted(species.nodes.begin(), species.nodes.end()));
      }
      RC_ASSERT(agents_in(species) == expected);
    }
  }));
}

/// More agents than one piece of the sort, more nodes than one bucket, two threads.
TEST(Agents, SortInParallel) {
  Case what = empty_bazaar(1300);
  what.population = 100000;
  Colony colony(what, {1, 2, "range", 1});
  Part& part = colony.host().shards()[0]->part();
  SpeciesPart& species = part.species[0];
  ASSERT_EQ(species.slots(), 100000u);
  for (std::size_t slot = 0; slot < species.slots(); ++slot) {
    species.nodes[slot] = below(draw_entity({1, 2}, slot)[0], part.geometry.owned);
    species.columns[0].as<std::uint64_t>()[slot] = species.ids[slot] * 3;
  }
  for (std::size_t slot = 5; slot < species.slots(); slot += 7) remove_agent(species, slot);
  const Agents before = agents_in(species);
  colony.executor().run([&] { sort_agents(part, 0, colony.executor()); });
  EXPECT_TRUE(std::is_sorted(species.nodes.begin(), species.nodes.end()));
  EXPECT_EQ(agents_in(species), before);
}

}  // namespace
}  // namespace colony::testing
