// Communities of concepts: the Leiden algorithm (Traag, Waltman, van Eck 2019; igraph's) on the weighted links, for modularity at
// resolution 1, repeated from its own result until nothing moves. The same graph gives the same communities, whoever wrote its files.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "apps/knowledge/knowledge_graph.hpp"

namespace colony::retrieval {

struct Community {
  std::vector<std::uint32_t> concepts;   ///< strongest first; ties by label
  std::vector<std::uint32_t> documents;  ///< ascending
  double weight = 0;                     ///< sum of its concepts' strengths
};

struct Communities {
  std::vector<Community> all;                             ///< most concepts first; ties by the first concept's label
  std::vector<std::uint32_t> of_concept;                  ///< [concepts] index into all
  std::vector<std::optional<std::uint32_t>> of_document;  ///< [documents]; none: a document without words
  double modularity = 0;                                  ///< of of_concept; 0 without links
};

/// Sum of the weights of a concept's links. [concepts]
std::vector<double> strengths_of(const KnowledgeGraph& graph);

/// A concept without links is a community of its own. A document goes to the community that holds most of the frequencies of its words;
/// ties: the larger community.
Communities find_communities(const KnowledgeGraph& graph);

}  // namespace colony::retrieval
