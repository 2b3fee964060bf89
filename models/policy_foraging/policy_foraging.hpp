// Foraging where a trained network turns the ants. Everything else is as in Foraging: the world, taking and bringing food, laying
// pheromone. docs/policies.md.
#pragma once

#include <memory>

#include "engine/schema/policy.hpp"
#include "models/foraging/foraging.hpp"

namespace colony {

class PolicyForaging final : public Foraging {
 public:
  /// Of the three cells ahead, half left and half right: their shares of the pheromone; how much there is here; whether there is food;
  /// how far they lead to the nest. Then whether it carries food.
  static constexpr std::uint32_t observations = 11;
  /// Straight on; half left, half right; left, right.
  static constexpr std::uint32_t actions = 5;

  std::string summary() const override { return "ants forage as a trained network tells them to"; }
  std::vector<ParameterSpec> parameters() const override;
  void setup(const Job& job) override;

 protected:
  void declare_plan(Schema& schema, const AntFields& fields) const override;

 private:
  std::shared_ptr<const Policy> policy_;
  Choosing choosing_ = Choosing::draw;
};

}  // namespace colony
