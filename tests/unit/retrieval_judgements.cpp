// Judgements of TREC, SMART and BEIR, and how one is told from the other.
#include <gmock/gmock.h>

#include "apps/knowledge/judgements.hpp"
#include "engine/error.hpp"
#include "models/text_file.hpp"
#include "tests/support/graphs.hpp"

namespace colony {
namespace {

using retrieval::Grades;
using retrieval::JudgementFormat;
using retrieval::Judgements;
using ::testing::HasSubstr;

Judgements parse(std::string_view text, JudgementFormat format = JudgementFormat::automatic) {
  return retrieval::parse_judgements(text, "rel", format);
}

void expect(std::string_view text, JudgementFormat format, const Grades& grades) {
  const Judgements found = parse(text);
  EXPECT_STREQ(name_of(found.format), name_of(format)) << text;
  EXPECT_EQ(found.grades, grades) << text;
}

void refused(std::string_view text, const std::string& message, JudgementFormat format = JudgementFormat::automatic) {
  try {
    parse(text, format);
    ADD_FAILURE() << "was accepted: " << text;
  } catch (const DataError& error) {
    EXPECT_THAT(error.what(), HasSubstr(message)) << text;
  }
}

TEST(Judgements, OfTrecWhateverTheIteration) {
  const Grades grades{{"1", {{"28", 2}, {"35", 0}}}, {"2", {{"28", 1}}}};
  for (const char* text :
       {"1 0 28 2\n1 0 35 0\n2 0 28 1\n", "1 Q0 28 2\n1 Q0 35 0\n2 Q0 28 1\n", "1 1 28 2\n1 1 35 0\n2 1 28 1\n",
        "1 1 28 2\n1 0.5 35 0\n2 4.5 28 1\n", "1 7 28 2\n1 8 35 0\n2 9 28 1", "1\tx\t28\t2\r\n\n1 x 35 0\r\n 2 x 28 1\r\n"})
    expect(text, JudgementFormat::trec, grades);
  expect("q1 0 d7 -1\nq2 0 d#7 127\n# a comment\n#and 0 another 1\n", JudgementFormat::trec,
         {{"q1", {{"d7", -1}}}, {"q2", {{"d#7", 127}}}});
  expect("1 3 a 0.5\n1 3 b 1e-3\n", JudgementFormat::trec, {{"1", {{"a", 0.5}, {"b", 0.001}}}});
  // One document of each query, all numbers.
  expect("300 0 7 1\n301 0 0 1\n", JudgementFormat::trec, {{"300", {{"7", 1}}}, {"301", {{"0", 1}}}});
  // Zeros, and no query or document of SMART.
  expect("1 Q0 0 0\n2 Q0 0 0\n", JudgementFormat::trec, {{"1", {{"0", 0}}}, {"2", {{"0", 0}}}});
}

TEST(Judgements, OfSmart) {
  const Grades grades{{"1", {{"28", 1}, {"35", 1}}}, {"2", {{"28", 1}}}};
  for (const char* text : {"     1     28\t0\t0.000000\n     1     35\t0\t0.000000\r\n\n2 28 0 0.0\n",
                           "01 28  0 0\n01 0035  0 0\n02 28  0 0\n", "1 28\n1 35\n2 28\n2 28\n", "1 28 4\n1 35 1\n2 28 2\n"})
    expect(text, JudgementFormat::smart, grades);
  expect("1 28 0 0.000000\n2 5 0 0.000000\n", JudgementFormat::smart, {{"1", {{"28", 1}}}, {"2", {{"5", 1}}}});
}

// Cranfield's queries have one document each with the code -1: no reference at all.
TEST(Judgements, OfCranfield) {
  expect("1 184 2\n1 29 3\n1 486 -1\n2 12 0\n", JudgementFormat::smart, {{"1", {{"184", 1}, {"29", 1}, {"486", -1}}}, {"2", {{"12", 0}}}});
  EXPECT_TRUE(parse("1 184 2\n1 29 3\n").levels_dropped);
  EXPECT_FALSE(parse("1 184 1\n1 29 1\n1 486 -1\n").levels_dropped);
  refused("1 184 2\n1 184 -1\n", "rel:2: document 184 is judged twice");
}

TEST(Judgements, OfBeir) {
  expect("query-id\tcorpus-id\tscore\r\n1\t31715818\t1\r\n1\ta b\t0.5\r\n", JudgementFormat::beir,
         {{"1", {{"31715818", 1}, {"a%20b", 0.5}}}});
  expect("score\tquery-id\tcorpus-id\n2\tq\td\n-1\tq\te\n", JudgementFormat::beir, {{"q", {{"d", 2}, {"e", -1}}}});
  refused("query-id,corpus-id,score\n1,2,1\n", "with tabs between");
  refused("query-id\tcorpus-id\tgrade\n1\t2\t1\n", "rel:1: BEIR's header is query-id, corpus-id, score");
  refused("query-id\tcorpus-id\tscore\tmore\n1\t2\t1\t1\n", "rel:1: BEIR's header");
  refused("query-id\tcorpus-id\tscore\n1\t2\n", "rel:2: not the 3 columns");
  refused("query-id\tcorpus-id\tscore\n\t2\t1\n", "rel:2: not the 3 columns");
  refused("query-id\tcorpus-id\tscore\n1\t2\thigh\n", "rel:2: \"high\" is no grade");
  refused("query-id\tcorpus-id\tscore\n", "holds no judgement");
  refused("1\t2\t1\n", "rel:1: BEIR's header", JudgementFormat::beir);
}

TEST(Judgements, WhatCanBeOfTwoFormatsIsAskedFor) {
  const char* text = "1 28 0 0\n2 5 0 0\n";
  refused(text, "--qrels-format trec or smart");
  refused("1 0 0 0\n", "--qrels-format");
  EXPECT_EQ(parse(text, JudgementFormat::trec).grades, (Grades{{"1", {{"0", 0}}}, {"2", {{"0", 0}}}}));
  EXPECT_EQ(parse(text, JudgementFormat::smart).grades, (Grades{{"1", {{"28", 1}}}, {"2", {{"5", 1}}}}));
}

TEST(Judgements, MistakesNameTheirLine) {
  refused("1 0 d 1\n2 0 d x\n", "rel:2: \"x\" is no grade");
  refused("1 0 d 1\n2 0 d nan\n", "rel:2: \"nan\" is no grade");
  refused("1 0 d 1\n2 0 d 1e300\n", "rel:2: \"1e300\" is no grade");
  refused("1 0 d 1\n1 0 d 2\n", "rel:2: document d is judged twice, and differently");
  refused("1 0 d 1\n1 1 d 1\n", "rel:2: document d is judged twice");
  refused("1 0 d 1\n2 0 d\n", "rel:2: 3 fields where TREC's");
  refused("1 0 d 1\n2 0 d 1 0.5\n", "rel:2: 5 fields where TREC's");
  refused("1 0 d 1 0.5\n", "rel:1: 5 fields; a line is TREC's");
  refused("1\n", "rel:1: 1 fields; a line is");
  refused("1 28\n1 28 0 0.0\n", "rel:2: 4 fields, and 2 in the first line");
  refused("1 28\n1 28 0 0 0\n", "rel:2: 5 fields where SMART's");
  refused("1 two\n", "rel:1: \"two\" is no whole number below 2^32");
  refused("q1 d1 2\n", "BEIR's header (query-id, corpus-id, score)");
  refused("1 4294967296\n", "rel:1: \"4294967296\" is no whole number");
  refused("1 28 2 0\n", "rel:1: \"2 0\" behind query and document", JudgementFormat::smart);
  // SMART's zeros with something among them: as TREC's judgements they are all of one document.
  refused("1 28 0 0\n1 35 0 0\n1 36 0 1\n", "judged twice");
  refused("\n \n# nothing\n", "rel: holds no judgement");
  EXPECT_THROW(retrieval::judgement_format("qrels"), UsageError);
  for (const auto format : {JudgementFormat::automatic, JudgementFormat::trec, JudgementFormat::smart, JudgementFormat::beir})
    EXPECT_EQ(retrieval::judgement_format(name_of(format)), format);
}

std::size_t count(const Grades& grades) {
  std::size_t sum = 0;
  for (const auto& [query, documents] : grades) sum += documents.size();
  return sum;
}

TEST(Judgements, OfCollections) {
  for (const auto& [name, queries, documents, format] :
       {std::tuple("text/cisi-CISI.REL", 76u, 3114u, JudgementFormat::smart),
        {"text/adi-ADI.REL", 35u, 170u, JudgementFormat::smart},
        {"trec/qrels.covid-round1.txt", 30u, 8691u, JudgementFormat::trec},
        {"trec/beir_scifact_test.tsv", 300u, 339u, JudgementFormat::beir},
        {"trec/trec_eval_test/qrels.test.with-comments", 3u, 3681u, JudgementFormat::trec}}) {
    COLONY_NEEDS_DATA(path, name);
    const Judgements found = retrieval::parse_judgements(read_text_file(path), path);
    EXPECT_STREQ(name_of(found.format), name_of(format)) << name;
    EXPECT_EQ(found.grades.size(), queries) << name;
    EXPECT_EQ(count(found.grades), documents) << name;
  }
}

}  // namespace
}  // namespace colony
