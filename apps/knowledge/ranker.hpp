// Ranks the documents of a knowledge graph for the words of a query: BM25 over the colony's own statistics, and activation that spreads
// from the query's words along what the colony has learned.
//
//   words      each query word activates its concept, once for each time it stands in the query
//   links      activation spreads to the strongest neighbours of a concept, `depth` links far; strength: co-activations over the root of
//              the product of the two concepts' document counts (the cosine of the two), damped by `spread` a link
//   score      of a document: sum over activated concepts, in their order, of activation * idf * saturation(frequency, length)
//   resonance  the best documents activate their concepts in turn, each by its share of the scores; the most active of these are scored
//              and added, damped by `resonance`
//
// Documents stand in groups, one for each shard. What the groups must know of one another is summed first and exactly (how many documents,
// words, and documents with each word); then each scores its own, and the best of each are merged. A document's score is summed over
// concepts in one order, from its own words, so the answer is the same, bit for bit, for any grouping. Ties go by name.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "apps/knowledge/knowledge_graph.hpp"

namespace colony::retrieval {

struct RankingOptions {
  double k1 = 1.2;  ///< BM25: how soon a word's frequency saturates
  double b = 0.75;  ///< BM25: how much a document's length counts
  double spread = 0.05;
  std::uint32_t depth = 1;
  std::uint32_t fan = 10;  ///< strongest neighbours that a concept passes activation to
  double resonance = 1;
  std::uint32_t resonant_documents = 20;
  std::uint32_t resonant_concepts = 20;
};

struct RankedDocument {
  std::uint32_t document;  ///< index into KnowledgeGraph::documents
  double score;
  bool operator==(const RankedDocument&) const = default;
};

/// Which way a concept was activated; where there are several, the query's word, else the one that brought most.
enum class ActivationSource : std::uint8_t { word, link, document };

struct Activation {
  std::uint32_t concept_index;
  double weight;
  ActivationSource source;
  std::uint32_t from;  ///< link: the concept before; document: the document that brought most, which explain() finds
};

struct Answer {
  std::vector<RankedDocument> ranked;    ///< best first, none with a score of 0
  std::vector<Activation> activations;   ///< ascending concept
  std::vector<RankedDocument> resonant;  ///< the best before their concepts were added; best first
  std::vector<std::string> unknown;      ///< words of the query that are not concepts, in the order of the query
  std::uint32_t known = 0;               ///< words of the query that are
};

/// Documents of one shard with what scoring them takes.
class DocumentGroup {
 public:
  /// documents: ascending indices into graph.documents. lengths and frequencies are taken from the graph.
  DocumentGroup(const KnowledgeGraph& graph, std::vector<std::uint32_t> documents);

  std::uint64_t size() const { return documents_.size(); }
  std::uint64_t words() const;
  /// Adds how many documents of this group have each concept. counts: [concepts]
  void add_counts(std::span<std::uint32_t> counts) const;
  /// Turns frequencies into saturations. To be called once, when the whole collection is known.
  void prepare(const RankingOptions& options, double mean_length);

  void clear_scores();
  /// Adds weight * saturation to the score of each document with the concept.
  void add_scores(std::uint32_t concept_index, double weight);
  /// The best `count` (at least 1) documents by their present scores, best first. floor: what others have already; less can't count.
  void best(std::size_t count, double floor, std::vector<RankedDocument>& result) const;
  /// Saturation of each concept of a document that this group has. Ascending concept.
  std::span<const double> saturations_of(std::uint32_t document) const;

 private:
  const KnowledgeGraph& graph_;
  std::vector<std::uint32_t> documents_;
  std::vector<std::uint64_t> begin_;       ///< [concepts + 1] postings of each concept
  std::vector<std::uint32_t> local_;       ///< [postings] index into documents_
  std::vector<double> saturation_;         ///< [postings]
  std::vector<std::uint64_t> term_begin_;  ///< [documents + 1]
  std::vector<double> term_saturation_;    ///< [postings], by document
  std::vector<double> scores_;             ///< [documents]
};

/// One thread at a time. Holds references to the graph.
class Ranker {
 public:
  /// group_of_document: [documents], any numbers; empty: one group.
  Ranker(const KnowledgeGraph& graph, const RankingOptions& options, std::span<const std::uint32_t> group_of_document = {});

  /// words: as the model's tokenizer gives them.
  Answer rank(std::span<const std::string> words, std::size_t count);

  /// What one activated concept gives to a document's score.
  struct Share {
    double score;
    std::vector<Activation> path;  ///< from the query's word, or from the document that resonated, to the concept
    std::vector<Activation> lead;  ///< where a document resonated: from the query's word to the concept that brought it most; may be empty
    std::uint32_t frequency;       ///< of the last concept in the document
  };
  /// The shares of a document's score, largest first; they sum to it but for rounding.
  std::vector<Share> explain(const Answer& answer, std::uint32_t document) const;

 private:
  struct Neighbour {
    std::uint32_t target;
    double strength;
  };

  std::vector<Share> shares_of(const Answer& answer, std::uint32_t document) const;
  void choose_neighbours();
  void activate(std::uint32_t concept_index, double weight, ActivationSource source, std::uint32_t from);
  void spread_along_links();
  void score(std::span<const std::uint32_t> concepts, std::span<const double> weights);
  std::vector<RankedDocument> merged_best(std::size_t count) const;
  void resonate(Answer& answer);
  std::uint32_t loudest_document(const Answer& answer, std::uint32_t concept_index) const;
  void sort(std::vector<std::uint32_t>& concepts);

  const KnowledgeGraph& graph_;
  RankingOptions options_;
  std::vector<DocumentGroup> groups_;
  std::vector<std::uint32_t> group_of_document_;  ///< index into groups_
  std::vector<std::uint32_t> containing_;         ///< [concepts] documents with it
  std::vector<double> idf_;                       ///< [concepts]
  std::unordered_map<std::string_view, std::uint32_t> index_;
  Rows<Neighbour> neighbours_;

  /// How a concept is activated by the query at hand.
  struct Cell {
    double weight = 0;
    double largest = 0;  ///< what the source below brought
    std::uint32_t from = 0;
    ActivationSource source = ActivationSource::word;
  };
  std::vector<Cell> cells_;              ///< [concepts], as new but for those in active_
  std::vector<std::uint32_t> active_;    ///< ascending but for what activate() has added since
  std::vector<double> wave_, gathered_;  ///< [concepts] scratch, all zero between uses
  std::vector<std::uint32_t> front_, next_;
  std::vector<std::uint64_t> marks_;  ///< [concepts / 64] scratch of sort(), all zero between uses
};

}  // namespace colony::retrieval
