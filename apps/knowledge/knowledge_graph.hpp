// The knowledge that a colony grew, as one graph in memory: concepts with their links, documents with their words, put together from
// the shard files of a checkpoint. The order of everything is that of labels and names, so nothing here shows how many files there were.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/state/image.hpp"
#include "io/storage.hpp"

namespace colony::retrieval {

/// Entries grouped by row, one row after the other.
template <class T>
struct Rows {
  std::vector<std::uint64_t> begin{0};  ///< [rows + 1]
  std::vector<T> entries;

  std::span<const T> operator[](std::size_t row) const { return std::span(entries).subspan(begin[row], begin[row + 1] - begin[row]); }
  std::size_t size() const { return begin.size() - 1; }
};

/// A concept's word stands `frequency` times in a document.
struct Posting {
  std::uint32_t document;
  std::uint32_t frequency;
  bool operator==(const Posting&) const = default;
};

/// The same seen from the document.
struct Term {
  std::uint32_t concept_index;
  std::uint32_t frequency;
  bool operator==(const Term&) const = default;
};

/// A link to another concept. It stands in the rows of both ends.
struct ConceptLink {
  std::uint32_t target;
  float weight;
  std::uint32_t count;  ///< co-activations
  std::uint32_t first;  ///< ticks of the first and of the last of them
  std::uint32_t last;
  bool operator==(const ConceptLink&) const = default;
};

struct Concept {
  std::string label;
  std::uint64_t id;
  std::uint32_t born;         ///< tick
  std::uint32_t documents;    ///< in which it occurred, as the colony counted
  std::uint64_t occurrences;  ///< in all of them
  bool operator==(const Concept&) const = default;
};

struct Document {
  std::string name;
  std::uint64_t id;
  std::uint64_t place;   ///< id of the place where it stands
  std::uint32_t born;    ///< tick in which it was digested
  std::uint64_t length;  ///< words
  bool operator==(const Document&) const = default;
};

struct KnowledgeGraph {
  std::uint64_t tick = 0;
  std::vector<Concept> concepts;    ///< ascending label (bytes)
  std::vector<Document> documents;  ///< ascending name (bytes), then id
  Rows<ConceptLink> links;          ///< by concept, ascending target
  Rows<Posting> postings;           ///< by concept, ascending document
  Rows<Term> terms;                 ///< by document, ascending concept
  /// Shard file that each document came from; the one thing that depends on how many there were.
  std::vector<std::uint32_t> document_shards;

  std::optional<std::uint32_t> find_concept(std::string_view label) const;
  std::uint64_t link_count() const { return links.entries.size() / 2; }
};

/// Whether the image has the groups of a knowledge graph.
bool holds_knowledge(const ShardImage& image);

/// One graph from all shards' images of one tick; names[i] says in messages where images[i] is from. Columns are found by name, and those
/// that are not known here are passed over. Throws StorageError where the images contradict themselves or one another: labels that do not
/// add up, a link or a word of something that is in none of them, a link that its two ends tell differently.
KnowledgeGraph build_knowledge_graph(std::span<const ShardImage> images, std::span<const std::string> names);

/// The graph in the newest committed checkpoint of a run, or in the one of `tick`. Throws DataError when the run's model does not grow
/// one, StorageError when it can't be read or trusted.
KnowledgeGraph load_knowledge_graph(const std::string& run, std::optional<std::uint64_t> tick);

}  // namespace colony::retrieval
