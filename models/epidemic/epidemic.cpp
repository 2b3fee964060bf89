#include "models/epidemic/epidemic.hpp"

#include <fmt/format.h>

#include "engine/error.hpp"
#include "engine/model/seeder.hpp"
#include "models/streams.hpp"

namespace colony {
namespace {

/// Decay, over the nodes that were infected in this tick: they are exposed first where incubation takes time.
struct Infect {
  Raised infected;
  Cause infector;
  Become state;
  Add new_infections;
  Emit events;
  NumberBy incubation;

  template <class Here>
  void operator()(const Here& here) const {
    state(here, incubation(here) > 0 ? epidemic::exposed : epidemic::infectious);
    new_infections(1);
    if (infector.asked) events(infector.order(here.id()).id_at(infected(here)), here.id());
  }
};

/// Decay, over one compartment of S(t): a coin a tick to leave it.
struct Leave {
  Draws coin;
  ChanceBy chance;
  Become state;
  std::uint8_t next;

  template <class Here>
  void operator()(const Here& here) const {
    if (chance(here).heads(coin(here))) state(here, next);
  }
};

double checked_incubation(double ticks) {
  if (ticks > 0 && ticks < 1) throw UsageError("[model] incubation is a number of ticks: 0, or at least 1");
  return ticks;
}

/// A tick's probability to become infectious. Who is still exposed when incubation comes to take no time becomes so at once.
double chance_of_onset(double ticks) { return ticks > 0 ? 1 / ticks : 1; }

}  // namespace

std::vector<ParameterSpec> Epidemic::parameters() const {
  return {
      {.name = "infection",
       .type = ParameterType::real,
       .fallback = 0.05,
       .least = 0,
       .most = 1,
       .help = "probability per contact and tick"},
      {.name = "recovery", .type = ParameterType::real, .fallback = 0.1, .least = 0, .most = 1, .help = "probability per tick to recover"},
      {.name = "incubation",
       .type = ParameterType::real,
       .fallback = 0.0,
       .least = 0,
       .most = 1e9,
       .help = "mean ticks between infection and becoming infectious; 0: at once, otherwise at least 1"},
      {.name = "waning",
       .type = ParameterType::real,
       .fallback = 0.0,
       .least = 0,
       .most = 1,
       .help = "probability per tick to lose immunity"},
      {.name = "seeds",
       .type = ParameterType::integer,
       .fallback = std::int64_t{1},
       .least = 0,
       .most = 9e18,
       .unless = "seed_nodes",
       .help = "infectious nodes at tick 0, chosen by key"},
      {.name = "seed_nodes", .type = ParameterType::ids, .help = "... or the ids of these nodes; [] for none"},
      {.name = "direction",
       .type = ParameterType::text,
       .fallback = std::string("auto"),
       .choices = {"auto", "pull", "push"},
       .help = "who tosses the coins; the result is the same"},
  };
}

void Epidemic::declare(Schema& s) {
  s.layer("people");
  state_ = s.category("state", {"susceptible", "exposed", "infectious", "recovered"});
  const MaxField infected = s.maximum();
  const GlobalSum new_infections = s.global("new_infections", false);
  const Setting infection = s.setting("infection"), recovery = s.setting("recovery"), waning = s.setting("waning");
  const Setting incubation = s.setting("incubation", checked_incubation), onset = s.setting("incubation", chance_of_onset);
  const auto direction = s.param<std::string>("direction");
  if (direction != "push") s.pull_rows();
  if (direction != "pull") s.push_rows();

  // One choice a tick for the whole colony, from globals of S(t): a push looks at each edge of the infectious twice (the neighbour's state
  // and id), a pull at each edge of the susceptible once.
  const bool choose = direction == "auto", push = direction == "push";
  const std::uint32_t push_edges = s.out_degree_slot(state_, infectious), pull_edges = s.in_degree_slot(state_, susceptible);
  const auto pushing = [=](const Globals& g) { return choose ? 2 * g[push_edges] < g[pull_edges] : push; };
  const auto pulling = [=](const Globals& g) { return !pushing(g); };

  s.act(
      epidemic::Pull{
          .state = state_, .coin = streams::infection, .infector = streams::infector, .infection = infection, .infected = infected},
      {.over = Schema::nodes_in(state_, susceptible), .when = pulling, .unless_zero = infection});
  s.act(
      epidemic::Push{
          .state = state_, .coin = streams::infection, .infector = streams::infector, .infection = infection, .infected = infected},
      {.over = Schema::nodes_in(state_, infectious), .when = pushing, .unless_zero = infection});
  s.decay(Infect{.infected = infected,
                 .infector = streams::infector,
                 .state = state_,
                 .new_infections = new_infections,
                 .events = s.events("infection"),
                 .incubation = incubation},
          {.over = Schema::touched(infected)});
  s.decay(Leave{.coin = streams::recovery, .chance = recovery, .state = state_, .next = recovered},
          {.over = Schema::nodes_in(state_, infectious), .unless_zero = recovery});
  s.decay(Leave{.coin = streams::incubation, .chance = onset, .state = state_, .next = infectious},
          {.over = Schema::nodes_in(state_, exposed)});
  s.decay(Leave{.coin = streams::waning, .chance = waning, .state = state_, .next = susceptible},
          {.over = Schema::nodes_in(state_, recovered), .unless_zero = waning});

  for (const Compartment c : {susceptible, exposed, infectious, recovered}) s.observe_count(s.layer().categories[0].values[c], state_, c);
  s.observe_happenings("new_infections", new_infections);
  index_case_ = s.events("seed", Schema::Caused::no);

  const Parameters& given = s.job().parameters;
  if (given.has("seed_nodes")) seed_nodes_ = given.get<std::vector<std::uint64_t>>("seed_nodes");
  else seed_count_ = static_cast<std::uint64_t>(s.param<std::int64_t>("seeds"));
  seeds_ = s.choose(seed_count_);
}

void Epidemic::check(const Graph& graph) const {
  if (graph.id_of(graph.node_count - 1) == ~std::uint64_t{0})
    throw UsageError("[graph] an epidemic's nodes have ids below 18446744073709551615");
  if (seed_count_ > graph.node_count)
    throw UsageError(fmt::format("[model] seeds = {} is more than the graph's {} nodes", seed_count_, graph.node_count));
  for (const std::uint64_t id : seed_nodes_)
    if (graph.rank_of(id) == graph.node_count) throw UsageError(fmt::format("[model] seed_nodes: the graph has no node {}", id));
}

void Epidemic::populate(Seeder& seeder) const {
  seeder.nodes([&](std::uint64_t id, LocalIndex i) { seeder.set(state_, i, seeder.chosen(seeds_, id) ? infectious : susceptible); });
  for (const std::uint64_t id : seed_nodes_) {
    const LocalIndex i = seeder.at(id);
    if (i != no_index) seeder.set(state_, i, infectious);
  }
  if (!seeder.events_wanted()) return;
  seeder.each_in(state_, infectious, [&](std::uint64_t id) { seeder.event(index_case_, id); });
}

}  // namespace colony
