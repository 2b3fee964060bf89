#include "apps/knowledge/command_query.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "apps/knowledge/knowledge_graph.hpp"
#include "apps/knowledge/query_words.hpp"
#include "apps/knowledge/trec_files.hpp"
#include "apps/shared/output_file.hpp"
#include "apps/shared/standard_streams.hpp"
#include "engine/error.hpp"
#include "engine/quoting.hpp"
#include "io/graphs/text_scan.hpp"

namespace colony {
namespace {

using retrieval::Activation;
using retrieval::ActivationSource;
using retrieval::Answer;
using retrieval::KnowledgeGraph;
using retrieval::RankedDocument;
using retrieval::Ranker;

constexpr std::size_t shown_count = 10;
constexpr std::size_t trec_count = 1000;  ///< what trec_eval's users write
constexpr std::size_t shown_shares = 5;   ///< ways from the words to a document

std::string labels_text(const KnowledgeGraph& graph, const std::vector<Activation>& path) {
  std::string text;
  for (const Activation& step : path) text += (text.empty() ? "" : " -> ") + graph.concepts[step.concept_index].label;
  return text;
}

/// "heron -> reed", or through what resonated: "heron -> (fish.txt) -> pike".
std::string path_text(const KnowledgeGraph& graph, const Ranker::Share& share) {
  const Activation& first = share.path.front();
  const std::string path = labels_text(graph, share.path);
  if (first.source != ActivationSource::document) return path;
  const std::string lead = labels_text(graph, share.lead);
  return fmt::format("{}{}({}) -> {}", lead, lead.empty() ? "" : " -> ", graph.documents[first.from].name, path);
}

void print_shares(const KnowledgeGraph& graph, const Ranker& ranker, const Answer& answer, const RankedDocument& ranked) {
  const auto shares = ranker.explain(answer, ranked.document);
  for (std::size_t i = 0; i < std::min(shares.size(), shown_shares); ++i)
    fmt::print("      {:>9.4f}  {} -> {} times there\n", shares[i].score, path_text(graph, shares[i]), shares[i].frequency);
  if (shares.size() <= shown_shares) return;
  double rest = 0;
  for (std::size_t i = shown_shares; i < shares.size(); ++i) rest += shares[i].score;
  fmt::print("      {:>9.4f}  {} more\n", rest, shares.size() - shown_shares);
}

/// Why there is nothing, or what was passed over; "" when all is well.
std::string remark(const Answer& answer) {
  if (answer.known > 0 && answer.unknown.empty()) return "";
  const std::string unknown = fmt::format("{}", fmt::join(answer.unknown, ", "));
  if (answer.known > 0) return "the colony has no concept for " + unknown;
  if (answer.unknown.empty()) return "the query has no word that could be a concept: they are all too short, or stop words";
  return "the colony has no concept for any word of the query: " + unknown;
}

void print_answer(const KnowledgeGraph& graph, const Ranker& ranker, const Answer& answer, bool explain) {
  if (const std::string text = remark(answer); !text.empty()) say("{}\n", text);
  if (answer.ranked.empty()) return;
  fmt::print("rank      score  document\n");
  for (std::size_t i = 0; i < answer.ranked.size(); ++i) {
    fmt::print("{:>4}  {:>9.4f}  {}\n", i + 1, answer.ranked[i].score, graph.documents[answer.ranked[i].document].name);
    if (explain) print_shares(graph, ranker, answer, answer.ranked[i]);
  }
}

std::string labels_json(const KnowledgeGraph& graph, const std::vector<Activation>& path) {
  std::string text;
  for (const Activation& step : path) text += (text.empty() ? "" : ", ") + json_quoted(graph.concepts[step.concept_index].label);
  return '[' + text + ']';
}

std::string share_json(const KnowledgeGraph& graph, const Ranker::Share& share) {
  const Activation& first = share.path.front();
  std::string through;
  if (first.source == ActivationSource::document)
    through = fmt::format("\"lead\": {}, \"through\": {}, ", labels_json(graph, share.lead), json_quoted(graph.documents[first.from].name));
  return fmt::format("{{\"score\": {}, {}\"path\": {}, \"frequency\": {}}}", share.score, through, labels_json(graph, share.path),
                     share.frequency);
}

void print_json(const KnowledgeGraph& graph, const Ranker& ranker, const Answer& answer, const std::string& query, bool explain) {
  std::string unknown, results;
  for (const std::string& word : answer.unknown) unknown += (unknown.empty() ? "" : ", ") + json_quoted(word);
  for (std::size_t i = 0; i < answer.ranked.size(); ++i) {
    const RankedDocument& ranked = answer.ranked[i];
    results += fmt::format("{}{{\"rank\": {}, \"document\": {}, \"score\": {}", i == 0 ? "" : ", ", i + 1,
                           json_quoted(graph.documents[ranked.document].name), ranked.score);
    if (explain) {
      std::string shares;
      for (const Ranker::Share& share : ranker.explain(answer, ranked.document))
        shares += (shares.empty() ? "" : ", ") + share_json(graph, share);
      results += ", \"why\": [" + shares + "]";
    }
    results += '}';
  }
  fmt::print("{{\"tick\": {}, \"query\": {}, \"known\": {}, \"unknown\": [{}], \"results\": [{}]}}\n", graph.tick, json_quoted(query),
             answer.known, unknown, results);
}

std::string joined(const std::vector<std::string>& words) {
  const std::string text = fmt::format("{}", fmt::join(words, " "));
  if (text.find_first_not_of(" \t\r\n") == std::string::npos)
    throw UsageError("query: the query is empty; give its words, or a file of queries with --queries FILE --trec OUT");
  return text;
}

int query_file(const QueryOptions& options, const ModelRegistry& models) {
  const Array<char> text = read_text(options.queries);
  const auto queries = retrieval::parse_queries({text.data(), text.size()}, options.queries);
  const KnowledgeGraph graph = retrieval::load_knowledge_graph(options.run, options.tick);
  const Words words = words_of_run(options.run, models);
  Ranker ranker(graph, options.ranking, graph.document_shards);
  std::string lines;
  std::size_t without = 0;
  for (const retrieval::NumberedQuery& query : queries) {
    const Answer answer = ranker.rank(words.split(query.text), options.count.value_or(trec_count));
    without += answer.ranked.empty() ? 1 : 0;
    for (std::size_t i = 0; i < answer.ranked.size(); ++i)
      lines += retrieval::run_line_text(
          {query.number, graph.documents[answer.ranked[i].document].name, static_cast<std::uint32_t>(i + 1), answer.ranked[i].score},
          "colony");
  }
  write_output_file(options.trec, lines);
  fmt::print("{}: {} queries{}\n", options.trec, queries.size(), without == 0 ? "" : fmt::format(", of which {} found nothing", without));
  return 0;
}

}  // namespace

int query_command(const QueryOptions& options, const ModelRegistry& models) {
  if (!options.queries.empty()) return query_file(options, models);
  const std::string query = joined(options.words);
  const KnowledgeGraph graph = retrieval::load_knowledge_graph(options.run, options.tick);
  const Words words = words_of_run(options.run, models);
  Ranker ranker(graph, options.ranking, graph.document_shards);
  const Answer answer = ranker.rank(words.split(query), options.count.value_or(shown_count));
  if (options.json) print_json(graph, ranker, answer, query, options.explain);
  else print_answer(graph, ranker, answer, options.explain);
  return 0;
}

}  // namespace colony
