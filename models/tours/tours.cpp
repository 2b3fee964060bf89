#include "models/tours/tours.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "engine/content.hpp"
#include "engine/error.hpp"
#include "engine/globals/best.hpp"
#include "engine/model/seeder.hpp"
#include "models/streams.hpp"
#include "models/text_file.hpp"
#include "models/tours/ant_kernels.hpp"
#include "models/tours/city_kernels.hpp"
#include "models/tours/tour_file.hpp"
#include "models/tours/tour_picture.hpp"

namespace colony {
namespace {

ParameterSpec number(const char* name, double fallback, double least, double most, const char* help) {
  return {.name = name, .type = ParameterType::real, .fallback = fallback, .least = least, .most = most, .help = help};
}

Algorithm algorithm_of(const Job& job) {
  const auto name = job.parameters.get<std::string>("algorithm");
  return name == "as" ? Algorithm::as : name == "acs" ? Algorithm::acs : Algorithm::mmas;
}

Exchange exchange_of(const Job& job) {
  const auto name = job.parameters.get<std::string>("local_search");
  return name == "2opt" ? Exchange::two_opt : name == "3opt" ? Exchange::three_opt : Exchange::none;
}

/// What is left open is chosen for the algorithm: evaporation as its authors do.
Rules rules_of(const Job& job) {
  Rules rules;
  rules.algorithm = algorithm_of(job);
  rules.exchange = exchange_of(job);
  rules.alpha = job.parameters.get<double>("alpha");
  rules.beta = job.parameters.get<double>("beta");
  rules.greed = job.parameters.get<double>("greed");
  rules.local_rho = job.parameters.get<double>("local_rho");
  rules.ants = static_cast<std::uint32_t>(std::max<std::uint64_t>(job.population, 1));
  if (job.parameters.has("rho")) rules.rho = job.parameters.get<double>("rho");
  else if (rules.algorithm == Algorithm::as) rules.rho = 0.5;
  else if (rules.algorithm == Algorithm::acs) rules.rho = 0.1;
  else rules.rho = rules.exchange == Exchange::none ? 0.1 : 0.2;
  return rules;
}

}  // namespace

std::vector<ParameterSpec> Tours::parameters() const {
  return {
      {.name = "instance", .type = ParameterType::path, .required = true, .help = "a .tsp file of TSPLIB: EUC_2D, CEIL_2D, ATT or GEO"},
      {.name = "algorithm",
       .type = ParameterType::text,
       .fallback = std::string("mmas"),
       .choices = {"as", "mmas", "acs"},
       .help = "Ant System, MAX-MIN Ant System or Ant Colony System"},
      number("alpha", 1, 0, 10, "weight of pheromone in the choice of a city"),
      number("beta", 2, 0, 20, "weight of nearness"),
      {.name = "rho",
       .type = ParameterType::real,
       .least = 1e-6,
       .most = 1,
       .help = "fraction of pheromone that evaporates; default: as 0.5, acs 0.1, mmas 0.1 or, with local search, 0.2"},
      {.name = "candidates",
       .type = ParameterType::integer,
       .fallback = std::int64_t{20},
       .least = 1,
       .most = most_candidates,
       .help = "nearest cities among which an ant chooses by a draw"},
      {.name = "local_search",
       .type = ParameterType::text,
       .fallback = std::string("none"),
       .choices = {"none", "2opt", "3opt"},
       .help = "how each tour is improved once it is closed"},
      number("greed", 0.9, 0, 1, "acs: probability of taking the most attractive city at once"),
      number("local_rho", 0.1, 0, 1, "acs: how far a crossing draws an edge's pheromone towards its first value"),
      {.name = "patience",
       .type = ParameterType::integer,
       .fallback = std::int64_t{250},
       .least = 1,
       .most = 1e9,
       .help = "mmas: iterations without a better tour after which pheromone is laid afresh"},
  };
}

void Tours::setup(const Job& job) {
  const auto path = job.parameters.get<std::string>("instance");
  if (path.empty()) return;  // asked only what it declares; a job's path is never empty
  instance_ = std::make_unique<Instance>(parse_instance(read_text_file(path), path));
  guide_ = std::make_unique<Guide>(*instance_, static_cast<std::uint32_t>(job.parameters.get<std::int64_t>("candidates")), rules_of(job));
}

GraphSpec Tours::own_graph() const {
  GraphSpec graph;
  graph.source = GraphSpec::Source::generate;
  graph.kind = "complete";
  graph.nodes = guide_->cities();
  return graph;
}

std::vector<std::string> Tours::notes() const {
  if (!guide_) return {};
  return {fmt::format("{}: {} cities; the nearest-neighbour tour{} is {} long; an iteration is {} ticks", instance_->name, guide_->cities(),
                      guide_->rules.exchange == Exchange::none ? "" : ", improved,", guide_->scale, Iteration{guide_->cities()}.ticks())};
}

void Tours::declare(Schema& s) {
  // Without an instance the model is only asked what it declares.
  const std::uint32_t cities = guide_ ? guide_->cities() : 3, candidates = guide_ ? guide_->distances.candidates() : 2;
  s.layer("cities");
  if (guide_) {
    const auto bytes = std::as_bytes(guide_->distances.all());
    s.fingerprint("distances", content_of({reinterpret_cast<const char*>(bytes.data()), bytes.size()}).id);
  }
  pheromone_ = s.trace("pheromone", cities);
  pull_ = s.array<std::uint64_t>("pull", candidates);
  ants_ = s.agents("ant");
  tour_ = s.agent_array<City>(ants_, "tour", cities);
  visited_ = s.agent_array<std::uint64_t>(ants_, "visited", static_cast<std::uint32_t>(words_of(cities)));
  length_ = s.agent_field<std::uint64_t>(ants_, "length");
  iteration_best_ = s.best("iteration best tour", payload_words(cities), false);
  season_best_ = s.best("season best tour", payload_words(cities), true);
  best_ = s.best("best tour", payload_words(cities), true);
  lengths_ = s.global("lengths", false);
  branches_ = s.global("branches", false);
  tours_ = s.global("tours", true);
  last_best_ = s.global("iteration_best", true);
  last_mean_ = s.global("mean", true);
  branching_ = s.global("branching", true);
  seasons_ = s.global("seasons", true);
  season_began_ = s.global("season began", true);

  declare_ants(s);
  declare_cities(s);

  observe(s);
}

/// All of one iteration, the last that was closed: in the tick that closes it, its own globals say what Remember puts down in the next.
void Tours::observe(Schema& s) const {
  const std::int64_t ants = guide_ ? guide_->rules.ants : 1, cities = guide_ ? guide_->cities() : 3;
  s.observe("best", best_);
  s.observe_with("iteration_best", [closed = iteration_best_.slot, last = last_best_.slot](const Globals& g) {
    return g[closed] != 0 ? best_value(g[closed]) : g[last];
  });
  s.observe_with("mean", [closed = lengths_.slot, last = last_mean_.slot, ants](const Globals& g) {
    return g[closed] != 0 ? g[closed] / ants : g[last];
  });
  s.observe_real("branching", [closed = branches_.slot, last = branching_.slot, cities](const Globals& g) {
    return static_cast<double>(g[closed] != 0 ? g[closed] * 1000 / cities : g[last]) / 1000;
  });
  s.observe("tours", tours_);
  s.observe("seasons", seasons_);
}

void Tours::declare_ants(Schema& s) {
  const Guide* guide = guide_.get();
  const Iteration iteration{guide ? guide->cities() : 3};
  const Algorithm algorithm = guide ? guide->rules.algorithm : Algorithm::mmas;
  const bool searches = guide && guide->rules.exchange != Exchange::none;
  constexpr std::size_t grain = 128;  // ants: some ten microseconds
  const auto next = s.intent<City>(ants_, "next");
  s.sense_agents(
      ants_, Choose{.pull = pull_, .pheromone = pheromone_, .visited = visited_, .next = next, .draws = streams::tour_step, .guide = guide},
      {.in = [iteration](std::uint64_t tick) { return iteration.chooses(tick); }, .grain = grain});
  s.act_agents(ants_,
               Travel{.next = next,
                      .tour = tour_,
                      .visited = visited_,
                      .cross = pheromone_,
                      .step = StepTo(ants_),
                      .at = At(),
                      .tick = TickNumber(),
                      .iteration = iteration,
                      .counts = algorithm == Algorithm::acs},
               {.in = [iteration](std::uint64_t tick) { return iteration.travels(tick); }, .grain = grain});
  s.act_agents(ants_,
               Close{.tour = tour_,
                     .length = length_,
                     .lengths = lengths_,
                     .tours = tours_,
                     .seasons = seasons_,
                     .iteration_best = iteration_best_,
                     .season_best = season_best_,
                     .best = best_,
                     .tick = TickNumber(),
                     .iteration = iteration,
                     .guide = guide},
               {.in = [iteration](std::uint64_t tick) { return iteration.closes(tick); }, .grain = searches ? 1 : grain});
  s.act_agents(ants_,
               StartAnew{.tour = tour_,
                         .visited = visited_,
                         .length = length_,
                         .lay = pheromone_,
                         .step = StepTo(ants_),
                         .at = At(),
                         .draws = streams::tour_start,
                         .guide = guide},
               {.in = [iteration](std::uint64_t tick) { return iteration.renews(tick); }, .grain = grain});
}

void Tours::declare_cities(Schema& s) {
  const Guide* guide = guide_.get();
  const Iteration iteration{guide ? guide->cities() : 3};
  const auto closing = [iteration](std::uint64_t tick) { return iteration.closes(tick); };
  const auto renewing = [iteration](std::uint64_t tick) { return iteration.renews(tick); };
  const auto travelling = [iteration](std::uint64_t tick) { return iteration.travels(tick); };
  const std::size_t grain = 1 + 65536 / iteration.cities;  // rows: some ten microseconds
  s.decay(CountBranches{.pheromone = pheromone_, .branches = branches_, .guide = guide}, {.in = closing, .grain = grain});
  switch (guide ? guide->rules.algorithm : Algorithm::mmas) {
    case Algorithm::as:
      s.decay(RenewByAll{.laid = pheromone_, .pheromone = pheromone_, .pull = pull_, .guide = guide}, {.in = renewing, .grain = grain});
      break;
    case Algorithm::acs:
      s.decay(Wear{.crossed = pheromone_, .pheromone = pheromone_, .pull = pull_, .guide = guide}, {.in = travelling, .grain = grain});
      s.decay(RenewBest{.best = best_, .pheromone = pheromone_, .pull = pull_, .guide = guide}, {.in = renewing, .grain = grain});
      break;
    case Algorithm::mmas: {
      const auto patience = static_cast<std::uint64_t>(s.param<std::int64_t>("patience"));
      s.decay(RenewByOne{.iteration_best = iteration_best_,
                         .season_best = season_best_,
                         .best = best_,
                         .season_began = season_began_,
                         .pheromone = pheromone_,
                         .pull = pull_,
                         .seasons = seasons_,
                         .season_began_by = season_began_,
                         .tick = TickNumber(),
                         .iteration = iteration,
                         .patience = patience,
                         .guide = guide},
              {.in = renewing, .grain = grain});
      break;
    }
  }
  s.decay(Remember{.iteration_best = iteration_best_,
                   .lengths = lengths_,
                   .branches = branches_,
                   .iteration_best_was = last_best_,
                   .mean_was = last_mean_,
                   .branching_was = branching_,
                   .iteration_best_by = last_best_,
                   .mean_by = last_mean_,
                   .branching_by = branching_,
                   .guide = guide},
          {.in = renewing});
}

void Tours::populate(Seeder& seeder) const {
  seeder.nodes([&](std::uint64_t id, LocalIndex i) {
    const std::span<float> row = seeder.array(NodeArray<float>(pheromone_), i);
    std::fill(row.begin(), row.end(), guide_->first);
    guide_->pull(static_cast<City>(id), row, seeder.array(pull_, i));
  });
  const RandomKey key = seeder.key(Stream::populate);
  const auto start = [&](std::uint64_t id) { return below(draw_entity(key, id)[0], guide_->cities()); };
  seeder.agents(ants_, seeder.job().population, start, [&](std::uint64_t id, std::size_t slot) {
    const auto city = static_cast<City>(start(id));
    seeder.array(tour_, slot)[0] = city;
    add(seeder.array(visited_, slot), city);
  });
}

std::vector<ResultFile> Tours::results(const Globals& globals) const {
  const std::int64_t* slots = globals.data() + best_.slot;
  if (slots[0] == 0) return {};  // no tour is closed yet
  const std::span<const City> tour = tour_of({slots + 2, best_.width - 2}, guide_->cities());
  std::vector<bool> seen(tour.size());
  for (const City city : tour) {
    if (city >= tour.size() || seen[city]) throw StateError("the best tour of the checkpoint is no tour");
    seen[city] = true;
  }
  const auto length = static_cast<std::uint64_t>(best_value(slots[0]));
  return {{"best.tour", tour_file_text(instance_->name, length, tour)}, {"best.svg", tour_picture(*instance_, tour, length)}};
}

}  // namespace colony
