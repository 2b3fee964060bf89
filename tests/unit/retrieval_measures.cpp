// The measures, against numbers worked by hand, and the runs and queries that they are computed from.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <cmath>

#include "apps/knowledge/retrieval_measures.hpp"
#include "engine/error.hpp"

namespace colony::test {
namespace {

using retrieval::Measures;
using testing::HasSubstr;

template <class F>
std::string data_error_of(const F& f) {
  try {
    f();
  } catch (const DataError& error) {
    return error.what();
  }
  ADD_FAILURE() << "no DataError was thrown";
  return {};
}

// Ranks: 1 a (grade 2), 2 b (0), 3 c (1), 4 d (unjudged); e (grade 3) is not found.
TEST(Measures, OfGradedJudgements) {
  const Measures m = retrieval::measure_query({{"c", 0.5}, {"a", 2.0}, {"d", 0.25}, {"b", 1.0}}, {{"a", 2}, {"b", 0}, {"c", 1}, {"e", 3}});
  const double gain = 2 / std::log2(2.0) + 1 / std::log2(4.0);                       // 2.5
  const double best = 3 / std::log2(2.0) + 2 / std::log2(3.0) + 1 / std::log2(4.0);  // 4.76186
  EXPECT_NEAR(m.ndcg_10, gain / best, 1e-12);
  EXPECT_NEAR(m.ndcg_10, 0.525005, 1e-6);
  EXPECT_NEAR(m.map, (1.0 / 1 + 2.0 / 3) / 3, 1e-12);
  EXPECT_NEAR(m.p_10, 0.2, 1e-12);
  EXPECT_NEAR(m.r_20, 2.0 / 3, 1e-12);
  EXPECT_NEAR(m.r_100, 2.0 / 3, 1e-12);
  EXPECT_NEAR(m.mrr, 1, 1e-12);
}

/// 120 documents, of which those at ranks 4, 11, 21 and 101 are relevant.
TEST(Measures, CutWhereTheyShould) {
  std::vector<retrieval::RankedName> ranking;
  for (int i = 1; i <= 120; ++i) ranking.push_back({fmt::format("d{}", i), 1000.0 - i});
  const Measures m = retrieval::measure_query(ranking, {{"d4", 1}, {"d11", 1}, {"d21", 1}, {"d101", 1}});
  EXPECT_NEAR(m.p_10, 0.1, 1e-12);
  EXPECT_NEAR(m.r_20, 0.5, 1e-12);
  EXPECT_NEAR(m.r_100, 0.75, 1e-12);
  EXPECT_NEAR(m.mrr, 0.25, 1e-12);
  EXPECT_NEAR(m.map, (1.0 / 4 + 2.0 / 11 + 3.0 / 21 + 4.0 / 101) / 4, 1e-12);
  const double best = 1 + 1 / std::log2(3.0) + 1 / std::log2(4.0) + 1 / std::log2(5.0);
  EXPECT_NEAR(m.ndcg_10, 1 / std::log2(5.0) / best, 1e-12);
}

TEST(Measures, OrderEqualScoresAsTrecEvalDoes) {
  EXPECT_NEAR(retrieval::measure_query({{"a", 1.0}, {"b", 1.0}}, {{"a", 1}}).mrr, 0.5, 1e-12);
  EXPECT_NEAR(retrieval::measure_query({{"a", 1.0}, {"b", 1.0}}, {{"b", 1}}).mrr, 1, 1e-12);
}

// What is judged and not relevant (0, or -1 of Cranfield and of pools that were sampled) counts as little as what is not judged.
TEST(Measures, GradesOfZeroAndBelowAreNotRelevant) {
  const Measures m = retrieval::measure_query({{"a", 3}, {"b", 2}, {"c", 1}}, {{"a", -1}, {"b", 0}, {"c", 1}});
  EXPECT_NEAR(m.mrr, 1.0 / 3, 1e-12);
  EXPECT_NEAR(m.map, 1.0 / 3, 1e-12);
  EXPECT_NEAR(m.p_10, 0.1, 1e-12);
  EXPECT_NEAR(m.ndcg_10, 1 / std::log2(4.0), 1e-12);
}

TEST(Measures, GainsMayBeFractions) {
  const Measures m = retrieval::measure_query({{"a", 2}, {"b", 1}}, {{"a", 0.5}, {"b", 1.5}});
  EXPECT_NEAR(m.ndcg_10, (0.5 + 1.5 / std::log2(3.0)) / (1.5 + 0.5 / std::log2(3.0)), 1e-12);
  EXPECT_NEAR(m.map, 1, 1e-12);
}

TEST(Measures, MeansAreOverTheJudgedQueries) {
  const auto run = retrieval::parse_run("# a comment\n1 Q0 a 1 3.5 x\n2 Q0 a 1 2 x\n2 Q0 b 2 1 x\n9 Q0 a 1 1 x\n", "run");
  const auto result = retrieval::evaluate_run(run, retrieval::parse_judgements("1 0 a 1\n2 0 b 1\n3 0 c 1\n", "rel").grades);
  EXPECT_EQ(result.judged, 3u);
  EXPECT_EQ(result.missing, 1u);
  EXPECT_EQ(result.known, 2u);
  EXPECT_NEAR(result.mean.mrr, (1 + 0.5 + 0) / 3, 1e-12);
  EXPECT_NEAR(result.mean.p_10, (0.1 + 0.1) / 3, 1e-12);
}

TEST(TrecFiles, RefuseWhatIsMalformedWithFileAndLine) {
  EXPECT_THAT(data_error_of([] { retrieval::parse_run("1 Q0 d 1 nan x\n", "r"); }), HasSubstr("r:1: "));
  EXPECT_THAT(data_error_of([] { retrieval::parse_run("1 Q0 d 1 2 x\n1 Q0 d 2 1 x\n", "r"); }), HasSubstr("r:2: query 1 has document d"));
  EXPECT_THAT(data_error_of([] { retrieval::parse_run("1 Q0 d 1 2\n", "r"); }), HasSubstr("r:1: "));
  EXPECT_THAT(data_error_of([] { retrieval::parse_queries("1 no tab\n", "q"); }), HasSubstr("q:1: "));
  EXPECT_THAT(data_error_of([] { retrieval::parse_queries("1\ta\n1\tb\n", "q"); }), HasSubstr("query 1 twice"));
  EXPECT_THAT(data_error_of([] { retrieval::parse_queries("1\ta\n#2\tb\n", "q"); }), HasSubstr("q:2: "));
  EXPECT_THAT(data_error_of([] { retrieval::parse_queries("\n", "q"); }), HasSubstr("no query"));
  EXPECT_THAT(data_error_of([] { retrieval::parse_queries("1\ta\n2\tb\r3\tc\r", "q"); }), HasSubstr("q:2: a line ends in CR alone"));
  EXPECT_THAT(data_error_of([] { retrieval::parse_run("1 Q0 d 1 2 x\r1 Q0 e 2 1 x\n", "r"); }), HasSubstr("r:1: a line ends in CR"));
}

TEST(TrecFiles, QueriesOfBothFormats) {
  const auto lines = retrieval::parse_queries("7\tgrey heron\r\n\n8\treeds\n", "q");
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0].number, "7");
  EXPECT_THAT(lines[0].text, HasSubstr("grey heron"));
  const auto smart = retrieval::parse_queries(".I 1\n.W\nWhat is\na heron?\n.I 2\n.W\nReeds\n", "q");
  ASSERT_EQ(smart.size(), 2u);
  EXPECT_EQ(smart[0].text, "What is\na heron?\n");
  EXPECT_EQ(smart[1].number, "2");
}

TEST(TrecFiles, ARunIsReadBackAsItWasWritten) {
  const double score = 12.345678901234567;
  const std::string text = retrieval::run_line_text({"3", "a file.txt", 1, score}, "colony");
  EXPECT_THAT(text, HasSubstr("3 Q0 a%20file.txt 1 "));
  EXPECT_EQ(retrieval::parse_run(text, "run").at("3").at(0).score, score);
}

}  // namespace
}  // namespace colony::test
