// Messages come through the wire as they were, and nothing else comes through: every kind of damage by name, every byte by trial.
#include "shard/wire/messages.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <functional>

#include "tests/unit/wire_support.hpp"

namespace colony {
namespace {

using ::testing::HasSubstr;

std::string refusal(const std::function<void()>& f) {
  try {
    f();
  } catch (const WireError& error) {
    return error.what();
  }
  return "";
}
std::string of_reports(const std::string& bytes) {
  return refusal([&] { decode_reports(bytes); });
}
std::string of_orders(const std::string& bytes) {
  return refusal([&] { decode_orders(bytes); });
}

/// Thrift's binary form by hand, to say what the encoder never would.
struct Raw {
  enum Type : char { boolean = 2, i32_type = 8, i64_type = 10, string_type = 11, struct_type = 12, list_type = 15 };
  std::string bytes;

  Raw& number(std::uint64_t value, int width) {
    for (int shift = 8 * (width - 1); shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift);
    return *this;
  }
  Raw& field(Type type, int id) {
    bytes += type;
    return number(static_cast<std::uint64_t>(id), 2);
  }
  Raw& i32(int id, std::uint64_t value) { return field(i32_type, id).number(value, 4); }
  Raw& i64(int id, std::uint64_t value) { return field(i64_type, id).number(value, 8); }
  Raw& text(int id, const std::string& value) {
    field(string_type, id).number(value.size(), 4).bytes += value;
    return *this;
  }
  Raw& open(int id) { return field(struct_type, id); }
  Raw& close() {
    bytes += '\0';
    return *this;
  }
  Raw& list(int id, std::uint64_t count, Type items = struct_type) {
    field(list_type, id).bytes += items;
    return number(count, 4);
  }
};

Raw envelope(std::uint64_t count = 1) { return Raw().i32(1, wire_version).list(2, count); }

TEST(WireMessages, EveryReportComesThrough) {
  for (const auto& reports : {large_reports(), empty_reports()}) {
    for (const Report& report : reports) {
      const std::vector<Report> back = decode_reports(encode_one(report));
      ASSERT_EQ(back.size(), 1u);
      EXPECT_TRUE(same(report, back[0])) << report.index();
    }
    const std::vector<Report> back = decode_reports(encode(reports));
    ASSERT_EQ(back.size(), reports.size());
    for (std::size_t i = 0; i < back.size(); ++i) EXPECT_TRUE(same(reports[i], back[i])) << i;
  }
  EXPECT_TRUE(decode_reports(encode(std::span<const Report>())).empty());
}

TEST(WireMessages, EveryOrderComesThrough) {
  for (const auto& orders : {large_orders(), empty_orders()}) {
    for (const Order& order : orders) EXPECT_EQ(decode_orders(encode_one(order)), std::vector<Order>{order}) << order.index();
    EXPECT_EQ(decode_orders(encode(orders)), orders);
  }
  EXPECT_TRUE(decode_orders(encode(std::span<const Order>())).empty());
}

TEST(WireMessages, AReportIsNoOrder) {
  std::size_t refused = 0;
  for (const Report& report : large_reports()) refused += of_orders(encode_one(report)).empty() ? 0 : 1;
  EXPECT_EQ(refused, large_reports().size());
}

template <class Messages>
void expect_exact(const std::string& whole, Messages (*decode)(std::string_view)) {
  for (std::size_t cut = 0; cut < whole.size(); ++cut) {
    EXPECT_NE(refusal([&] { decode(std::string_view(whole).substr(0, cut)); }), "") << "cut at " << cut;
  }
  EXPECT_THAT(refusal([&] { decode(whole + '\0'); }), HasSubstr("behind its end"));
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (const int flip : {1, 0x80, 0xff}) {
      std::string altered = whole;
      altered[at] = static_cast<char>(altered[at] ^ flip);
      try {
        const Messages messages = decode(altered);
        EXPECT_EQ(encode(messages), altered) << "what is taken has one form";
      } catch (const WireError&) {
      }
    }
  }
}

TEST(WireMessages, EveryShortenedMessageIsRefusedAndEveryAlteredOneIsRefusedOrMeansSomethingElse) {
  expect_exact(encode(large_reports()), decode_reports);
  expect_exact(encode(empty_reports()), decode_reports);
  expect_exact(encode(large_orders()), decode_orders);
  expect_exact(encode(empty_orders()), decode_orders);
}

TEST(WireMessages, OneMessageStandsInThePlaceOfOne) {
  const std::string leave = Raw().open(9).close().bytes;
  ASSERT_EQ(of_reports(envelope().bytes + leave + std::string(2, '\0')), "");
  EXPECT_THAT(of_reports(envelope().bytes + std::string(2, '\0')), HasSubstr("no message"));
  const std::string failure = Raw().open(10).i64(1, 0).i32(2, 0).text(3, "").close().bytes;
  EXPECT_THAT(of_reports(envelope().bytes + leave + failure + std::string(2, '\0')), HasSubstr("two messages"));
  EXPECT_THAT(of_reports(envelope().bytes + leave + leave + std::string(2, '\0')), HasSubstr("twice"));
  EXPECT_THAT(of_reports(envelope().open(12).close().close().close().bytes), HasSubstr("does not have"));
  EXPECT_THAT(of_reports(envelope().i32(9, 5).close().close().bytes), HasSubstr("another type"));
}

TEST(WireMessages, FieldsComeOnceInOrderAndAreAllThere) {
  ASSERT_EQ(of_orders(envelope().open(7).i64(1, 5).close().close().close().bytes), "");
  EXPECT_NE(of_orders(envelope().open(7).close().close().close().bytes), "") << "missing";
  EXPECT_THAT(of_orders(envelope().open(7).i64(1, 5).i64(1, 6).close().close().close().bytes), HasSubstr("twice"));
  EXPECT_THAT(of_orders(envelope().open(5).i64(2, 5).i64(1, 6).close().close().close().bytes), HasSubstr("out of order"));
  EXPECT_THAT(of_orders(envelope().open(7).i64(1, 5).i64(2, 6).close().close().close().bytes), HasSubstr("does not have"));
  EXPECT_NE(of_orders(envelope().open(7).i64(-1, 5).close().close().close().bytes), "");
}

TEST(WireMessages, AnotherVersionIsNamedWhateverFollows) {
  std::string bytes = Raw().i32(1, 7).i64(2, 0).close().bytes;
  EXPECT_THAT(of_reports(bytes), HasSubstr("of version 7, this program speaks version 4"));
  EXPECT_THAT(of_orders("GET / HTTP/1.1\r\n\r\n"), HasSubstr("does not begin with its version"));
  EXPECT_THAT(of_orders(""), HasSubstr("does not begin with its version"));
}

TEST(WireMessages, NumbersStayInTheirRange) {
  const auto welcome = [](std::uint64_t shard) { return of_orders(envelope().open(1).i64(1, shard).close().close().close().bytes); };
  EXPECT_EQ(welcome(top32), "");
  EXPECT_THAT(welcome(std::uint64_t{top32} + 1), HasSubstr("shard 4294967296 is out of range"));
  EXPECT_THAT(welcome(top), HasSubstr("shard -1 is out of range"));
  const auto tick = [](char observe) {
    Raw raw = envelope().open(4).i64(1, 0).i64(2, 0).text(3, "");
    raw.field(Raw::boolean, 4).bytes += observe;
    raw.field(Raw::boolean, 5).bytes += '\1';
    raw.field(Raw::boolean, 6).bytes += '\0';
    raw.field(Raw::boolean, 7).bytes += '\1';
    return of_orders(raw.close().close().close().bytes);
  };
  EXPECT_EQ(tick(1), "");
  EXPECT_THAT(tick(2), HasSubstr("truth value of 2"));
}

TEST(WireMessages, BulkNumbersAreWholeWords) {
  const auto tick = [](const std::string& globals, const std::string& events, const std::string& costs = "") {
    Raw raw = envelope().open(3).i64(1, 0).i64(2, 0).text(3, globals).text(5, events).i64(6, 0);
    return of_reports(raw.open(7).i64(1, 0).i64(2, 0).i64(3, 0).close().text(8, costs).close().close().close().bytes);
  };
  EXPECT_EQ(tick(std::string(16, 'x'), std::string(64, 'x'), std::string(32, 'x')), "");
  EXPECT_THAT(tick(std::string(15, 'x'), ""), HasSubstr("globals of 15 bytes"));
  EXPECT_THAT(tick("", std::string(48, 'x')), HasSubstr("events of 48 bytes"));
  EXPECT_THAT(tick("", "", std::string(24, 'x')), HasSubstr("block costs of 24 bytes"));
}

std::string snapshot_of(std::vector<GroupImage> groups) {
  SnapshotReport report;
  report.groups = std::move(groups);
  return encode_one(Report(std::move(report)));
}

TEST(WireMessages, ColumnsAreAsLongAsTheySay) {
  const auto damaged = [](const std::function<void(GroupImage&)>& damage) {
    std::vector<GroupImage> groups(1);
    groups[0] = {"places", 2, {}};
    groups[0].columns.push_back(column("id", ScalarType::u64, 2));
    groups[0].columns.push_back(column("food", ScalarType::f64, 2));
    damage(groups[0]);
    return of_reports(snapshot_of(std::move(groups)));
  };
  EXPECT_EQ(damaged([](GroupImage&) {}), "");
  EXPECT_THAT(damaged([](GroupImage& group) { group.columns[1].bytes.resize(15); }), HasSubstr("\"food\" of 2 values in 15 bytes"));
  EXPECT_THAT(damaged([](GroupImage& group) { group.columns[1].count = 3; }), HasSubstr("3 values in 16 bytes"));
  // 2^61 values of 8 bytes are 0 bytes, modulo 2^64.
  EXPECT_THAT(damaged([](GroupImage& group) {
                group.columns[1].count = group.count = std::uint64_t{1} << 61;
                group.columns[1].bytes.clear();
                std::swap(group.columns[0], group.columns[1]);
              }),
              HasSubstr("2305843009213693952 values in 0 bytes"));
  EXPECT_THAT(damaged([](GroupImage& group) { group.columns[1] = column("food", ScalarType::f64, 3); }),
              HasSubstr("not as long as its group"));
  EXPECT_THAT(damaged([](GroupImage& group) { group.count = 3; }), HasSubstr("not as long as its group"));
  EXPECT_THAT(damaged([](GroupImage& group) { group.columns[1].type = ScalarType{8}; }), HasSubstr("of type 8"));
  EXPECT_THAT(damaged([](GroupImage& group) { group.columns[1].width = 0; }), HasSubstr("of width 0"));
  EXPECT_THAT(damaged([](GroupImage& group) { group.columns[1].width = 2; }), HasSubstr("\"food\" of 2 values in 16 bytes"));
  EXPECT_THAT(damaged([](GroupImage& group) { group.columns[1].width = most_width + 1; }), HasSubstr("of width"));
  EXPECT_THAT(damaged([](GroupImage& group) { group.columns.clear(); }), HasSubstr("does not begin with its ids"));
  EXPECT_THAT(damaged([](GroupImage& group) { group.columns[0].name = "node"; }), HasSubstr("does not begin with its ids"));
  EXPECT_THAT(damaged([](GroupImage& group) { group.columns[0].type = ScalarType::i64; }), HasSubstr("does not begin with its ids"));
}

TEST(WireMessages, MembersAreInOrder) {
  BeginOrder begin;
  begin.members = {{ShardId(2), "a"}, {ShardId(2), "b"}};
  EXPECT_THAT(of_orders(encode_one(Order(begin))), HasSubstr("not in order"));
}

std::uint64_t peak_bytes() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
}

TEST(WireMessages, NothingIsAllocatedOnTheWordOfAFewBytes) {
  const std::uint64_t before = peak_bytes();
  const Raw begin = envelope().open(3).i64(1, 0).i64(2, 0);
  for (const std::uint64_t count : {std::uint64_t{4097}, std::uint64_t{100'000'000}, std::uint64_t{0x7fffffff}, std::uint64_t{top32}}) {
    EXPECT_NE(of_reports(envelope(count).bytes + std::string(100, '\0')), "") << count;
    EXPECT_NE(of_orders(Raw(begin).list(3, count).bytes + std::string(100, '\0')), "") << count;
    EXPECT_NE(of_orders(Raw(begin).field(Raw::string_type, 3).number(count, 4).bytes), "") << count;
    EXPECT_NE(of_orders(envelope().open(2).i32(1, 0).field(Raw::string_type, 2).number(count, 4).bytes + "short"), "") << count;
  }
  EXPECT_THAT(of_orders(Raw(begin).list(3, 3, Raw::i64_type).bytes + std::string(100, '\0')), HasSubstr("a list of something else"));
  EXPECT_THAT(of_orders(Raw(begin).list(3, 7).bytes + std::string(100, '\0')), HasSubstr("7 items in 100 bytes"));
  EXPECT_LT(peak_bytes() - before, 64u << 20);
}

TEST(WireMessages, MoreThanThriftsHundredMegabytesComeThrough) {
  std::vector<GroupImage> groups(1);
  groups[0] = {"places", 13'500'000, {}};
  groups[0].columns.push_back(column("id", ScalarType::u64, groups[0].count));
  SnapshotReport report;
  report.groups = std::move(groups);
  const Report whole(std::move(report));
  EXPECT_TRUE(same(whole, decode_reports(encode_one(whole)).at(0)));
}

}  // namespace
}  // namespace colony
