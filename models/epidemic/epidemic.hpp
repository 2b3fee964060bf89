// S(E)IR(S) on any graph. Coins are keyed by directed edge and tick, so pulling (a susceptible node asks its neighbours) and pushing (an
// infectious node tries them) toss the same coins, and each tick takes whichever looks at fewer edges.
#pragma once

#include "engine/model/model.hpp"
#include "models/epidemic/contact_kernels.hpp"

namespace colony {

class Epidemic final : public Model {
 public:
  using Compartment = epidemic::Compartment;
  using enum epidemic::Compartment;

  std::string summary() const override { return "S(E)IR(S) epidemic on any graph; coins keyed by directed edge and tick"; }
  std::vector<ParameterSpec> parameters() const override;
  void declare(Schema& schema) override;
  void check(const Graph& graph) const override;
  void populate(Seeder& seeder) const override;

 private:
  Category state_{};
  Choice seeds_{};
  EventList index_case_{};
  std::vector<std::uint64_t> seed_nodes_;
  std::uint64_t seed_count_ = 0;
};

}  // namespace colony
