// `colony validate`: whether a job can be run, what it says once everything is filled in, and with --estimate what it will take.
#pragma once

#include <string>
#include <vector>

#include "models/registry.hpp"

namespace colony {

struct ValidateOptions {
  std::string config;
  std::vector<std::string> sets;
  bool estimate = false;
};

/// Throws UsageError or DataError that says everything that is wrong.
int validate_command(const ValidateOptions& options, const ModelRegistry& models);

}  // namespace colony
