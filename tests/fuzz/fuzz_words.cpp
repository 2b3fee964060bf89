// fuzz-sources: engine/error.cpp engine/text_mark.cpp models/knowledge/words.cpp models/knowledge/word_table.cpp
// fuzz-sources: models/knowledge/stop_words.cpp models/text_file.cpp
// Any bytes are words: UTF-8, not too long, counted as often as they stand in the text, and the same words when read again.
#include <algorithm>
#include <cstdint>

#include "engine/error.hpp"
#include "models/knowledge/words.hpp"

namespace {

void check(const colony::Words& words, std::string_view text) {
  colony::TextFaults faults, faults_of_count;
  std::vector<std::string> split = words.split(text, &faults);
  const std::vector<colony::WordCount> counts = words.count(text, &faults_of_count);
  COLONY_ASSERT(faults == faults_of_count, "split and count saw different faults");
  COLONY_ASSERT(faults.invalid_bytes == colony::invalid_utf8_bytes(text), "the invalid bytes were counted twice, differently");
  std::sort(split.begin(), split.end());
  std::size_t at = 0;
  for (const colony::WordCount& entry : counts) {
    COLONY_ASSERT(!entry.word.empty() && entry.word.size() <= colony::WordBuffer::most_bytes, "an empty word, or a long one");
    COLONY_ASSERT(colony::invalid_utf8_bytes(entry.word) == 0, "a word is not UTF-8");
    COLONY_ASSERT(at == 0 || split[at - 1] < entry.word, "a word comes twice or out of order");
    for (std::uint32_t i = 0; i < entry.count; ++i) COLONY_ASSERT(at < split.size() && split[at++] == entry.word, "a wrong count");
  }
  COLONY_ASSERT(at == split.size(), "a word was not counted");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const colony::Words stemmed(colony::WordOptions{});
  static const colony::Words plain({.stop_words = {}, .stemming = false, .shortest = 1});
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check(stemmed, text);
  check(plain, text);
  for (const std::string& word : plain.split(text)) {
    const std::vector<std::string> again = plain.split(word);
    COLONY_ASSERT(again.size() == 1 && again[0] == word,
                  "a word is not itself when read again: " + word + " (" + std::to_string(again.size()) + ")");
  }
  const std::size_t half = plain.count(text).size() / 2;
  COLONY_ASSERT(colony::most_frequent(plain.count(text), half).size() == half, "a cut to the wrong number");
  try {
    const colony::Words listed({.stop_words = colony::parse_stop_words(text, "input"), .stemming = false, .shortest = 1});
    if (text.find('#') == std::string_view::npos) COLONY_ASSERT(listed.split(text).empty(), "a stop word stayed");
  } catch (const colony::DataError& error) {
    COLONY_ASSERT(error.where.starts_with("input:"), "the error names no line");
  }
  return 0;
}
