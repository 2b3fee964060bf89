// The interface that a model implements. docs/writing-a-model.md is the tutorial.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/model/schema.hpp"

namespace colony {

class Seeder;

/// What a run leaves behind besides its observables: a file of the run folder, written anew each time the run ends or stops.
struct ResultFile {
  std::string name;
  std::string text;
};

/// A model: parameters, declaration, first state. Stateless but for what declare and setup put into its members.
class Model {
 public:
  virtual ~Model() = default;

  /// What a user reads in `colony models`.
  virtual std::string summary() const = 0;
  virtual std::vector<ParameterSpec> parameters() const = 0;
  /// True when the model can't run without agents; `[population] count` then defaults to default_population().
  virtual bool takes_population() const { return false; }
  virtual std::uint64_t default_population() const { return 0; }

  /// False for a model that makes its own graph; the job has no [graph] section then.
  virtual bool needs_graph() const { return true; }
  /// Once, before anything else: reads the model's own input files. Throws UsageError or DataError.
  virtual void setup(const Job&) {}
  /// After setup, of a model that needs none from the job.
  virtual GraphSpec own_graph() const { return {}; }
  /// After setup: what a user should hear of the input, a line each.
  virtual std::vector<std::string> notes() const { return {}; }
  virtual void declare(Schema& schema) = 0;
  /// Fills S(0) of one part: called on every shard, must depend on ids, keys and the job alone.
  virtual void populate(Seeder& seeder) const = 0;
  /// Whether results() makes files.
  virtual bool has_results() const { return false; }
  /// What to write from the globals of the last tick; after setup and declare. Empty as long as there is nothing to tell.
  virtual std::vector<ResultFile> results(const Globals&) const { return {}; }
  /// Checks what needs the graph (does a seed node exist?); called once before populate.
  virtual void check(const Graph&) const {}
  /// What a user should hear of how it went, a line each, from the globals of the last tick: what was not done although the run is.
  virtual std::vector<std::string> remarks(const Globals&) const { return {}; }
};

}  // namespace colony
