// fuzz-sources: engine/array.cpp engine/error.cpp engine/text_mark.cpp io/graphs/text_scan.cpp io/graphs/metis_format.cpp
// Any bytes are either a graph whose edges stand in both rows, or a DataError.
#include <cstdint>

#include "engine/error.hpp"
#include "io/graphs/metis_format.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  colony::Executor executor(1);
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try {
    std::size_t ends[2] = {0, 0}, loops = 0;
    for (const bool directed : {false, true}) {
      const colony::ParsedGraph parsed = colony::parse_metis(text, "input", directed, colony::Weights::drop, executor);
      for (const colony::EdgeChunk& chunk : parsed.chunks) {
        COLONY_ASSERT(chunk.ends.size() % 2 == 0, "half an edge");
        for (const std::uint64_t id : chunk.ends) COLONY_ASSERT(id >= 1 && id <= parsed.numbered_nodes, "an id without a row");
        for (std::size_t i = 0; directed && i < chunk.ends.size(); i += 2) loops += chunk.ends[i] == chunk.ends[i + 1] ? 2 : 0;
        ends[directed ? 1 : 0] += chunk.ends.size();
      }
    }
    COLONY_ASSERT(ends[1] - loops == 2 * (ends[0] - loops), "an edge was not handed over once and each way");
  } catch (const colony::DataError& error) {
    COLONY_ASSERT(error.where.starts_with("input"), "the error names another place");
  }
  return 0;
}
