// Comparing messages, and one of each kind with every field at its largest.
#pragma once

#include <cstring>
#include <limits>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "shard/wire/messages.hpp"

namespace colony {

inline bool same(const SnapshotReport& a, const SnapshotReport& b) {
  if (a.epoch != b.epoch || a.tick != b.tick || a.series != b.series || a.groups.size() != b.groups.size()) return false;
  for (std::size_t g = 0; g < a.groups.size(); ++g) {
    const GroupImage &left = a.groups[g], &right = b.groups[g];
    if (left.name != right.name || left.count != right.count || left.columns.size() != right.columns.size()) return false;
    for (std::size_t c = 0; c < left.columns.size(); ++c) {
      const ColumnImage &x = left.columns[c], &y = right.columns[c];
      if (x.name != y.name || x.type != y.type || x.count != y.count || x.bytes.size() != y.bytes.size()) return false;
      if (!x.bytes.empty() && std::memcmp(x.bytes.data(), y.bytes.data(), x.bytes.size()) != 0) return false;
    }
  }
  return true;
}

template <class Message>
bool same(const Message& a, const Message& b) {
  return a == b;
}

template <class... Kinds>
bool same(const std::variant<Kinds...>& a, const std::variant<Kinds...>& b) {
  if (a.index() != b.index()) return false;
  return std::visit(
      [&](const auto& left) {
        using Kind = std::decay_t<decltype(left)>;
        return same(left, std::get<Kind>(b));
      },
      a);
}

inline ColumnImage column(std::string name, ScalarType type, std::uint64_t count, unsigned char fill = 0xa5) {
  ColumnImage image;
  image.name = std::move(name);
  image.type = type;
  image.count = count;
  image.bytes = Array<std::byte>(count * bytes_of(type), std::byte{fill});
  return image;
}

inline std::string encode_one(const Report& report) { return encode(std::span(&report, 1)); }
inline std::string encode_one(const Order& order) { return encode(std::span(&order, 1)); }

inline constexpr auto top = std::numeric_limits<std::uint64_t>::max();
inline constexpr auto top32 = std::numeric_limits<std::uint32_t>::max();

inline std::vector<Report> large_reports() {
  const Globals ends{std::numeric_limits<std::int64_t>::min(), -1, 0, std::numeric_limits<std::int64_t>::max()};
  const std::string text = std::string("\0 ü \xff \n", 8);
  std::vector<Report> all;
  all.emplace_back(
      JoinReport{top32, text, top, top, top, text, ShardId(top32), text, std::numeric_limits<std::int64_t>::min(), text, top32});
  all.emplace_back(ReadyReport{top, Tick(top), ends, {top, top}, top, top, top, top, top, {0, top}, {{top, top, top, top}, {0, 1, 2, 3}}});
  all.emplace_back(
      TickReport{top, Tick(top), ends, Digest{top, 1}, {{top, top, top, top}, {0, 1, 2, 3}}, top, {top, top, top}, {{top, 0}, {1, top}}});
  SnapshotReport snapshot{top, Tick(top), top32, {}};
  for (const std::uint64_t count : {0, 3}) {
    GroupImage group{text, count, {}};
    group.columns.push_back(column("id", ScalarType::u64, count));
    for (const ScalarType type :
         {ScalarType::u8, ScalarType::i32, ScalarType::u32, ScalarType::i64, ScalarType::f32, ScalarType::f64, ScalarType::u16}) {
      group.columns.push_back(column(text, type, count));
    }
    group.columns.push_back(column(text, ScalarType::u16, 7 * count));
    group.columns.back().count = count;
    group.columns.back().width = 7;
    snapshot.groups.push_back(std::move(group));
  }
  all.emplace_back(std::move(snapshot));
  all.emplace_back(ImageReport{top, Tick(top), {top, top}, ends});
  all.emplace_back(FileReport{top, Tick(top), {{text, ShardId(top32), {top, top}, {top, top}}, {"", ShardId(0), {}, {}}}, text});
  all.emplace_back(SuspectReport{top, ShardId(top32)});
  all.emplace_back(BeatReport{top, Tick(top), top32, top, top});
  all.emplace_back(LeaveReport{});
  all.emplace_back(PhaseReport{top, Tick(top)});
  all.emplace_back(FailureReport{top, std::numeric_limits<std::int32_t>::min(), text});
  return all;
}

inline std::vector<Report> empty_reports() {
  std::vector<Report> all;
  all.emplace_back(JoinReport{});
  all.emplace_back(ReadyReport{});
  all.emplace_back(TickReport{});
  all.emplace_back(SnapshotReport{});
  all.emplace_back(ImageReport{});
  all.emplace_back(FileReport{});
  all.emplace_back(SuspectReport{});
  all.emplace_back(BeatReport{});
  all.emplace_back(LeaveReport{});
  all.emplace_back(FailureReport{});
  all.emplace_back(PhaseReport{});
  return all;
}

inline std::vector<Order> large_orders() {
  const std::string text = std::string("\0 ü \xff \n", 8);
  BeginOrder begin{top, top, {{ShardId(0), text}, {ShardId(top32), ""}}, {{top32, top32}, {0, 0}}, CheckpointStamp{}, top, true};
  *begin.checkpoint = {.model = text, .schema_hash = top, .seed = top, .tick = Tick(top), .incarnation = top, .epoch = top};
  return {WelcomeOrder{ShardId(top32)},
          RefuseOrder{std::numeric_limits<std::int32_t>::max(), text},
          begin,
          TickOrder{top, Tick(top), {std::numeric_limits<std::int64_t>::min(), 5}, true, true, true, true},
          PhaseOrder{top, Tick(top)},
          CheckpointOrder{top, Tick(top)},
          SnapshotOrder{top, Tick(top), top32},
          AbandonOrder{top},
          FinishOrder{-1, text}};
}

inline std::vector<Order> empty_orders() {
  return {WelcomeOrder{},  RefuseOrder{},  BeginOrder{},  TickOrder{}, CheckpointOrder{},
          SnapshotOrder{}, AbandonOrder{}, FinishOrder{}, PhaseOrder{}};
}

}  // namespace colony
