// Frames: what is sent comes back, and nothing that is not a frame gets in.
#include "shard/links/frame.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cstring>
#include <random>
#include <tuple>

#include "engine/error.hpp"
#include "shard/links/transport.hpp"

namespace colony {
namespace {

Frame sample_frame() {
  Frame frame;
  frame.header = {3, 4, 500, 2, 6, 7};
  auto* index = frame.add<std::uint32_t>(SectionKind::ghost_index, 1, 3);
  for (std::uint32_t i = 0; i < 3; ++i) index[i] = 10 + i;
  auto* value = frame.add<std::uint64_t>(SectionKind::ghost_value, 1, 3);
  for (std::uint64_t i = 0; i < 3; ++i) value[i] = ~i;
  frame.add<std::uint16_t>(SectionKind::growing_id, 0, 0);
  std::byte* records = frame.add_bytes(SectionKind::growing_value, 0, 2, 13);
  for (int i = 0; i < 26; ++i) records[i] = static_cast<std::byte>(i);
  return frame;
}

void expect_equal(const Frame& a, const Frame& b) {
  const auto fields = [](const FrameHeader& h) { return std::tuple(h.incarnation, h.epoch, h.tick, h.round, h.from, h.to); };
  EXPECT_EQ(fields(a.header), fields(b.header));
  ASSERT_EQ(a.sections().size(), b.sections().size());
  for (std::size_t s = 0; s < a.sections().size(); ++s) {
    const Frame::Section &x = a.sections()[s], &y = b.sections()[s];
    EXPECT_EQ(x.kind, y.kind);
    EXPECT_EQ(x.index, y.index);
    EXPECT_EQ(x.item_bytes, y.item_bytes);
    ASSERT_EQ(x.count, y.count);
    if (x.count != 0) {
      EXPECT_EQ(std::memcmp(a.bytes(x), b.bytes(y), x.count * x.item_bytes), 0);
    }
  }
}

TEST(Frame, RoundTrip) { expect_equal(Frame::decode(sample_frame().encode()), sample_frame()); }

std::vector<std::byte> sealed(Frame& frame, Checksum checksum = Checksum::xxh3) {
  const auto wire = frame.seal(checksum);
  return {wire.begin(), wire.end()};
}

TEST(Frame, SealedInPlaceItIsWhatEncodeGives) {
  Frame frame = sample_frame();
  EXPECT_EQ(sealed(frame), sample_frame().encode());
  EXPECT_EQ(sealed(frame), frame.encode()) << "again";
  expect_equal(frame, sample_frame());
  frame.clear();
  frame.header = {};
  EXPECT_EQ(sealed(frame), Frame().encode());
  Frame decoded = Frame::decode(sample_frame().encode());
  EXPECT_EQ(sealed(decoded), sample_frame().encode()) << "what came goes on";
}

TEST(Frame, ManySectionsNeedMoreRoomBeforeThePayload) {
  Frame frame;
  for (std::uint16_t s = 0; s < 300; ++s) *frame.add<std::uint32_t>(SectionKind::ghost_index, s, 1) = s;
  const std::vector<std::byte> wire = frame.encode();
  EXPECT_EQ(sealed(frame), wire);
  expect_equal(Frame::decode(wire), frame);
}

TEST(Frame, IsReadWhereItWasFilledIn) {
  const std::vector<std::byte> wire = sample_frame().encode();
  Frame frame;
  for (int again = 0; again < 2; ++again) {
    std::byte* to = frame.open_wire(wire.size());
    std::memcpy(to, wire.data(), wire.size());
    frame.close_wire();
    expect_equal(frame, sample_frame());
    EXPECT_EQ(frame.bytes(frame.sections().back()) + 26, to + wire.size());
  }
  std::memset(frame.open_wire(wire.size()), 0, wire.size());
  EXPECT_THROW(frame.close_wire(), FrameError);
  EXPECT_EQ(frame.payload_bytes(), 0u);
}

TEST(Frame, WithoutAChecksumOnlyForThoseWhoAgreeOnIt) {
  Frame frame = sample_frame();
  const std::vector<std::byte> wire = sealed(frame, Checksum::none);
  EXPECT_THROW(Frame::decode(wire), FrameError);
  Frame other;
  std::memcpy(other.open_wire(wire.size()), wire.data(), wire.size());
  other.close_wire(Checksum::none);
  expect_equal(other, sample_frame());
}

TEST(Frame, RoundTripOfNothing) {
  const Frame decoded = Frame::decode(Frame().encode());
  EXPECT_TRUE(decoded.sections().empty());
  EXPECT_EQ(decoded.payload_bytes(), 0u);
}

TEST(Frame, SectionsAreAligned) {
  const Frame frame = sample_frame();
  for (const Frame::Section& section : frame.sections()) EXPECT_EQ(section.offset % 8, 0u);
}

TEST(Frame, ClearLeavesNothing) {
  Frame frame = sample_frame();
  frame.clear();
  EXPECT_TRUE(frame.sections().empty());
  EXPECT_EQ(frame.payload_bytes(), 0u);
}

TEST(Frame, ItemsOfAnotherSizeAreRefused) {
  const Frame frame = sample_frame();
  EXPECT_EQ(frame.items<std::uint32_t>(frame.sections()[0])[2], 12u);
  EXPECT_THROW(frame.items<std::uint64_t>(frame.sections()[0]), FrameError);
}

TEST(Frame, PartnerMustFollowWithTheSameCount) {
  Frame frame = sample_frame();
  EXPECT_EQ(&frame.partner(0, SectionKind::ghost_value), &frame.sections()[1]);
  EXPECT_THROW(frame.partner(0, SectionKind::wish), FrameError);
  EXPECT_THROW(frame.partner(2, SectionKind::growing_value), FrameError) << "0 items, then 2";
  EXPECT_THROW(frame.partner(3, SectionKind::growing_value), FrameError) << "nothing follows";
}

/// Of the header as well: with another tick or epoch in it these would be the contents of another frame.
TEST(Frame, EveryFlippedBitIsNoticed) {
  const std::vector<std::byte> wire = sample_frame().encode();
  for (std::size_t at = 0; at < wire.size(); ++at)
    for (unsigned bit = 0; bit < 8; ++bit) {
      std::vector<std::byte> bad = wire;
      bad[at] ^= static_cast<std::byte>(1u << bit);
      EXPECT_THROW(Frame::decode(bad), FrameError) << "byte " << at << ", bit " << bit;
    }
}

TEST(Frame, EveryTruncationAndExtensionIsRefused) {
  std::vector<std::byte> wire = sample_frame().encode();
  for (std::size_t size = 0; size < wire.size(); ++size) EXPECT_THROW(Frame::decode(std::span(wire).first(size)), FrameError) << size;
  wire.push_back(std::byte{0});
  EXPECT_THROW(Frame::decode(wire), FrameError);
}

TEST(Frame, AnotherVersionIsRefused) {
  std::vector<std::byte> wire = sample_frame().encode();
  for (const std::size_t at : {std::size_t{0}, std::size_t{4}}) {
    std::vector<std::byte> bad = wire;
    bad[at] ^= std::byte{1};
    EXPECT_THROW(Frame::decode(bad), FrameError);
  }
}

/// Anything at all may come from a peer: it is refused or it is a frame that can be read, and lengths allocate nothing by themselves.
TEST(Frame, RandomMutationsNeverCrash) {
  std::mt19937 random(1);
  const std::vector<std::byte> wire = sample_frame().encode();
  std::size_t refused = 0;
  for (int round = 0; round < 20000; ++round) {
    std::vector<std::byte> bad = wire;
    for (std::uint32_t k = random() % 6; k > 0; --k) bad[random() % (round % 2 == 0 ? bad.size() : 64)] = static_cast<std::byte>(random());
    if (random() % 8 == 0) bad.resize(random() % (wire.size() + 40));
    try {
      const Frame frame = Frame::decode(bad);
      std::uint64_t sum = 0;
      for (const Frame::Section& section : frame.sections())
        for (std::size_t i = 0; i < section.count * section.item_bytes; ++i) sum += static_cast<std::uint64_t>(frame.bytes(section)[i]);
      EXPECT_LT(sum, 1000000u);
    } catch (const FrameError&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, 10000u);
}

TEST(Frame, AnyFrameSurvivesTheWire) {
  EXPECT_TRUE(rc::check("decode(encode(frame)) is the frame", [] {
    Frame frame;
    const auto parts = *rc::gen::container<std::vector<std::pair<std::uint8_t, std::vector<std::uint8_t>>>>(
        rc::gen::pair(rc::gen::inRange<std::uint8_t>(1, 20), rc::gen::arbitrary<std::vector<std::uint8_t>>()));
    for (const auto& [item, bytes] : parts) {
      const std::size_t count = bytes.size() / item;
      std::byte* to = frame.add_bytes(SectionKind::ghost_dense, item, count, item);
      for (std::size_t i = 0; i < count * item; ++i) to[i] = static_cast<std::byte>(bytes[i]);
    }
    expect_equal(Frame::decode(frame.encode()), frame);
    RC_ASSERT(!::testing::Test::HasFailure());
  }));
}

TEST(InprocTransport, KeepsPeersAndRoundsApart) {
  for (const bool through_bytes : {false, true}) {
    InprocTransport transport(3, through_bytes);
    const auto send = [&](std::uint32_t from, std::uint32_t to, std::uint32_t round) {
      Frame& frame = transport.open(ShardId(from), ShardId(to), round);
      *frame.add<std::uint32_t>(SectionKind::ghost_index, 0, 1) = from * 100 + to * 10 + round;
      transport.send(ShardId(from), ShardId(to), round);
    };
    for (int again = 0; again < 2; ++again) {
      for (std::uint32_t from = 0; from < 3; ++from)
        for (std::uint32_t to = 0; to < 3; ++to)
          for (std::uint32_t round = 1; round <= 2; ++round) send(from, to, round);
      for (std::uint32_t from = 0; from < 3; ++from)
        for (std::uint32_t to = 0; to < 3; ++to)
          for (std::uint32_t round = 1; round <= 2; ++round) {
            const Frame& frame = transport.receive(ShardId(from), ShardId(to), round);
            ASSERT_EQ(frame.sections().size(), 1u);
            EXPECT_EQ(frame.items<std::uint32_t>(frame.sections()[0])[0], from * 100 + to * 10 + round);
          }
    }
  }
}

}  // namespace
}  // namespace colony
