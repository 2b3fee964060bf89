#include "apps/commands.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "apps/run_state.hpp"
#include "engine/error.hpp"

namespace colony {

struct CommandSet::Options {};

CommandSet::CommandSet(CLI::App& app, const ModelRegistry&) : options_(std::make_unique<Options>()) {
  app.add_subcommand("version", "The program's version, its compiler and its libraries")->callback([this] {
    chosen_ = [] {
      for (const auto& [name, version] : program_versions()) fmt::print("{} {}\n", name, version);
      return 0;
    };
  });
}

CommandSet::~CommandSet() = default;

int CommandSet::execute() {
  COLONY_ASSERT(chosen_, "a command without an action");
  return chosen_();
}

}  // namespace colony
