// The coordinator of a cluster: a pure state machine that owns members, epochs, placement, the course of the ticks, checkpoint commits and
// failure detection. No I/O, no clock, no thread: a shell turns messages and timers into events and carries the actions out. docs/adr/0007.
//
//   gathering --all places filled, or the wait over--> beginning --every member ready, digest right--> running --course over--> finished
//       ^                                                  |                                              |
//       +---- a member failed, left or joined, blocks move: the epoch is over (planned changes: after a commit) ----+
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "coordinator/coordinator.hpp"
#include "engine/state/image.hpp"
#include "io/checkpoints/manifest.hpp"
#include "ringhash/placement.hpp"
#include "shard/wire/messages.hpp"

namespace colony {

/// A process's connection, as the shell numbers them; never used twice, so that what is fenced stays fenced.
using ConnectionId = Id<struct ConnectionTag, std::uint64_t>;

struct ClusterPlan {
  CoursePlan course;  ///< `shards` is set by each epoch
  const Schema* schema = nullptr;
  JoinReport identity;  ///< what joiners must agree on
  std::string model;
  std::uint64_t schema_hash = 0, seed = 0;
  std::uint64_t incarnation = 1;
  std::uint32_t places = 1;           ///< members to begin with
  std::uint32_t shards_each = 1;      ///< of a member; 1 where there may be several
  bool one_process = false;           ///< the member is a part of this process: it can't be lost, and its errors are the run's
  PlacementInput placement;           ///< strategy, virtual nodes, load bound, pins; members and sizes are set by each epoch
  std::uint64_t digest_every = 0;     ///< ticks; 0: never
  std::uint64_t rebalance_every = 0;  ///< ticks; 0: never
  bool by_phase = false;              ///< members wait for an order between Act and Decay
  std::uint64_t heartbeat_ns = 1'000'000'000;
  std::uint32_t heartbeat_misses = 3;
  std::uint64_t stall_ns = 0;          ///< a member that beats and does not move for so long, while others wait, has failed; 0: never
  std::uint64_t begin_timeout_ns = 0;  ///< the same where files are read or written: an epoch's begin, a checkpoint; 0: never
  std::uint64_t replace_wait_ns = 0;
  std::uint64_t join_wait_ns = 60'000'000'000;  ///< how long the first epoch waits for all its places
  bool fixed_members = false;                   ///< under MPI: a lost member ends the run
};

// ---- Events ----

struct Received {
  ConnectionId connection;
  Report report;
  std::uint64_t now_ns;
};
/// The process is gone, or can't be reached any more.
struct Disconnected {
  ConnectionId connection;
  std::uint64_t now_ns;
};
/// To be told at least once a heartbeat. Of the time between two events, what exceeds one heartbeat counts against no member: in it the
/// coordinator slept, and the reports of its members from that time are still to be read.
struct TimePassed {
  std::uint64_t now_ns;
};
/// The Commit action was carried out, or failed.
struct CommitDone {
  Tick tick;
  bool complete;
  std::string error;
  std::uint64_t now_ns;
  bool fatal = false;  ///< the run folder is another start's by now, or its rows are no longer what was written: the run ends
};
/// From the user: stop (130, 143), let a member leave, pin a block.
struct StopAsked {
  int exit_status;
};
struct DrainAsked {
  ShardId shard;
};
struct PinAsked {
  PinSpec pin;
};
using ClusterEvent = std::variant<Received, Disconnected, TimePassed, CommitDone, StopAsked, DrainAsked, PinAsked>;

// ---- Actions, to be carried out in order ----

struct SendOrder {
  ConnectionId connection;
  Order order;
};
/// Fenced: nothing of this connection counts any more. (One that was sent RefuseOrder or FinishOrder is closed by its own end.)
struct CloseConnection {
  ConnectionId connection;
  std::string reason;
};
/// The ticks of an epoch begin, from a state that is the one it should be: rows of observables and events beyond those of committed() are
/// void (none: no rows at all, tick 0), and so are snapshots of later ticks.
struct RestoreFiles {};
struct WriteRow {
  Tick tick;
  std::optional<Digest> digest;  ///< of the whole state, where the job wants it
  Globals globals;               ///< as the row shows them
};
struct WriteEvents {
  std::vector<Event> events;  ///< sorted
};
struct WriteSnapshot {
  Tick tick;
  std::uint32_t series;
  std::vector<std::vector<GroupImage>> parts;  ///< by member, ascending shard
};
/// All rows up to here belong to the checkpoint that is being taken: the shell answers at once with note_lengths().
struct NoteLengths {
  Tick tick;
};
/// All files are there. Sync the rows, see that the lock is still ours, write the manifest, prune; answer CommitDone.
struct Commit {
  Manifest manifest;
};
struct Say {
  enum class Level : std::uint8_t { info, warning } level;
  std::string event;    ///< one word, for log.jsonl
  std::string message;  ///< for people
};
/// The run is over. Every member has been sent its FinishOrder.
struct ClusterFinish {
  Finish::Reason reason;
  int exit_status;    ///< 0, 130, 143, or an ExitStatus
  bool checkpointed;  ///< the last tick is in a committed checkpoint: else the run is done, and its status that of storage
  std::string error;  ///< why the run failed; empty when it did not
};
using ClusterAction =
    std::variant<SendOrder, CloseConnection, RestoreFiles, WriteRow, WriteEvents, WriteSnapshot, NoteLengths, Commit, Say, ClusterFinish>;

/// What `colony status` shows of a member.
struct MemberView {
  ShardId shard;  ///< its place
  std::string host;
  std::int64_t pid = 0;
  std::string state;  ///< joined | beginning | running | at barrier | leaving
  Tick tick;
  std::uint32_t phase = 0;
  std::uint64_t blocks = 0, nodes = 0;
  std::uint64_t agents = 0;  ///< at the last tick that all had done
  std::uint64_t cpu_ns = 0, resident_bytes = 0;
  TickCost cost;  ///< summed over this epoch
  std::uint64_t last_beat_ns = 0;
};

class Cluster {
 public:
  /// from: the committed checkpoint to go on from, if there is one.
  /// Throws StorageError when that lacks a global of the schema; nothing that comes after throws.
  Cluster(ClusterPlan plan, std::optional<Manifest> from, std::uint64_t now_ns);
  ~Cluster();

  /// One event in, the actions that follow from it out. Both carry columns: they are handed over, not copied.
  std::vector<ClusterAction> step(ClusterEvent event);
  /// The answer to NoteLengths, before the next step.
  void note_lengths(const KeptRows& rows);

  std::uint64_t epoch() const;
  Tick tick() const;
  /// Reduced globals of S(tick()), for rows; at the end with scans.
  const Globals& globals() const;
  /// Of the last state whose digest is known (each checkpoint's, the last tick's when all went well), combined as runs print it.
  std::optional<Digest> digest() const;
  const std::optional<Manifest>& committed() const;
  std::vector<MemberView> members() const;
  std::uint64_t node_count() const;
  std::uint64_t edge_count() const;
  /// Of S(tick()), whose reports are all of one tick; none while no epoch has a state.
  std::optional<std::uint64_t> agent_count() const;
  std::uint32_t block_count() const;
  bool finished() const;
  /// For status pages: gathering | beginning | running | ending | finished.
  const char* phase() const;
  /// Which member has which block, as of the last epoch whose ticks began; nullptr before the first.
  const Placement* placement() const;
  /// Reports that were late, doubled or not asked for.
  std::uint64_t ignored_reports() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace colony
