// Sets, counts and degree sums of categories are kept up by change; here they are counted again from the columns.
#include <gtest/gtest.h>

#include "engine/model/model.hpp"
#include "engine/tick/phases.hpp"
#include "tests/support/bazaar.hpp"
#include "tests/support/colony.hpp"
#include "tests/support/graphs.hpp"

namespace colony::testing {
namespace {

/// Recounts one part; adds to counts and degrees by value.
void recount(Part& part, std::vector<std::int64_t>& counts, std::vector<std::int64_t>& out, std::vector<std::int64_t>& in) {
  const CategorySpec& spec = part.schema.layer().categories[0];
  CategoryState& state = part.categories[0];
  const std::uint8_t* values = part.columns[spec.column].as<std::uint8_t>();
  std::vector<std::int64_t> own(spec.values.size(), 0), own_out = own, own_in = own;
  for (LocalIndex i = 0; i < part.geometry.owned; ++i) {
    ++own[values[i]];
    own_out[values[i]] += static_cast<std::int64_t>(part.geometry.out_degree(i));
    own_in[values[i]] += static_cast<std::int64_t>(part.geometry.in_degree(i));
    for (std::uint8_t v = 0; v < spec.values.size(); ++v)
      ASSERT_EQ(state.sets[v].contains(i), values[i] == v) << "node " << part.geometry.id_of(i);
  }
  EXPECT_EQ(state.counts, own);
  EXPECT_EQ(state.out_degrees, own_out);
  EXPECT_EQ(state.in_degrees, own_in);
  for (std::size_t v = 0; v < own.size(); ++v) {
    counts[v] += own[v];
    out[v] += own_out[v];
    in[v] += own_in[v];
  }
}

void expect_recount(const Case& what, const Shape& shape, std::uint64_t ticks) {
  Colony colony(what, shape);
  std::uint64_t changed = 0;
  std::vector<std::uint8_t> before = colony.nodes<std::uint8_t>("state");
  for (std::uint64_t t = 0; t < ticks; ++t) {
    colony.run(1);
    std::vector<std::int64_t> counts(3, 0), out = counts, in = counts;
    for (const auto& shard : colony.host().shards()) recount(shard->part(), counts, out, in);
    EXPECT_EQ(colony.observe("calm"), counts[0]);
    EXPECT_EQ(colony.observe("busy"), counts[1]);
    EXPECT_EQ(colony.observe("shut"), counts[2]);
    EXPECT_EQ(colony.observe("busy edges"), out[1]);
    if (::testing::Test::HasFailure()) return;
    const std::vector<std::uint8_t> now = colony.nodes<std::uint8_t>("state");
    for (std::size_t i = 0; i < now.size(); ++i) changed += now[i] != before[i];
    before = now;
  }
  EXPECT_GT(changed, before.size()) << "too little happened";
}

Case bazaar(GraphMaker graph, std::uint64_t population) {
  return {"", {}, std::move(graph), population, 5, [] { return std::make_unique<Bazaar>(0); }};
}

TEST(Category, AgreesWithARecountOnADirectedGraph) {
  expect_recount(bazaar(random_graph(3000, 20000, true), 1000), {3, 2, "hash", 16}, 30);
  expect_recount(bazaar(random_graph(3000, 20000, true), 1000), {1, 1, "range", 1}, 30);
}

TEST(Category, AgreesWithARecountWhenThreadsChangeIt) {
  expect_recount(bazaar(random_graph(30000, 90000, false), 20000), {1, 2, "range", 4}, 15);
}

TEST(Category, AgreesWithARecountOnALattice) { expect_recount(bazaar(lattice(50, 40), 500), {2, 1, "metis", 16}, 30); }

TEST(Choice, TakesExactlyAsManyAsAskedAndTheSameForAnyShape) {
  for (const std::int64_t seeds : {0, 1, 17, 500}) {
    const Case what{"epidemic", {{"seeds", seeds}}, random_graph(500, 1000, false, true), 0, 3};
    Colony one(what, {}), many(what, {8, 2, "hash", 64});
    EXPECT_EQ(one.observe("infectious"), seeds);
    EXPECT_EQ(many.observe("infectious"), seeds);
    EXPECT_EQ(one.nodes<std::uint8_t>("state"), many.nodes<std::uint8_t>("state"));
  }
}

}  // namespace
}  // namespace colony::testing
