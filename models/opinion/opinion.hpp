// Bounded-confidence opinions: Hegselmann & Krause, "Opinion dynamics and bounded confidence", JASSS 5(3), 2002. Synchronous.
#pragma once

#include "engine/model/model.hpp"

namespace colony {

class Opinion final : public Model {
 public:
  std::string summary() const override { return "Hegselmann-Krause opinions: everyone moves to the mean of those within confidence"; }
  std::vector<ParameterSpec> parameters() const override;
  void declare(Schema& schema) override;
  void check(const Graph& graph) const override;
  void populate(Seeder& seeder) const override;

 private:
  NodeField<double> opinion_{};
  bool even_ = true;
  mutable std::uint64_t nodes_ = 0;
};

}  // namespace colony
