// `colony export`: a grown knowledge graph for other programs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace colony {

struct ExportOptions {
  std::string run;
  std::optional<std::uint64_t> tick;
  std::string format;  ///< graphml, json or csv
  std::string out;     ///< a file; csv: a folder. "": standard output
};

/// Throws UsageError for csv without a folder, DataError for a run of another model, StorageError.
int export_command(const ExportOptions& options);

}  // namespace colony
