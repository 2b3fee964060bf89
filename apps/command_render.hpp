// `colony render`: a picture of a grown knowledge graph.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

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
int render_command(const RenderOptions& options);

}  // namespace colony
