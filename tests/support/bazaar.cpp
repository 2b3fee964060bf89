#include "tests/support/bazaar.hpp"

#include "engine/model/seeder.hpp"

namespace colony::testing {
namespace {

enum : std::uint8_t { calm, busy, shut };
constexpr auto step_stream = Stream::user;
constexpr auto rumour_stream = static_cast<Stream>(1001);
constexpr auto change_stream = static_cast<Stream>(1002);
constexpr double quantum = 0x1p-20;

/// Sense, all nodes: the mean mood of the sources, in their order.
struct Mix {
  Near<double> mood;
  Near<std::uint32_t> height;
  Next<double> next;
  template <class Here>
  double operator()(const Here& here) const {
    double sum = mood(here), weight = 1;
    here.for_each_source([&](NodeRef v) {
      const double w = 1.0 / (1 + height(v));
      sum += mood(v) * w;
      weight += w;
    });
    return sum / weight;
  }
};

/// Sense, calm nodes: did a busy source reach me?
struct Overhear {
  Near<std::uint8_t> state;
  Draws coin;
  Mark heard;
  template <class Here>
  void operator()(const Here& here) const {
    const bool any = here.any_source([&](NodeRef u) { return state(u) == busy && coin.edge(here.id(u), here.id())[0] >> 30 == 0; });
    if (any) heard(here);
  }
};

/// Act, marked nodes: tell oneself.
struct Tell {
  Raise rumour;
  template <class Here>
  void operator()(const Here& here) const {
    rumour(here, 1 + here.id() / 2);
  }
};

/// Act, busy nodes: tell the targets, also those of other shards.
struct Shout {
  Raise rumour;
  Draws coin;
  template <class Here>
  void operator()(const Here& here) const {
    here.for_each_target([&](NodeRef v) {
      if (coin.edge(here.id(v), here.id())[1] >> 29 == 0) rumour(v, 1 + (here.id() >> 1));
    });
  }
};

/// Decay, nodes told of something: a calm one gets busy, and remembers the largest.
struct Stir {
  Raised rumour;
  Read<std::uint8_t> state;
  Become change;
  Write<std::uint64_t> loudest;
  Add stirred;
  Emit events;
  template <class Here>
  void operator()(const Here& here) const {
    loudest(here) += rumour(here);
    if (state(here) != calm) return;
    change(here, busy);
    stirred(1);
    events(here.id(), rumour(here));
  }
};

/// Decay, nodes of one value: a coin to become another.
struct Turn {
  Draws coin;
  Become change;
  std::uint8_t next;
  std::uint32_t shift;
  template <class Here>
  void operator()(const Here& here) const {
    if (coin(here, next)[0] >> shift == 0) change(here, next);
  }
};

/// Sense, buyers: which way? The one that smells most after a wiggle, stock first.
struct Choose {
  Near<float> smell;
  Near<std::uint32_t> stock;
  Write<std::int32_t> way;
  Draws draws;
  template <class Here>
  void operator()(const Here& here) const {
    way(here) = -1;
    const int degree = here.degree();
    if (degree == 0) return;
    const Random4 random = draws(here);
    float best = -1;
    for (int k = 0; k < 3; ++k) {
      const int candidate = static_cast<int>(below(random[static_cast<std::size_t>(k)], static_cast<std::uint32_t>(degree)));
      const NodeRef v = here.neighbour(candidate);
      if (v.index == no_index) continue;
      const float value = smell(v) + (stock(v) != 0 ? 2.0f : 0.0f);
      if (value > best) {
        best = value;
        way(here) = candidate;
      }
    }
  }
};

/// Act, buyers: drop scent behind and ahead, step, claim, call out.
struct Walk {
  Read<std::int32_t> way;
  Near<std::uint32_t> stock;
  Write<std::uint64_t> memory;
  Write<float> energy;
  Deposit scent;
  StepTo step;
  ClaimOne claim;
  Raise rumour;
  Add moves;
  template <class Here>
  void operator()(const Here& here) const {
    if (way(here) < 0) return;
    const NodeRef to = here.neighbour(way(here));
    memory(here) = memory(here) * 31 + here.id(to);
    energy(here) = energy(here) * 0.75f + 0.125f;
    scent(here.node, 1000 + static_cast<std::int64_t>(here.id()));
    scent(to, 123457);
    if (stock(to) != 0) claim(here);
    if (here.id() % 16 == 0) rumour(to, 1 + here.id());
    step(here, to);
    moves(1);
  }
};

/// Advance, buyers who won a unit.
struct Take {
  Write<std::uint32_t> bag;
  Add sold;
  template <class Here>
  void operator()(const Here& here) const {
    ++bag(here);
    sold(1);
  }
};

/// Act, callers: walk on, never claim.
struct Wander {
  Draws draws;
  Write<std::int64_t> calls;
  StepTo step;
  Deposit scent;
  template <class Here>
  void operator()(const Here& here) const {
    const int degree = here.degree();
    if (degree == 0) return;
    const NodeRef to = here.neighbour(static_cast<int>(below(draws(here)[3], static_cast<std::uint32_t>(degree))));
    if (to.index == no_index) return;
    calls(here) -= static_cast<std::int64_t>(here.id(to) % 1000);
    scent(to, 777);
    step(here, to);
  }
};

}  // namespace

void Bazaar::declare(Schema& s) {
  s.layer("stalls");
  s.pull_rows();
  s.push_rows();
  stock_ = s.field<std::uint32_t>("stock");
  height_ = s.constant<std::uint32_t>("height");
  mood_ = s.field<double>("mood");
  state_ = s.category("state", {"calm", "busy", "shut"});
  const auto loudest = s.field<std::uint64_t>("loudest");
  const auto next = s.next(mood_);
  const SignalField smell = s.signal("smell", {.evaporation = 0.0625, .diffusion = diffusion_, .quantum = quantum});
  const ClaimField claim = s.claim("unit", stock_);
  const MaxField rumour = s.maximum();
  const MarkField heard = s.mark();
  first_ = s.choose(5);
  const GlobalSum sold = s.global("sold", true), stirred = s.global("stirred", false), moves = s.global("moves", true);

  buyers_ = s.agents("buyer");
  memory_ = s.agent_field<std::uint64_t>(buyers_, "memory");
  energy_ = s.agent_field<float>(buyers_, "energy");
  const auto bag = s.agent_field<std::uint32_t>(buyers_, "bag");
  const auto way = s.intent<std::int32_t>(buyers_, "way");
  callers_ = s.agents("caller");
  const auto calls = s.agent_field<std::int64_t>(callers_, "calls");

  // Pulling and pushing differ here, so what decides must be the same for any shape.
  const std::uint32_t busy_edges = s.out_degree_slot(state_, busy), calm_edges = s.in_degree_slot(state_, calm);
  const auto shouting = [=](const Globals& g) { return g[busy_edges] <= g[calm_edges]; };
  const auto listening = [=](const Globals& g) { return !shouting(g) || g[busy_edges] % 2 == 0; };
  s.sense(Mix{.mood = mood_, .height = height_, .next = next});
  s.sense(Overhear{.state = state_, .coin = rumour_stream, .heard = heard}, {.over = Schema::nodes_in(state_, calm), .when = listening});
  s.act(Tell{.rumour = rumour}, {.over = Schema::marked(heard), .when = listening});
  s.act(Shout{.rumour = rumour, .coin = rumour_stream}, {.over = Schema::nodes_in(state_, busy), .when = shouting});
  s.decay(Stir{.rumour = rumour,
               .state = NodeField<std::uint8_t>(state_),
               .change = state_,
               .loudest = loudest,
               .stirred = stirred,
               .events = s.events("stir")},
          {.over = Schema::touched(rumour)});
  s.decay(Turn{.coin = change_stream, .change = state_, .next = shut, .shift = 31}, {.over = Schema::nodes_in(state_, busy)});
  s.decay(Turn{.coin = change_stream, .change = state_, .next = calm, .shift = 30}, {.over = Schema::nodes_in(state_, shut)});

  s.sense_agents(buyers_, Choose{.smell = smell, .stock = stock_, .way = way, .draws = step_stream});
  s.act_agents(buyers_, Walk{.way = way,
                             .stock = stock_,
                             .memory = memory_,
                             .energy = energy_,
                             .scent = smell,
                             .step = StepTo(buyers_),
                             .claim = ClaimOne(claim, buyers_),
                             .rumour = rumour,
                             .moves = moves});
  s.advance_agents(buyers_, Take{.bag = bag, .sold = sold}, {.over = Schema::winners(claim)});
  s.act_agents(callers_, Wander{.draws = step_stream, .calls = calls, .step = StepTo(callers_), .scent = smell});

  s.observe_sum("stock", stock_);
  s.observe_sum("bags", bag);
  s.observe("sold", sold);
  s.observe_happenings("stirred", stirred);
  s.observe("moves", moves);
  for (const std::uint8_t value : {calm, busy, shut}) s.observe_count(s.layer().categories[0].values[value], state_, value);
  s.observe_with("busy edges", [busy_edges](const Globals& g) { return g[busy_edges]; });
  s.observe_sum("smell", smell);
}

void Bazaar::check(const Graph& graph) const {
  homes_.clear();
  for (std::uint64_t rank = 0; rank < graph.node_count; ++rank) homes_.push_back(graph.id_of(rank));
}

void Bazaar::populate(Seeder& seeder) const {
  const RandomKey key = seeder.key(Stream::populate);
  const NodeField<std::uint8_t> state = state_;
  seeder.nodes([&](std::uint64_t id, LocalIndex i) {
    const Random4 draw = draw_entity(key, id);
    seeder.set<std::uint32_t>(stock_, i, draw[0] >> 30 == 0 ? draw[1] >> 29 : 0);
    seeder.set<std::uint32_t>(height_, i, draw[2] >> 28);
    seeder.set(mood_, i, uniform_f64(low_word(draw)));
    seeder.set<std::uint8_t>(state, i, seeder.chosen(first_, id) ? busy : calm);
  });
  const std::uint64_t count = seeder.job().population;
  const auto home = [&](std::uint64_t id) { return homes_[low_word(draw_entity(key, id, 1)) % homes_.size()]; };
  seeder.agents(buyers_, count, home, [&](std::uint64_t id, std::size_t slot) { seeder.set(energy_, slot, static_cast<float>(id % 7)); });
  seeder.agents(callers_, count / 4, home, [](std::uint64_t, std::size_t) {});
}

}  // namespace colony::testing
