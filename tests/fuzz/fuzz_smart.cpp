// fuzz-sources: engine/error.cpp engine/text_mark.cpp models/knowledge/smart.cpp models/text_file.cpp
// Any bytes are either records that ascend and hold no more text than was given, or a DataError that names a line.
#include <cstdint>

#include "engine/error.hpp"
#include "models/knowledge/smart.hpp"

namespace {

void read_records(std::string_view text) {
  const std::vector<colony::SmartRecord> records = colony::parse_smart(text, "input");
  COLONY_ASSERT(!records.empty(), "no record and no error");
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < records.size(); ++i) {
    COLONY_ASSERT(i == 0 || records[i - 1].number < records[i].number, "a number comes twice or out of order");
    bytes += records[i].title.size() + records[i].author.size() + records[i].body.size();
  }
  COLONY_ASSERT(bytes <= text.size() + 1, "more text than there was");  // the last line may lack its end
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    read_records({reinterpret_cast<const char*>(data), size});
  } catch (const colony::DataError& error) {
    COLONY_ASSERT(error.where.starts_with("input:"), "the error names no line");
  }
  return 0;
}
