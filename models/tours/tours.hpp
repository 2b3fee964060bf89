// Ant colony optimisation of travelling salesman's tours: cities are the nodes of a complete layer, ants build round trips, and pheromone
// on the edges remembers what made good ones. An instance of TSPLIB; Ant System, MAX-MIN Ant System or Ant Colony System. docs/tours.md.
#pragma once

#include <memory>

#include "engine/model/model.hpp"
#include "models/tours/guide.hpp"

namespace colony {

class Tours final : public Model {
 public:
  std::string summary() const override { return "ants look for the shortest round trip through the cities of a TSPLIB instance"; }
  std::vector<ParameterSpec> parameters() const override;
  bool needs_graph() const override { return false; }
  bool takes_population() const override { return true; }
  std::uint64_t default_population() const override { return 25; }
  void setup(const Job& job) override;
  GraphSpec own_graph() const override;
  std::vector<std::string> notes() const override;
  void declare(Schema& schema) override;
  void populate(Seeder& seeder) const override;
  bool has_results() const override { return true; }
  std::vector<ResultFile> results(const Globals& globals) const override;

 private:
  void declare_cities(Schema& schema);
  void declare_ants(Schema& schema);
  void observe(Schema& schema) const;

  std::unique_ptr<Instance> instance_;
  std::unique_ptr<Guide> guide_;
  TraceField pheromone_{};
  NodeArray<std::uint64_t> pull_{};
  std::uint32_t ants_ = 0;
  AgentArray<City> tour_{};
  AgentArray<std::uint64_t> visited_{};
  AgentField<std::uint64_t> length_{};
  // Of an iteration, or of the season or the run, with the tour.
  GlobalBest iteration_best_{}, season_best_{}, best_{};
  GlobalSum lengths_{}, tours_{}, branches_{};         // of a closing tick; tours: of the run
  GlobalSum last_best_{}, last_mean_{}, branching_{};  // until the next iteration is closed
  GlobalSum seasons_{}, season_began_{};
};

}  // namespace colony
