#include "models/policy_foraging/policy_foraging.hpp"

#include <cmath>

namespace colony {
namespace {

/// Sense: what the network gets to see. All numbers lie between about -1 and 1.
struct Observe {
  static constexpr Topology topology = Topology::lattice;
  Near<float> pheromone;
  Near<std::uint32_t> food;
  Near<std::uint32_t> nest_distance;  ///< squared
  Read<std::uint8_t> heading;
  Read<std::uint8_t> carrying;
  WriteColumns<float> observation;

  template <class Here>
  void operator()(const Here& here) const {
    const std::uint8_t ahead = heading(here);
    const NodeRef cells[3] = {here.neighbour(ahead), here.neighbour((ahead + 1) & 7), here.neighbour((ahead + 7) & 7)};
    float smell[3], sum = 1e-6f;
    for (int c = 0; c < 3; ++c) {
      smell[c] = cells[c].index == no_index ? 0 : pheromone(cells[c]);
      sum += smell[c];
    }
    const auto own_distance = static_cast<float>(nest_distance(here.node));
    const float own_smell = pheromone(here.node), step = 2 * std::sqrt(own_distance) + 1;
    for (std::size_t c = 0; c < 3; ++c) {
      const bool there = cells[c].index != no_index;
      observation(here, c) = smell[c] / sum;
      observation(here, 4 + c) = there && food(cells[c]) != 0 ? 1.0f : 0.0f;
      observation(here, 7 + c) = there ? (own_distance - static_cast<float>(nest_distance(cells[c]))) / step : -1.0f;
    }
    observation(here, 3) = own_smell / (1 + own_smell);
    observation(here, 10) = static_cast<float>(carrying(here));
  }
};

/// Act, before the step: turn as the network says.
struct Turn {
  Read<std::uint8_t> action;
  Read<std::uint8_t> heading;
  Write<std::uint8_t> plan;

  template <class Here>
  void operator()(const Here& here) const {
    constexpr std::uint8_t turns[PolicyForaging::actions] = {0, 1, 7, 2, 6};
    plan(here) = (heading(here) + turns[action(here)]) & 7;
  }
};

}  // namespace

std::vector<ParameterSpec> PolicyForaging::parameters() const {
  std::vector<ParameterSpec> all = Foraging::parameters();
  all.push_back({.name = "policy", .type = ParameterType::path, .required = true, .help = "an ONNX file: 11 observations, 5 actions"});
  all.push_back({.name = "choose",
                 .type = ParameterType::text,
                 .fallback = std::string("draw"),
                 .choices = {"draw", "largest"},
                 .help = "an action by a keyed draw from the outputs' softmax, or the one with the largest output"});
  return all;
}

void PolicyForaging::setup(const Job& job) {
  Foraging::setup(job);
  const auto path = job.parameters.get<std::string>("policy");
  if (path.empty()) return;  // asked only what it declares; a job's path is never empty
  policy_ = load_policy(path, observations, actions, job.execution.backend);
  choosing_ = job.parameters.get<std::string>("choose") == "draw" ? Choosing::draw : Choosing::largest;
}

void PolicyForaging::declare_plan(Schema& s, const AntFields& f) const {
  const AgentColumns<float> seen = s.observations(f.ants, observations);
  const auto action = s.intent<std::uint8_t>(f.ants, "action");
  s.sense_agents(f.ants, Observe{.pheromone = f.pheromone,
                                 .food = f.food,
                                 .nest_distance = f.nest_distance,
                                 .heading = f.heading,
                                 .carrying = f.carrying,
                                 .observation = seen});
  if (policy_) s.decide(policy_, seen, action, choosing_);
  s.act_agents(f.ants, Turn{.action = action, .heading = f.heading, .plan = f.plan});
}

}  // namespace colony
