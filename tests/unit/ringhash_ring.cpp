// The ring alone: keys to shards.
#include "ringhash/ring.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "engine/error.hpp"

namespace colony {
namespace {

std::vector<ShardId> shards(std::initializer_list<std::uint32_t> ids) {
  std::vector<ShardId> result;
  for (const std::uint32_t id : ids) result.emplace_back(id);
  return result;
}

/// The definition of the ring, by a tree.
ShardId lookup_by_map(const Ring& ring, std::uint32_t virtual_nodes, std::uint64_t key) {
  std::map<std::uint64_t, ShardId> points;
  for (const ShardId member : ring.members()) {
    for (std::uint32_t i = 0; i < virtual_nodes; ++i) points.emplace(hash_pair(HashPurpose::point, member.value, i), member);
  }
  const auto at = points.lower_bound(hash_pair(HashPurpose::key, key));
  return at == points.end() ? points.begin()->second : at->second;
}

TEST(Ring, AgreesWithItsDefinition) {
  for (const std::uint32_t virtual_nodes : {1u, 2u, 3u, 64u}) {
    const Ring ring(shards({4, 9, 2}), virtual_nodes);
    EXPECT_EQ(ring.point_count(), 3 * virtual_nodes);
    for (std::uint64_t key = 0; key < 200; ++key) ASSERT_EQ(ring.lookup(key), lookup_by_map(ring, virtual_nodes, key)) << key;
  }
}

TEST(Ring, OneShardOwnsEverything) {
  const Ring ring(shards({7}), 1);
  for (std::uint64_t key = 0; key < 100; ++key) EXPECT_EQ(ring.lookup(key), ShardId{7});
}

TEST(Ring, OrderOfMembersDoesNotShow) {
  const Ring a(shards({1, 2, 3, 40})), b(shards({40, 3, 1, 2}));
  for (std::uint64_t key = 0; key < 1000; ++key) ASSERT_EQ(a.lookup(key), b.lookup(key));
}

TEST(Ring, AJoiningShardOnlyTakes) {
  const Ring before(shards({1, 2, 3})), after(shards({1, 2, 3, 4}));
  int taken = 0;
  for (std::uint64_t key = 0; key < 10000; ++key) {
    if (before.lookup(key) == after.lookup(key)) continue;
    ASSERT_EQ(after.lookup(key), ShardId{4});
    ++taken;
  }
  EXPECT_NEAR(taken, 2500, 400);
}

TEST(Ring, SharesAreAboutEqual) {
  const Ring ring(shards({0, 1, 2, 3, 4, 5, 6, 7}));
  std::map<ShardId, int> count;
  for (std::uint64_t key = 0; key < 80000; ++key) ++count[ring.lookup(key)];
  ASSERT_EQ(count.size(), 8u);
  for (const auto& [shard, keys] : count) EXPECT_NEAR(keys, 10000, 1500) << shard.value;  // a standard deviation is about 4 percent
}

TEST(Ring, WalkAsksInOrderAndEndsAfterOneTurn) {
  const Ring ring(shards({5, 6, 7}), 10);
  int asked = 0;
  EXPECT_FALSE(ring.walk(1, [&](std::uint32_t) { return ++asked, false; }).has_value());
  EXPECT_EQ(asked, 30);
  const auto first = ring.walk(1, [](std::uint32_t) { return true; });
  ASSERT_TRUE(first.has_value());
  EXPECT_EQ(ring.members()[*first], ring.lookup(1));
  const auto other = ring.walk(1, [&](std::uint32_t position) { return position != *first; });
  ASSERT_TRUE(other.has_value());
  EXPECT_NE(*other, *first);
}

TEST(Ring, RefusesWhatCantBeARing) {
  EXPECT_THROW(Ring(shards({})), UsageError);
  EXPECT_THROW(Ring(shards({1, 2, 1})), UsageError);
  EXPECT_THROW(Ring(shards({1}), 0), UsageError);
  EXPECT_THROW(Ring(shards({1}), max_virtual_nodes + 1), UsageError);
}

// Moved points would move blocks of runs that are under way.
TEST(Ring, HashesStayWhatTheyAre) {
  EXPECT_EQ(mix64(0), 0u);
  EXPECT_EQ(hash_pair(HashPurpose::key, 1), 0x66e746650ce1b25eu);
  EXPECT_EQ(hash_pair(HashPurpose::point, 3, 4), 0x9b210fdd6f530f04u);
}

}  // namespace
}  // namespace colony
