#include "models/knowledge/library.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "models/knowledge/collection.hpp"

namespace colony {
namespace {

std::uint32_t side_of(std::uint32_t documents) {
  std::uint32_t side = 1;
  while (std::uint64_t{side} * side < documents) ++side;
  return side;
}

}  // namespace

Yard::Yard(std::uint32_t count) : documents(count), columns(side_of(count)), rows((count + columns - 1) / columns) {}

Library::Library(const std::string& path, const LibraryOptions& options) {
  Collection collection = read_collection(path);
  notes_ = std::move(collection.notes);
  const Words words(options.words);
  TextFaults faults;
  std::uint64_t cut = 0;
  std::string first_cut;
  std::vector<std::vector<WordCount>> counts;
  for (Document& document : collection.documents) {
    std::vector<WordCount> found = words.count(document.text, &faults);
    document.text = {};  // counted: the memory is for the next
    if (found.size() > options.max_keywords) {
      if (cut++ == 0) first_cut = document.name;
      found = most_frequent(std::move(found), options.max_keywords);
    }
    if (found.empty()) notes_.push_back(fmt::format("{}: no words in it", document.name));
    for (const WordCount& word : found) vocabulary_.push_back(word.word);
    if (vocabulary_.size() > 1'000'000 && vocabulary_.size() > 2 * contents_.size()) {  // each once, before it grows too large
      std::sort(vocabulary_.begin(), vocabulary_.end());
      vocabulary_.erase(std::unique(vocabulary_.begin(), vocabulary_.end()), vocabulary_.end());
      contents_.resize(vocabulary_.size());
    }
    counts.push_back(std::move(found));
  }
  if (cut != 0)
    notes_.push_back(fmt::format("{} documents have more than {} different words and were cut to their most frequent, {} the first", cut,
                                 options.max_keywords, first_cut));
  if (faults.invalid_bytes != 0) notes_.push_back(fmt::format("{} bytes are no UTF-8 and were read as blanks", faults.invalid_bytes));
  if (faults.cut_words != 0) notes_.push_back(fmt::format("{} words were too long and were cut", faults.cut_words));

  std::sort(vocabulary_.begin(), vocabulary_.end());
  vocabulary_.erase(std::unique(vocabulary_.begin(), vocabulary_.end()), vocabulary_.end());
  contents_.clear();
  for (const std::string& word : vocabulary_) contents_.push_back(content_of(word));
  std::string record;
  for (std::size_t d = 0; d < counts.size(); ++d) {
    Entry& entry = entries_.emplace_back();
    entry.name = std::move(collection.documents[d].name);
    for (const WordCount& word : counts[d]) {
      const auto at = std::lower_bound(vocabulary_.begin(), vocabulary_.end(), word.word);
      entry.mentions.push_back({static_cast<std::uint32_t>(at - vocabulary_.begin()), word.count});
      entry.words += word.count;
    }
    const auto main = std::max_element(entry.mentions.begin(), entry.mentions.end(), [](const Mention& a, const Mention& b) {
      return a.count != b.count ? a.count < b.count : a.word > b.word;
    });
    if (main != entry.mentions.end()) entry.main_word = main->word;
    counts[d] = {};
    record = fmt::format("{:016x} {}", hash_, entry.name);
    for (const Mention& mention : entry.mentions) record += fmt::format(" {} {}", vocabulary_[mention.word], mention.count);
    hash_ = content_of(record).id;
  }
  for (Entry& entry : entries_) entry.content = content_of(entry.name);  // names stay where they are from here on
}

}  // namespace colony
