#include "apps/command_evaluate.hpp"

#include <fmt/format.h>

#include <utility>

#include "apps/retrieval_measures.hpp"
#include "io/text_scan.hpp"

namespace colony {
namespace {

std::string_view view(const Array<char>& text) { return {text.data(), text.size()}; }

}  // namespace

int evaluate_command(const EvaluateOptions& options) {
  const Array<char> run_text = read_text(options.run), grade_text = read_text(options.judgements);
  const retrieval::TrecRun run = retrieval::parse_run(view(run_text), options.run);
  const retrieval::Grades grades = retrieval::parse_grades(view(grade_text), options.judgements);
  const retrieval::Evaluation result = retrieval::evaluate_run(run, grades);
  if (result.judged == result.missing) fmt::print(stderr, "none of the queries of {} is judged in {}\n", options.run, options.judgements);
  const retrieval::Measures& m = result.mean;
  const std::pair<const char*, double> lines[] = {{"nDCG@10", m.ndcg_10}, {"MAP", m.map},     {"P@10", m.p_10},
                                                  {"R@20", m.r_20},       {"R@100", m.r_100}, {"MRR", m.mrr}};
  if (options.json) {
    std::string text = fmt::format("{{\"queries\": {}, \"missing\": {}", result.judged, result.missing);
    for (const auto& [name, value] : lines) text += fmt::format(", \"{}\": {}", name, value);
    fmt::print("{}}}\n", text);
    return 0;
  }
  fmt::print("{:<8} {}{}\n", "queries", result.judged, result.missing == 0 ? "" : fmt::format(" ({} not in the run)", result.missing));
  for (const auto& [name, value] : lines) fmt::print("{:<8} {:.4f}\n", name, value);
  return 0;
}

}  // namespace colony
