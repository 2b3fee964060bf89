#include "shard/wire/messages.hpp"

#include <thrift/TConfiguration.h>
#include <thrift/Thrift.h>
#include <thrift/protocol/TBinaryProtocol.h>
#include <thrift/transport/TVirtualTransport.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <memory>
#include <type_traits>
#include <utility>

// Generated from colony.thrift.
#include <colony_idl/colony_types.h>

namespace colony {
namespace {

using apache::thrift::TConfiguration;
using apache::thrift::protocol::TBinaryProtocolT;
using apache::thrift::protocol::TType;

static_assert(std::endian::native == std::endian::little, "bulk numbers are copied as they lie in memory");

// ---- Bytes ----

/// Reads in place, and never more than there is.
class ViewTransport final : public apache::thrift::transport::TVirtualTransport<ViewTransport> {
 public:
  explicit ViewTransport(std::string_view bytes)
      // Thrift counts what a transport gives out and stops at 100 MiB unless told otherwise.
      : TVirtualTransport(std::make_shared<TConfiguration>(std::numeric_limits<int>::max())), rest_(bytes) {}

  std::size_t left() const { return rest_.size(); }

  std::uint32_t read(std::uint8_t* out, std::uint32_t bytes) {
    std::memcpy(out, borrow(nullptr, &bytes), bytes);
    consume(bytes);
    return bytes;
  }
  std::uint32_t readAll(std::uint8_t* out, std::uint32_t bytes) { return read(out, bytes); }
  const std::uint8_t* borrow(std::uint8_t*, std::uint32_t* bytes) {
    if (*bytes > rest_.size()) throw WireError("it ends in the middle");
    return reinterpret_cast<const std::uint8_t*>(rest_.data());
  }
  void consume(std::uint32_t bytes) { rest_.remove_prefix(bytes); }

 private:
  std::string_view rest_;
};

class StringTransport final : public apache::thrift::transport::TVirtualTransport<StringTransport> {
 public:
  std::string text;
  void write(const std::uint8_t* bytes, std::uint32_t count) { text.append(reinterpret_cast<const char*>(bytes), count); }
};

/// Takes one form of a message only: fields in ascending order, each once, none that it does not know. What it accepts it would write the
/// same. The generated readers call the virtual functions below.
class StrictReader final : public TBinaryProtocolT<ViewTransport> {
 public:
  explicit StrictReader(const std::shared_ptr<ViewTransport>& transport) : TBinaryProtocolT(transport), view_(*transport) {
    setStringSizeLimit(static_cast<std::int32_t>(std::max<std::size_t>(1, view_.left())));  // 0 would mean unlimited
  }

  std::uint32_t readStructBegin_virt(std::string& name) override {
    last_field_.push_back(0);
    return readStructBegin(name);
  }
  std::uint32_t readStructEnd_virt() override {
    last_field_.pop_back();
    return readStructEnd();
  }
  std::uint32_t readFieldBegin_virt(std::string&, TType& type, std::int16_t& id) override {
    id = 0;
    std::uint32_t bytes = read_type(type);
    if (type == apache::thrift::protocol::T_STOP) return bytes;
    bytes += readI16(id);
    if (id <= last_field_.back()) throw WireError("field " + std::to_string(id) + " out of order, or twice");
    last_field_.back() = id;
    return bytes;
  }
  std::uint32_t readListBegin_virt(TType& type, std::uint32_t& size) override {
    std::uint32_t bytes = read_type(type);
    if (type != apache::thrift::protocol::T_STRUCT) throw WireError("a list of something else");
    std::int32_t count = 0;
    bytes += readI32(count);
    // The generated reader makes room for all items before it reads the first. Items of the outermost list are large in memory, so
    // their number is bounded as such; the others take at least 19 bytes each (colony.thrift: Member).
    const std::size_t most = last_field_.size() == 1 ? max_messages_together : view_.left() / 19;
    if (count < 0 || static_cast<std::size_t>(count) > most) {
      throw WireError("a list of " + std::to_string(count) + " items in " + std::to_string(view_.left()) + " bytes");
    }
    size = static_cast<std::uint32_t>(count);
    return bytes;
  }
  std::uint32_t readBool_virt(bool& value) override {
    std::int8_t byte = 0;
    const std::uint32_t bytes = readByte(byte);
    if (byte != 0 && byte != 1) throw WireError("a truth value of " + std::to_string(byte));
    value = byte == 1;
    return bytes;
  }
  std::uint32_t skip_virt(TType) override { throw WireError("a field that it does not have in this version, or of another type"); }

 private:
  /// Thrift's own reader makes an enumerator of any byte that it finds.
  std::uint32_t read_type(TType& type) {
    namespace thrift = apache::thrift::protocol;
    std::int8_t byte = 0;
    const std::uint32_t bytes = readByte(byte);
    switch (byte) {
      case thrift::T_STOP:
      case thrift::T_BOOL:
      case thrift::T_I32:
      case thrift::T_I64:
      case thrift::T_STRING:
      case thrift::T_STRUCT:
      case thrift::T_LIST: type = static_cast<TType>(byte); return bytes;
      default: throw WireError("a field of type " + std::to_string(byte));
    }
  }

  ViewTransport& view_;
  std::vector<std::int16_t> last_field_;  ///< of each struct that is being read
};

// ---- Numbers ----

std::int64_t bits(std::uint64_t value) { return std::bit_cast<std::int64_t>(value); }
std::uint64_t unsigned_of(std::int64_t value) { return std::bit_cast<std::uint64_t>(value); }

std::uint32_t narrow(std::int64_t value, const char* what) {
  if (value < 0 || value > std::numeric_limits<std::uint32_t>::max()) {
    throw WireError(std::string(what) + " " + std::to_string(value) + " is out of range");
  }
  return static_cast<std::uint32_t>(value);
}

template <class T>
std::string words(const std::vector<T>& values) {
  static_assert(std::is_trivially_copyable_v<T> && sizeof(T) % 8 == 0);
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

template <class T>
std::vector<T> from_words(const std::string& bytes, const char* what) {
  static_assert(std::is_trivially_copyable_v<T> && sizeof(T) % 8 == 0);
  if (bytes.size() % sizeof(T) != 0) throw WireError(std::string(what) + " of " + std::to_string(bytes.size()) + " bytes");
  std::vector<T> values(bytes.size() / sizeof(T));
  if (!values.empty()) std::memcpy(values.data(), bytes.data(), bytes.size());
  return values;
}
static_assert(sizeof(Event) == 32, "four words");
static_assert(sizeof(BlockCost) == 16, "two words");

// ---- Structs, there and back. From the wire they are taken apart. ----

idl::Digest to_wire(const Digest& digest) {
  idl::Digest wire;
  wire.low = bits(digest.low);
  wire.high = bits(digest.high);
  return wire;
}
Digest from_wire(const idl::Digest& wire) { return {unsigned_of(wire.low), unsigned_of(wire.high)}; }

void put(idl::AnyReport& any, const JoinReport& report) {
  idl::JoinReport wire;
  wire.version = report.version;
  wire.program = report.program;
  wire.job_hash = bits(report.job_hash);
  wire.schema_hash = bits(report.schema_hash);
  wire.seed = bits(report.seed);
  wire.nonce = report.nonce;
  if (report.wanted) wire.__set_wanted(report.wanted->value);
  wire.host = report.host;
  wire.pid = report.pid;
  wire.bulk_url = report.bulk_url;
  wire.threads = report.threads;
  any.__set_join(wire);
}
JoinReport from_wire(idl::JoinReport& wire) {
  JoinReport report;
  report.version = narrow(wire.version, "version");
  report.program = std::move(wire.program);
  report.job_hash = unsigned_of(wire.job_hash);
  report.schema_hash = unsigned_of(wire.schema_hash);
  report.seed = unsigned_of(wire.seed);
  report.nonce = std::move(wire.nonce);
  if (wire.__isset.wanted) report.wanted = ShardId(narrow(wire.wanted, "shard"));
  report.host = std::move(wire.host);
  report.pid = wire.pid;
  report.bulk_url = std::move(wire.bulk_url);
  report.threads = narrow(wire.threads, "number of threads");
  return report;
}

void put(idl::AnyReport& any, const ReadyReport& report) {
  idl::ReadyReport wire;
  wire.epoch = bits(report.epoch);
  wire.tick = bits(report.tick.value);
  wire.partial = words(report.partial);
  wire.digest = to_wire(report.digest);
  wire.placement_hash = bits(report.placement_hash);
  wire.topology_hash = bits(report.topology_hash);
  wire.nodes = bits(report.nodes);
  wire.edges = bits(report.edges);
  wire.agents = bits(report.agents);
  wire.block_sizes = words(report.block_sizes);
  wire.events = words(report.events);
  any.__set_ready(wire);
}
ReadyReport from_wire(idl::ReadyReport& wire) {
  return {.epoch = unsigned_of(wire.epoch),
          .tick = Tick(unsigned_of(wire.tick)),
          .partial = from_words<std::int64_t>(wire.partial, "globals"),
          .digest = from_wire(wire.digest),
          .placement_hash = unsigned_of(wire.placement_hash),
          .topology_hash = unsigned_of(wire.topology_hash),
          .nodes = unsigned_of(wire.nodes),
          .edges = unsigned_of(wire.edges),
          .agents = unsigned_of(wire.agents),
          .block_sizes = from_words<std::uint64_t>(wire.block_sizes, "block sizes"),
          .events = from_words<Event>(wire.events, "events")};
}

void put(idl::AnyReport& any, const TickReport& report) {
  idl::TickReport wire;
  wire.epoch = bits(report.epoch);
  wire.tick = bits(report.tick.value);
  wire.partial = words(report.partial);
  if (report.digest) wire.__set_digest(to_wire(*report.digest));
  wire.events = words(report.events);
  wire.agents = bits(report.agents);
  wire.cost.compute_ns = bits(report.cost.compute_ns);
  wire.cost.wait_ns = bits(report.cost.wait_ns);
  wire.cost.bytes_sent = bits(report.cost.bytes_sent);
  wire.block_costs = words(report.block_costs);
  any.__set_tick(wire);
}
TickReport from_wire(idl::TickReport& wire) {
  TickReport report;
  report.epoch = unsigned_of(wire.epoch);
  report.tick = Tick(unsigned_of(wire.tick));
  report.partial = from_words<std::int64_t>(wire.partial, "globals");
  if (wire.__isset.digest) report.digest = from_wire(wire.digest);
  report.events = from_words<Event>(wire.events, "events");
  report.agents = unsigned_of(wire.agents);
  report.cost = {unsigned_of(wire.cost.compute_ns), unsigned_of(wire.cost.wait_ns), unsigned_of(wire.cost.bytes_sent)};
  report.block_costs = from_words<BlockCost>(wire.block_costs, "block costs");
  return report;
}

void put(idl::AnyReport& any, const PhaseReport& report) {
  idl::PhaseReport wire;
  wire.epoch = bits(report.epoch);
  wire.tick = bits(report.tick.value);
  any.__set_phase(wire);
}
PhaseReport from_wire(idl::PhaseReport& wire) { return {unsigned_of(wire.epoch), Tick(unsigned_of(wire.tick))}; }

void put(idl::AnyReport& any, const SnapshotReport& report) {
  any.__set_snapshot({});  // filled in place: columns are large
  idl::SnapshotReport& wire = any.snapshot;
  wire.epoch = bits(report.epoch);
  wire.tick = bits(report.tick.value);
  wire.series = report.series;
  wire.groups.resize(report.groups.size());
  for (std::size_t g = 0; g < report.groups.size(); ++g) {
    const GroupImage& group = report.groups[g];
    wire.groups[g].name = group.name;
    wire.groups[g].count = bits(group.count);
    wire.groups[g].columns.resize(group.columns.size());
    for (std::size_t c = 0; c < group.columns.size(); ++c) {
      const ColumnImage& column = group.columns[c];
      idl::Column& out = wire.groups[g].columns[c];
      out.name = column.name;
      out.type = static_cast<std::int32_t>(column.type);
      out.count = bits(column.count);
      out.width = static_cast<std::int32_t>(column.width);
      out.bytes.assign(reinterpret_cast<const char*>(column.bytes.data()), column.bytes.size());
    }
  }
}
ColumnImage from_wire(idl::Column& wire) {
  if (wire.type < 0 || wire.type > static_cast<std::int32_t>(last_scalar_type)) {
    throw WireError("column \"" + wire.name + "\" of type " + std::to_string(wire.type));
  }
  ColumnImage column;
  column.type = static_cast<ScalarType>(wire.type);
  column.count = unsigned_of(wire.count);
  if (wire.width < 1 || wire.width > static_cast<std::int32_t>(most_width))
    throw WireError("column \"" + wire.name + "\" of width " + std::to_string(wire.width));
  column.width = static_cast<std::uint32_t>(wire.width);
  const std::size_t item_bytes = column.item_bytes();
  // Divided, for a product may wrap.
  if (wire.bytes.size() % item_bytes != 0 || wire.bytes.size() / item_bytes != column.count) {
    throw WireError("column \"" + wire.name + "\" of " + std::to_string(column.count) + " values in " + std::to_string(wire.bytes.size()) +
                    " bytes");
  }
  column.bytes.resize(wire.bytes.size());
  if (!wire.bytes.empty()) std::memcpy(column.bytes.data(), wire.bytes.data(), wire.bytes.size());
  wire.bytes = {};  // not twice in memory for longer than it takes
  column.name = std::move(wire.name);
  return column;
}
GroupImage from_wire(idl::Group& wire) {
  GroupImage group{std::move(wire.name), unsigned_of(wire.count), {}};
  for (idl::Column& column : wire.columns) {
    group.columns.push_back(from_wire(column));
    const ColumnImage& last = group.columns.back();
    if (last.count != group.count) throw WireError("column \"" + last.name + "\" is not as long as its group \"" + group.name + '"');
  }
  if (group.columns.empty() || group.columns[0].name != "id" || group.columns[0].type != ScalarType::u64) {
    throw WireError("group \"" + group.name + "\" does not begin with its ids");
  }
  return group;
}
SnapshotReport from_wire(idl::SnapshotReport& wire) {
  SnapshotReport report{unsigned_of(wire.epoch), Tick(unsigned_of(wire.tick)), narrow(wire.series, "series"), {}};
  for (idl::Group& group : wire.groups) report.groups.push_back(from_wire(group));
  return report;
}

void put(idl::AnyReport& any, const ImageReport& report) {
  idl::ImageReport wire;
  wire.epoch = bits(report.epoch);
  wire.tick = bits(report.tick.value);
  wire.digest = to_wire(report.digest);
  wire.partial = words(report.partial);
  any.__set_image(wire);
}
ImageReport from_wire(idl::ImageReport& wire) {
  return {unsigned_of(wire.epoch), Tick(unsigned_of(wire.tick)), from_wire(wire.digest), from_words<std::int64_t>(wire.partial, "globals")};
}

void put(idl::AnyReport& any, const FileReport& report) {
  idl::FileReport wire;
  wire.epoch = bits(report.epoch);
  wire.tick = bits(report.tick.value);
  for (const FileRecord& of : report.records) {
    idl::FileRecord& record = wire.records.emplace_back();
    record.name = of.name;
    record.shard = of.shard.value;
    record.bytes = bits(of.stored.bytes);
    record.xxh3 = bits(of.stored.xxh3);
    record.digest = to_wire(of.digest);
  }
  wire.error = report.error;
  any.__set_file(wire);
}
FileReport from_wire(idl::FileReport& wire) {
  FileReport report{unsigned_of(wire.epoch), Tick(unsigned_of(wire.tick)), {}, std::move(wire.error)};
  for (idl::FileRecord& record : wire.records)
    report.records.push_back({std::move(record.name), ShardId(narrow(record.shard, "shard")),
                              StoredFile{unsigned_of(record.bytes), unsigned_of(record.xxh3)}, from_wire(record.digest)});
  return report;
}

void put(idl::AnyReport& any, const SuspectReport& report) {
  idl::SuspectReport wire;
  wire.epoch = bits(report.epoch);
  wire.peer = report.peer.value;
  any.__set_suspect(wire);
}
SuspectReport from_wire(idl::SuspectReport& wire) { return {unsigned_of(wire.epoch), ShardId(narrow(wire.peer, "shard"))}; }

void put(idl::AnyReport& any, const BeatReport& report) {
  idl::BeatReport wire;
  wire.epoch = bits(report.epoch);
  wire.tick = bits(report.tick.value);
  wire.phase = report.phase;
  wire.cpu_ns = bits(report.cpu_ns);
  wire.resident_bytes = bits(report.resident_bytes);
  any.__set_beat(wire);
}
BeatReport from_wire(idl::BeatReport& wire) {
  return {unsigned_of(wire.epoch), Tick(unsigned_of(wire.tick)), narrow(wire.phase, "phase"), unsigned_of(wire.cpu_ns),
          unsigned_of(wire.resident_bytes)};
}

void put(idl::AnyReport& any, const LeaveReport&) { any.__set_leave({}); }
LeaveReport from_wire(idl::LeaveReport&) { return {}; }

void put(idl::AnyReport& any, const FailureReport& report) {
  idl::FailureReport wire;
  wire.epoch = bits(report.epoch);
  wire.status = report.status;
  wire.message = report.message;
  any.__set_failure(wire);
}
FailureReport from_wire(idl::FailureReport& wire) { return {unsigned_of(wire.epoch), wire.status, std::move(wire.message)}; }

void put(idl::AnyOrder& any, const WelcomeOrder& order) {
  idl::WelcomeOrder wire;
  wire.shard = order.shard.value;
  any.__set_welcome(wire);
}
WelcomeOrder from_wire(idl::WelcomeOrder& wire) { return {ShardId(narrow(wire.shard, "shard"))}; }

void put(idl::AnyOrder& any, const RefuseOrder& order) {
  idl::RefuseOrder wire;
  wire.status = order.status;
  wire.reason = order.reason;
  any.__set_refuse(wire);
}
RefuseOrder from_wire(idl::RefuseOrder& wire) { return {wire.status, std::move(wire.reason)}; }

void put(idl::AnyOrder& any, const BeginOrder& order) {
  idl::BeginOrder wire;
  wire.incarnation = bits(order.incarnation);
  wire.epoch = bits(order.epoch);
  for (const MemberAddress& member : order.members) {
    wire.members.emplace_back();
    wire.members.back().shard = member.shard.value;
    wire.members.back().url = member.url;
  }
  for (const PinSpec& pin : order.pins) {
    wire.pins.emplace_back();
    wire.pins.back().block = pin.block;
    wire.pins.back().shard = pin.shard;
  }
  if (order.checkpoint) {
    idl::Stamp stamp;
    stamp.model = order.checkpoint->model;
    stamp.schema_hash = bits(order.checkpoint->schema_hash);
    stamp.seed = bits(order.checkpoint->seed);
    stamp.tick = bits(order.checkpoint->tick.value);
    stamp.incarnation = bits(order.checkpoint->incarnation);
    stamp.epoch = bits(order.checkpoint->epoch);
    wire.__set_checkpoint(stamp);
  }
  wire.static_hash = bits(order.static_hash);
  wire.writes_static = order.writes_static;
  wire.shards_each = order.shards_each;
  any.__set_start(wire);
}
BeginOrder from_wire(idl::BeginOrder& wire) {
  BeginOrder order;
  order.incarnation = unsigned_of(wire.incarnation);
  order.epoch = unsigned_of(wire.epoch);
  for (idl::Member& member : wire.members) {
    const ShardId shard(narrow(member.shard, "shard"));
    if (!order.members.empty() && shard <= order.members.back().shard) throw WireError("members that are not in order");
    order.members.push_back({shard, std::move(member.url)});
  }
  for (const idl::Pin& pin : wire.pins) order.pins.push_back({narrow(pin.block, "block"), narrow(pin.shard, "shard")});
  if (wire.__isset.checkpoint) {
    idl::Stamp& stamp = wire.checkpoint;
    order.checkpoint = CheckpointStamp{.model = std::move(stamp.model),
                                       .schema_hash = unsigned_of(stamp.schema_hash),
                                       .seed = unsigned_of(stamp.seed),
                                       .tick = Tick(unsigned_of(stamp.tick)),
                                       .incarnation = unsigned_of(stamp.incarnation),
                                       .epoch = unsigned_of(stamp.epoch)};
  }
  order.static_hash = unsigned_of(wire.static_hash);
  order.writes_static = wire.writes_static;
  order.shards_each = narrow(wire.shards_each, "number of shards");
  if (order.shards_each == 0 || order.shards_each > most_shards || (order.shards_each != 1 && order.members.size() != 1))
    throw WireError("members with so many shards");
  return order;
}

void put(idl::AnyOrder& any, const TickOrder& order) {
  idl::TickOrder wire;
  wire.epoch = bits(order.epoch);
  wire.tick = bits(order.tick.value);
  wire.globals = words(order.globals);
  wire.observe = order.observe;
  wire.digest = order.digest;
  wire.measure = order.measure;
  wire.by_phase = order.by_phase;
  any.__set_tick(wire);
}
TickOrder from_wire(idl::TickOrder& wire) {
  return {unsigned_of(wire.epoch),
          Tick(unsigned_of(wire.tick)),
          from_words<std::int64_t>(wire.globals, "globals"),
          wire.observe,
          wire.digest,
          wire.measure,
          wire.by_phase};
}

void put(idl::AnyOrder& any, const PhaseOrder& order) {
  idl::PhaseOrder wire;
  wire.epoch = bits(order.epoch);
  wire.tick = bits(order.tick.value);
  any.__set_phase(wire);
}
PhaseOrder from_wire(idl::PhaseOrder& wire) { return {unsigned_of(wire.epoch), Tick(unsigned_of(wire.tick))}; }

void put(idl::AnyOrder& any, const CheckpointOrder& order) {
  idl::CheckpointOrder wire;
  wire.epoch = bits(order.epoch);
  wire.tick = bits(order.tick.value);
  any.__set_checkpoint(wire);
}
CheckpointOrder from_wire(idl::CheckpointOrder& wire) { return {unsigned_of(wire.epoch), Tick(unsigned_of(wire.tick))}; }

void put(idl::AnyOrder& any, const SnapshotOrder& order) {
  idl::SnapshotOrder wire;
  wire.epoch = bits(order.epoch);
  wire.tick = bits(order.tick.value);
  wire.series = order.series;
  any.__set_snapshot(wire);
}
SnapshotOrder from_wire(idl::SnapshotOrder& wire) {
  return {unsigned_of(wire.epoch), Tick(unsigned_of(wire.tick)), narrow(wire.series, "series")};
}

void put(idl::AnyOrder& any, const AbandonOrder& order) {
  idl::AbandonOrder wire;
  wire.epoch = bits(order.epoch);
  any.__set_abandon(wire);
}
AbandonOrder from_wire(idl::AbandonOrder& wire) { return {unsigned_of(wire.epoch)}; }

void put(idl::AnyOrder& any, const FinishOrder& order) {
  idl::FinishOrder wire;
  wire.status = order.status;
  wire.reason = order.reason;
  any.__set_finish(wire);
}
FinishOrder from_wire(idl::FinishOrder& wire) { return {wire.status, std::move(wire.reason)}; }

// ---- Envelopes ----

/// Collects the arms of a union that are there; there must be one.
template <class Message>
class OneArm {
 public:
  template <class Wire>
  OneArm& arm(bool there, Wire& wire) {
    if (!there) return *this;
    if (message_) throw WireError("two messages in the place of one");
    message_.emplace(from_wire(wire));
    return *this;
  }
  Message take() {
    if (!message_) throw WireError("no message where one should be");
    return std::move(*message_);
  }

 private:
  std::optional<Message> message_;
};

Report from_wire(idl::AnyReport& any) {
  const auto& there = any.__isset;
  OneArm<Report> one;
  one.arm(there.join, any.join).arm(there.ready, any.ready).arm(there.tick, any.tick).arm(there.snapshot, any.snapshot);
  one.arm(there.image, any.image).arm(there.file, any.file).arm(there.suspect, any.suspect).arm(there.beat, any.beat);
  return one.arm(there.leave, any.leave).arm(there.failure, any.failure).arm(there.phase, any.phase).take();
}

Order from_wire(idl::AnyOrder& any) {
  const auto& there = any.__isset;
  OneArm<Order> one;
  one.arm(there.welcome, any.welcome).arm(there.refuse, any.refuse).arm(there.start, any.start).arm(there.tick, any.tick);
  one.arm(there.checkpoint, any.checkpoint).arm(there.snapshot, any.snapshot).arm(there.abandon, any.abandon);
  return one.arm(there.finish, any.finish).arm(there.phase, any.phase).take();
}

template <class Envelope, class List, class Message>
std::string encode_list(List Envelope::*list, std::span<const Message> messages) {
  COLONY_ASSERT(messages.size() <= max_messages_together, "too many messages in one encoding");
  Envelope envelope;
  envelope.version = static_cast<std::int32_t>(wire_version);
  (envelope.*list).resize(messages.size());
  for (std::size_t i = 0; i < messages.size(); ++i) {
    std::visit([&](const auto& message) { put((envelope.*list)[i], message); }, messages[i]);
  }
  const auto transport = std::make_shared<StringTransport>();
  TBinaryProtocolT<StringTransport> protocol(transport);
  envelope.write(&protocol);
  return std::move(transport->text);
}

/// Looked at before anything else: what another version has to say may look like anything.
void check_version(std::string_view bytes) {
  constexpr std::string_view field = {"\x08\x00\x01", 3};  // field 1, an i32
  if (bytes.size() < field.size() + 4 || !bytes.starts_with(field)) throw WireError("it does not begin with its version");
  std::uint32_t version = 0;
  for (const char byte : bytes.substr(field.size(), 4)) version = version << 8 | static_cast<unsigned char>(byte);
  if (version != wire_version) {
    throw WireError("it is of version " + std::to_string(version) + ", this program speaks version " + std::to_string(wire_version));
  }
}

template <class Message, class Envelope, class List>
std::vector<Message> decode_list(List Envelope::*list, std::string_view bytes) {
  if (bytes.size() > std::numeric_limits<std::int32_t>::max()) throw WireError(std::to_string(bytes.size()) + " bytes");
  check_version(bytes);
  Envelope envelope;
  const auto transport = std::make_shared<ViewTransport>(bytes);
  try {
    StrictReader reader(transport);
    envelope.read(&reader);
  } catch (const apache::thrift::TException& error) {
    throw WireError(error.what());
  }
  if (transport->left() != 0) throw WireError(std::to_string(transport->left()) + " bytes behind its end");
  std::vector<Message> messages;
  messages.reserve((envelope.*list).size());
  for (auto& any : envelope.*list) messages.push_back(from_wire(any));
  return messages;
}

}  // namespace

std::string encode(std::span<const Report> reports) { return encode_list(&idl::Reports::reports, reports); }
std::string encode(std::span<const Order> orders) { return encode_list(&idl::Orders::orders, orders); }

std::vector<Report> decode_reports(std::string_view bytes) { return decode_list<Report>(&idl::Reports::reports, bytes); }
std::vector<Order> decode_orders(std::string_view bytes) { return decode_list<Order>(&idl::Orders::orders, bytes); }

}  // namespace colony
