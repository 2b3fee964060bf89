// Random cases on random shapes against one shard, one thread, one block: the state must be the same. rapidcheck prints the seed that
// reproduces a failure, and shrinks the case.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <string>

#include "tests/support/bazaar.hpp"
#include "tests/support/colony.hpp"
#include "tests/support/corpus.hpp"
#include "tests/support/graphs.hpp"
#include "tests/support/instances.hpp"
#include "tests/support/networks.hpp"

namespace colony::testing {
namespace {

/// What rapidcheck draws. Plain numbers, so that a failing case can be printed and shrunk.
struct Drawn {
  Shape first, second;  ///< the colony runs on the first, is saved, goes on on the second
  std::uint32_t width, height;
  bool eight, torus, directed, sparse_ids;
  std::uint64_t arcs, population, seed, ticks, saved_at;
  double a, b, c;
};

std::ostream& operator<<(std::ostream& out, const Drawn& d) {
  return out << "first: " << d.first << "; second: " << d.second << "; " << d.width << " x " << d.height << (d.eight ? ", 8" : ", 4")
             << (d.torus ? ", torus" : ", bounded") << (d.directed ? ", directed" : ", undirected") << (d.sparse_ids ? ", sparse ids" : "")
             << ", arcs " << d.arcs << ", population " << d.population << ", seed " << d.seed << ", ticks " << d.ticks << ", saved at "
             << d.saved_at << ", " << d.a << ", " << d.b << ", " << d.c;
}

rc::Gen<double> probability() {
  return rc::gen::map(rc::gen::inRange(0, 1001), [](int thousandth) { return thousandth / 1000.0; });
}

rc::Gen<Shape> any_shape() {
  return rc::gen::build<Shape>(
      rc::gen::set(&Shape::shards, rc::gen::inRange(1u, 10u)), rc::gen::set(&Shape::threads, rc::gen::inRange(1, 3)),
      rc::gen::set(&Shape::partition, rc::gen::element<std::string>("range", "hash", "metis")),
      rc::gen::set(&Shape::blocks, rc::gen::inRange(0u, 70u)), rc::gen::set(&Shape::through_bytes, rc::gen::arbitrary<bool>()),
      rc::gen::set(&Shape::placement, rc::gen::element<std::string>("ring", "spread", "binpack", "locality")),
      rc::gen::set(&Shape::backend, rc::gen::element<std::string>("cpu", "rehearsal")));
}

Drawn draw() {
  Drawn d;
  d.first = *any_shape().as("first shape");
  d.second = *any_shape().as("second shape");
  const bool large = *rc::gen::weightedElement<bool>({{1, true}, {7, false}});  // large enough for two threads to share one shard
  d.width = *rc::gen::inRange(1u, large ? 200u : 40u);
  d.height = *rc::gen::inRange(1u, large ? 150u : 40u);
  d.eight = *rc::gen::arbitrary<bool>();
  d.torus = *rc::gen::arbitrary<bool>();
  d.directed = *rc::gen::arbitrary<bool>();
  d.sparse_ids = *rc::gen::arbitrary<bool>();
  const std::uint64_t nodes = std::uint64_t{d.width} * d.height;
  d.arcs = *rc::gen::inRange<std::uint64_t>(0, 6 * nodes + 1);
  d.population = *rc::gen::inRange<std::uint64_t>(0, 2 * nodes + 1);
  d.seed = *rc::gen::arbitrary<std::uint64_t>();
  d.ticks = *rc::gen::inRange<std::uint64_t>(1, 36);
  d.saved_at = *rc::gen::inRange<std::uint64_t>(0, d.ticks);
  d.a = *probability();
  d.b = *probability();
  d.c = *probability();
  return d;
}

void expect_same(const Case& what, const Drawn& d) {
  Colony reference(what, {1, 1, "range", 1});
  reference.run(d.ticks);
  Colony first(what, d.first);
  first.run(d.saved_at);
  Colony second(what, d.second, first.save());
  RC_ASSERT(second.digest() == first.digest());
  first.run(d.ticks - d.saved_at);
  second.run(d.ticks - d.saved_at);
  RC_ASSERT(first.row() == reference.row());
  RC_ASSERT(second.row() == reference.row());
  RC_ASSERT(first.digest() == reference.digest());
  RC_ASSERT(second.digest() == reference.digest());
}

GraphMaker any_lattice(const Drawn& d) { return lattice(d.width, d.height, d.eight ? 8 : 4, d.torus); }
GraphMaker any_graph(const Drawn& d) { return random_graph(std::uint64_t{d.width} * d.height, d.arcs, d.directed, d.sparse_ids, d.seed); }

template <class F>
void check(const char* what, const F& make_case) {
  EXPECT_TRUE(rc::check(what, [&] {
    const Drawn d = draw();
    std::ostringstream text;
    text << d;
    RC_LOG() << text.str() << std::endl;
    expect_same(make_case(d), d);
  }));
}

TEST(Shapes, Life) {
  check("life is the same on any shape", [](Drawn d) {
    d.eight = true;
    return Case{"life", {{"density", d.a}}, any_lattice(d), 0, d.seed};
  });
}

Case epidemic(const Drawn& d, GraphMaker graph) {
  const char* directions[] = {"auto", "pull", "push"};
  const auto seeds = static_cast<std::int64_t>(1 + d.seed % 5 % (d.width * d.height));
  return {"epidemic",
          {{"infection", d.a},
           {"recovery", d.b},
           {"waning", d.c},
           {"incubation", d.ticks % 2 == 0 ? 0.0 : 1 + 4 * d.b},
           {"seeds", seeds},
           {"direction", std::string(directions[d.seed % 3])}},
          std::move(graph),
          0,
          d.seed};
}

TEST(Shapes, EpidemicOnGraphs) {
  check("an epidemic on a graph is the same on any shape", [](const Drawn& d) { return epidemic(d, any_graph(d)); });
}

TEST(Shapes, EpidemicOnLattices) {
  check("an epidemic on a lattice is the same on any shape", [](const Drawn& d) { return epidemic(d, any_lattice(d)); });
}

TEST(Shapes, Foraging) {
  check("foraging is the same on any shape", [](Drawn d) {
    d.eight = true;
    const double x = d.width * d.a * 0.999, y = d.height * d.b * 0.999, radius = 1 + d.c * 8;
    return Case{"foraging",
                {{"start", std::string(d.seed % 2 == 0 ? "random" : "nest")},
                 {"evaporation", d.b},
                 {"diffusion", d.c},
                 {"piles", std::vector<std::vector<double>>{{x, y, radius, 2}}}},
                any_lattice(d),
                d.population,
                d.seed};
  });
}

TEST(Shapes, Opinion) {
  check("opinions are the same on any shape", [](const Drawn& d) {
    const GraphMaker graph = d.seed % 3 == 0 ? complete(1 + d.arcs % 200) : d.seed % 3 == 1 ? any_lattice(d) : any_graph(d);
    return Case{"opinion", {{"confidence", d.a}, {"start", std::string("random")}}, graph, 0, d.seed};
  });
}

TEST(Shapes, Knowledge) {
  check("a knowledge colony is the same on any shape", [](const Drawn& d) {
    const auto documents = 1 + d.arcs % 60;
    return Case{"knowledge",
                {{"documents", corpus_folder(static_cast<std::uint32_t>(documents), 25, 1)},
                 {"sight", static_cast<std::int64_t>(1 + d.seed % 12)},
                 {"max_degree", static_cast<std::int64_t>(d.seed % 3 == 0 ? 0 : d.seed % 20)},
                 {"max_idle", static_cast<std::int64_t>(1 + d.ticks / 2)},
                 {"maturity", static_cast<std::int64_t>(d.ticks % 12)},
                 {"link_decay", d.a / 2},
                 {"prune_below", d.b / 5},
                 {"input_diffusion", d.c},
                 {"evolve", d.eight},
                 {"generation", static_cast<std::int64_t>(1 + d.ticks % 5)},
                 {"synthesizers", static_cast<std::int64_t>(d.arcs % 90)},
                 {"quorum", 4 * d.b},
                 {"quorum_evaporation", d.a}},
                {},
                1 + d.population % 40,
                d.seed};
  });
}

TEST(Shapes, PolicyForaging) {
  check("ants with a policy are the same on any shape", [](Drawn d) {
    d.eight = true;
    const char* activations[] = {"Relu", "Tanh", "Sigmoid", "LeakyRelu"};
    const auto hidden = static_cast<std::uint32_t>(1 + d.arcs % 20);
    return Case{
        "policy-foraging",
        {{"policy", d.torus ? policy_file({11, hidden, 5}, activations[d.seed % 4], d.seed % 3) : gru_file(11, hidden, 5, d.seed % 3)},
         {"choose", std::string(d.directed ? "draw" : "largest")},
         {"start", std::string("random")},
         {"diffusion", d.b},
         {"piles", std::vector<std::vector<double>>{{d.width / 3.0, d.height / 3.0, 4, 2}}}},
        any_lattice(d),
        d.population,
        d.seed};
  });
}

TEST(Shapes, Tours) {
  check("tours are the same on any shape", [](const Drawn& d) {
    const char* algorithms[] = {"as", "mmas", "acs"};
    const char* searches[] = {"none", "2opt", "3opt"};
    return Case{"tours",
                {{"instance", instance_file(static_cast<std::uint32_t>(3 + d.arcs % 12), d.seed % 5)},
                 {"algorithm", std::string(algorithms[d.seed % 3])},
                 {"local_search", std::string(searches[d.population % 3])},
                 {"candidates", static_cast<std::int64_t>(1 + d.width % 9)},
                 {"alpha", d.seed % 2 == 0 ? 1 : 10 * d.a},
                 {"beta", 20 * d.b},
                 {"rho", 0.01 + 0.99 * d.c},
                 {"patience", static_cast<std::int64_t>(1 + d.seed % 3)}},
                {},
                1 + d.population % 40,
                d.seed};
  });
}

TEST(Shapes, EveryEffect) {
  check("a model of every effect is the same on any shape", [](const Drawn& d) {
    const bool on_lattice = d.seed % 2 == 0;
    return Case{"",           {},     on_lattice ? any_lattice(d) : any_graph(d),
                d.population, d.seed, [diffusion = on_lattice ? d.a : 0.0] { return std::make_unique<Bazaar>(diffusion); }};
  });
}

}  // namespace
}  // namespace colony::testing
