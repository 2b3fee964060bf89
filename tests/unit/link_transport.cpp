// WireTransport on a clock and a link of the test's: what is stamped, kept, asked for, answered and reported.
#include "shard/links/wire_transport.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <functional>

namespace colony::testing {
namespace {

constexpr std::uint64_t timeout = 1000;
constexpr ShardId a(1), b(2), c(3);

class HandClock final : public Clock {
 public:
  std::uint64_t now_ns() override { return now; }
  std::uint64_t now = 1'000'000;
};

/// Keeps what is sent, for the test to look at or to carry.
class HandLink final : public FrameLink {
 public:
  void start(Sink) override {}
  void stop() override {}
  std::string url() const override { return "hand"; }
  void connect(ShardId, const std::vector<MemberAddress>&) override {}
  void send(const Frame& frame) override { sent.push_back(Frame::decode(frame.encode())); }
  bool poll() override {
    if (polled) polled();
    return polled != nullptr;
  }
  LinkTraffic traffic() const override { return {}; }
  FrameHeader take() {
    EXPECT_FALSE(sent.empty());
    if (sent.empty()) return {};
    const FrameHeader header = sent.front().header;
    sent.pop_front();
    return header;
  }
  std::deque<Frame> sent;
  std::function<void()> polled;  ///< empty: polling is not the caller's business
};

class Wire : public ::testing::Test {
 protected:
  void SetUp() override { transport.begin_epoch(1, 4, a, {b, c}, Tick(10)); }
  void send(ShardId to, std::uint32_t round, std::uint32_t value = 0) {
    *transport.open(a, to, round).add<std::uint32_t>(SectionKind::ghost_index, 0, 1) = value;
    transport.send(a, to, round);
  }
  Frame from(ShardId peer, Stage stage, std::uint32_t epoch = 4) {
    Frame frame;
    frame.header = {1, epoch, stage.tick, stage.round, peer.value, a.value};
    return frame;
  }
  void deliver(ShardId peer, Stage stage) { transport.deliver(from(peer, stage)); }
  void pass(Stage next) {
    for (const ShardId peer : {b, c}) deliver(peer, transport.stage());
    ASSERT_TRUE(transport.arrived());
    transport.next(next);
  }
  HandClock clock;
  HandLink link;
  WireTransport transport{link, clock, timeout};
};

void expect_header(const FrameHeader& h, Stage stage, ShardId from, ShardId to) {
  EXPECT_EQ(h.incarnation, 1u);
  EXPECT_EQ(h.epoch, 4u);
  EXPECT_EQ(h.tick, stage.tick);
  EXPECT_EQ(h.round, stage.round);
  EXPECT_EQ(h.from, from.value);
  EXPECT_EQ(h.to, to.value);
}

TEST_F(Wire, StampsWhatItSends) {
  send(b, 2);  // as a shard does it: ghosts, in the stage (10, 0)
  expect_header(link.take(), {10, 0}, a, b);
  pass({10, 1});
  send(c, 1);
  expect_header(link.take(), {10, 1}, a, c);
  send(c, 2);
  expect_header(link.take(), {10, 2}, a, c);
}

TEST_F(Wire, ReadsTheFramesOfTheStage) {
  for (const ShardId peer : {b, c}) {
    Frame frame = from(peer, {10, 0});
    *frame.add<std::uint32_t>(SectionKind::ghost_index, 0, 1) = peer.value;
    EXPECT_FALSE(transport.arrived());
    transport.deliver(std::move(frame));
  }
  ASSERT_TRUE(transport.arrived());
  const Frame& frame = transport.receive(c, a, 2);
  EXPECT_EQ(frame.items<std::uint32_t>(frame.sections()[0])[0], c.value);
}

TEST_F(Wire, AsksThreeTimesAndReportsOnce) {
  deliver(b, {10, 0});
  EXPECT_TRUE(transport.ask_for_overdue().empty());
  for (int ask = 1; ask <= 3; ++ask) {
    clock.now += timeout - 1;
    EXPECT_TRUE(transport.ask_for_overdue().empty());
    EXPECT_TRUE(link.sent.empty());
    clock.now += 1;
    EXPECT_TRUE(transport.ask_for_overdue().empty());
    const FrameHeader question = link.take();
    expect_header(question, {10, ask_again}, a, c);
    EXPECT_TRUE(link.sent.empty()) << "whose frame is there is not asked";
  }
  clock.now += timeout;
  EXPECT_EQ(transport.ask_for_overdue(), std::vector{c});
  for (int more = 0; more < 3; ++more) {
    clock.now += timeout;
    EXPECT_TRUE(transport.ask_for_overdue().empty()) << "once each";
  }
  EXPECT_EQ(link.sent.size(), 4u) << "it goes on asking";
  deliver(c, {10, 0});
  EXPECT_TRUE(transport.arrived());
  EXPECT_EQ(transport.counts().asked, 7u);
}

TEST_F(Wire, APeerThatIsNotThereYetIsNotReported) {
  deliver(b, {10, 0});
  transport.ask_for_overdue();
  for (int i = 0; i < 20; ++i) {
    clock.now += timeout;
    EXPECT_TRUE(transport.ask_for_overdue().empty());
    deliver(c, {10, not_yet});
  }
  deliver(c, {9, not_yet});  // of another stage: says nothing
  for (int i = 0; i < 3; ++i) {
    clock.now += timeout;
    EXPECT_TRUE(transport.ask_for_overdue().empty());
  }
  clock.now += timeout;
  EXPECT_EQ(transport.ask_for_overdue(), std::vector{c});
}

TEST_F(Wire, SendsTheFrameOfAStageAgain) {
  send(b, 2, 77);
  link.take();
  deliver(b, {10, ask_again});
  ASSERT_EQ(link.sent.size(), 1u);
  const Frame& again = link.sent.front();
  expect_header(again.header, {10, 0}, a, b);
  EXPECT_EQ(again.items<std::uint32_t>(again.sections()[0])[0], 77u);
  EXPECT_EQ(transport.counts().resent, 1u);

  pass({10, 1});
  send(b, 1, 1);
  send(b, 2, 2);
  link.sent.clear();
  for (const std::uint32_t round : {1u, 2u}) {
    deliver(b, {10, round | ask_again});
    expect_header(link.take(), {10, round}, a, b);
  }
  EXPECT_TRUE(link.sent.empty());
}

TEST_F(Wire, AnswersNotYet) {
  deliver(b, {10, ask_again});
  expect_header(link.take(), {10, not_yet}, a, b);
  transport.open(a, b, 2);  // being filled: not to be sent
  deliver(b, {10, ask_again});
  expect_header(link.take(), {10, not_yet}, a, b);
  transport.deliver(from(c, {30, ask_again}, 5));  // an epoch that has not begun here
  const FrameHeader answer = link.take();
  EXPECT_EQ(answer.epoch, 5u);
  EXPECT_EQ(answer.round, not_yet);
  EXPECT_EQ(answer.to, c.value);
}

TEST_F(Wire, StrangersAndThePastGetNoAnswer) {
  send(b, 2);
  link.take();
  deliver(ShardId(9), {10, ask_again});
  transport.deliver(from(b, {10, ask_again}, 3));
  EXPECT_TRUE(link.sent.empty());
  EXPECT_EQ(transport.counts().refused, 1u);
  EXPECT_EQ(transport.counts().stale, 1u);
}

TEST_F(Wire, RefusalsAreLoggedWithTheirSenderAndRarely) {
  std::vector<std::string> lines;
  transport.log_refusals(
      [&](std::string_view sender, std::string_view why) { lines.push_back(std::string(sender) + ": " + std::string(why)); });
  for (int i = 0; i < 100; ++i) deliver(ShardId(9), {10, 0});
  EXPECT_EQ(lines.size(), 7u);
  EXPECT_EQ(lines[0], "shard 9: its sender is no peer in this epoch (epoch 4, tick 10, round 0, to shard 1); 1 refused so far");
  EXPECT_EQ(transport.counts().refused, 100u);
}

TEST_F(Wire, WhoPollsWaitsByItsClock) {
  constexpr std::uint64_t second = 1'000'000'000;
  link.polled = [&] { clock.now += second; };
  const std::uint64_t begin = clock.now;
  EXPECT_EQ(transport.wait(0, 10 * second), 0u);
  EXPECT_GE(clock.now - begin, 10 * second);
  EXPECT_LT(clock.now - begin, 100 * second) << "some polls later";
}

TEST_F(Wire, WaitEndsWithAFrameAWakeOrInTime) {
  EXPECT_EQ(transport.wait(0, 1000), 0u);
  deliver(b, {10, 0});
  const std::uint64_t seen = transport.wait(0, 3'600'000'000'000);
  EXPECT_EQ(seen, 1u);
  transport.wake();
  EXPECT_EQ(transport.wait(seen, 3'600'000'000'000), 2u);
}

}  // namespace
}  // namespace colony::testing
