// Knowledge graphs as a colony would have grown them, without the colony: documents whose words are linked wherever two stand in one
// document, written as shard images or as a run folder.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "engine/state/image.hpp"

namespace colony::test {

struct GrownDocument {
  std::string name;
  std::vector<std::pair<std::string, std::uint32_t>> words;  ///< each once, with its frequency
};

struct GrownLink {
  std::string a, b;
  float weight;
  std::uint32_t count;
};

struct Growth {
  std::vector<GrownDocument> documents;
  std::vector<GrownLink> links;
};

/// Links each two words of a document, 0.1 a document up to 1. Of each concept the `max_degree` strongest links stay, as does what the
/// other end wants. Each link is a pair of words in order.
Growth grow(std::vector<GrownDocument> documents, std::size_t max_degree = 30);

/// Documents of `topics` topics with 12 words of their own each, and a few words that all share. Deterministic.
std::vector<GrownDocument> planted_topics(std::size_t topics, std::size_t documents_each);

/// Lines `name<TAB>words between blanks`.
std::vector<GrownDocument> parse_documents(const std::string& text);

std::uint64_t label_id(const std::string& label);

/// The groups of the model `knowledge`, spread over the shards by the owners' ids; the order of rows is that of ids in odd shards, the
/// reverse in even ones.
std::vector<ShardImage> knowledge_images(const Growth& growth, std::uint32_t shards, Tick tick = Tick(100));

/// A run folder with one committed checkpoint. The folder must exist.
void write_knowledge_run(const std::string& folder, const std::vector<ShardImage>& images, const std::string& model = "knowledge");

}  // namespace colony::test
