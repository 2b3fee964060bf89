// FrameInbox: the fate of every kind of frame, and the same rounds for all that a network may do to a schedule of frames.
#include "shard/links/frame_inbox.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <deque>

#include "tests/unit/link_conformance.hpp"

namespace colony::testing {
namespace {

using Fate = FrameInbox::Fate;

constexpr std::uint32_t incarnation = 2, epoch = 5;
constexpr ShardId self(3);
const std::vector<ShardId> peers = {ShardId(7), ShardId(1)};
const Schedule schedule{.seed = 3, .max_payload = 600};

Frame frame_of(Stage stage, std::uint32_t from, std::uint32_t of_epoch = epoch, std::uint32_t to = self.value) {
  Frame frame;
  frame.header = {incarnation, of_epoch, stage.tick, stage.round, from, to};
  fill(frame, schedule);
  return frame;
}

class Inbox : public ::testing::Test {
 protected:
  void SetUp() override { inbox.begin_epoch(incarnation, epoch, self, peers, {10, 0}); }
  Fate take(Stage stage, std::uint32_t from) { return inbox.take(frame_of(stage, from)); }
  void pass(Stage next) {
    for (const ShardId peer : inbox.missing()) ASSERT_EQ(take(inbox.stage(), peer.value), Fate::kept);
    inbox.next(next);
  }
  FrameInbox inbox;
};

TEST_F(Inbox, AStageIsCompleteWithAFrameOfEachPeer) {
  EXPECT_FALSE(inbox.complete());
  EXPECT_EQ(inbox.missing(), (std::vector{ShardId(1), ShardId(7)}));
  EXPECT_EQ(take({10, 0}, 7), Fate::kept);
  EXPECT_EQ(inbox.missing(), std::vector{ShardId(1)});
  EXPECT_EQ(take({10, 0}, 1), Fate::kept);
  EXPECT_TRUE(inbox.complete());
  for (const ShardId peer : peers) {
    EXPECT_EQ(inbox.frame(peer).header.from, peer.value);
    EXPECT_EQ(fault_of(inbox.frame(peer), schedule), "");
  }
}

TEST_F(Inbox, TwoStagesAheadWaitAndThreeAreRefused) {
  EXPECT_EQ(take({10, 1}, 1), Fate::kept);
  EXPECT_EQ(take({10, 2}, 1), Fate::kept);
  EXPECT_EQ(take({11, 1}, 1), Fate::refused);
  EXPECT_NE(inbox.why_refused().find("ahead"), std::string_view::npos);
  EXPECT_EQ(take({11, 2}, 1), Fate::refused);
  EXPECT_EQ(take({~std::uint64_t{0}, 2}, 1), Fate::refused);
  EXPECT_FALSE(inbox.complete());
  pass({10, 1});
  EXPECT_EQ(inbox.missing(), std::vector{ShardId(7)}) << "what waited has its stage now";
  EXPECT_EQ(take({11, 1}, 1), Fate::kept);
}

TEST_F(Inbox, FinishedStagesAndSecondCopiesAreStale) {
  EXPECT_EQ(take({10, 0}, 1), Fate::kept);
  EXPECT_EQ(take({10, 0}, 1), Fate::stale);
  EXPECT_EQ(take({10, 1}, 1), Fate::kept);
  EXPECT_EQ(take({10, 1}, 1), Fate::stale);
  pass({10, 1});
  EXPECT_EQ(take({10, 0}, 7), Fate::stale);
  EXPECT_EQ(take({9, 2}, 7), Fate::stale);
  EXPECT_EQ(inbox.counts().kept, 3u);
  EXPECT_EQ(inbox.counts().stale, 4u);
  EXPECT_EQ(inbox.counts().refused, 0u);
}

TEST_F(Inbox, StrangersAndWrongAddressesAreRefused) {
  EXPECT_EQ(take({10, 0}, 2), Fate::refused) << "no peer";
  EXPECT_EQ(take({10, 0}, self.value), Fate::refused) << "its own";
  EXPECT_EQ(inbox.take(frame_of({10, 0}, 1, epoch, 4)), Fate::refused) << "another's";
  EXPECT_EQ(take({10, 3}, 1), Fate::refused);
  EXPECT_EQ(take({11, 0}, 1), Fate::refused) << "only an epoch's first tick has a round 0";
  EXPECT_EQ(inbox.counts().refused, 5u);
}

TEST_F(Inbox, OlderEpochsAreStale) {
  EXPECT_EQ(inbox.take(frame_of({10, 0}, 1, epoch - 1)), Fate::stale);
  Frame frame = frame_of({10, 0}, 1, epoch + 7);
  frame.header.incarnation = incarnation - 1;
  EXPECT_EQ(inbox.take(std::move(frame)), Fate::stale) << "a higher epoch of an earlier start of the run";
}

TEST_F(Inbox, FramesOfTheNextEpochWaitForIt) {
  EXPECT_EQ(inbox.take(frame_of({20, 0}, 1, epoch + 1)), Fate::kept);
  EXPECT_EQ(inbox.take(frame_of({20, 0}, 1, epoch + 1)), Fate::stale);
  EXPECT_EQ(inbox.take(frame_of({20, 0}, 9, epoch + 1)), Fate::kept) << "who is a member then is not known yet";
  EXPECT_EQ(inbox.take(frame_of({30, 0}, 7, epoch + 2)), Fate::kept);
  EXPECT_FALSE(inbox.complete());
  EXPECT_EQ(inbox.counts().kept, 0u);
  inbox.begin_epoch(incarnation, epoch + 1, self, {ShardId(1), ShardId(9)}, {20, 0});
  EXPECT_TRUE(inbox.complete());
  EXPECT_EQ(inbox.counts().kept, 2u) << "each counts once, and the one of a later epoch not yet";
  EXPECT_EQ(inbox.frame(ShardId(9)).header.epoch, epoch + 1);
  inbox.begin_epoch(incarnation, epoch + 2, self, {ShardId(1), ShardId(7)}, {30, 0});
  EXPECT_EQ(inbox.missing(), std::vector{ShardId(1)});
}

TEST_F(Inbox, AnEarlyFrameOfNoMemberIsRefusedWhenItsEpochBegins) {
  EXPECT_EQ(inbox.take(frame_of({20, 0}, 9, epoch + 1)), Fate::kept);
  inbox.begin_epoch(incarnation, epoch + 1, self, peers, {20, 0});
  EXPECT_EQ(inbox.counts().refused, 1u);
  EXPECT_EQ(inbox.missing().size(), 2u);
}

TEST_F(Inbox, TwoEarlyFramesASenderTheNewestEpochsFirst) {
  EXPECT_EQ(inbox.take(frame_of({20, 0}, 1, epoch + 1)), Fate::kept);
  EXPECT_EQ(inbox.take(frame_of({20, 1}, 1, epoch + 1)), Fate::kept);
  EXPECT_EQ(inbox.take(frame_of({20, 2}, 1, epoch + 1)), Fate::refused);
  EXPECT_EQ(inbox.take(frame_of({20, 0}, 7, epoch + 1)), Fate::kept) << "another sender has room of its own";
  EXPECT_EQ(inbox.take(frame_of({30, 0}, 1, epoch + 2)), Fate::kept) << "in the place of an older epoch's";
  inbox.begin_epoch(incarnation, epoch + 2, self, {ShardId(1)}, {30, 0});
  EXPECT_TRUE(inbox.complete());
}

TEST_F(Inbox, AnEpochDropsWhatTheLastOneLeft) {
  EXPECT_EQ(take({10, 0}, 1), Fate::kept);
  EXPECT_EQ(take({10, 1}, 1), Fate::kept);
  inbox.begin_epoch(incarnation, epoch + 1, self, peers, {10, 0});
  EXPECT_EQ(inbox.missing().size(), 2u);
  EXPECT_EQ(take({10, 0}, 1), Fate::stale);
}

TEST_F(Inbox, AloneEveryStageIsComplete) {
  inbox.begin_epoch(incarnation, epoch + 1, self, {}, {0, 0});
  EXPECT_TRUE(inbox.complete());
  inbox.next({0, 1});
  EXPECT_TRUE(inbox.complete());
}

TEST_F(Inbox, TakesMemoryInExchange) {
  const auto round = [&](Stage stage, Stage following, Frame& frame) {
    for (const ShardId peer : {ShardId(1), ShardId(7)}) {
      frame.clear();
      frame.header = {incarnation, epoch, stage.tick, stage.round, peer.value, self.value};
      frame.add<std::uint64_t>(SectionKind::ghost_dense, 0, 1000);
      ASSERT_EQ(inbox.take(std::move(frame)), Fate::kept);
      EXPECT_EQ(frame.payload_bytes(), 0u);
    }
    inbox.next(following);
  };
  Frame frame;
  round({10, 0}, {10, 1}, frame);
  std::vector<const void*> memory;
  for (std::uint64_t t = 10; t < 16; ++t) {
    round({t, 1}, {t, 2}, frame);
    round({t, 2}, {t + 1, 1}, frame);
    if (t >= 12) memory.push_back(frame.add_bytes(SectionKind::ghost_dense, 0, 1, 1));
  }
  std::sort(memory.begin(), memory.end());
  EXPECT_LE(std::unique(memory.begin(), memory.end()) - memory.begin(), 7) << "two peers by three slots, and the one that goes round";
}

// ---- Any network ----

/// A member of the property: its inbox and what it has sent.
struct Node {
  FrameInbox inbox;
  std::vector<FrameHeader> sent;
  std::vector<FrameHeader> read;
};

/// Frames are drawn from the network in any order, some doubled, some lost; whoever is stuck asks again. Every member reads the same
/// rounds as on a perfect network: each stage once, of each peer, with its contents.
TEST(InboxProperty, AnyNetworkGivesTheSameRounds) {
  EXPECT_TRUE(rc::check("the rounds do not depend on the network", [] {
    const auto count = *rc::gen::inRange<std::uint32_t>(2, 6);
    const auto ticks = *rc::gen::inRange<std::uint64_t>(1, 8);
    const auto fates = *rc::gen::container<std::vector<std::uint32_t>>(400, rc::gen::arbitrary<std::uint32_t>());
    std::size_t next_fate = 0;
    const auto fate = [&] {
      const std::size_t at = next_fate++;
      return mixed(fates[at % fates.size()] + at / fates.size());
    };

    std::vector<Node> nodes(count);
    std::vector<FrameHeader> network;
    const auto post = [&](Node& node, std::uint32_t from, Stage stage) {
      for (std::uint32_t to = 0; to < count; ++to)
        if (to != from) {
          const FrameHeader header{1, 1, stage.tick, stage.round, from, to};
          node.sent.push_back(header);
          if (fate() % 4 != 0) network.push_back(header);
          if (fate() % 4 == 0) network.push_back(header);
        }
    };
    for (std::uint32_t n = 0; n < count; ++n) {
      std::vector<ShardId> others;
      for (std::uint32_t p = 0; p < count; ++p)
        if (p != n) others.push_back(ShardId(p));
      nodes[n].inbox.begin_epoch(1, 1, ShardId(n), others, {5, 0});
      post(nodes[n], n, {5, 0});
    }
    const Stage last{5 + ticks, 1};
    const auto advance = [&](std::uint32_t n) {
      Node& node = nodes[n];
      while (node.inbox.stage() != last && node.inbox.complete()) {
        const Stage stage = node.inbox.stage();
        for (std::uint32_t p = 0; p < count; ++p)
          if (p != n) {
            const Frame& frame = node.inbox.frame(ShardId(p));
            RC_ASSERT(fault_of(frame, schedule) == "");
            node.read.push_back(frame.header);
          }
        const Stage following = stage.round == 1 ? Stage{stage.tick, 2} : Stage{stage.tick + (stage.round == 2), 1};
        node.inbox.next(following);
        if (following != last) post(node, n, following);
      }
    };
    const auto finished = [&] { return std::all_of(nodes.begin(), nodes.end(), [&](const Node& n) { return n.inbox.stage() == last; }); };
    while (!finished()) {
      if (network.empty()) {  // all are stuck: those that lack something ask for it
        for (std::uint32_t n = 0; n < count; ++n)
          for (const ShardId peer : nodes[n].inbox.missing())
            for (const FrameHeader& sent : nodes[peer.value].sent)
              if (sent.to == n && Stage{sent.tick, sent.round} == nodes[n].inbox.stage()) network.push_back(sent);
        RC_ASSERT(!network.empty());
      }
      std::swap(network[fate() % network.size()], network.back());
      Frame frame;
      frame.header = network.back();
      network.pop_back();
      fill(frame, schedule);
      const std::uint32_t to = frame.header.to;
      RC_ASSERT(nodes[to].inbox.take(std::move(frame)) != Fate::refused);
      advance(to);
    }
    for (std::uint32_t n = 0; n < count; ++n) {
      RC_ASSERT(nodes[n].read.size() == (count - 1) * (1 + 2 * ticks));
      std::size_t at = 0;
      for (Stage stage{5, 0}; stage != last; stage = stage.round == 1 ? Stage{stage.tick, 2} : Stage{stage.tick + (stage.round == 2), 1})
        for (std::uint32_t p = 0; p < count; ++p)
          if (p != n) {
            const FrameHeader& header = nodes[n].read[at++];
            RC_ASSERT(header.from == p && header.tick == stage.tick && header.round == stage.round);
          }
    }
  }));
}

}  // namespace
}  // namespace colony::testing
