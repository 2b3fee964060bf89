// Binds a model that is a value to a schema: an interpreter of its operations over the engine's own accessors.
#pragma once

#include <array>
#include <vector>

#include "engine/model/model.hpp"
#include "tests/property/model_value.hpp"

namespace colony::testing {

/// How often each operation found something to work on.
struct Coverage {
  std::array<std::uint64_t, do_count> bound{};
};

class ValueModel final : public Model {
 public:
  explicit ValueModel(ModelValue value, Coverage* coverage = nullptr) : value_(std::move(value)), coverage_(coverage) {}

  std::string summary() const override { return "a model that is a value, for tests"; }
  std::vector<ParameterSpec> parameters() const override { return {}; }
  bool takes_population() const override { return true; }
  void setup(const Job& job) override;
  void declare(Schema& schema) override;
  void check(const Graph& graph) const override;
  void populate(Seeder& seeder) const override;

  struct Items;  ///< the handles of all that was declared

 private:
  ModelValue value_;
  Coverage* coverage_;
  bool lattice_ = false;
  std::vector<NodeField<std::uint64_t>> fields_;  ///< mixed, committed, own
  std::vector<Category> categories_;
  NodeField<std::uint32_t> stock_{}, seats_{};  ///< seats: 0 or 1
  std::vector<std::uint32_t> species_;
  std::vector<AgentField<std::uint64_t>> agent_fields_;  ///< two a species
  mutable std::vector<std::uint64_t> homes_;             ///< ids of all nodes
};

}  // namespace colony::testing
