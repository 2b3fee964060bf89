// The commands that look at a knowledge graph that a colony grew: query, evaluate, communities, export, render.
#pragma once

#include <functional>
#include <memory>

#include "models/registry.hpp"

namespace CLI {
class App;
}

namespace colony {

/// Registers the commands with the command line; execute() carries out the one that was given.
class GraphCommands {
 public:
  GraphCommands(CLI::App& app, const ModelRegistry& models);
  ~GraphCommands();
  /// Whether the command line named one of these.
  bool given() const { return static_cast<bool>(chosen_); }
  /// Returns the exit status. Throws colony::Error.
  int execute();

 private:
  struct Options;
  std::unique_ptr<Options> options_;
  std::function<int()> chosen_;
};

}  // namespace colony
