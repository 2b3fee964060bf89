// `colony launch`: one run on many processes that it starts. The launcher coordinates and computes nothing, so any of them may die.
#pragma once

#include <cstdint>
#include <string>

#include "apps/shared/options.hpp"
#include "models/registry.hpp"

namespace colony {

struct LaunchOptions {
  RunOptions run;
  std::uint32_t processes = 0;
  std::string hosts;        ///< a file: lines "HOST slots=N"; "": this machine
  std::string ssh = "ssh";  ///< the command that runs another on a host: words, then the host, then the command
};

/// Returns the exit status. Throws colony::Error.
int launch_command(const LaunchOptions& options, const ModelRegistry& models);

}  // namespace colony
