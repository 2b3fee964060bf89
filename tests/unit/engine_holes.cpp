// Models that once gave another answer on another shape, or crashed, without an error: each is refused, or right, now.
#include <gmock/gmock.h>

#include "engine/error.hpp"
#include "engine/model/model.hpp"
#include "engine/model/seeder.hpp"
#include "tests/support/colony.hpp"
#include "tests/support/graphs.hpp"

namespace colony::testing {
namespace {

/// A model that is only a declaration.
class Declared final : public Model {
 public:
  explicit Declared(std::function<void(Schema&)> declaration) : declaration_(std::move(declaration)) {}
  std::string summary() const override { return "a declaration"; }
  std::vector<ParameterSpec> parameters() const override { return {}; }
  void declare(Schema& schema) override { declaration_(schema); }
  void populate(Seeder&) const override {}

 private:
  std::function<void(Schema&)> declaration_;
};

Case declared(GraphMaker graph, std::function<void(Schema&)> declaration) {
  return {"", {}, std::move(graph), 0, 1, [declaration] { return std::make_unique<Declared>(declaration); }};
}

struct LookAround {
  Near<std::uint32_t> stock;
  Write<std::uint32_t> seen;
  template <class Here>
  void operator()(const Here& here) const {
    std::uint32_t sum = 0;
    here.for_each_source([&](NodeRef v) { sum += stock(v); });
    seen(here) += sum;
  }
};
struct Regrow {
  Write<std::uint32_t> stock;
  template <class Here>
  void operator()(const Here& here) const {
    stock(here) += 1 + static_cast<std::uint32_t>(here.id() % 3);
  }
};

/// A stock that is claimed is told to ghosts by list; one that also regrows was not on the list.
TEST(Holes, GhostsOfAStockThatRegrows) {
  const Case what = declared(lattice(20, 20), [](Schema& s) {
    s.pull_rows();
    const auto stock = s.field<std::uint32_t>("stock"), seen = s.field<std::uint32_t>("seen");
    s.claim("unit", stock);
    s.act(LookAround{stock, seen});
    s.decay(Regrow{stock});
  });
  const Digest one = digest_after(what, {}, 6);
  EXPECT_EQ(digest_after(what, {3, 1, "hash", 16}, 6), one);
  EXPECT_EQ(digest_after(what, {2, 2, "range", 16, true}, 6), one);
}

/// Degrees that no kernel's rows were asked for are 0 on one shard as well.
TEST(Holes, DegreeSumsDoNotDependOnTheCut) {
  const Case what = declared(random_graph(200, 400, true), [](Schema& s) {
    s.pull_rows();
    const Category state = s.category("state", {"a", "b"});
    const std::uint32_t out = s.out_degree_slot(state, 0), in = s.in_degree_slot(state, 0);
    s.observe_with("out", [out](const Globals& g) { return g[out]; });
    s.observe_with("in", [in](const Globals& g) { return g[in]; });
  });
  Colony one(what, {1, 1, "range", 1});
  EXPECT_GT(one.observe("in"), 300);
  for (const Shape& shape : {Shape{1, 1, "hash", 16}, Shape{3, 1, "range", 16}}) EXPECT_EQ(Colony(what, shape).row(), one.row()) << shape;
}

/// Rows that are not kept, as there is a rule for them, are not counted.
TEST(Holes, DegreeSumsOfLatticesAndCompleteGraphsAreZero) {
  const auto declare = [](Schema& s) {
    s.pull_rows(), s.push_rows();
    const Category state = s.category("state", {"a", "b"});
    const std::uint32_t out = s.out_degree_slot(state, 0), in = s.in_degree_slot(state, 0);
    s.observe_with("edges", [=](const Globals& g) { return g[out] + g[in]; });
  };
  for (const GraphMaker& graph : {lattice(6, 5), complete(20)})
    for (const Shape& shape : {Shape{1, 1, "range", 1}, Shape{3, 1, "hash", 16}})
      EXPECT_EQ(Colony(declared(graph, declare), shape).observe("edges"), 0) << shape;
}

void expect_unfit(GraphMaker graph, std::function<void(Schema&)> declaration) {
  EXPECT_THROW(Colony(declared(std::move(graph), std::move(declaration)), {}), UsageError);
}

TEST(Holes, ModelsThatDoNotFitTheGraphAreRefused) {
  const auto diffusing = [](Schema& s) { s.signal("scent", {.evaporation = 0.1, .diffusion = 0.5}); };
  expect_unfit(random_graph(50, 100, false), diffusing);
  expect_unfit(complete(20), diffusing);
  expect_unfit(random_graph(50, 100, false), [](Schema& s) { s.agents("ant"); });  // without push_rows()
}

/// The complement of the largest id is 0, which `max` can't tell from nothing.
TEST(Holes, AnEpidemicRefusesTheOneIdThatCouldNotInfect) {
  EdgeFile edges{{~std::uint64_t{0}, 5}, {5, 6}};
  EXPECT_THROW(Colony({"epidemic", {}, graph_of(edges, false)}, {}), UsageError);
  edges.sources[0] -= 1;
  Colony colony({"epidemic", {{"infection", 1.0}, {"recovery", 0.0}}, graph_of(edges, false)}, {});
  colony.run(2);
  EXPECT_EQ(colony.observe("infectious"), 3);
}

}  // namespace
}  // namespace colony::testing
