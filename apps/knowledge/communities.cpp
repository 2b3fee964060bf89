#include "apps/knowledge/communities.hpp"

#include <igraph/igraph.h>

#include <algorithm>
#include <map>
#include <numeric>

#include "engine/error.hpp"

namespace colony::retrieval {
namespace {

constexpr igraph_uint_t seed = 20240229;  ///< any will do, as long as it is always the same
constexpr double randomness = 0.01;       ///< of Leiden's refinement; the value that its authors use
constexpr igraph_integer_t until_stable = -1;
constexpr int attempts = 20;  ///< from other draws: one may end some per cent below the best of a graph without clear communities

void check(igraph_error_t error) {
  if (error == IGRAPH_ENOMEM) throw std::bad_alloc();
  COLONY_ASSERT(error == IGRAPH_SUCCESS, std::string("igraph: ") + igraph_strerror(error));
}

class IntVector {
 public:
  explicit IntVector(igraph_integer_t size) { check(igraph_vector_int_init(&value_, size)); }
  IntVector(const IntVector&) = delete;
  IntVector& operator=(const IntVector&) = delete;
  ~IntVector() { igraph_vector_int_destroy(&value_); }
  igraph_vector_int_t* get() { return &value_; }
  igraph_integer_t& operator[](std::size_t i) { return VECTOR(value_)[i]; }

 private:
  igraph_vector_int_t value_;
};

class Graph {
 public:
  Graph(IntVector& ends, igraph_integer_t nodes) { check(igraph_create(&value_, ends.get(), nodes, IGRAPH_UNDIRECTED)); }
  Graph(const Graph&) = delete;
  Graph& operator=(const Graph&) = delete;
  ~Graph() { igraph_destroy(&value_); }
  igraph_t* get() { return &value_; }

 private:
  igraph_t value_;
};

/// Community of each concept, numbered in any way.
std::vector<std::uint32_t> leiden(const KnowledgeGraph& graph, const std::vector<double>& strengths) {
  std::vector<std::uint32_t> membership(graph.concepts.size());
  std::iota(membership.begin(), membership.end(), 0);
  std::vector<double> weights;
  IntVector ends(static_cast<igraph_integer_t>(2 * graph.link_count()));
  std::size_t at = 0;
  for (std::uint32_t c = 0; c < graph.concepts.size(); ++c) {
    for (const ConceptLink& link : graph.links[c]) {
      if (link.target < c) continue;
      ends[at++] = c;
      ends[at++] = link.target;
      weights.push_back(link.weight);
    }
  }
  const double twice_total = std::accumulate(strengths.begin(), strengths.end(), 0.0);
  if (twice_total == 0) return membership;
  igraph_set_error_handler(igraph_error_handler_ignore);
  check(igraph_rng_seed(igraph_rng_default(), seed));
  Graph nodes(ends, static_cast<igraph_integer_t>(graph.concepts.size()));
  IntVector found(0);
  igraph_vector_t edge_weights, node_weights;
  igraph_real_t best = -1;
  for (int attempt = 0; attempt < attempts; ++attempt) {
    igraph_real_t quality = 0;
    // With the strengths as weights of the nodes and this resolution, Leiden's quality is the modularity.
    check(igraph_community_leiden(nodes.get(),
                                  igraph_vector_view(&edge_weights, weights.data(), static_cast<igraph_integer_t>(weights.size())),
                                  igraph_vector_view(&node_weights, strengths.data(), static_cast<igraph_integer_t>(strengths.size())),
                                  1 / twice_total, randomness, false, until_stable, found.get(), nullptr, &quality));
    if (attempt > 0 && quality <= best) continue;
    best = quality;
    for (std::size_t c = 0; c < membership.size(); ++c) membership[c] = static_cast<std::uint32_t>(found[c]);
  }
  return membership;
}

/// Groups of concepts, in the order that Communities promises.
std::vector<Community> grouped(const std::vector<std::uint32_t>& membership, const std::vector<double>& strengths) {
  std::map<std::uint32_t, Community> groups;
  for (std::uint32_t c = 0; c < membership.size(); ++c) {
    Community& group = groups[membership[c]];
    group.concepts.push_back(c);
    group.weight += strengths[c];
  }
  std::vector<Community> all;
  for (auto& [number, group] : groups) {
    std::stable_sort(group.concepts.begin(), group.concepts.end(),
                     [&](std::uint32_t a, std::uint32_t b) { return strengths[a] > strengths[b]; });
    all.push_back(std::move(group));
  }
  std::sort(all.begin(), all.end(), [](const Community& a, const Community& b) {
    if (a.concepts.size() != b.concepts.size()) return a.concepts.size() > b.concepts.size();
    return a.concepts.front() < b.concepts.front();
  });
  return all;
}

double modularity_of(const KnowledgeGraph& graph, const Communities& communities) {
  double twice_total = 0;
  std::vector<double> inside(communities.all.size());
  for (std::uint32_t c = 0; c < graph.concepts.size(); ++c) {
    for (const ConceptLink& link : graph.links[c]) {
      twice_total += link.weight;
      if (communities.of_concept[c] == communities.of_concept[link.target]) inside[communities.of_concept[c]] += link.weight;
    }
  }
  if (twice_total == 0) return 0;
  double modularity = 0;
  for (std::size_t i = 0; i < inside.size(); ++i) {
    const double share = communities.all[i].weight / twice_total;
    modularity += inside[i] / twice_total - share * share;
  }
  return modularity;
}

void place_documents(const KnowledgeGraph& graph, Communities& communities) {
  std::vector<std::uint64_t> held(communities.all.size());
  communities.of_document.resize(graph.documents.size());
  for (std::uint32_t d = 0; d < graph.documents.size(); ++d) {
    std::uint64_t most = 0;
    for (const Term& term : graph.terms[d]) {
      const std::uint32_t community = communities.of_concept[term.concept_index];
      held[community] += term.frequency;
      most = std::max(most, held[community]);
    }
    for (const Term& term : graph.terms[d]) {
      const std::uint32_t community = communities.of_concept[term.concept_index];
      auto& chosen = communities.of_document[d];
      if (most > 0 && held[community] == most && (!chosen || community < *chosen)) chosen = community;
    }
    for (const Term& term : graph.terms[d]) held[communities.of_concept[term.concept_index]] = 0;
    if (communities.of_document[d]) communities.all[*communities.of_document[d]].documents.push_back(d);
  }
}

}  // namespace

std::vector<double> strengths_of(const KnowledgeGraph& graph) {
  std::vector<double> strengths(graph.concepts.size());
  for (std::uint32_t c = 0; c < graph.concepts.size(); ++c)
    for (const ConceptLink& link : graph.links[c]) strengths[c] += link.weight;
  return strengths;
}

Communities find_communities(const KnowledgeGraph& graph) {
  const std::vector<double> strengths = strengths_of(graph);
  Communities communities;
  communities.all = grouped(leiden(graph, strengths), strengths);
  communities.of_concept.resize(graph.concepts.size());
  for (std::uint32_t i = 0; i < communities.all.size(); ++i)
    for (const std::uint32_t c : communities.all[i].concepts) communities.of_concept[c] = i;
  communities.modularity = modularity_of(graph, communities);
  place_documents(graph, communities);
  return communities;
}

}  // namespace colony::retrieval
