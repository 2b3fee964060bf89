// From text to words. A word is a run of Unicode letters and digits, lower case; combining marks belong to their letter, and letter and
// mark are put together (NFC) where Unicode has one sign for both. All else separates: blanks, hyphens, apostrophes, bytes that are not
// UTF-8. Scripts that write without blanks give one word a run: there is no dictionary here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "models/knowledge/stop_words.hpp"
#include "models/knowledge/word_table.hpp"

namespace colony {

/// What was amiss in texts; calls add to it.
struct TextFaults {
  std::uint64_t invalid_bytes = 0;  ///< no part of any UTF-8 sign; each separates
  std::uint64_t cut_words = 0;      ///< longer than WordBuffer::most_bytes: what follows these was dropped
  bool operator==(const TextFaults&) const = default;
};

struct WordOptions {
  /// Words that are dropped. Each is taken apart like a text: upper case is the same, and "don't" stands for "don" and "t".
  std::vector<std::string> stop_words = english_stop_words();
  /// Plurals become singulars, after the stop words went: the S-stemmer of D. Harman, How effective is suffixing?, JASIS 42(1), 1991.
  bool stemming = true;
  /// Letters and digits (marks aren't counted) that a word needs; a stem is kept only if it has as many.
  std::size_t shortest = 3;
};

/// Immutable; any number of threads may ask it.
class Words {
 public:
  explicit Words(const WordOptions& options);

  /// In order of the text. No word is empty or longer than WordBuffer::most_bytes.
  std::vector<std::string> split(std::string_view text, TextFaults* faults = nullptr) const;
  /// Each word once, ascending bytewise. Memory: the different words. The text may have up to 4 GiB.
  std::vector<WordCount> count(std::string_view text, TextFaults* faults = nullptr) const;

 private:
  template <class Visit>
  void each(std::string_view text, TextFaults* faults, const Visit& visit) const;

  WordTable stop_words_;
  bool stemming_;
  std::size_t shortest_;
};

/// Keeps the `most` most frequent, of equally frequent ones those that come first; result ascending by word. words: each once, any order.
std::vector<WordCount> most_frequent(std::vector<WordCount> words, std::size_t most);

/// Bytes that belong to no UTF-8 sign.
std::uint64_t invalid_utf8_bytes(std::string_view text);

}  // namespace colony
