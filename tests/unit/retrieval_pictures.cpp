// Communities of graphs whose answer is known, and what a picture of a graph shows.
#include <gmock/gmock.h>

#include "apps/knowledge/communities.hpp"
#include "apps/pictures/graph_picture.hpp"
#include "storage_support.hpp"
#include "tests/support/knowledge.hpp"

namespace colony::test {
namespace {

using namespace retrieval;
using testing::ElementsAre;
using testing::HasSubstr;

KnowledgeGraph graph_of(const Growth& growth) {
  const std::vector<std::string> names{"file"};
  return build_knowledge_graph(knowledge_images(growth, 1), names);
}

/// Two triangles of weight 1 each link, joined by a link of weight 0.5; a document for each, and one that has words of both.
KnowledgeGraph two_triangles() {
  Growth growth;
  growth.documents = {{"left", {{"a", 1}, {"b", 1}, {"c", 1}}},
                      {"right", {{"x", 2}, {"y", 1}, {"z", 1}}},
                      {"mixed", {{"a", 1}, {"x", 1}, {"y", 1}}},
                      {"none", {}}};
  for (const auto& [a, b] : {std::pair{"a", "b"}, {"a", "c"}, {"b", "c"}, {"x", "y"}, {"x", "z"}, {"y", "z"}})
    growth.links.push_back({a, b, 1.0f, 2});
  growth.links.push_back({"c", "x", 0.5f, 1});
  return graph_of(growth);
}

TEST(Communities, OfTwoTriangles) {
  const KnowledgeGraph graph = two_triangles();
  const Communities communities = find_communities(graph);
  ASSERT_EQ(communities.all.size(), 2u);
  EXPECT_THAT(communities.all[0].concepts, ElementsAre(2, 0, 1));  // c is the strongest
  EXPECT_THAT(communities.all[1].concepts, ElementsAre(3, 4, 5));
  // Of a weight of 6.5, each holds 3 within and half of all ends.
  EXPECT_NEAR(communities.modularity, 2 * (3 / 6.5 - 0.25), 1e-12);
  ASSERT_EQ(graph.documents[0].name, "left");
  EXPECT_EQ(communities.of_document[0], 0u);
  EXPECT_EQ(communities.of_document[1], 1u) << "mixed has two words of the second";
  EXPECT_EQ(communities.of_document[2], std::nullopt);
  EXPECT_EQ(communities.of_document[3], 1u);
  EXPECT_THAT(communities.all[1].documents, ElementsAre(1, 3));
}

TEST(Communities, OfConceptsWithoutLinks) {
  const Communities communities = find_communities(graph_of(grow({{"1", {{"a", 1}}}, {"2", {{"b", 1}}}})));
  EXPECT_EQ(communities.all.size(), 2u);
  EXPECT_EQ(communities.modularity, 0);
  EXPECT_TRUE(find_communities(graph_of({})).all.empty());
}

TEST(Pictures, ShowTheStrongestAndWhatHoldsThemTogether) {
  const KnowledgeGraph graph = two_triangles();
  const Picture all = choose_picture(graph, 150);
  EXPECT_EQ(all.concepts.size(), 6u);
  EXPECT_EQ(all.links.size(), 7u);
  EXPECT_EQ(all.links_between, 7u);
  const Picture two = choose_picture(graph, 2);
  ASSERT_EQ(two.concepts.size(), 2u);
  EXPECT_EQ(graph.concepts[two.concepts[0].concept_index].label, "c");
  EXPECT_EQ(graph.concepts[two.concepts[1].concept_index].label, "x");
  EXPECT_EQ(two.links.size(), 1u);
  EXPECT_THAT(dot_of(two), testing::AllOf(HasSubstr("n0 ["), HasSubstr("n1 ["), HasSubstr("n0 -- n1")));
}

TEST(Pictures, AreSparseWhereTheGraphIsNot) {
  const Picture picture = choose_picture(graph_of(grow(planted_topics(6, 20))), 60);
  EXPECT_EQ(picture.concepts.size(), 60u);
  EXPECT_LT(picture.links.size(), 4 * picture.concepts.size());
  EXPECT_GT(picture.links_between, 2 * picture.links.size());
}

TEST(Pictures, TakeTheLayoutAndRefuseHalfOfOne) {
  Picture picture = choose_picture(two_triangles(), 2);
  take_layout(picture, "graph 1 4 2\nnode n1 1 0.5 1 1 \"\" solid box black lightgrey\nnode n0 3 2 1 1 \"\" solid box\nstop\n");
  EXPECT_NEAR(picture.width, 288, 1e-9);
  EXPECT_NEAR(picture.concepts[1].x, 72, 1e-9);
  EXPECT_NEAR(picture.concepts[1].y, 144 - 36, 1e-9);
  EXPECT_NEAR(picture.concepts[0].y, 0, 1e-9);
  EXPECT_THAT(storage_error_of([&] { take_layout(picture, "graph 1 4 2\nnode n1 1 1 1 1\n"); }), HasSubstr("no place"));
  EXPECT_THAT(storage_error_of([&] { take_layout(picture, "node n2 1 1 1 1\n"); }), HasSubstr("n2"));
  EXPECT_THAT(storage_error_of([&] { take_layout(picture, "node n0 one 1 1 1\n"); }), HasSubstr("\"one\""));
}

TEST(Pictures, AreXmlWhateverTheLabels) {
  const KnowledgeGraph graph = graph_of(grow({{"d", {{"<b>&\"", 1}, {std::string(60, 'w'), 1}}}}));
  Picture picture = choose_picture(graph, 10);
  take_layout(picture, "graph 1 4 2\nnode n0 1 1 1 1\nnode n1 2 1 1 1\n");
  const std::string svg = svg_of(graph, find_communities(graph), picture, "1 < 2");
  EXPECT_THAT(svg, testing::AllOf(HasSubstr("&lt;b&gt;&amp;&quot;"), HasSubstr("1 &lt; 2"), HasSubstr("www\xE2\x80\xA6<")));
  EXPECT_EQ(svg.find("<b>"), std::string::npos);
}

}  // namespace
}  // namespace colony::test
