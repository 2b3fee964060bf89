// fuzz-sources: engine/array.cpp engine/error.cpp engine/text_mark.cpp io/graphs/text_scan.cpp io/graphs/matrix_market.cpp
// Any bytes are either entries inside the matrix or a DataError.
#include <cstdint>

#include "engine/error.hpp"
#include "io/graphs/matrix_market.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  colony::Executor executor(1);
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const bool directed : {false, true}) {
    try {
      const colony::ParsedGraph parsed = colony::parse_matrix_market(text, "input", directed, colony::Weights::drop, executor);
      for (const colony::EdgeChunk& chunk : parsed.chunks) {
        COLONY_ASSERT(chunk.ends.size() % 2 == 0, "half an edge");
        for (const std::uint64_t id : chunk.ends) COLONY_ASSERT(id >= 1 && id <= parsed.numbered_nodes, "an id outside the matrix");
      }
    } catch (const colony::DataError& error) {
      COLONY_ASSERT(error.where.starts_with("input"), "the error names another place");
    }
  }
  return 0;
}
