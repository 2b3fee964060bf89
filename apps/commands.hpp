// The commands beside `run`: each looks at jobs, models or run folders and changes none.
#pragma once

#include <functional>
#include <memory>

#include "models/registry.hpp"

namespace CLI {
class App;
}

namespace colony {

/// Registers the commands with the command line; execute() carries out the one that was given.
class CommandSet {
 public:
  CommandSet(CLI::App& app, const ModelRegistry& models);
  ~CommandSet();
  /// Returns the exit status. Throws colony::Error.
  int execute();

 private:
  struct Options;
  std::unique_ptr<Options> options_;
  std::function<int()> chosen_;
};

}  // namespace colony
