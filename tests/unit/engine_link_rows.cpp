// The rows of a layer that grows, against a map of links that does the same one by one.
#include "engine/graph/link_rows.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include "engine/executor.hpp"
#include "engine/random/random.hpp"

namespace colony {
namespace {

constexpr LinkOptions options{.gain = 0.125f, .most = 0.5f, .prune_below = 0.0625f, .prune_age = 4, .max_degree = 6};

void fade(std::span<Link> links, std::uint32_t) {
  for (Link& link : links) link.weight *= 0.875f;
}

/// Both halves of every link by the book: what LinkRows must agree with.
class Book {
 public:
  using Ends = std::pair<LocalIndex, LocalIndex>;

  explicit Book(const Array<std::uint64_t>& ids) : ids_(ids) {}

  void step(const std::vector<HalfLink>& batch, std::uint32_t tick) {
    std::map<Ends, HalfLink> added;
    for (const HalfLink& link : batch) {
      HalfLink& sum = added.try_emplace({link.row(), link.target()}, HalfLink{link.key, 0, 0, 0xffff}).first->second;
      sum.count = static_cast<std::uint16_t>(sum.count + link.count);
      sum.origin = std::min(sum.origin, link.origin);
      sum.tie = std::max(sum.tie, link.tie);
    }
    for (auto& [ends, link] : links) link.weight *= 0.875f;
    for (const auto& [ends, link] : added) {
      const float gain = options.gain * static_cast<float>(link.count);
      const auto found = links.find(ends);
      if (found == links.end()) {
        links.emplace(ends, Link{ends.second, std::min(options.most, gain), link.count, link.origin, tick, tick, link.tie, 0, 0});
      } else {
        found->second.weight = std::min(options.most, found->second.weight + gain);
        found->second.count = static_cast<std::uint16_t>(found->second.count + link.count);
        found->second.last = tick;
      }
    }
    std::erase_if(links, [&](const auto& entry) {
      const auto& [ends, link] = entry;
      if (added.contains(ends)) return false;
      const bool unwanted = link.own_wish == 0 && link.other_wish == 0;
      return unwanted || (link.weight < options.prune_below && tick - link.first >= options.prune_age);
    });
    for (LocalIndex row = 0; row < ids_.size(); ++row) wish(row);
  }

  std::map<Ends, Link> links;

 private:
  void wish(LocalIndex row) {
    std::vector<Link*> all;
    for (auto& [ends, link] : links)
      if (ends.first == row) all.push_back(&link);
    std::sort(all.begin(), all.end(), [&](const Link* a, const Link* b) {
      if (a->weight != b->weight) return a->weight > b->weight;
      if (a->tie != b->tie) return a->tie > b->tie;
      return link_order(ids_[row], ids_[a->target]) < link_order(ids_[row], ids_[b->target]);
    });
    for (std::size_t i = 0; i < all.size(); ++i) {
      all[i]->own_wish = i < options.max_degree ? 1 : 0;
      links.at({all[i]->target, row}).other_wish = all[i]->own_wish;
    }
  }

  const Array<std::uint64_t>& ids_;
};

void expect_equal(const LinkRows& rows, const Book& book, std::size_t nodes) {
  std::size_t halves = 0;
  for (LocalIndex row = 0; row < nodes; ++row)
    for (const Link& link : rows.row(row)) {
      ++halves;
      const auto found = book.links.find({row, link.target});
      ASSERT_NE(found, book.links.end()) << row << " " << link.target;
      const Link& expected = found->second;
      EXPECT_EQ(link.weight, expected.weight);
      EXPECT_EQ(link.count, expected.count);
      EXPECT_EQ(link.origin, expected.origin);
      EXPECT_EQ(link.first, expected.first);
      EXPECT_EQ(link.last, expected.last);
      EXPECT_EQ(link.tie, expected.tie);
      EXPECT_EQ(link.own_wish, expected.own_wish);
      EXPECT_EQ(link.other_wish, expected.other_wish);
    }
  EXPECT_EQ(halves, book.links.size());
  EXPECT_EQ(rows.halves(), book.links.size());
}

Array<std::uint64_t> some_ids(std::size_t nodes) {
  Array<std::uint64_t> ids;
  for (std::size_t i = 0; i < nodes; ++i) ids.push_back(high_word(draw_entity(RandomKey{7, 9}, i)));
  return ids;
}

TEST(LinkRows, DoWhatAMapOfLinksDoes) {
  constexpr std::size_t nodes = 300;
  const Array<std::uint64_t> ids = some_ids(nodes);
  Executor executor(2);
  LinkRows rows;
  rows.grow(nodes);
  Book book(ids);
  std::vector<Array<WishChange>> changes(static_cast<std::size_t>(executor.threads()));
  std::int64_t linked = 0, pruned = 0;
  std::size_t fewest = nodes, most = 0;
  for (std::uint32_t tick = 0; tick < 60; ++tick) {
    std::vector<HalfLink> pairs;
    // Bursts, quiet ticks, and a hub that everyone is linked to.
    const std::uint32_t links = tick % 7 == 0 ? 900 : tick % 3 == 0 ? 40 : 0;
    for (std::uint32_t i = 0; i < links; ++i) {
      const Random4 draw = draw_entity(RandomKey{tick, 1}, i);
      const std::uint64_t a = i % 5 == 0 ? 3 : below(draw[0], nodes), b = below(draw[1], nodes);
      if (a == b) continue;
      const std::uint32_t tie = draw[2] % 3;
      const auto count = static_cast<std::uint16_t>(1 + draw[3] % 2), origin = static_cast<std::uint16_t>(draw[3] % 7);
      pairs.push_back({a << 32 | b, tie, count, origin});
      pairs.push_back({b << 32 | a, tie, count, origin});
    }
    book.step(pairs, tick);
    Array<HalfLink> batch, spare;
    for (const HalfLink& link : pairs) batch.push_back(link);
    sort_half_links(batch, spare);
    ASSERT_TRUE(std::is_sorted(batch.begin(), batch.end(), [](const HalfLink& a, const HalfLink& b) { return a.key < b.key; }));
    for (auto& list : changes) list.clear();
    const LinkCounts counts = executor.run([&] { return rows.step(options, fade, batch, tick, ids, executor, changes); });
    linked += counts.linked;
    pruned += counts.pruned;
    for (const auto& list : changes)
      for (const WishChange& change : list) EXPECT_TRUE(rows.set_other_wish(change.target, change.row, change.wished != 0));
    ASSERT_NO_FATAL_FAILURE(expect_equal(rows, book, nodes)) << "tick " << tick;
    EXPECT_EQ(linked - pruned, static_cast<std::int64_t>(rows.halves() / 2));
    for (LocalIndex row = 0; row < nodes; ++row) {
      fewest = std::min(fewest, rows.row(row).size());
      most = std::max(most, rows.row(row).size());
    }
  }
  EXPECT_EQ(fewest, 0u);
  EXPECT_GT(most, 3 * options.max_degree);
  EXPECT_GT(pruned, 100);
}

TEST(LinkRows, AreTheSameAfterAssign) {
  LinkRows rows;
  rows.grow(200);
  Array<RowLink> links;
  for (LocalIndex row : {150u, 3u, 3u, 64u}) links.push_back({row, {static_cast<LocalIndex>(links.size() + 1), 0.5f, 1, 9, 2, 3, 4, 1, 0}});
  rows.assign(links);
  EXPECT_EQ(rows.halves(), 4u);
  EXPECT_EQ(rows.row(3).size(), 2u);
  EXPECT_EQ(rows.row(3)[0].target, 2u);
  EXPECT_EQ(rows.row(64)[0].target, 4u);
  EXPECT_TRUE(rows.row(65).empty());
  EXPECT_FALSE(rows.set_other_wish(65, 1, true));
  EXPECT_FALSE(rows.set_other_wish(4000, 1, true));
  EXPECT_TRUE(rows.set_other_wish(150, 1, true));
  EXPECT_EQ(rows.row(150)[0].other_wish, 1u);
}

}  // namespace
}  // namespace colony
