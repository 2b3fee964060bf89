// `colony render`: a picture of what a run has found: a grown knowledge graph, a tour.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "models/registry.hpp"

namespace colony {

struct RenderOptions {
  std::string run;
  std::optional<std::uint64_t> tick;
  std::string out;  ///< an SVG file
  std::size_t concepts = 150;
  std::string title;  ///< "": the job's name
};

/// Throws UsageError for a file that is not called .svg, DataError for a run of another model or without concepts, StorageError for files
/// and when there is no sfdp.
int render_command(const RenderOptions& options, const ModelRegistry& models);

}  // namespace colony
