// Binds a model that is a value to a schema: an interpreter of its operations over the engine's own accessors.
#pragma once

#include <vector>

#include "engine/model/model.hpp"
#include "tests/property/models/value_items.hpp"

namespace colony::testing {

struct Coverage;

class ValueModel final : public Model {
 public:
  /// coverage: where a run with one thread notes what it does; or null.
  ValueModel(ModelValue value, Terrain terrain, Coverage* coverage = nullptr)
      : value_(std::move(value)), terrain_(terrain), coverage_(coverage) {}

  std::string summary() const override { return "a model that is a value, for tests"; }
  std::vector<ParameterSpec> parameters() const override { return {}; }
  bool takes_population() const override { return true; }
  void setup(const Job&) override {}
  void declare(Schema& schema) override;
  void check(const Graph& graph) const override;
  void populate(Seeder& seeder) const override;

 private:
  ModelValue value_;
  Terrain terrain_;
  Coverage* coverage_;
  ValueItems items_;
  mutable std::vector<std::uint64_t> homes_;  ///< ids of all nodes
};

}  // namespace colony::testing
