// fuzz-sources: engine/array.cpp engine/error.cpp engine/text_mark.cpp io/text_scan.cpp io/edge_list.cpp
// Any bytes are either edges or a DataError that names a line, and the parse agrees with itself on the number of edges and weights.
#include <cstdint>

#include "engine/error.hpp"
#include "io/edge_list.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  colony::Executor executor(1);
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const bool header : {false, true}) {
    try {
      const colony::ParsedGraph parsed = colony::parse_edge_list(text, "input", {.header = header}, executor);
      for (const colony::EdgeChunk& chunk : parsed.chunks) {
        COLONY_ASSERT(chunk.weights.size() == (parsed.weighted ? chunk.ends.size() / 2 : 0), "weights and edges differ in number");
      }
    } catch (const colony::DataError& error) {
      COLONY_ASSERT(error.where.starts_with("input"), "the error names another place");
    }
  }
  return 0;
}
