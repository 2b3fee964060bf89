// Rankings: BM25 against a plain computation of it, spreading against numbers worked by hand, and one answer for any grouping.
#include <gmock/gmock.h>

#include <cmath>
#include <numeric>

#include "apps/knowledge/ranker.hpp"
#include "tests/support/knowledge.hpp"

namespace colony::test {
namespace {

using namespace retrieval;

KnowledgeGraph graph_of(const Growth& growth, std::uint32_t shards = 1) {
  const std::vector<std::string> names(shards, "file");
  return build_knowledge_graph(knowledge_images(growth, shards), names);
}

RankingOptions plain() {
  RankingOptions options;
  options.spread = 0;
  options.resonance = 0;
  return options;
}

std::vector<std::string> names_of(const KnowledgeGraph& graph, const Answer& answer) {
  std::vector<std::string> names;
  for (const RankedDocument& ranked : answer.ranked) names.push_back(graph.documents[ranked.document].name);
  return names;
}

Growth pond() {
  return grow(
      {{"1", {{"heron", 2}, {"reed", 1}}}, {"2", {{"heron", 1}, {"pike", 3}}}, {"3", {{"mud", 4}, {"pike", 1}}}, {"4", {{"sky", 1}}}});
}

TEST(Ranking, IsBm25WithoutSpreading) {
  const KnowledgeGraph graph = graph_of(pond());
  Ranker ranker(graph, plain());
  const Answer answer = ranker.rank(std::vector<std::string>{"heron"}, 10);
  ASSERT_THAT(names_of(graph, answer), testing::ElementsAre("1", "2"));
  // 4 documents of 13 words in all, 2 with the word: idf = ln(1 + 2.5 / 2.5); lengths 3 and 4, mean 3.25.
  const double idf = std::log(2.0);
  EXPECT_NEAR(answer.ranked[0].score, idf * 2 * 2.2 / (2 + 1.2 * (0.25 + 0.75 * 3 / 3.25)), 1e-12);
  EXPECT_NEAR(answer.ranked[1].score, idf * 1 * 2.2 / (1 + 1.2 * (0.25 + 0.75 * 4 / 3.25)), 1e-12);
  EXPECT_EQ(answer.known, 1u);
}

TEST(Ranking, CountsAWordAsOftenAsItStandsInTheQuery) {
  const KnowledgeGraph graph = graph_of(pond());
  Ranker ranker(graph, plain());
  const double once = ranker.rank(std::vector<std::string>{"heron"}, 10).ranked[0].score;
  EXPECT_NEAR(ranker.rank(std::vector<std::string>{"heron", "heron"}, 10).ranked[0].score, 2 * once, 1e-12);
}

TEST(Ranking, NamesUnknownWords) {
  const KnowledgeGraph graph = graph_of(pond());
  Ranker ranker(graph, {});
  const Answer answer = ranker.rank(std::vector<std::string>{"zebra", "okapi", "zebra"}, 10);
  EXPECT_THAT(answer.unknown, testing::ElementsAre("zebra", "okapi"));
  EXPECT_TRUE(answer.ranked.empty());
  EXPECT_EQ(answer.known, 0u);
  EXPECT_TRUE(ranker.rank(std::vector<std::string>{}, 10).ranked.empty());
}

TEST(Ranking, SpreadsAlongTheLinks) {
  const KnowledgeGraph graph = graph_of(pond());
  RankingOptions options = plain();
  options.spread = 0.5;
  Ranker one(graph, options);
  // heron stands in documents 1 and 2, pike in 2 and 3, one of them is common: strength 1 / 2. reed: 1 / sqrt(2).
  const Answer near = one.rank(std::vector<std::string>{"heron"}, 10);
  EXPECT_THAT(names_of(graph, near), testing::UnorderedElementsAre("1", "2", "3"));
  ASSERT_EQ(near.activations.size(), 3u);
  EXPECT_EQ(near.activations[0].weight, 1);
  EXPECT_NEAR(near.activations[1].weight, 0.25, 1e-12);                  // pike
  EXPECT_NEAR(near.activations[2].weight, 0.5 / std::sqrt(2.0), 1e-12);  // reed
  options.depth = 2;
  Ranker two(graph, options);
  const Answer far = two.rank(std::vector<std::string>{"heron"}, 10);
  // Back to heron by both, and on to mud: 0.25 * 0.5 / sqrt(2).
  ASSERT_EQ(far.activations.size(), 4u);
  EXPECT_NEAR(far.activations[0].weight, 1 + 0.25 * 0.25 + 0.5 * 0.25, 1e-12);
  EXPECT_NEAR(far.activations[1].weight, 0.25 * 0.5 / std::sqrt(2.0), 1e-12);
  EXPECT_GT(far.ranked.size(), near.ranked.size() - 1);
}

TEST(Ranking, SpreadsToTheStrongestNeighboursOnly) {
  const KnowledgeGraph graph = graph_of(pond());
  RankingOptions options = plain();
  options.spread = 0.5;
  options.fan = 1;
  Ranker ranker(graph, options);
  const Answer answer = ranker.rank(std::vector<std::string>{"heron"}, 10);
  ASSERT_EQ(answer.activations.size(), 2u);
  EXPECT_EQ(graph.concepts[answer.activations[1].concept_index].label, "reed");
}

TEST(Ranking, TiesGoByName) {
  const KnowledgeGraph graph = graph_of(grow({{"b", {{"x", 1}}}, {"c", {{"x", 1}}}, {"a", {{"x", 1}}}, {"d", {{"y", 1}}}}));
  Ranker ranker(graph, plain());
  EXPECT_THAT(names_of(graph, ranker.rank(std::vector<std::string>{"x"}, 2)), testing::ElementsAre("a", "b"));
}

TEST(Ranking, IsTheSameForAnyGroupingOfDocuments) {
  const Growth growth = grow(planted_topics(6, 20));
  const KnowledgeGraph graph = graph_of(growth);
  RankingOptions options;
  options.depth = 2;
  const std::vector<std::vector<std::string>> queries = {{"alga"},
                                                         {"comet", "study"},
                                                         {"dunedrift", "emberheat", "emberheat"},
                                                         {"fjord", "basaltice", "method", "result", "study"},
                                                         {"nothing"}};
  Ranker one(graph, options);
  for (const std::uint32_t groups : {1u, 2u, 3u, 8u}) {
    const KnowledgeGraph many_files = graph_of(growth, groups);
    std::vector<std::uint32_t> dealt(graph.documents.size());
    for (std::size_t d = 0; d < dealt.size(); ++d) dealt[d] = static_cast<std::uint32_t>(d * 7919 % groups);
    Ranker by_file(many_files, options, many_files.document_shards), by_number(graph, options, dealt);
    for (const auto& query : queries) {
      for (const std::size_t count : {1u, 7u, 1000u}) {
        const Answer expected = one.rank(query, count);
        EXPECT_EQ(by_file.rank(query, count).ranked, expected.ranked) << groups << " groups, " << query[0];
        EXPECT_EQ(by_number.rank(query, count).ranked, expected.ranked) << groups << " groups, " << query[0];
      }
    }
  }
}

TEST(Ranking, LeavesNothingBehindForTheNextQuery) {
  const KnowledgeGraph graph = graph_of(grow(planted_topics(4, 10)));
  RankingOptions options;
  options.depth = 3;
  Ranker used(graph, options);
  for (const char* word : {"alga", "study", "comet", "nothing"}) {
    const std::vector<std::string> query{word, "duneedge"};
    Ranker fresh(graph, options);
    EXPECT_EQ(used.rank(query, 50).ranked, fresh.rank(query, 50).ranked) << word;
  }
}

TEST(Ranking, ExplainsEachScore) {
  const KnowledgeGraph graph = graph_of(grow(planted_topics(6, 20)));
  RankingOptions options;
  options.depth = 2;
  Ranker ranker(graph, options);
  const Answer answer = ranker.rank(std::vector<std::string>{"comet", "study"}, 30);
  ASSERT_FALSE(answer.ranked.empty());
  bool by_link = false, by_document = false;
  for (const RankedDocument& ranked : answer.ranked) {
    const auto shares = ranker.explain(answer, ranked.document);
    ASSERT_FALSE(shares.empty());
    double sum = 0;
    for (const Ranker::Share& share : shares) {
      sum += share.score;
      ASSERT_FALSE(share.path.empty());
      EXPECT_TRUE(share.lead.empty() || share.lead.front().source == ActivationSource::word);
      for (std::size_t i = 1; i < share.path.size(); ++i) EXPECT_EQ(share.path[i].from, share.path[i - 1].concept_index);
      by_link = by_link || share.path.back().source == ActivationSource::link;
      by_document = by_document || share.path.front().source == ActivationSource::document;
    }
    EXPECT_NEAR(sum, ranked.score, 1e-9 * ranked.score);
  }
  EXPECT_TRUE(by_link);
  EXPECT_TRUE(by_document);
}

}  // namespace
}  // namespace colony::test
