// Ants that find food and carry it home, after U. Wilensky's NetLogo Ants model (1997), on a lattice with eight headings.
#pragma once

#include "engine/model/model.hpp"

namespace colony {

class Foraging : public Model {
 public:
  std::string summary() const override { return "ants forage on a lattice: follow pheromone, take food, carry it home"; }
  std::vector<ParameterSpec> parameters() const override;
  bool takes_population() const override { return true; }
  std::uint64_t default_population() const override { return 125; }
  void setup(const Job& job) override;
  void declare(Schema& schema) override;
  void populate(Seeder& seeder) const override;

 protected:
  /// What an ant senses, and where it says which way it will step.
  struct AntFields {
    SignalField pheromone;
    NodeField<std::uint32_t> food, nest_distance;
    std::uint32_t ants;
    AgentField<std::uint8_t> heading, carrying;
    AgentField<std::uint8_t> plan;  ///< intent: a direction
  };
  /// Declares what makes ants plan their steps.
  virtual void declare_plan(Schema& schema, const AntFields& fields) const;

 private:
  struct Disc {
    double x, y, radius;
    std::uint32_t amount;
  };
  /// Squared distance on the lattice, the short way round on a torus.
  double distance2(std::uint64_t id, double x, double y) const;
  bool is_in(const Disc& disc, std::uint64_t id) const;

  /// Squared, without its fraction.
  std::uint32_t nest_radius2() const;

  LatticeShape shape_;
  Disc nest_{};
  std::vector<Disc> piles_;
  bool start_random_ = false;
  std::uint32_t ants_ = 0;
  NodeField<std::uint32_t> food_{};
  NodeField<std::uint32_t> nest_distance_{};
  AgentField<std::uint8_t> heading_{};
};

}  // namespace colony
