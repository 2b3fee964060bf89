// Sets of nodes, against std::set.
#include "engine/graph/node_set.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <set>
#include <thread>
#include <vector>

namespace colony {
namespace {

std::vector<std::size_t> walked(NodeSet& set) {
  std::vector<std::size_t> nodes;
  set.walk(0, set.group_count(), [&](std::size_t first, std::size_t count) {
    for (std::size_t i = first; i < first + count; ++i) nodes.push_back(i);
  });
  return nodes;
}

TEST(NodeSet, WalksFullWordsAtOnce) {
  NodeSet set(10000);
  for (std::size_t i = 4000; i < 4300; ++i) set.insert(i, false);
  std::size_t runs = 0, nodes = 0;
  set.walk(0, set.group_count(), [&](std::size_t, std::size_t count) {
    ++runs;
    nodes += count;
    EXPECT_TRUE(count == 1 || count == 64);
  });
  EXPECT_EQ(nodes, 300u);
  EXPECT_LT(runs, 300u / 2);
}

TEST(NodeSet, WalksOnlyTheGroupsAskedFor) {
  NodeSet set(3 * NodeSet::group_nodes);
  for (const std::size_t i : {std::size_t{0}, NodeSet::group_nodes, 2 * NodeSet::group_nodes + 5}) set.insert(i, false);
  std::vector<std::size_t> seen;
  set.walk(1, 2, [&](std::size_t first, std::size_t) { seen.push_back(first); });
  EXPECT_EQ(seen, std::vector<std::size_t>{NodeSet::group_nodes});
}

TEST(NodeSet, AnEmptiedGroupTakesNodesAgain) {
  NodeSet set(5000);
  set.insert(4999, false);
  set.erase(4999, false);
  EXPECT_TRUE(walked(set).empty());
  set.insert(4998, false);
  EXPECT_EQ(walked(set), std::vector<std::size_t>{4998});
  set.clear();
  EXPECT_TRUE(walked(set).empty());
  EXPECT_FALSE(set.contains(4998));
}

TEST(NodeSet, OfNothing) {
  NodeSet set(0);
  EXPECT_EQ(set.group_count(), 0u);
  EXPECT_TRUE(walked(set).empty());
}

TEST(NodeSet, IsASet) {
  EXPECT_TRUE(rc::check("a NodeSet holds what a std::set would", [] {
    const auto size = *rc::gen::inRange<std::size_t>(1, 10000);
    NodeSet set(size);
    std::set<std::size_t> expected;
    for (const auto& [node, insert] : *rc::gen::container<std::vector<std::pair<std::size_t, bool>>>(
             rc::gen::pair(rc::gen::inRange<std::size_t>(0, size), rc::gen::arbitrary<bool>()))) {
      if (insert) {
        set.insert(node, false);
        expected.insert(node);
      } else {
        set.erase(node, false);
        expected.erase(node);
      }
      RC_ASSERT(set.contains(node) == insert);
      if (node % 16 == 0) RC_ASSERT(walked(set) == (std::vector<std::size_t>(expected.begin(), expected.end())));
    }
    RC_ASSERT(walked(set) == (std::vector<std::size_t>(expected.begin(), expected.end())));
  }));
}

/// Threads that change different nodes of the same words lose none of them.
TEST(NodeSet, ConcurrentInsertAndErase) {
  constexpr std::size_t size = 9000;
  NodeSet set(size);
  for (std::size_t i = 1; i < size; i += 2) set.insert(i, false);
  std::thread inserting([&] {
    for (std::size_t i = 0; i < size; i += 2) set.insert(i, true);
  });
  std::thread erasing([&] {
    for (std::size_t i = 1; i < size; i += 2) set.erase(i, true);
  });
  inserting.join();
  erasing.join();
  std::vector<std::size_t> even;
  for (std::size_t i = 0; i < size; i += 2) even.push_back(i);
  EXPECT_EQ(walked(set), even);
}

}  // namespace
}  // namespace colony
