// What the colony reads: its documents as counted words, and where they stand. A constant, the same in every process.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/content.hpp"
#include "models/knowledge/words.hpp"

namespace colony {

/// Documents stand on a lattice, `spacing` cells apart, row by row in their order, ceil(sqrt(documents)) a row.
struct Yard {
  static constexpr std::uint32_t spacing = 5;
  std::uint32_t documents = 0, columns = 0, rows = 0;

  Yard() = default;
  explicit Yard(std::uint32_t documents);
  std::uint32_t width() const { return columns * spacing; }
  std::uint32_t height() const { return rows * spacing; }
  /// Id of the place of a document.
  std::uint64_t place_of(std::uint64_t document) const {
    return (document / columns * spacing + spacing / 2) * width() + document % columns * spacing + spacing / 2;
  }
  /// The first column (or row) of documents that is not before cell x (or y), and the last that is not behind it; -1: none.
  static std::int64_t first_from(std::int64_t x) { return x <= 0 ? 0 : (x + spacing - 1 - spacing / 2) / spacing; }
  static std::int64_t last_to(std::int64_t x) { return x < spacing / 2 ? -1 : (x - spacing / 2) / spacing; }
  /// The document of a column and row of the yard; `documents` or more when there is none.
  std::uint32_t document_at(std::uint32_t column, std::uint32_t row) const { return row * columns + column; }
  /// The document whose place that is; it must be one.
  std::uint32_t document_of(std::uint64_t place) const {
    return document_at(static_cast<std::uint32_t>(place % width()) / spacing, static_cast<std::uint32_t>(place / width()) / spacing);
  }
};

struct LibraryOptions {
  WordOptions words;
  std::size_t max_keywords = 1000;  ///< a document with more different words is cut to its most frequent
};

class Library {
 public:
  struct Mention {
    std::uint32_t word;  ///< index into the vocabulary
    std::uint32_t count;
  };
  struct Entry {
    std::string name;
    Content content;                ///< of the name
    std::uint32_t words = 0;        ///< counted ones, as often as they occur
    std::vector<Mention> mentions;  ///< each word once
    std::uint32_t main_word = 0;    ///< the most frequent, of several the first by the alphabet; if there is one
  };

  /// path: as for read_collection. Throws DataError as that does.
  Library(const std::string& path, const LibraryOptions& options);
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;

  const std::vector<Entry>& entries() const { return entries_; }
  /// Of a word of the vocabulary.
  const Content& content(std::uint32_t word) const { return contents_[word]; }
  const std::vector<std::string>& notes() const { return notes_; }
  /// Of names, words and counts: what the colony's state depends on.
  std::uint64_t hash() const { return hash_; }

 private:
  std::vector<Entry> entries_;
  std::vector<std::string> vocabulary_;  ///< ascending
  std::vector<Content> contents_;        ///< [vocabulary]
  std::vector<std::string> notes_;
  std::uint64_t hash_ = 0;
};

}  // namespace colony
