// How good a ranking is, by the measures that trec_eval prints and with its definitions:
//   - The order of a query's documents is that of their scores (doubles, as in trec_eval 10; 9 rounds them to floats), largest first; equal
//     scores stand in descending order of the documents' names (bytes). The ranks in the file do not count.
//   - A document is relevant when its grade is above 0; one without a judgement is not. trec_eval cuts fractions off: what is above 0 and
//     below 1 is not relevant to it.
//   - nDCG@10 (ndcg_cut_10): gain = the grade where that is above 0, divided by log2(1 + rank), over the first 10; by the same sum of the
//     best order possible.
//   - MAP (map): mean over all relevant documents of the precision at their rank, 0 for those not found.
//   - P@10 (P_10): relevant among the first 10, by 10, however many were found. R@n (recall_n): relevant among the first n, by all
//   relevant.
//   - MRR (recip_rank): 1 / rank of the first relevant document.
// Means are over the queries that have a judgement (trec_eval -c): one that the run does not have counts with zeros, as does one without a
// relevant document; queries of the run without judgements are left out.
#pragma once

#include <cstddef>

#include "apps/knowledge/judgements.hpp"
#include "apps/knowledge/trec_files.hpp"

namespace colony::retrieval {

struct Measures {
  double ndcg_10 = 0;
  double map = 0;
  double p_10 = 0;
  double r_20 = 0;
  double r_100 = 0;
  double mrr = 0;
};

/// Of one query.
Measures measure_query(std::vector<RankedName> ranking, const std::map<std::string, double>& grades);

struct Evaluation {
  Measures mean;
  std::size_t judged = 0;   ///< queries
  std::size_t missing = 0;  ///< of these, not in the run
  std::size_t known = 0;    ///< documents of the run that are judged for their query, relevant or not
};

Evaluation evaluate_run(const TrecRun& run, const Grades& judgements);

}  // namespace colony::retrieval
