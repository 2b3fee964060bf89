// Any messages come through the wire as they were, and any damage is refused or means something of the same form.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <limits>

#include "tests/unit/wire_support.hpp"

namespace colony {
namespace {

/// [0, count), all alike; rapidcheck would begin with the small ones.
template <class T>
T pick(T count) {
  return *rc::gen::resize(rc::kNominalSize, rc::gen::inRange<T>(0, count));
}

/// All magnitudes alike: small numbers, numbers around powers of two, and the ends.
std::uint64_t number() {
  const auto bits = pick(65);
  const auto any = *rc::gen::resize(rc::kNominalSize, rc::gen::arbitrary<std::uint64_t>());
  return bits == 64 ? std::numeric_limits<std::uint64_t>::max() : any & ((std::uint64_t{1} << bits) - 1);
}
std::uint32_t number32() { return static_cast<std::uint32_t>(number()); }
std::int64_t signed_number() { return static_cast<std::int64_t>(number()); }
std::string text() { return *rc::gen::arbitrary<std::string>(); }
bool coin() { return pick(2) == 1; }
std::size_t few() { return pick<std::size_t>(5); }
Digest digest() { return {number(), number()}; }
Globals globals() {
  Globals values(few());
  for (std::int64_t& value : values) value = signed_number();
  return values;
}

SnapshotReport snapshot() {
  SnapshotReport report{number(), Tick(number()), number32(), {}};
  report.groups.resize(few());
  for (GroupImage& group : report.groups) {
    group.name = text();
    group.count = few();
    group.columns.push_back(column("id", ScalarType::u64, group.count));
    for (std::size_t more = few(); more > 0; --more) {
      const auto type = static_cast<ScalarType>(pick(7));
      group.columns.push_back(column(text(), type, group.count, static_cast<unsigned char>(number())));
    }
  }
  return report;
}

Report any_report() {
  switch (pick(11)) {
    case 0: {
      JoinReport join{number32(), text(), number(), number(), number(), text(), std::nullopt, text(), signed_number(), text(), number32()};
      if (coin()) join.wanted = ShardId(number32());
      return join;
    }
    case 1: {
      ReadyReport ready{number(), Tick(number()), globals(), digest(), number(), number(), number(), number(), number(), {}, {}};
      for (std::size_t more = few(); more > 0; --more) ready.events.push_back({number(), number(), number(), number()});
      for (std::size_t more = few(); more > 0; --more) ready.block_sizes.push_back(number());
      return ready;
    }
    case 2: {
      TickReport tick{number(), Tick(number()), globals(), std::nullopt, {}, number(), {number(), number(), number()}, {}};
      if (coin()) tick.digest = digest();
      for (std::size_t more = few(); more > 0; --more) tick.events.push_back({number(), number(), number(), number()});
      for (std::size_t more = few(); more > 0; --more) tick.block_costs.push_back({number(), number()});
      return tick;
    }
    case 3: return snapshot();
    case 4: return ImageReport{number(), Tick(number()), digest(), globals()};
    case 5: {
      FileReport file{number(), Tick(number()), {}, text()};
      for (std::size_t more = few(); more > 0; --more)
        file.records.push_back({text(), ShardId(number32()), {number(), number()}, digest()});
      return file;
    }
    case 6: return SuspectReport{number(), ShardId(number32())};
    case 7: return BeatReport{number(), Tick(number()), number32(), number(), number()};
    case 8: return LeaveReport{};
    case 9: return PhaseReport{number(), Tick(number())};
    default: return FailureReport{number(), static_cast<std::int32_t>(number()), text()};
  }
}

Order any_order() {
  switch (pick(9)) {
    case 0: return WelcomeOrder{ShardId(number32())};
    case 1: return RefuseOrder{static_cast<std::int32_t>(number()), text()};
    case 2: {
      BeginOrder begin{number(), number(), {}, {}, std::nullopt, number(), coin()};
      const std::size_t members = few();
      for (std::uint32_t id = 0; id < members; ++id) begin.members.push_back({ShardId(7 * id), text()});
      for (std::size_t more = few(); more > 0; --more) begin.pins.push_back({number32(), number32()});
      if (coin()) begin.checkpoint = CheckpointStamp{text(), number(), number(), Tick(number()), number(), number()};
      if (members == 1 && coin()) begin.shards_each = 1 + number32() % most_shards;
      return begin;
    }
    case 3: return TickOrder{number(), Tick(number()), globals(), coin(), coin(), coin(), coin()};
    case 4: return CheckpointOrder{number(), Tick(number())};
    case 5: return SnapshotOrder{number(), Tick(number()), number32()};
    case 6: return AbandonOrder{number()};
    case 7: return PhaseOrder{number(), Tick(number())};
    default: return FinishOrder{static_cast<std::int32_t>(number()), text()};
  }
}

/// Some bytes changed, left out or put in.
std::string damaged(std::string bytes) {
  for (int changes = 1 + pick(3); changes > 0 && !bytes.empty(); --changes) {
    const std::size_t at = pick(bytes.size());
    switch (pick(3)) {
      case 0: bytes[at] = static_cast<char>(number()); break;
      case 1: bytes.erase(at, 1 + pick<std::size_t>(8)); break;
      default: bytes.insert(at, std::string(1 + pick<std::size_t>(8), static_cast<char>(number())));
    }
  }
  return bytes;
}

template <class Message>
void check(const std::vector<Message>& messages, std::vector<Message> (*decode)(std::string_view)) {
  const std::string bytes = encode(messages);
  const std::vector<Message> back = decode(bytes);
  RC_ASSERT(back.size() == messages.size());
  for (std::size_t i = 0; i < back.size(); ++i) RC_ASSERT(same(messages[i], back[i]));
  const std::string other = damaged(bytes);
  try {
    RC_ASSERT(encode(decode(other)) == other);
  } catch (const WireError&) {
  }
}

RC_GTEST_PROP(Wire, ReportsComeThrough, ()) {
  std::vector<Report> reports;
  for (std::size_t more = few(); more > 0; --more) reports.push_back(any_report());
  check(reports, decode_reports);
}

RC_GTEST_PROP(Wire, OrdersComeThrough, ()) {
  std::vector<Order> orders;
  for (std::size_t more = few(); more > 0; --more) orders.push_back(any_order());
  check(orders, decode_orders);
}

}  // namespace
}  // namespace colony
