// A hash table of short words that counts them. It is what makes a document's count cheap: one probe a word and no allocation for
// words that came before. The order of hashes shows nowhere: the words come out sorted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace colony {

struct WordCount {
  std::string word;
  std::uint32_t count = 0;
  bool operator==(const WordCount&) const = default;
};

/// What a word is found and ordered by. No branch depends on the length of a word up to 16 bytes.
struct WordKey {
  std::uint64_t first = 0;   ///< bytes 0 to 7 as a number that orders as they do; zeros after a shorter word
  std::uint64_t second = 0;  ///< bytes 8 to 15
  std::uint64_t hash = 0;    ///< of all bytes
};

/// A word while it is read. It begins where the block of text that it came from put it, so that it needn't be moved.
struct WordBuffer {
  static constexpr std::size_t most_bytes = 64, block_bytes = 32;
  char room[most_bytes + 2 * block_bytes + 16] = {};
  std::size_t start = 0;  // less than block_bytes
  std::size_t length = 0;

  char* end() { return room + start + length; }
  std::string_view view() const { return {room + start, length}; }
  WordKey key() const;
};

class WordTable {
 public:
  /// expected: different words, as a guess.
  explicit WordTable(std::size_t expected = 0);
  /// key: the word's own. Counts it once more.
  void add(const WordBuffer& word, const WordKey& key);
  bool contains(const WordBuffer& word, const WordKey& key) const { return slots_[slot_of(word, key)] != empty; }
  std::size_t size() const { return entries_.size(); }
  /// Each word once, ascending bytewise.
  std::vector<WordCount> sorted() const;

 private:
  struct Entry {
    WordKey key;
    std::size_t offset;  // in bytes_, when the word is longer than its key
    std::uint32_t length;
    std::uint32_t count;
  };
  static constexpr std::size_t key_bytes = 16;
  static constexpr std::uint32_t empty = 0;

  std::string_view long_word(const Entry& entry) const { return {bytes_.data() + entry.offset, entry.length}; }
  bool before(const Entry& a, const Entry& b) const;
  std::string word_of(const Entry& entry) const;
  bool is(const Entry& entry, const WordBuffer& word, const WordKey& key) const {
    if ((entry.key.first ^ key.first) | (entry.key.second ^ key.second) | (entry.length ^ word.length)) return false;
    return word.length <= key_bytes || long_word(entry) == word.view();
  }
  std::size_t slot_of(const WordBuffer& word, const WordKey& key) const {
    const std::size_t mask = slots_.size() - 1;
    std::size_t slot = key.hash & mask;
    while (slots_[slot] != empty && !is(entries_[slots_[slot] - 1], word, key)) slot = (slot + 1) & mask;
    return slot;
  }
  void grow();

  std::vector<std::uint32_t> slots_;  // [a power of two]: index in entries_ + 1, or empty
  std::vector<Entry> entries_;
  std::string bytes_;  // the words that are longer than their keys, end to end
};

}  // namespace colony
