// Conway's Game of Life: the smallest model there is, and the first to read.
#pragma once

#include "engine/model/model.hpp"

namespace colony {

class Life final : public Model {
 public:
  std::string summary() const override { return "Conway's Game of Life on a lattice"; }
  std::vector<ParameterSpec> parameters() const override;
  void setup(const Job& job) override;
  void declare(Schema& schema) override;
  void populate(Seeder& seeder) const override;

 private:
  NodeField<std::uint8_t> alive_{};
  std::vector<std::uint64_t> cells_;  ///< ids of the living cells, when the job gives a pattern
  bool from_pattern_ = false;
  double density_ = 0;
};

}  // namespace colony
