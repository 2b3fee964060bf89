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

/// A word while it is read: its bytes, followed by zeros up to a multiple of eight, so that hashing reads whole blocks of eight.
struct WordBuffer {
  static constexpr std::size_t most_bytes = 64;
  char bytes[most_bytes + 8];
  std::size_t length = 0;

  std::string_view view() const { return {bytes, length}; }
  std::size_t padded_bytes() const { return (length + 7) / 8 * 8; }
  /// Call after the length has changed.
  void pad() {
    for (std::size_t i = 0; i < 8; ++i) bytes[length + i] = '\0';
  }
  std::uint64_t hash() const;
};

class WordTable {
 public:
  /// expected: different words, as a guess.
  explicit WordTable(std::size_t expected = 0);
  void add(const WordBuffer& word);
  bool contains(const WordBuffer& word) const { return slots_[slot_of(word, word.hash())] != empty; }
  std::size_t size() const { return entries_.size(); }
  /// Each word once, ascending bytewise.
  std::vector<WordCount> sorted() const;

 private:
  struct Entry {
    std::uint64_t hash;
    std::size_t offset;  // in bytes_
    std::uint32_t length;
    std::uint32_t count;
  };
  static constexpr std::uint32_t empty = 0;

  std::string_view view(const Entry& entry) const { return {bytes_.data() + entry.offset, entry.length}; }
  std::uint64_t prefix(const Entry& entry) const;
  std::size_t slot_of(const WordBuffer& word, std::uint64_t hash) const;
  void grow();

  std::vector<std::uint32_t> slots_;  // [a power of two]: index in entries_ + 1, or empty
  std::vector<Entry> entries_;
  std::string bytes_;  // the words, padded like WordBuffer
};

}  // namespace colony
