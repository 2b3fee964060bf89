#include "apps/knowledge/command_communities.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "apps/knowledge/communities.hpp"
#include "apps/shared/output_file.hpp"
#include "engine/quoting.hpp"

namespace colony {
namespace {

using retrieval::Communities;
using retrieval::Community;
using retrieval::KnowledgeGraph;

constexpr std::size_t named_concepts = 8;

std::string strongest_text(const KnowledgeGraph& graph, const Community& community) {
  std::string text;
  for (std::size_t i = 0; i < std::min(named_concepts, community.concepts.size()); ++i)
    text += (i == 0 ? "" : ", ") + graph.concepts[community.concepts[i]].label;
  return text;
}

/// Communities of one concept are no more than the concepts without links; they are counted, not listed.
void print_table(const KnowledgeGraph& graph, const Communities& communities, std::size_t shown) {
  std::size_t single = 0, listed = 0;
  for (const Community& community : communities.all) single += community.concepts.size() == 1 ? 1 : 0;
  fmt::print("modularity   {:.6f}\ncommunities  {}, and {} concepts by themselves\n", communities.modularity,
             communities.all.size() - single, single);
  if (communities.all.size() > single) fmt::print("\n   #  concepts  documents  strongest\n");
  for (std::size_t i = 0; i < communities.all.size() - single; ++i) {
    if (listed++ == shown) {
      fmt::print("      {} more (--top N)\n", communities.all.size() - single - shown);
      break;
    }
    const Community& community = communities.all[i];
    fmt::print("{:>4}  {:>8}  {:>9}  {}\n", i + 1, community.concepts.size(), community.documents.size(), strongest_text(graph, community));
  }
}

template <class Name>
std::string names_json(const std::vector<std::uint32_t>& members, const Name& name) {
  std::string text;
  for (const std::uint32_t member : members) text += (text.empty() ? "" : ", ") + json_quoted(name(member));
  return '[' + text + ']';
}

void print_json(const KnowledgeGraph& graph, const Communities& communities) {
  std::string all;
  for (const Community& community : communities.all) {
    all += fmt::format("{}{{\"concepts\": {}, \"documents\": {}, \"weight\": {}}}", all.empty() ? "" : ", ",
                       names_json(community.concepts, [&](std::uint32_t c) { return graph.concepts[c].label; }),
                       names_json(community.documents, [&](std::uint32_t d) { return graph.documents[d].name; }), community.weight);
  }
  fmt::print("{{\"tick\": {}, \"modularity\": {}, \"communities\": [{}]}}\n", graph.tick, communities.modularity, all);
}

std::string membership_csv(const KnowledgeGraph& graph, const Communities& communities) {
  std::string text = "kind,name,community\n";
  for (std::size_t c = 0; c < graph.concepts.size(); ++c)
    text += fmt::format("concept,{},{}\n", csv_field(graph.concepts[c].label), communities.of_concept[c] + 1);
  for (std::size_t d = 0; d < graph.documents.size(); ++d) {
    const auto community = communities.of_document[d];
    text += fmt::format("document,{},{}\n", csv_field(graph.documents[d].name), community ? fmt::format("{}", *community + 1) : "");
  }
  return text;
}

}  // namespace

int communities_command(const CommunitiesOptions& options) {
  const KnowledgeGraph graph = retrieval::load_knowledge_graph(options.run, options.tick);
  const Communities communities = retrieval::find_communities(graph);
  if (!options.csv.empty()) write_output_file(options.csv, membership_csv(graph, communities));
  if (options.json) print_json(graph, communities);
  else print_table(graph, communities, options.shown);
  return 0;
}

}  // namespace colony
