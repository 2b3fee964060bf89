#include "models/foraging/foraging.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "engine/error.hpp"
#include "engine/model/seeder.hpp"
#include "models/foraging/look_kernel.hpp"
#include "models/streams.hpp"

namespace colony {
namespace {

constexpr double quantum = 0x1p-20;
/// Of squared distances, which are rounded where a place or a radius has decimals: what is exactly as far away as the radius is inside.
constexpr double tolerance = 0x1p-20;

/// Act: turn, lay pheromone when laden, step; claim food or deliver where the step leads. At a border, turn round.
struct Step {
  Read<std::uint8_t> plan;
  Near<std::uint32_t> food;
  Near<std::uint32_t> nest_distance;
  Write<std::uint8_t> heading;
  Write<std::uint8_t> carrying;
  Deposit lay;
  StepTo step;
  ClaimOne take;
  Add delivered;
  Number deposit;  ///< in quanta
  std::uint32_t nest_radius2;

  template <class Here>
  void operator()(const Here& here) const {
    const std::uint8_t ahead = plan(here);
    const NodeRef to = here.neighbour(ahead);
    if (to.index == no_index) {
      heading(here) = (ahead + 4) & 7;
      return;
    }
    heading(here) = ahead;
    if (carrying(here) != 0) {
      lay(here.node, deposit.whole());
      if (nest_distance(to) <= nest_radius2) {
        carrying(here) = 0;
        heading(here) = (ahead + 4) & 7;
        delivered(1);
      }
    } else if (food(to) != 0) {
      take(here);
    }
    step(here, to);
  }
};

/// Advance, over those who won a unit of food: pick it up and turn round.
struct PickUp {
  Write<std::uint8_t> heading;
  Write<std::uint8_t> carrying;

  template <class Here>
  void operator()(const Here& here) const {
    carrying(here) = 1;
    heading(here) = (heading(here) + 4) & 7;
  }
};

}  // namespace

std::vector<ParameterSpec> Foraging::parameters() const {
  return {
      {.name = "evaporation",
       .type = ParameterType::real,
       .fallback = 0.1,
       .least = 0,
       .most = 1,
       .help = "fraction of pheromone lost a tick"},
      {.name = "diffusion",
       .type = ParameterType::real,
       .fallback = 0.5,
       .least = 0,
       .most = 1,
       .help = "fraction given to the neighbours a tick"},
      {.name = "deposit",
       .type = ParameterType::real,
       .fallback = 60.0,
       .least = 0,
       .most = 1e6,
       .help = "pheromone a laden ant lays a tick"},
      {.name = "piles",
       .type = ParameterType::rows,
       .least = 0,
       .row_width = 4,
       .help = "food: [x, y, radius, amount in each cell]; default: three piles around the nest"},
      {.name = "nest", .type = ParameterType::reals, .least = 0, .help = "[x, y, radius]; default: the middle, radius 5"},
      {.name = "start",
       .type = ParameterType::text,
       .fallback = std::string("nest"),
       .choices = {"nest", "random"},
       .help = "where the ants are at tick 0"},
  };
}

void Foraging::setup(const Job& job) {
  if (job.graph.source != GraphSpec::Source::lattice || job.graph.lattice.neighbours != 8)
    throw UsageError("[model] foraging needs [graph] source = \"lattice\" with neighbours = 8");
  shape_ = job.graph.lattice;
  start_random_ = job.parameters.get<std::string>("start") == "random";
  const double width = shape_.width, height = shape_.height;
  nest_ = {width / 2, height / 2, 5, 0};
  if (job.parameters.has("nest")) {
    const auto nest = job.parameters.get<std::vector<double>>("nest");
    if (nest.size() != 3) throw UsageError("[model] nest takes three numbers, [x, y, radius]");
    nest_ = {nest[0], nest[1], nest[2], 0};
  }
  const auto inside = [&](const Disc& disc) { return disc.x < width && disc.y < height; };
  if (!inside(nest_)) throw UsageError("[model] nest lies outside the lattice");
  const auto farthest = [&](double from, double size) { return shape_.torus ? size / 2 : std::max(from, size - 1 - from); };
  const double dx = farthest(nest_.x, width), dy = farthest(nest_.y, height);
  if (dx * dx + dy * dy >= 0x1p32)
    throw UsageError("[model] foraging: a cell lies 65536 cells or more from the nest; make the lattice shorter or put the nest nearer");
  if (job.parameters.has("piles")) {
    for (const auto& row : job.parameters.get<std::vector<std::vector<double>>>("piles")) {
      if (row[3] > 0xffffffffu || row[3] != static_cast<std::uint32_t>(row[3]))
        throw UsageError(fmt::format("[model] piles: an amount is a whole number of at most 4294967295, and not {}", row[3]));
      piles_.push_back({row[0], row[1], row[2], static_cast<std::uint32_t>(row[3])});
      if (!inside(piles_.back())) throw UsageError(fmt::format("[model] piles: ({}, {}) lies outside the lattice", row[0], row[1]));
    }
  } else {  // where Wilensky's model has them, in parts of the half width
    const double radius = std::max(1.0, width / 14);
    piles_ = {{width * 0.8, height * 0.5, radius, 2}, {width * 0.2, height * 0.2, radius, 2}, {width * 0.1, height * 0.9, radius, 2}};
  }
}

double Foraging::distance2(std::uint64_t id, double x, double y) const {
  const auto along = [&](double from, double to, double size) {
    const double d = from < to ? to - from : from - to;
    return shape_.torus && size - d < d ? size - d : d;
  };
  const double dx = along(static_cast<double>(id % shape_.width), x, shape_.width);
  const double dy = along(static_cast<double>(id / shape_.width), y, shape_.height);
  return dx * dx + dy * dy;
}

bool Foraging::is_in(const Disc& disc, std::uint64_t id) const {
  return distance2(id, disc.x, disc.y) <= disc.radius * disc.radius + tolerance;
}

std::uint32_t Foraging::nest_radius2() const {
  return static_cast<std::uint32_t>(std::min(nest_.radius * nest_.radius + tolerance, 0x1p32 - 2));
}

void Foraging::declare_plan(Schema& s, const AntFields& f) const {
  s.sense_agents(f.ants, foraging::Look{.pheromone = f.pheromone,
                                        .food = f.food,
                                        .nest_distance = f.nest_distance,
                                        .heading = f.heading,
                                        .carrying = f.carrying,
                                        .plan = f.plan,
                                        .draws = streams::ant_step});
}

void Foraging::declare(Schema& s) {
  s.layer("places");
  food_ = s.field<std::uint32_t>("food");
  nest_distance_ = s.constant<std::uint32_t>("nest_distance");
  const SignalField pheromone =
      s.signal("pheromone", {.evaporation = s.setting("evaporation"), .diffusion = s.setting("diffusion"), .quantum = quantum});
  const ClaimField take = s.claim("food", food_);
  ants_ = s.agents("ant");
  heading_ = s.agent_field<std::uint8_t>(ants_, "heading");
  const auto carrying = s.agent_field<std::uint8_t>(ants_, "carrying");
  const auto plan = s.intent<std::uint8_t>(ants_, "plan");
  const GlobalSum delivered = s.global("delivered", true);

  declare_plan(s, {.pheromone = pheromone,
                   .food = food_,
                   .nest_distance = nest_distance_,
                   .ants = ants_,
                   .heading = heading_,
                   .carrying = carrying,
                   .plan = plan});
  s.act_agents(ants_, Step{.plan = plan,
                           .food = food_,
                           .nest_distance = nest_distance_,
                           .heading = heading_,
                           .carrying = carrying,
                           .lay = pheromone,
                           .step = StepTo(ants_),
                           .take = ClaimOne(take, ants_),
                           .delivered = delivered,
                           .deposit = s.setting_in_quanta("deposit", quantum),
                           .nest_radius2 = nest_radius2()});
  s.advance_agents(ants_, PickUp{.heading = heading_, .carrying = carrying}, {.over = Schema::winners(take)});

  s.observe_sum("food_remaining", food_);
  s.observe_sum("carried", carrying);
  s.observe("delivered", delivered);
  s.observe_sum("pheromone", pheromone);
}

void Foraging::populate(Seeder& seeder) const {
  seeder.nodes([&](std::uint64_t id, LocalIndex i) {
    // Squares are kept without their fractions; what is outside by a fraction alone is outside.
    const auto whole = static_cast<std::uint32_t>(std::min(distance2(id, nest_.x, nest_.y) + tolerance, 0x1p32 - 1));
    seeder.set(nest_distance_, i, is_in(nest_, id) ? std::min(whole, nest_radius2()) : std::max(whole, nest_radius2() + 1));
    std::uint32_t food = 0;
    for (const Disc& pile : piles_)
      if (is_in(pile, id)) food = std::max(food, pile.amount);
    seeder.set(food_, i, food);
  });
  const RandomKey key = seeder.key(Stream::populate);
  const std::uint64_t cells = std::uint64_t{shape_.width} * shape_.height;
  const std::uint64_t home = static_cast<std::uint64_t>(nest_.x) + shape_.width * static_cast<std::uint64_t>(nest_.y);
  seeder.agents(
      ants_, seeder.job().population, [&](std::uint64_t id) { return start_random_ ? low_word(draw_entity(key, id)) % cells : home; },
      [&](std::uint64_t id, std::size_t slot) { seeder.set<std::uint8_t>(heading_, slot, draw_entity(key, id)[0] >> 29); });
}

}  // namespace colony
