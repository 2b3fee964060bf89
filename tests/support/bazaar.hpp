// A model for tests alone, which uses everything the engine offers at once and sends each kind of effect to nodes of other shards: two
// species, a category that pulls and pushes, a signal, claims, maxima, marks, constants and fields of every type. It stands on lattices
// and on graphs; the built-in models leave gaps (foraging drops its pheromone only where an ant stands).
#pragma once

#include "engine/model/model.hpp"

namespace colony::testing {

class Bazaar final : public Model {
 public:
  /// diffusion: needs a lattice when above 0.
  explicit Bazaar(double diffusion) : diffusion_(diffusion) {}

  std::string summary() const override { return "uses everything, for tests"; }
  std::vector<ParameterSpec> parameters() const override { return {}; }
  bool takes_population() const override { return true; }
  void setup(const Job& job) override { lattice_ = job.graph.source == GraphSpec::Source::lattice; }
  void declare(Schema& schema) override;
  void check(const Graph& graph) const override;
  void populate(Seeder& seeder) const override;

 private:
  double diffusion_;
  bool lattice_ = false;
  mutable std::vector<std::uint64_t> homes_;  ///< ids of all nodes
  NodeField<std::uint32_t> stock_{}, height_{};
  NodeField<double> mood_{};
  Category state_{};
  AgentField<std::uint64_t> memory_{};
  AgentField<float> energy_{};
  std::uint32_t buyers_ = 0, callers_ = 0;
  Choice first_{};
};

}  // namespace colony::testing
