// `colony export`: what a run has found, for other programs: a grown knowledge graph, a tour.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "models/registry.hpp"

namespace colony {

struct ExportOptions {
  std::string run;
  std::optional<std::uint64_t> tick;
  std::string format;  ///< graphml, json or csv; tour
  std::string out;     ///< a file; csv: a folder. "": standard output
};

/// Throws UsageError for csv without a folder, DataError for a run of another model, StorageError.
int export_command(const ExportOptions& options, const ModelRegistry& models);

}  // namespace colony
