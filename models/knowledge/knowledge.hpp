// A graph of concepts that grows out of documents: digesters walk about a yard of documents and eat them; the words of each become
// concepts, those of one document are linked, and links that are not renewed fade. After Phago (agents that digest documents into a
// Hebbian graph). docs/knowledge.md.
#pragma once

#include <memory>

#include "engine/model/model.hpp"
#include "models/knowledge/digesters.hpp"
#include "models/knowledge/library.hpp"

namespace colony {

class Knowledge final : public Model {
 public:
  std::string summary() const override {
    return "digesters read documents; words that occur together become a graph that learns and forgets";
  }
  std::vector<ParameterSpec> parameters() const override;
  bool needs_graph() const override { return false; }
  bool takes_population() const override { return true; }
  std::uint64_t default_population() const override { return 25; }
  void setup(const Job& job) override;
  GraphSpec own_graph() const override;
  std::vector<std::string> notes() const override { return library_ ? library_->notes() : std::vector<std::string>{}; }
  void declare(Schema& schema) override;
  void populate(Seeder& seeder) const override;
  std::vector<std::string> remarks(const Globals& globals) const override;

 private:
  void evolve(Schema& schema, GrowingLayer concepts, const Genome<NodeField>& read_by) const;

  std::unique_ptr<Library> library_;
  Yard yard_;
  Category state_{};
  NodeField<std::uint32_t> waiting_{};
  std::uint32_t digesters_ = 0;
  std::uint32_t waiting_count_ = 0, digesters_count_ = 0;  ///< slots of the globals
  AgentField<std::uint8_t> heading_{};
  Genome<AgentField> genome_{};
};

}  // namespace colony
