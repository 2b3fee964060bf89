#include "apps/knowledge/command_evaluate.hpp"

#include <fmt/format.h>

#include <utility>

#include "apps/knowledge/judgements.hpp"
#include "apps/knowledge/retrieval_measures.hpp"
#include "apps/shared/standard_streams.hpp"
#include "engine/error.hpp"
#include "io/graphs/text_scan.hpp"

namespace colony {
namespace {

std::string_view view(const Array<char>& text) { return {text.data(), text.size()}; }

/// What a user should hear before believing the numbers.
void warn(const EvaluateOptions& options, const retrieval::Judgements& judgements, const retrieval::Evaluation& result) {
  if (result.known == 0)
    say("no document of {} is judged in {}, for none of its queries: are the names the same?\n", options.run, options.judgements);
  if (judgements.levels_dropped && options.format == "auto")
    say("{}: codes above 0 are taken for \"relevant\", each of them (Cranfield); grades that count for nDCG are in TREC's or BEIR's "
        "format\n",
        options.judgements);
}

}  // namespace

int evaluate_command(const EvaluateOptions& options) {
  const retrieval::JudgementFormat format = retrieval::judgement_format(options.format);
  const Array<char> run_text = read_text(options.run), grade_text = read_text(options.judgements);
  const retrieval::TrecRun run = retrieval::parse_run(view(run_text), options.run);
  const retrieval::Judgements judgements = retrieval::parse_judgements(view(grade_text), options.judgements, format);
  const retrieval::Evaluation result = retrieval::evaluate_run(run, judgements.grades);
  if (result.judged == result.missing)
    throw DataError(options.run, fmt::format("none of its queries is judged in {}: the first is \"{}\" here and \"{}\" there",
                                             options.judgements, run.begin()->first, judgements.grades.begin()->first));
  warn(options, judgements, result);
  const retrieval::Measures& m = result.mean;
  const std::pair<const char*, double> lines[] = {{"nDCG@10", m.ndcg_10}, {"MAP", m.map},     {"P@10", m.p_10},
                                                  {"R@20", m.r_20},       {"R@100", m.r_100}, {"MRR", m.mrr}};
  if (options.json) {
    std::string text = fmt::format("{{\"format\": \"{}\", \"queries\": {}, \"missing\": {}", retrieval::name_of(judgements.format),
                                   result.judged, result.missing);
    for (const auto& [name, value] : lines) text += fmt::format(", \"{}\": {}", name, value);
    fmt::print("{}}}\n", text);
    return 0;
  }
  fmt::print("{:<8} {}\n", "format", retrieval::name_of(judgements.format));
  fmt::print("{:<8} {}{}\n", "queries", result.judged, result.missing == 0 ? "" : fmt::format(" ({} not in the run)", result.missing));
  for (const auto& [name, value] : lines) fmt::print("{:<8} {:.4f}\n", name, value);
  return 0;
}

}  // namespace colony
