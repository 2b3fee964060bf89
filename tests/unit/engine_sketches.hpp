// Models that tests write in place, how they are run in several shapes, and a few kernels for them.
#pragma once

#include <gmock/gmock.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/error.hpp"
#include "engine/model/model.hpp"
#include "engine/model/seeder.hpp"
#include "tests/support/colony.hpp"
#include "tests/support/graphs.hpp"

namespace colony::testing {

using Populate = std::function<void(Seeder&)>;
/// Declares, and returns what populates.
using Sketch = std::function<Populate(Schema&)>;

class Sketched final : public Model {
 public:
  explicit Sketched(Sketch sketch) : sketch_(std::move(sketch)) {}
  std::string summary() const override { return "a model of a test"; }
  std::vector<ParameterSpec> parameters() const override { return {}; }
  void declare(Schema& s) override {
    s.layer("places");
    populate_ = sketch_(s);
  }
  void populate(Seeder& seeder) const override { populate_(seeder); }

 private:
  Sketch sketch_;
  Populate populate_;
};

inline Case case_of(const Sketch& sketch, const GraphMaker& graph = lattice(8, 6)) {
  return {"", {}, graph, 0, 5, [sketch] { return std::make_unique<Sketched>(sketch); }};
}

inline const std::vector<Shape> shapes{{1, 1, "range", 1}, {1, 2, "range", 8}, {3, 2, "hash", 16}};

/// What stops a colony in three ticks, or as it is made or digested.
inline std::string told(const Case& what, const Shape& shape) {
  try {
    Colony colony(what, shape);
    for (int tick = 0; tick < 3; ++tick) {
      colony.run(1);
      colony.digest();
    }
  } catch (const ModelError& error) {
    EXPECT_EQ(error.status(), ExitStatus::bad_data);
    return error.what();
  } catch (const StateError& error) {
    EXPECT_EQ(error.status(), ExitStatus::bad_data);
    return std::string("the state: ") + error.what();
  }
  return "nothing";
}

inline void expect_told(const Case& what, const ::testing::Matcher<std::string>& words) {
  for (const Shape& shape : shapes) EXPECT_THAT(told(what, shape), words) << shape;
}

/// Runs it in each shape and has a look: all have one digest.
inline Digest run_alike(const Case& what, std::uint64_t ticks, const std::function<void(Colony&)>& look = {}) {
  std::vector<Digest> digests;
  for (const Shape& shape : shapes) {
    SCOPED_TRACE(shape);
    Colony colony(what, shape);
    colony.run(ticks);
    if (look) look(colony);
    digests.push_back(colony.digest());
    EXPECT_EQ(digests.back(), digests.front());
  }
  return digests.front();
}

/// f(id, part, slot) for each agent of the first species.
inline void for_each_agent(Colony& colony, const std::function<void(std::uint64_t, const Part&, std::size_t)>& f) {
  for (const auto& shard : colony.host().shards()) {
    const SpeciesPart& species = shard->part().species[0];
    for (std::size_t slot = 0; slot < species.slots(); ++slot)
      if (species.nodes[slot] != no_index) f(species.ids[slot], shard->part(), slot);
  }
}

using Places = std::map<std::uint64_t, std::uint64_t>;  ///< of agents: ids of nodes

inline Places places_of(Colony& colony) {
  Places places;
  for_each_agent(colony, [&](std::uint64_t id, const Part& part, std::size_t slot) {
    EXPECT_TRUE(places.emplace(id, part.geometry.id_of(part.species[0].nodes[slot])).second) << "two agents of one id";
  });
  return places;
}

inline void put(Seeder& seeder, std::uint32_t species, std::uint64_t count, const std::function<std::uint64_t(std::uint64_t)>& home) {
  seeder.agents(species, count, home, [](std::uint64_t, std::size_t) {});
}
inline std::uint64_t own_node(std::uint64_t id) { return id; }

inline const Populate nothing_more = [](Seeder&) {};
/// `count` agents, each on the node of its own id.
inline Populate at_home(std::uint32_t species, std::uint64_t count) {
  return [=](Seeder& seeder) { put(seeder, species, count, own_node); };
}

inline bool first_tick(std::uint64_t tick) { return tick == 0; }
inline constexpr int east = 0, north = 2, west = 4;  // ways on a lattice of 8 neighbours
inline constexpr std::uint64_t width = 8;
inline std::uint64_t east_of(std::uint64_t node) { return node / width * width + (node + 1) % width; }

/// A sketch of agents, one on each of the first `count` nodes.
inline Sketch with_ants(std::uint64_t count, const std::function<void(Schema&, std::uint32_t)>& declare) {
  return [=](Schema& s) {
    const std::uint32_t ants = s.agents("ant");
    s.observe_agents("ants", ants);
    declare(s, ants);
    return at_home(ants, count);
  };
}

inline void fill(Seeder& seeder, NodeField<std::uint32_t> stock, const std::function<std::uint32_t(std::uint64_t)>& amount) {
  seeder.nodes([&](std::uint64_t id, LocalIndex i) { seeder.set(stock, i, amount(id)); });
}

// ---- Kernels ----

struct Count {
  Add sum;
  template <class Here>
  void operator()(const Here&) const {
    sum(1);
  }
};
struct Step {
  StepTo step;
  int way;
  template <class Here>
  void operator()(const Here& here) const {
    step(here, here.neighbour(way));
  }
};
/// Every eighth agent.
struct Ask {
  ClaimOne claim;
  int times;
  template <class Here>
  void operator()(const Here& here) const {
    for (int k = 0; k < times && here.id() % 8 == 7; ++k) claim(here);
  }
};
/// Act: node 7 or agent 7 has two children.
struct Bear {
  Spawn spawn;
  std::uint32_t second;
  template <class Here>
  void operator()(const Here& here) const {
    if (here.id() != 7) return;
    for (const std::uint32_t ordinal : {0u, second}) spawn(here, ordinal, [](const Newborn&) {});
  }
};

}  // namespace colony::testing
