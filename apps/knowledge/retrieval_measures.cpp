#include "apps/knowledge/retrieval_measures.hpp"

#include <algorithm>
#include <cmath>
#include <functional>

namespace colony::retrieval {
namespace {

constexpr std::size_t gain_depth = 10;

double discounted(std::size_t rank, double grade) { return grade > 0 ? grade / std::log2(static_cast<double>(rank) + 1) : 0; }

/// The largest sum of discounted gains that any order could have.
double best_gain(const std::map<std::string, double>& grades) {
  std::vector<double> sorted;
  for (const auto& [document, grade] : grades) sorted.push_back(grade);
  std::sort(sorted.begin(), sorted.end(), std::greater<>());
  double sum = 0;
  for (std::size_t i = 0; i < std::min(sorted.size(), gain_depth); ++i) sum += discounted(i + 1, sorted[i]);
  return sum;
}

}  // namespace

Measures measure_query(std::vector<RankedName> ranking, const std::map<std::string, double>& grades) {
  std::sort(ranking.begin(), ranking.end(),
            [](const RankedName& a, const RankedName& b) { return a.score != b.score ? a.score > b.score : a.document > b.document; });
  const auto relevant =
      static_cast<double>(std::count_if(grades.begin(), grades.end(), [](const auto& entry) { return entry.second > 0; }));
  Measures m;
  if (relevant == 0) return m;
  double found = 0, gain = 0, precisions = 0;
  for (std::size_t rank = 1; rank <= ranking.size(); ++rank) {
    const auto judged = grades.find(ranking[rank - 1].document);
    const double grade = judged == grades.end() ? 0 : judged->second;
    if (grade > 0) {
      ++found;
      precisions += found / static_cast<double>(rank);
      if (found == 1) m.mrr = 1 / static_cast<double>(rank);
      if (rank <= gain_depth) gain += discounted(rank, grade);
      if (rank <= 10) m.p_10 += 1.0 / 10;
      if (rank <= 20) m.r_20 += 1 / relevant;
      if (rank <= 100) m.r_100 += 1 / relevant;
    }
  }
  m.ndcg_10 = gain / best_gain(grades);
  m.map = precisions / relevant;
  return m;
}

Evaluation evaluate_run(const TrecRun& run, const Grades& judgements) {
  Evaluation result;
  Measures& sum = result.mean;
  for (const auto& [query, grades] : judgements) {
    ++result.judged;
    const auto ranking = run.find(query);
    if (ranking == run.end()) {
      ++result.missing;
      continue;
    }
    result.known += static_cast<std::size_t>(std::count_if(ranking->second.begin(), ranking->second.end(),
                                                           [&known = grades](const RankedName& d) { return known.contains(d.document); }));
    const Measures m = measure_query(ranking->second, grades);
    sum.ndcg_10 += m.ndcg_10;
    sum.map += m.map;
    sum.p_10 += m.p_10;
    sum.r_20 += m.r_20;
    sum.r_100 += m.r_100;
    sum.mrr += m.mrr;
  }
  for (double* value : {&sum.ndcg_10, &sum.map, &sum.p_10, &sum.r_20, &sum.r_100, &sum.mrr})
    *value /= static_cast<double>(std::max<std::size_t>(1, result.judged));
  return result;
}

}  // namespace colony::retrieval
