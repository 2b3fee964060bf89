// With recovery = 1 a node is infectious for exactly one tick, so an epidemic is a breadth-first search over keyed coins: level t holds the
// nodes that are infectious in S(t), and the arc u v is open if its coin of tick t falls heads. Here that search is done by hand.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <vector>

#include "engine/random/keyed_order.hpp"
#include "engine/random/random.hpp"
#include "models/streams.hpp"
#include "tests/support/colony.hpp"
#include "tests/support/graphs.hpp"

namespace colony::testing {
namespace {

enum : std::uint8_t { susceptible, exposed, infectious, recovered };

struct Reached {
  std::vector<std::uint8_t> state;  ///< by rank, when nothing burns any more
  std::vector<Event> events;        ///< sorted
  std::uint64_t ticks = 0;
};

/// Who is named of those whose coins opened the way to a node.
std::uint64_t named(const std::vector<std::uint64_t>& sources, std::uint64_t node, std::uint64_t seed, std::uint64_t tick) {
  const KeyedOrder order(draw_entity(random_key(seed, streams::infector, tick), node));
  return *std::max_element(sources.begin(), sources.end(),
                           [&](std::uint64_t a, std::uint64_t b) { return order.place_of(a) < order.place_of(b); });
}

/// The search: by rank over out-rows; each newly reached node is ascribed to one of those whose coins opened the way.
Reached search(const Graph& graph, const std::vector<std::uint64_t>& seed_ranks, std::uint64_t seed, double infection) {
  const Probability heads(infection);
  Reached out;
  out.state.assign(graph.node_count, susceptible);
  std::vector<std::uint64_t> level = seed_ranks;
  for (const std::uint64_t rank : level) out.state[rank] = infectious;
  for (std::uint64_t tick = 0; !level.empty(); ++tick) {
    const RandomKey key = random_key(seed, edges_of(streams::infection), tick);
    std::map<std::uint64_t, std::vector<std::uint64_t>> next;  // whom, who
    for (const std::uint64_t u : level)
      for (std::uint64_t e = graph.offsets[u]; e < graph.offsets[u + 1]; ++e) {
        const std::uint64_t v = graph.targets[e];
        if (out.state[v] == susceptible && heads.heads(draw_edge(key, graph.id_of(u), graph.id_of(v)))) next[v].push_back(graph.id_of(u));
      }
    for (const std::uint64_t u : level) out.state[u] = recovered;
    level.clear();
    for (const auto& [v, sources] : next) {
      out.state[v] = infectious;
      level.push_back(v);
      out.events.push_back({tick + 1, 0, named(sources, graph.id_of(v), seed, tick), graph.id_of(v)});  // seen at the end of the tick
    }
    out.ticks = tick + 1;
  }
  std::sort(out.events.begin(), out.events.end());
  return out;
}

void expect_reachability(const std::string& file, bool directed, double infection) {
  COLONY_NEEDS_DATA(path, file);
  const GraphMaker make = graph_of(read_edge_file(path), directed);
  Executor executor(1);
  const Graph graph = executor.run([&] { return make(executor); });
  for (const std::uint64_t seed : {1u, 2u, 3u}) {
    std::vector<std::uint64_t> ranks;
    std::vector<std::int64_t> ids;
    for (std::uint64_t k = 0; k < 20; ++k) {
      ranks.push_back((seed * 997 + k * 1801) % graph.node_count);
      ids.push_back(static_cast<std::int64_t>(graph.id_of(ranks.back())));
    }
    const Reached expected = search(graph, ranks, seed, infection);
    ASSERT_GT(expected.events.size(), graph.node_count / 20) << "the search must get somewhere; seed " << seed;
    ASSERT_LT(expected.events.size(), graph.node_count - 10) << "... but not everywhere";
    for (const char* direction : {"pull", "push", "auto"}) {
      const Case what{"epidemic",
                      {{"infection", infection}, {"recovery", 1.0}, {"seed_nodes", ids}, {"direction", std::string(direction)}},
                      make,
                      0,
                      seed};
      Colony colony(what, {seed == 2 ? 1u : 3u, 2, seed == 3 ? "metis" : "hash", 16});
      colony.want_events();
      std::vector<Event> events;
      for (std::uint64_t t = 0; t < expected.ticks; ++t) {
        EXPECT_GT(colony.observe("infectious"), 0);
        colony.run(1);
        const std::vector<Event> now = colony.events();
        events.insert(events.end(), now.begin(), now.end());
      }
      EXPECT_EQ(colony.observe("infectious"), 0) << direction;
      EXPECT_EQ(colony.nodes<std::uint8_t>("state"), expected.state) << direction << ", seed " << seed;
      EXPECT_EQ(events, expected.events) << direction << ", seed " << seed;
    }
  }
}

TEST(EpidemicReach, Facebook) { expect_reachability("graphs/facebook_combined.txt", false, 0.08); }
TEST(EpidemicReach, WikiVoteDirected) { expect_reachability("graphs/wiki-Vote.txt", true, 0.15); }
TEST(EpidemicReach, Enron) { expect_reachability("graphs/email-Enron.txt.gz", false, 0.15); }

/// The event list of a run of many ticks: each infected node once while no node loses immunity, and the source was infectious and next to
/// it.
TEST(EpidemicReach, EventsNameOneOfTheInfectiousWhoSucceeded) {
  const GraphMaker make = random_graph(3000, 12000, true, true);
  Executor executor(1);
  const Graph graph = executor.run([&] { return make(executor); });
  const Graph reverse = reversed(graph, executor);
  const double infection = 0.2;
  const Case what{"epidemic", {{"infection", infection}, {"recovery", 0.3}, {"seeds", std::int64_t{10}}}, make, 0, 9};
  Colony colony(what, {3, 2, "hash", 16});
  colony.want_events();
  const Probability heads(infection);
  std::set<std::uint64_t> infected;
  std::uint64_t contested = 0;
  for (std::uint64_t tick = 0; tick < 25; ++tick) {
    const std::vector<std::uint8_t> before = colony.nodes<std::uint8_t>("state");
    colony.run(1);
    const std::vector<std::uint8_t> after = colony.nodes<std::uint8_t>("state");
    const std::vector<Event> events = colony.events();
    EXPECT_EQ(static_cast<std::int64_t>(events.size()), colony.observe("new_infections"));
    const RandomKey key = random_key(what.seed, edges_of(streams::infection), tick);
    for (const Event& event : events) {
      EXPECT_EQ(event.tick, colony.tick().value) << "the tick whose observables count it";
      EXPECT_TRUE(infected.insert(event.target).second) << "infected twice";
      const std::uint64_t v = graph.rank_of(event.target);
      ASSERT_LT(v, graph.node_count);
      EXPECT_EQ(before[v], susceptible);
      EXPECT_EQ(after[v], infectious);
      std::vector<std::uint64_t> sources;
      for (std::uint64_t e = reverse.offsets[v]; e < reverse.offsets[v + 1]; ++e) {
        const std::uint64_t u = reverse.targets[e];
        if (before[u] == infectious && heads.heads(draw_edge(key, graph.id_of(u), event.target))) sources.push_back(graph.id_of(u));
      }
      ASSERT_FALSE(sources.empty());
      EXPECT_EQ(event.source, named(sources, event.target, what.seed, tick));
      contested += sources.size() > 1;
    }
  }
  EXPECT_GT(infected.size(), 1000u);
  EXPECT_GT(contested, 10u) << "with one source each, the choice was not tested";
}

/// Many susceptible nodes with infectious neighbours of their own and no others: how often each of the neighbours is named, by rank.
std::vector<double> named_by_rank(std::uint64_t neighbours, double infection, const char* direction, const Shape& shape) {
  constexpr std::uint64_t copies = 20'000;
  const std::uint64_t size = neighbours + 1;  // the neighbours' ids lie on both sides of the node's
  EdgeFile edges;
  std::vector<std::uint64_t> seeds;
  for (std::uint64_t copy = 0; copy < copies; ++copy)
    for (std::uint64_t k = 0; k < size; ++k) {
      if (k == 1) continue;
      edges.sources.push_back(copy * size + k);
      edges.targets.push_back(copy * size + 1);
      seeds.push_back(copy * size + k);
    }
  const Case what{"epidemic",
                  {{"infection", infection}, {"recovery", 0.0}, {"seed_nodes", seeds}, {"direction", std::string(direction)}},
                  graph_of(edges, false)};
  Colony colony(what, shape);
  colony.want_events();
  colony.run(1);
  const std::vector<Event> events = colony.events();
  EXPECT_EQ(static_cast<std::int64_t>(events.size()), colony.observe("new_infections"));
  const double expected = 1 - std::pow(1 - infection, static_cast<double>(neighbours));
  EXPECT_NEAR(static_cast<double>(events.size()) / copies, expected, 4 * std::sqrt(expected * (1 - expected) / copies));
  std::vector<double> shares(neighbours);
  for (const Event& event : events) {
    EXPECT_EQ(event.source / size, event.target / size);
    const std::uint64_t k = event.source % size;
    shares[k == 0 ? 0 : k - 1] += 1 / static_cast<double>(events.size());
  }
  return shares;
}

/// Equal neighbours are named equally often; four standard deviations of the shares of at least 15,000 nodes.
TEST(EpidemicCauses, AreNamedEquallyOften) {
  for (const std::uint64_t neighbours : {2u, 3u})
    for (const double infection : {0.5, 1.0})
      for (const char* direction : {"pull", "push"})
        for (const Shape& shape : {Shape{1, 1, "range", 1}, Shape{3, 2, "hash", 16}}) {
          const double fair = 1 / static_cast<double>(neighbours), bound = 4 * std::sqrt(fair * (1 - fair) / 15'000);
          for (const double share : named_by_rank(neighbours, infection, direction, shape))
            EXPECT_NEAR(share, fair, bound) << neighbours << " neighbours, infection " << infection << ", " << direction;
        }
}

/// A coin whose first word is that of the probability is decided by its next word. Without that, nothing below 2^-32 would ever happen.
TEST(EpidemicCoins, ThatTheFirstWordLeavesOpenAreDecidedByTheNext) {
  const Random4 coin = draw_edge(random_key(42, edges_of(streams::infection), 0), 0, 1);
  const double first = coin[0] * 0x1p-32, bit = 0x1p-53;
  const double below = first + static_cast<double>(coin[1] >> 11) * bit;
  for (const auto& [infection, infected] : {std::pair{below, false}, {below + bit, true}})
    for (const char* direction : {"pull", "push"})
      for (const bool events : {false, true}) {
        Colony colony({"epidemic",
                       {{"infection", infection},
                        {"recovery", 0.0},
                        {"seed_nodes", std::vector<std::uint64_t>{0}},
                        {"direction", std::string(direction)}},
                       graph_of({{0}, {1}}, false)},
                      {1, 1, "range", 1});
        if (events) colony.want_events();
        colony.run(1);
        EXPECT_EQ(colony.observe("new_infections"), infected ? 1 : 0) << direction;
      }
}

TEST(EpidemicSeeds, AnEmptyListIsNobody) {
  const Case what{"epidemic", {{"seed_nodes", std::vector<std::uint64_t>{}}}, random_graph(50, 200, false)};
  Colony colony(what, {2, 1, "range", 4});
  EXPECT_EQ(colony.observe("infectious"), 0);
  EXPECT_EQ(colony.observe("susceptible"), 50);
}

/// Ids are 64-bit numbers without a sign.
TEST(EpidemicSeeds, MayHaveIdsOf63BitsAndMore) {
  constexpr std::uint64_t large = std::uint64_t{1} << 63;
  const GraphMaker make = [](Executor& executor) {
    Graph graph = graph_of({{0, 1}, {1, 2}}, false)(executor);
    graph.ids.clear();
    for (const std::uint64_t id : {std::uint64_t{7}, large, large + 12}) graph.ids.push_back(id);
    return graph;
  };
  const Case what{"epidemic", {{"infection", 1.0}, {"recovery", 0.0}, {"seed_nodes", std::vector<std::uint64_t>{large + 12}}}, make};
  Colony colony(what, {2, 1, "range", 2});
  colony.want_events();
  EXPECT_EQ(colony.nodes<std::uint8_t>("state"), (std::vector<std::uint8_t>{susceptible, susceptible, infectious}));
  colony.run(1);
  EXPECT_EQ(colony.events(), (std::vector<Event>{{1, 0, large + 12, large}}));
}

}  // namespace
}  // namespace colony::testing
