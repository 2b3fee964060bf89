#include "apps/graph_commands.hpp"

#include <CLI/CLI.hpp>

#include <cmath>

#include "apps/knowledge/command_communities.hpp"
#include "apps/knowledge/command_evaluate.hpp"
#include "apps/knowledge/command_export.hpp"
#include "apps/knowledge/command_query.hpp"
#include "apps/pictures/command_render.hpp"
#include "engine/error.hpp"

namespace colony {

struct GraphCommands::Options {
  QueryOptions query;
  EvaluateOptions evaluate;
  CommunitiesOptions communities;
  ExportOptions graph_export;
  RenderOptions render;
};

namespace {

constexpr const char* query_footer = R"(
Examples:
  colony query runs/library "information retrieval"        the ten best documents
  colony query runs/library gene expression -k 3 --explain and the ways that lead from the words to them
  colony query runs/library "gene expression" --spread 0 --resonance 0   the words alone: BM25
  colony query runs/library --queries cisi.QRY --trec cisi.run           a run for trec_eval, or colony evaluate

A document is ranked by BM25 (k1 1.2, b 0.75) over the concepts that the query activates: those of its words; their strongest neighbours
in the graph (--spread, --depth, --fan); and the concepts of the documents that answer best so far (--resonance). Word by word, --explain
shows what each gave. A file of queries is in SMART's format (.I, .W) or has lines `number<TAB>words`.
Exit status: 0, also when no word is known; 2 an empty query; 3 a run of another model, or a malformed file; 4 file trouble.)";

constexpr const char* evaluate_footer = R"(
Examples:
  colony query runs/library --queries cisi.QRY --trec cisi.run
  colony evaluate --run cisi.run --judgements cisi.REL

Prints the means over the judged queries of nDCG@10, MAP, P@10, R@20, R@100 and MRR, defined as trec_eval's (with its -c) are. Judgements
are TREC's qrels (`query iteration document grade`; the iteration does not count), SMART's (`query document`, alone, before two zeros, or
before Cranfield's code) or BEIR's (a header query-id, corpus-id, score, and tabs). Grades above 0 are relevant; fractions count for nDCG.
Exit status: 0; 3 a malformed file, one that can be of two formats (--qrels-format says which), or no query in common.)";

constexpr const char* communities_footer = R"(
Examples:
  colony communities runs/library                        how many, and what the largest are about
  colony communities runs/library --csv members.csv      the community of each concept and document
  colony communities runs/library --json | jq .modularity

Found by the Leiden algorithm on the weighted links, for modularity at resolution 1, with a fixed seed: the same graph gives the same
communities. A document goes to the community that holds most of the weight of its links to concepts.
Exit status: 0; 3 a run of another model; 4 file trouble.)";

constexpr const char* export_footer = R"(
Examples:
  colony export runs/library --format graphml --out library.graphml   for Gephi, igraph; networkx.read_graphml
  colony export runs/library --format json | jq '.nodes | length'     node-link, for D3; networkx (before 3.6: edges="edges")
  colony export runs/library --format csv --out tables                concepts.csv, links.csv, documents.csv, words.csv

Nodes are concepts and documents (kind); edges are links between concepts, with their weight, co-activations (count) and the ticks of the
first and the last, and words, from a document to a concept, with the frequency as weight. tour is the best tour of a run of the model
tours, as a .tour file of TSPLIB.
Exit status: 0; 2 csv without a folder; 3 a run of another model; 4 file trouble.)";

constexpr const char* render_footer = R"(
Examples:
  colony render runs/library --out library.svg                   the 150 strongest concepts
  colony render runs/library --out map.svg --top 60 --title "What the library is about"

Discs are concepts, their areas go by the sums of their links' weights, their colours by community (colony communities). Drawn are each
concept's three links that say most of both ends, and what holds the picture together; their widths go by weight.
Needs sfdp (Debian: graphviz). Of a run of the model tours: its best tour, on the map of the cities.
Exit status: 0; 2 not an .svg; 3 a run of another model, or without concepts; 4 file trouble or no sfdp.)";

const CLI::Validator not_negative(
    [](std::string& text) {
      double value = 0;
      if (!CLI::detail::lexical_cast(text, value) || !std::isfinite(value) || value < 0) return text + " is no number of 0 or more";
      return std::string();
    },
    "0 or more", "not negative");

void add_ranking(CLI::App* command, retrieval::RankingOptions& ranking) {
  command->add_option("--spread", ranking.spread, "how much of a concept's activation passes along a link; 0: none")
      ->check(not_negative)
      ->capture_default_str();
  command->add_option("--depth", ranking.depth, "links that activation passes along")->check(CLI::Range(0u, 10u))->capture_default_str();
  command->add_option("--fan", ranking.fan, "strongest neighbours that a concept passes it to")->capture_default_str();
  command->add_option("--resonance", ranking.resonance, "how loud the concepts of the best documents are beside the words; 0: mute")
      ->check(not_negative)
      ->capture_default_str();
}

}  // namespace

GraphCommands::GraphCommands(CLI::App& app, const ModelRegistry& models) : options_(std::make_unique<Options>()) {
  Options& o = *options_;
  const auto add = [&](const char* name, const char* what, const char* footer, std::function<int()> action) {
    CLI::App* command = app.add_subcommand(name, what);
    command->footer(footer);
    command->callback([this, action = std::move(action)] { chosen_ = action; });
    return command;
  };
  const auto add_run = [](CLI::App* command, std::string& run, std::optional<std::uint64_t>& tick) {
    command->add_option("run", run, "run folder")->required();
    command->add_option("--tick", tick, "the checkpoint of this tick; the newest unless given");
  };
  CLI::App* query =
      add("query", "The documents that answer a query", query_footer, [&o, &models] { return query_command(o.query, models); });
  add_run(query, o.query.run, o.query.tick);
  CLI::Option* words = query->add_option("words", o.query.words, "the query");
  query->add_option("-k", o.query.count, "documents at most; 10, or 1000 of each query of a file, unless given")
      ->check(CLI::Range(std::size_t{1}, std::size_t{1} << 32));
  CLI::Option* explain = query->add_flag("--explain", o.query.explain, "show the ways from the words to each document");
  CLI::Option* json = query->add_flag("--json", o.query.json, "one JSON object on one line");
  add_ranking(query, o.query.ranking);
  CLI::Option* queries = query->add_option("--queries", o.query.queries, "a file of queries, in place of words");
  CLI::Option* trec = query->add_option("--trec", o.query.trec, "where the answers to them go, as a TREC run");
  queries->needs(trec)->excludes(words)->excludes(explain)->excludes(json);
  trec->needs(queries);

  CLI::App* evaluate =
      add("evaluate", "How good the rankings of a TREC run are", evaluate_footer, [&o] { return evaluate_command(o.evaluate); });
  evaluate->add_option("--run", o.evaluate.run, "a TREC run: query Q0 document rank score tag")->required();
  evaluate->add_option("--judgements", o.evaluate.judgements, "which documents answer which query: TREC qrels, SMART .REL, BEIR .tsv")
      ->required();
  evaluate->add_option("--qrels-format", o.evaluate.format, "of the judgements")
      ->check(CLI::IsMember({"auto", "trec", "smart", "beir"}))
      ->capture_default_str();
  evaluate->add_flag("--json", o.evaluate.json, "one JSON object on one line");

  CLI::App* communities = add("communities", "Which concepts and documents belong together", communities_footer,
                              [&o] { return communities_command(o.communities); });
  add_run(communities, o.communities.run, o.communities.tick);
  communities->add_option("--top", o.communities.shown, "communities to list, the largest first")->capture_default_str();
  communities->add_option("--csv", o.communities.csv, "a file for the community of each concept and document");
  communities->add_flag("--json", o.communities.json, "one JSON object on one line, with all members");

  CLI::App* graph = add("export", "What a run has found, for other programs: a graph, a tour", export_footer,
                        [&o, &models] { return export_command(o.graph_export, models); });
  add_run(graph, o.graph_export.run, o.graph_export.tick);
  graph->add_option("--format", o.graph_export.format, "graphml, json or csv of a knowledge colony; tour")
      ->required()
      ->check(CLI::IsMember({"graphml", "json", "csv", "tour"}));
  graph->add_option("--out", o.graph_export.out, "the file; of csv, the folder; standard output unless given");

  CLI::App* render = add("render", "A picture of what a run has found: a graph, a tour", render_footer,
                         [&o, &models] { return render_command(o.render, models); });
  add_run(render, o.render.run, o.render.tick);
  render->add_option("--out", o.render.out, "the SVG")->required();
  render->add_option("--top", o.render.concepts, "concepts to draw, the strongest first")
      ->check(CLI::Range(1u, 2000u))
      ->capture_default_str();
  render->add_option("--title", o.render.title, "above the picture; the job's name and the tick unless given");
}

GraphCommands::~GraphCommands() = default;

int GraphCommands::execute() {
  COLONY_ASSERT(chosen_, "a command without an action");
  return chosen_();
}

}  // namespace colony
