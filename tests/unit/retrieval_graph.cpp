// The knowledge graph read from shard files: the same for any number of them, and nothing that contradicts itself gets through.
#include <gmock/gmock.h>

#include <algorithm>
#include <cstring>
#include <limits>

#include "apps/knowledge/knowledge_graph.hpp"
#include "storage_support.hpp"
#include "tests/support/knowledge.hpp"

namespace colony::test {
namespace {

using retrieval::KnowledgeGraph;
using testing::HasSubstr;

std::vector<std::string> names_of(const std::vector<ShardImage>& images) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < images.size(); ++i) names.push_back("shard-" + std::to_string(i) + ".h5");
  return names;
}

KnowledgeGraph build(const std::vector<ShardImage>& images) { return retrieval::build_knowledge_graph(images, names_of(images)); }

Growth pond() { return grow({{"reeds", {{"heron", 1}, {"reed", 3}}}, {"fish", {{"heron", 2}, {"pike", 1}, {"reed", 1}}}, {"empty", {}}}); }

TEST(KnowledgeGraph, HoldsWhatTheColonyGrew) {
  const KnowledgeGraph graph = build(knowledge_images(pond(), 1));
  ASSERT_EQ(graph.concepts.size(), 3u);
  EXPECT_EQ(graph.concepts[0].label, "heron");
  EXPECT_EQ(graph.concepts[0].documents, 2u);
  EXPECT_EQ(graph.concepts[0].occurrences, 3u);
  EXPECT_EQ(graph.tick, 100u);
  ASSERT_EQ(graph.documents.size(), 3u);
  EXPECT_EQ(graph.documents[0].name, "empty");
  EXPECT_EQ(graph.documents[0].length, 0u);
  EXPECT_EQ(graph.documents[1].name, "fish");
  EXPECT_EQ(graph.documents[1].length, 4u);
  EXPECT_EQ(graph.link_count(), 3u);
  const auto heron = graph.links[0];
  ASSERT_EQ(heron.size(), 2u);
  EXPECT_EQ(graph.concepts[heron[0].target].label, "pike");
  EXPECT_EQ(heron[0].count, 1u);
  EXPECT_EQ(graph.concepts[heron[1].target].label, "reed");
  EXPECT_EQ(heron[1].count, 2u);
  EXPECT_FLOAT_EQ(heron[1].weight, 0.2f);
  EXPECT_EQ(graph.find_concept("reed"), 2u);
  EXPECT_EQ(graph.find_concept("ree"), std::nullopt);
  const auto reed = graph.postings[2];
  ASSERT_EQ(reed.size(), 2u);
  EXPECT_EQ(graph.documents[reed[1].document].name, "reeds");
  EXPECT_EQ(reed[1].frequency, 3u);
  EXPECT_EQ(graph.terms[1].size(), 3u);
}

TEST(KnowledgeGraph, IsTheSameForAnyNumberOfFiles) {
  const Growth growth = grow(planted_topics(4, 15));
  const KnowledgeGraph one = build(knowledge_images(growth, 1));
  EXPECT_GT(one.link_count(), 100u);
  for (const std::uint32_t shards : {2u, 3u, 8u}) {
    std::vector<ShardImage> images = knowledge_images(growth, shards);
    std::reverse(images.begin(), images.end());
    for (ShardImage& image : images) std::reverse(image.groups.begin(), image.groups.end());
    for (ShardImage& image : images)
      for (GroupImage& group : image.groups) std::reverse(group.columns.begin(), group.columns.end());
    const KnowledgeGraph many = build(images);
    EXPECT_EQ(many.concepts, one.concepts);
    EXPECT_EQ(many.documents, one.documents);
    EXPECT_EQ(many.links.begin, one.links.begin);
    EXPECT_EQ(many.links.entries, one.links.entries);
    EXPECT_EQ(many.postings.entries, one.postings.entries);
    EXPECT_EQ(many.terms.begin, one.terms.begin);
    EXPECT_EQ(many.terms.entries, one.terms.entries);
  }
}

class Inconsistent : public testing::Test {
 protected:
  std::vector<ShardImage> images_ = knowledge_images(pond(), 2);

  GroupImage& group(std::size_t shard, const std::string& name) {
    return *std::find_if(images_[shard].groups.begin(), images_[shard].groups.end(), [&](const auto& g) { return g.name == name; });
  }
  ColumnImage& column(std::size_t shard, const std::string& name, const std::string& column) {
    auto& columns = group(shard, name).columns;
    return *std::find_if(columns.begin(), columns.end(), [&](const auto& c) { return c.name == column; });
  }
  /// The first shard that has a row in the group.
  std::size_t shard_with(const std::string& name) { return group(0, name).count > 0 ? 0 : 1; }
  template <class T>
  void set(const std::string& name, const std::string& column_name, T value) {
    std::memcpy(column(shard_with(name), name, column_name).bytes.data(), &value, sizeof value);
  }
  std::string said() {
    return storage_error_of([&] { build(images_); });
  }
};

TEST_F(Inconsistent, UnknownConceptOfALink) {
  set("concepts.links", "target", std::uint64_t{77});
  EXPECT_THAT(said(), testing::AllOf(HasSubstr("shard-"), HasSubstr("concepts.links"), HasSubstr("000000000000004d")));
}

TEST_F(Inconsistent, UnknownConceptOfADocument) {
  set("documents.concepts", "target", std::uint64_t{78});
  EXPECT_THAT(said(), HasSubstr("documents.concepts"));
}

TEST_F(Inconsistent, UnknownDocument) {
  set("documents.concepts", "source", std::uint64_t{78});
  EXPECT_THAT(said(), HasSubstr("document 000000000000004e"));
}

TEST_F(Inconsistent, LabelsThatDoNotAddUp) {
  set("concepts", "label_bytes", std::uint32_t{4000000000});
  EXPECT_THAT(said(), HasSubstr("fewer than"));
  set("concepts", "label_bytes", std::uint32_t{0});
  EXPECT_THAT(said(), HasSubstr("labels need"));
}

TEST_F(Inconsistent, WeightsThatAreNone) {
  set("concepts.links", "weight", std::numeric_limits<float>::quiet_NaN());
  EXPECT_THAT(said(), HasSubstr("weight nan"));
  set("concepts.links", "weight", -0.5f);
  EXPECT_THAT(said(), HasSubstr("weight -0.5"));
}

TEST_F(Inconsistent, HalvesOfALinkThatDiffer) {
  set("concepts.links", "count", std::uint32_t{999});
  EXPECT_THAT(said(), HasSubstr("differs between its ends"));
}

TEST_F(Inconsistent, ALinkThatStandsAtOneEnd) {
  GroupImage& links = group(shard_with("concepts.links"), "concepts.links");
  --links.count;
  for (ColumnImage& c : links.columns) --c.count;
  EXPECT_THAT(said(), HasSubstr("one of its ends"));
}

TEST_F(Inconsistent, MissingGroupsAndColumns) {
  std::erase_if(images_[1].groups, [](const auto& g) { return g.name == "documents.labels"; });
  EXPECT_FALSE(retrieval::holds_knowledge(images_[1]));
  EXPECT_TRUE(retrieval::holds_knowledge(images_[0]));
  EXPECT_THAT(said(), testing::AllOf(HasSubstr("shard-1.h5"), HasSubstr("no group /documents.labels")));
  images_ = knowledge_images(pond(), 2);
  std::erase_if(group(0, "concepts").columns, [](const auto& c) { return c.name == "born"; });
  EXPECT_THAT(said(), HasSubstr("no column \"born\""));
  images_ = knowledge_images(pond(), 2);
  column(0, "concepts", "born").type = ScalarType::i32;
  EXPECT_THAT(said(), HasSubstr("of type i32 and not u32"));
}

TEST_F(Inconsistent, TwoConceptsOfOneId) {
  images_ = knowledge_images(pond(), 1);
  auto& ids = column(0, "concepts", "id");
  std::memcpy(ids.bytes.data(), ids.bytes.data() + 8, 8);
  EXPECT_THAT(said(), HasSubstr("two concepts have the id"));
}

TEST(KnowledgeRun, IsLoadedFromItsNewestCheckpoint) {
  TemporaryFolder folder;
  const Growth growth = grow(planted_topics(2, 5));
  write_knowledge_run(folder.path(), knowledge_images(growth, 3));
  const KnowledgeGraph graph = retrieval::load_knowledge_graph(folder.path(), std::nullopt);
  EXPECT_EQ(graph.links.entries, build(knowledge_images(growth, 1)).links.entries);
  EXPECT_EQ(retrieval::load_knowledge_graph(folder.path(), 100).documents.size(), 10u);
  EXPECT_THAT(storage_error_of([&] { retrieval::load_knowledge_graph(folder.path(), 99); }), HasSubstr("no checkpoint of tick 99"));
}

TEST(KnowledgeRun, OfAnotherModelIsRefused) {
  TemporaryFolder folder;
  std::vector<ShardImage> images(1);
  images[0].tick = Tick(5);
  images[0].groups = std::move(knowledge_images(pond(), 1)[0].groups);
  images[0].groups.resize(1);  // places
  write_knowledge_run(folder.path(), images, "life");
  try {
    retrieval::load_knowledge_graph(folder.path(), std::nullopt);
    FAIL() << "not refused";
  } catch (const DataError& error) {
    EXPECT_THAT(error.what(), testing::AllOf(HasSubstr("\"life\""), HasSubstr("grows no concepts")));
  }
}

}  // namespace
}  // namespace colony::test
