// fuzz-sources: engine/array.cpp engine/error.cpp engine/text_mark.cpp io/graphs/text_scan.cpp io/graphs/edge_list.cpp
// fuzz-sources: io/graphs/edge_columns.cpp
// Any bytes are either edges or a DataError that names a line. What is read without weight = false or columns is read the same with them,
// unless it has columns to drop: keys of the job can't make another graph of a file that was clear.
#include <cstdint>
#include <optional>

#include "engine/error.hpp"
#include "io/graphs/edge_list.hpp"

namespace {

std::optional<std::vector<std::uint64_t>> read(std::string_view text, const colony::EdgeListOptions& options) {
  colony::Executor executor(1);
  std::vector<std::uint64_t> ends;
  try {
    const colony::ParsedGraph parsed = colony::parse_edge_list(text, "input", options, executor);
    for (const colony::EdgeChunk& chunk : parsed.chunks) ends.insert(ends.end(), chunk.ends.begin(), chunk.ends.end());
  } catch (const colony::DataError& error) {
    COLONY_ASSERT(error.where.starts_with("input"), "the error names another place");
    return std::nullopt;
  }
  COLONY_ASSERT(!ends.empty() && ends.size() % 2 == 0, "half an edge, or none");
  return ends;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const bool header : {false, true}) {
    const auto plain = read(text, {.header = header, .columns = {}});
    const auto dropped = read(text, {.header = header, .columns = {}, .weights = colony::Weights::drop});
    const auto two = read(text, {.header = header, .columns = {"from", "to"}});
    read(text, {.header = header, .columns = {"", "to", "w", "from"}, .weights = colony::Weights::drop});
    COLONY_ASSERT(!plain || plain == dropped, "weight = false made another graph");
    COLONY_ASSERT(!plain || !two || header || plain == two, "columns made another graph");
  }
  return 0;
}
