// What members and the coordinator say to each other: reports one way, orders the other. Plain data here; encode() and decode() are the
// wire form (Thrift's, colony.thrift), whose decoder believes nothing: every length is bounded by what arrived. docs/adr/0007.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "engine/ids.hpp"
#include "engine/schema/declared.hpp"
#include "engine/schema/job.hpp"
#include "engine/state/image.hpp"
#include "engine/state/part.hpp"
#include "io/checkpoints/manifest.hpp"

namespace colony {

/// Bytes that are not a message of this version, or a message that does not keep its own bounds.
struct WireError : Error {
  explicit WireError(const std::string& what_) : Error(ExitStatus::cluster, "message refused: " + what_) {}
};

inline constexpr std::uint32_t wire_version = 4;

// ---- Reports: member to coordinator ----

/// First message of a process. What follows `version` must be the coordinator's own, or the process is refused by the name of what differs.
struct JoinReport {
  std::uint32_t version = wire_version;
  std::string program;            ///< version and build of the program
  std::uint64_t job_hash = 0;     ///< of the resolved job, without what may differ between processes
  std::uint64_t schema_hash = 0;  ///< schema_number
  std::uint64_t seed = 0;
  std::string nonce;  ///< read from the run folder: the folder is shared

  std::optional<ShardId> wanted;  ///< the place that a launcher keeps for this process
  std::string host;
  std::int64_t pid = 0;
  std::string bulk_url;  ///< where peers reach it
  std::uint32_t threads = 0;
  bool operator==(const JoinReport&) const = default;
};

/// The member holds the state that its epoch begins from, ghosts included.
struct ReadyReport {
  std::uint64_t epoch = 0;
  Tick tick;
  Globals partial;  ///< scans included
  Digest digest;    ///< sum over its entities
  std::uint64_t placement_hash = 0;
  std::uint64_t topology_hash = 0;
  std::uint64_t nodes = 0, edges = 0;  ///< of the whole colony
  std::uint64_t agents = 0;            ///< its own
  std::vector<std::uint64_t> block_sizes;
  std::vector<Event> events;  ///< of S(0); an epoch that begins with a checkpoint has none
  bool operator==(const ReadyReport&) const = default;
};

/// Where a member's time went in one tick, and what it sent.
struct TickCost {
  std::uint64_t compute_ns = 0, wait_ns = 0;  ///< in the phases; waiting for frames
  std::uint64_t bytes_sent = 0;
  bool operator==(const TickCost&) const = default;
};

/// A block's share of its member's time in a tick.
struct BlockCost {
  std::uint64_t block = 0, ns = 0;
  bool operator==(const BlockCost&) const = default;
};

struct TickReport {
  std::uint64_t epoch = 0;
  Tick tick;  ///< the one reached
  Globals partial;
  std::optional<Digest> digest;  ///< sum over its entities, where it was asked for
  std::vector<Event> events;
  std::uint64_t agents = 0;
  TickCost cost;
  std::vector<BlockCost> block_costs;  ///< of its blocks, where they were asked for
  bool operator==(const TickReport&) const = default;
};

/// Sense and Act of S(tick) are done and their effects are on their way: the member waits for the PhaseOrder. Only where the TickOrder
/// asks.
struct PhaseReport {
  std::uint64_t epoch = 0;
  Tick tick;
  bool operator==(const PhaseReport&) const = default;
};

/// The columns of a snapshot series that this member has, each row with its id.
struct SnapshotReport {
  std::uint64_t epoch = 0;
  Tick tick;
  std::uint32_t series = 0;
  std::vector<GroupImage> groups;
};

/// The state of `tick` has been copied for a checkpoint.
struct ImageReport {
  std::uint64_t epoch = 0;
  Tick tick;
  Digest digest;    ///< sum over its entities
  Globals partial;  ///< scans included
  bool operator==(const ImageReport&) const = default;
};

/// The member's files of a checkpoint are on disk under their names, or one of them is not.
struct FileReport {
  std::uint64_t epoch = 0;
  Tick tick;
  std::vector<FileRecord> records;  ///< of its shards, ascending; empty: see error
  std::string error;
  bool operator==(const FileReport&) const = default;
};

/// A frame of a peer did not come, three times asked for.
struct SuspectReport {
  std::uint64_t epoch = 0;
  ShardId peer;
  bool operator==(const SuspectReport&) const = default;
};

/// The member lives; where it is. phase: 0 idle, 1 before round 1, 2 before round 2, 3 before the PhaseOrder.
struct BeatReport {
  std::uint64_t epoch = 0;
  Tick tick;
  std::uint32_t phase = 0;
  std::uint64_t cpu_ns = 0, resident_bytes = 0;
  bool operator==(const BeatReport&) const = default;
};

/// The member would like to leave at the next boundary (SIGUSR1, SIGTERM).
struct LeaveReport {
  bool operator==(const LeaveReport&) const = default;
};

/// The member can't go on, and another in its place could not either: bad input, a bad checkpoint, a full disk at set-up.
struct FailureReport {
  std::uint64_t epoch = 0;
  std::int32_t status = 0;  ///< ExitStatus
  std::string message;
  bool operator==(const FailureReport&) const = default;
};

using Report = std::variant<JoinReport, ReadyReport, TickReport, SnapshotReport, ImageReport, FileReport, SuspectReport, BeatReport,
                            LeaveReport, FailureReport, PhaseReport>;

// ---- Orders: coordinator to member ----

struct WelcomeOrder {
  ShardId shard;
  bool operator==(const WelcomeOrder&) const = default;
};

/// The coordinator does not take the process, or no longer: the process ends with `status` and says why.
struct RefuseOrder {
  std::int32_t status = 0;
  std::string reason;
  bool operator==(const RefuseOrder&) const = default;
};

struct MemberAddress {
  ShardId shard;
  std::string url;
  bool operator==(const MemberAddress&) const = default;
};

inline constexpr std::uint32_t most_shards = 65536;  ///< of a colony, as [shards] count

/// An epoch begins: all that the member holds is void. It builds, fills or loads its shards, exchanges ghosts, answers ReadyReport.
struct BeginOrder {
  std::uint64_t incarnation = 0;
  std::uint64_t epoch = 0;
  std::vector<MemberAddress> members;         ///< ascending shard
  std::vector<PinSpec> pins;                  ///< the job's and later ones
  std::optional<CheckpointStamp> checkpoint;  ///< none: S(0)
  std::uint64_t static_hash = 0;              ///< with a checkpoint: the graph it is of
  bool writes_static = false;                 ///< this member writes the static graph; one of an epoch that begins at tick 0
  std::uint32_t shards_each = 1;              ///< that of place p has the shards p * shards_each and on; 1 where there are several members
  bool operator==(const BeginOrder&) const = default;
};

struct TickOrder {
  std::uint64_t epoch = 0;
  Tick tick;  ///< S(tick) -> S(tick + 1)
  Globals globals;
  bool observe = false;   ///< scans are wanted
  bool digest = false;    ///< so is the digest of S(tick + 1)
  bool measure = false;   ///< so is what each block costs
  bool by_phase = false;  ///< wait for a PhaseOrder between Act and Decay
  bool operator==(const TickOrder&) const = default;
};

/// All members have sent their PhaseReport: go on to Decay and Advance.
struct PhaseOrder {
  std::uint64_t epoch = 0;
  Tick tick;
  bool operator==(const PhaseOrder&) const = default;
};

/// Copy S(tick) and write it behind the ticks that follow: answer ImageReport at once, FileReport when it is written.
struct CheckpointOrder {
  std::uint64_t epoch = 0;
  Tick tick;
  bool operator==(const CheckpointOrder&) const = default;
};

struct SnapshotOrder {
  std::uint64_t epoch = 0;
  Tick tick;
  std::uint32_t series = 0;
  bool operator==(const SnapshotOrder&) const = default;
};

/// The epoch is over: drop what is being waited for, and wait for a BeginOrder.
struct AbandonOrder {
  std::uint64_t epoch = 0;
  bool operator==(const AbandonOrder&) const = default;
};

/// The run is over for this member, which exits with `status`. reason: for the user; empty when there is nothing to say.
struct FinishOrder {
  std::int32_t status = 0;
  std::string reason;
  bool operator==(const FinishOrder&) const = default;
};

using Order =
    std::variant<WelcomeOrder, RefuseOrder, BeginOrder, TickOrder, CheckpointOrder, SnapshotOrder, AbandonOrder, FinishOrder, PhaseOrder>;

// ---- Wire form ----

/// Messages in one encoding, at most.
inline constexpr std::size_t max_messages_together = 4096;

/// At most max_messages_together of them.
std::string encode(std::span<const Report> reports);
std::string encode(std::span<const Order> orders);
/// Throw WireError.
std::vector<Report> decode_reports(std::string_view bytes);
std::vector<Order> decode_orders(std::string_view bytes);

}  // namespace colony
