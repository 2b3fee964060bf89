// Images of a shard's state in memory that an earlier image left, with any content: the new image is as a fresh one.
#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "engine/executor.hpp"
#include "models/registry.hpp"
#include "shard/host.hpp"
#include "tests/support/graphs.hpp"

namespace colony::testing {
namespace {

/// Two shards of a lattice of 16 blocks, eight each, of equal sizes; `swapped`: block 0 and block 1 have changed places.
class Pinned {
 public:
  explicit Pinned(bool swapped) : model_(builtin_models().at("life")()), schema_(job_) {
    for (const ParameterSpec& spec : model_->parameters())
      if (spec.fallback) job_.parameters.values[spec.name] = *spec.fallback;
    job_.model = "life";
    job_.shards.count = 2;
    job_.shards.blocks = 16;
    for (std::uint32_t block = 0; block < 16; ++block) job_.shards.pins.push_back({block, (block + (swapped && block < 2 ? 1 : 0)) % 2});
    executor_.run([&] {
      Graph graph = lattice(16, 16)(executor_);
      job_.graph.source = GraphSpec::Source::lattice;
      job_.graph.lattice = graph.lattice;
      model_->setup(job_);
      model_->declare(schema_);
      schema_.finish();
      host_ = std::make_unique<Host>(schema_, std::move(graph), executor_);
      host_->populate(*model_);
    });
  }
  std::vector<ShardImage> images(std::vector<ShardImage> reuse = {}) {
    return executor_.run([&] { return host_->images(Tick(0), std::move(reuse)); });
  }

 private:
  Job job_;
  std::unique_ptr<Model> model_;
  Schema schema_;
  Executor executor_{1};
  std::unique_ptr<Host> host_;
};

std::vector<std::uint64_t> ids_of(const ShardImage& image) {
  const ColumnImage& ids = image.groups.at(0).columns.at(0);
  return {ids.as<std::uint64_t>(), ids.as<std::uint64_t>() + ids.count};
}

/// A member keeps the memory of its images over the epochs: after a migration of equal blocks its checkpoint had the old blocks' ids.
TEST(ShardImages, OneOfOtherBlocksKeepsNoIds) {
  Pinned before(false), after(true);
  const std::vector<ShardImage> fresh = after.images();
  const std::vector<ShardImage> used = after.images(before.images());
  const std::vector<ShardImage> again = after.images(after.images(before.images()));
  const std::vector<ShardImage> earlier = before.images();
  for (std::size_t s = 0; s < 2; ++s) {
    ASSERT_EQ(ids_of(fresh[s]).size(), ids_of(earlier[s]).size()) << "the counts do not tell them apart";
    EXPECT_NE(ids_of(fresh[s]), ids_of(earlier[s]));
    EXPECT_EQ(ids_of(used[s]), ids_of(fresh[s]));
    EXPECT_EQ(ids_of(again[s]), ids_of(fresh[s]));
  }
}

}  // namespace
}  // namespace colony::testing
