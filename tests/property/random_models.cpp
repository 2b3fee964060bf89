// Models made at random: each is a list of operations over the engine's accessors (model_value.hpp), runs on several shapes, straight,
// saved and resumed on another, its frames through bytes, and must give one digest, row and list of events in every tick, or be refused in
// the same tick: some kernels are careless or wild, and do what they may not do. rapidcheck prints the seed that reproduces a failure, and
// shrinks the model. Mistakes that a test plants must be found.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <iostream>
#include <optional>
#include <sstream>
#include <string>

#include "tests/property/value_model.hpp"
#include "tests/support/colony.hpp"
#include "tests/support/graphs.hpp"

namespace colony::testing {
namespace {

struct Place {
  Phase phase;
  bool on_agents;
};
constexpr Place places[] = {{Phase::sense, false}, {Phase::act, false}, {Phase::decay, false}, {Phase::sense, true},
                            {Phase::act, true},    {Phase::act, true},  {Phase::advance, true}};

rc::Gen<Operation> operation_in(Phase phase, bool on_agents) {
  std::vector<Do> all, others;
  for (std::uint8_t k = 0; k < static_cast<std::uint8_t>(first_mistake); ++k)
    if (const auto what = static_cast<Do>(k); belongs(what, phase, on_agents)) {
      all.push_back(what);
      if (what > Do::draw)
        all.insert(all.end(), what == Do::spawn || what == Do::leave ? 7 : 3,
                   what);  // registers alone are dull; one spawn a kernel is bound
    } else {
      others.push_back(what);
    }
  const auto few = [](int end) { return rc::gen::cast<std::uint8_t>(rc::gen::inRange(0, end)); };
  const auto what = rc::gen::weightedOneOf<Do>({{30, rc::gen::elementOf(all)}, {1, rc::gen::elementOf(others)}});  // tame models drop these
  return rc::gen::build<Operation>(rc::gen::set(&Operation::what, what), rc::gen::set(&Operation::to, few(4)),
                                   rc::gen::set(&Operation::a, few(4)), rc::gen::set(&Operation::b, few(4)),
                                   rc::gen::set(&Operation::item, few(6)), rc::gen::set(&Operation::number, rc::gen::inRange(0u, 1000u)));
}

rc::Gen<KernelValue> any_kernel() {
  return rc::gen::mapcat(rc::gen::elementOf(std::vector<Place>(std::begin(places), std::end(places))), [](Place place) {
    const auto operations = rc::gen::mapcat(rc::gen::inRange<std::size_t>(1, 9), [place](std::size_t count) {
      return rc::gen::container<std::vector<Operation>>(count, operation_in(place.phase, place.on_agents));
    });
    const auto few = [](int end) { return rc::gen::cast<std::uint8_t>(rc::gen::inRange(0, end)); };
    return rc::gen::build<KernelValue>(
        rc::gen::set(&KernelValue::manner,
                     rc::gen::weightedElement<Manner>({{16, Manner::tame}, {1, Manner::careless}, {1, Manner::wild}})),
        rc::gen::set(&KernelValue::phase, rc::gen::just(place.phase)),
        rc::gen::set(&KernelValue::on_agents, rc::gen::just(place.on_agents)), rc::gen::set(&KernelValue::species, few(3)),
        rc::gen::set(&KernelValue::over,
                     rc::gen::weightedElement<Domain::Kind>({{3, Domain::Kind::all},
                                                             {1, Domain::Kind::category_value},
                                                             {1, Domain::Kind::marked},
                                                             {1, Domain::Kind::touched},
                                                             {place.phase == Phase::advance ? 5 : 1, Domain::Kind::winners}})),
        rc::gen::set(&KernelValue::item, few(3)), rc::gen::set(&KernelValue::value, few(3)),
        rc::gen::set(&KernelValue::every,
                     rc::gen::map(rc::gen::inRange(1, 7), [](int n) { return static_cast<std::uint8_t>(std::max(1, n - 3)); })),
        rc::gen::set(&KernelValue::operations, operations));
  });
}

rc::Gen<ModelValue> any_model() {
  const auto few = [](int end) { return rc::gen::cast<std::uint8_t>(rc::gen::inRange(0, end)); };
  const auto kernels = rc::gen::mapcat(rc::gen::inRange<std::size_t>(1, 10),
                                       [](std::size_t count) { return rc::gen::container<std::vector<KernelValue>>(count, any_kernel()); });
  return rc::gen::build<ModelValue>(
      rc::gen::set(&ModelValue::mixed, few(3)), rc::gen::set(&ModelValue::committed, few(3)), rc::gen::set(&ModelValue::own, few(3)),
      rc::gen::set(&ModelValue::categories, few(3)), rc::gen::set(&ModelValue::signals, few(3)), rc::gen::set(&ModelValue::maxima, few(3)),
      rc::gen::set(&ModelValue::marks, few(3)), rc::gen::set(&ModelValue::species, few(3)), rc::gen::set(&ModelValue::globals, few(3)),
      rc::gen::set(&ModelValue::diffuses, rc::gen::arbitrary<bool>()),

      rc::gen::set(&ModelValue::kernels, kernels));
}

/// The graph and the agents that a model is put on.
struct Ground {
  std::uint32_t kind = 0;  ///< lattice of 8, of 4, graph, complete
  std::uint32_t width = 8, height = 7;
  bool torus = false, directed = false, sparse_ids = false;
  std::uint64_t population = 40, seed = 1, ticks = 8, saved_at = 3;

  Case with(ModelValue model, Coverage* coverage = nullptr) const {
    const std::uint64_t nodes = std::uint64_t{width} * height;
    GraphMaker graph = kind == 0   ? lattice(width, height, 8, torus)
                       : kind == 1 ? lattice(width, height, 4, torus)
                       : kind == 2 ? random_graph(nodes, 3 * nodes, directed, sparse_ids, seed)
                                   : complete(std::min<std::uint64_t>(nodes, 169));
    return {"", {}, std::move(graph), population, seed, [model, coverage] { return std::make_unique<ValueModel>(model, coverage); }, true};
  }
};

std::ostream& operator<<(std::ostream& out, const Ground& g) {
  constexpr const char* kinds[] = {"lattice of 8", "lattice of 4", "graph", "complete"};
  return out << kinds[g.kind] << ", " << g.width << " x " << g.height << (g.torus ? ", torus" : "") << (g.directed ? ", directed" : "")
             << (g.sparse_ids ? ", sparse ids" : "") << ", population " << g.population << ", seed " << g.seed << ", ticks " << g.ticks
             << ", saved at " << g.saved_at;
}

/// Every hundredth ground is so large that threads work on one kernel together.
rc::Gen<std::uint32_t> any_height() {
  return rc::gen::weightedOneOf<std::uint32_t>({{99, rc::gen::inRange(1u, 14u)}, {1, rc::gen::inRange(1500u, 2000u)}});
}

rc::Gen<Ground> any_ground() {
  return rc::gen::build<Ground>(
      rc::gen::set(&Ground::kind, rc::gen::weightedElement<std::uint32_t>({{3, 0u}, {2, 1u}, {4, 2u}, {1, 3u}})),
      rc::gen::set(&Ground::width, rc::gen::inRange(1u, 14u)), rc::gen::set(&Ground::height, any_height()),
      rc::gen::set(&Ground::torus, rc::gen::arbitrary<bool>()), rc::gen::set(&Ground::directed, rc::gen::arbitrary<bool>()),
      rc::gen::set(&Ground::sparse_ids, rc::gen::arbitrary<bool>()),
      rc::gen::set(&Ground::population, rc::gen::weightedOneOf<std::uint64_t>({{60, rc::gen::inRange<std::uint64_t>(0, 120)},
                                                                               {1, rc::gen::inRange<std::uint64_t>(6000, 9000)}})),
      rc::gen::set(&Ground::seed, rc::gen::arbitrary<std::uint64_t>()),
      rc::gen::set(&Ground::ticks, rc::gen::inRange<std::uint64_t>(1, 12)),
      rc::gen::set(&Ground::saved_at, rc::gen::inRange<std::uint64_t>(0, 12)));
}

/// What is told of a tick.
struct Told {
  Digest digest;
  std::vector<ObservableValue> row;
  std::vector<Event> events;
};

Told tell(Colony& colony) { return {colony.digest(), colony.row(), colony.events()}; }

/// A run from S(0) on, as far as it goes.
struct Course {
  std::vector<Told> told;
  std::optional<ExitStatus> refused;  ///< in the tick that follows, or, where nothing is told, when it was declared
};

/// "" where a colony does in ticks [first, last] as the reference did, else which tick is another.
std::string difference(Colony& colony, const Course& reference, std::uint64_t first, std::uint64_t last, const std::string& where) {
  for (std::uint64_t t = first; t <= last; ++t) {
    const auto differs = [&](const std::string& what) { return where + ": " + what + " of tick " + std::to_string(t); };
    const bool refused = t >= reference.told.size();
    try {
      if (t != colony.tick().value) colony.run(1);
    } catch (const Error& error) {
      return refused && error.status() == reference.refused ? "" : differs(std::string("\"") + error.what() + "\"");
    }
    if (refused) return differs("no refusal");
    const Told told = tell(colony);
    if (told.digest != reference.told[t].digest) return differs("digest");
    if (told.row != reference.told[t].row) return differs("row");
    if (told.events != reference.told[t].events) return differs("events");
  }
  return {};
}

const Shape shapes[] = {{1, 4, "range", 16}, {2, 1, "hash", 16}, {5, 4, "range", 16, true}, {3, 1, "range", 9}};

Course course_of(const Case& what, std::uint64_t ticks) {
  Course course;
  try {
    Colony colony(what, {1, 1, "range", 1});
    course.told.push_back(tell(colony));
    for (std::uint64_t t = 0; t < ticks; ++t) {
      colony.run(1);
      course.told.push_back(tell(colony));
    }
  } catch (const Error& error) {
    course.refused = error.status();
  }
  return course;
}

/// "" where a shape does as the reference did, also where it is saved and goes on in another.
std::string difference(const Case& what, const Shape& shape, const Course& reference, const Ground& ground) {
  std::ostringstream name;
  name << shape;
  std::optional<Colony> colony;
  try {
    colony.emplace(what, shape);
  } catch (const Error& error) {
    return reference.told.empty() && error.status() == reference.refused ? "" : name.str() + ": \"" + error.what() + "\"";
  }
  if (reference.told.empty()) return name.str() + ": no refusal";
  const std::uint64_t saved_at = std::min(ground.saved_at, ground.ticks);
  if (std::string found = difference(*colony, reference, 0, saved_at, name.str()); !found.empty()) return found;
  if (saved_at >= reference.told.size()) return "";
  if (saved_at > 0) {  // events of S(0) are told by the start alone
    Colony resumed(what, &shape == std::begin(shapes) ? shapes[2] : shapes[0], colony->save());
    if (resumed.digest() != reference.told[saved_at].digest) return name.str() + ": digest of what was saved";
    if (std::string found = difference(resumed, reference, saved_at + 1, ground.ticks, name.str() + ", resumed"); !found.empty())
      return found;
  }
  return difference(*colony, reference, saved_at + 1, ground.ticks, name.str());
}

struct Tally {
  Coverage coverage;
  std::uint64_t models = 0, whole = 0, refused_at_once = 0;
};

/// "" where all shapes agree with one shard, one thread, one block.
std::string disagreement(const ModelValue& model, const Ground& ground, Tally* tally = nullptr) {
  const Course reference = course_of(ground.with(model, tally == nullptr ? nullptr : &tally->coverage), ground.ticks);
  if (tally != nullptr) {
    ++tally->models;
    tally->whole += reference.refused ? 0 : 1;
    tally->refused_at_once += reference.told.empty() ? 1 : 0;
  }
  const Case what = ground.with(model);
  for (const Shape& shape : shapes)
    if (std::string found = difference(what, shape, reference, ground); !found.empty()) return found;
  return {};
}

Tally tally;

TEST(RandomModels, AreTheSameOnAnyShape) {
  EXPECT_TRUE(rc::check("a random model is the same on any shape", [] {
    // Whole ranges from the first case on: rapidcheck begins with small ones.
    const ModelValue model = *rc::gen::resize(rc::kNominalSize, any_model());
    const Ground ground = *rc::gen::resize(rc::kNominalSize, any_ground());
    RC_LOG() << ground << "\n" << model << std::endl;
    RC_ASSERT(disagreement(model, ground, &tally) == "");
  }));
}

TEST(RandomModels, DoEverything) {
  if (tally.models < 1000) GTEST_SKIP() << "too few models were drawn to say";
  for (std::uint8_t k = 0; k < static_cast<std::uint8_t>(first_mistake); ++k)
    EXPECT_GE(tally.coverage.bound[k], tally.models / 20) << name_of(static_cast<Do>(k)) << " in " << tally.models << " models";
  EXPECT_GE(tally.whole, tally.models * 3 / 4) << "models that ran to the end";
  EXPECT_GE(tally.refused_at_once, tally.models / 20) << "models that the schema refused";
  EXPECT_GE(tally.models - tally.whole - tally.refused_at_once, tally.models / 100) << "models that a run refused";
  std::cout << tally.models << " models, " << tally.whole << " ran to the end, " << tally.refused_at_once << " were refused as declared\n";
}

/// A mistake in an otherwise empty model, on a ground that has many nodes and agents and several shards.
std::string planted(Do mistake, bool on_agents = false) {
  ModelValue model;
  KernelValue kernel;
  kernel.phase = Phase::act;
  kernel.on_agents = on_agents;
  kernel.operations = {{mistake, 0, 0, 0, 0, 0}, {Do::write, 0, 0, 0, 0, 0}};
  model.kernels = {kernel};
  Ground ground;
  ground.width = ground.height = 150;
  ground.population = 5000;
  ground.ticks = 3;
  ground.saved_at = 1;
  return disagreement(model, ground);
}

TEST(RandomModels, MistakesThatArePlantedAreFound) {
  for (const Do mistake : {Do::local_index, Do::neighbour_index, Do::address, Do::shared_sum, Do::owned_count, Do::ghost_count,
                           Do::block_count, Do::slot_count, Do::concurrent})
    EXPECT_NE(planted(mistake), "") << name_of(mistake);
  EXPECT_NE(planted(Do::local_index, true), "") << "an agent's slot";
  for (const bool on_agents : {false, true}) EXPECT_EQ(planted(Do::id, on_agents), "") << "an id may be used";
}

}  // namespace
}  // namespace colony::testing
