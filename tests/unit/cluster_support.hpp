// A world around one Cluster for its tests: members that answer orders, files that rows go to, commits that come when they are let.
// In all tests, every action is held against what must be true of all of them.
#pragma once

#include <gmock/gmock.h>

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "coordinator/cluster.hpp"
#include "coordinator/globals.hpp"
#include "engine/model/model.hpp"
#include "engine/state/digest.hpp"

namespace colony::testing {

using Texts = std::vector<std::string>;

/// What a test says of a cluster. Times in ns; a heartbeat is 1000.
struct ClusterOptions {
  std::uint32_t places = 2;
  std::uint64_t last = 4;
  std::uint64_t observe_every = 1, digest_every = 0, checkpoint_every = 0, checkpoint_every_ns = 0;
  std::vector<std::uint64_t> snapshot_every{};
  std::uint64_t stall_ns = 5000, begin_timeout_ns = 20'000, replace_wait_ns = 4000, join_wait_ns = 10'000;
  std::uint32_t misses = 3;
  bool fixed = false;
  std::function<bool(Tick, const Globals&)> stop_when{};
  std::vector<Pin> pins{};
  std::uint32_t blocks = 4;  ///< of four nodes each
  std::uint64_t rebalance_every = 0;
  bool by_phase = false;
  std::function<std::uint64_t(std::uint32_t)> block_ns{};  ///< what a block costs, wherever it is
};

// A colony of which everything is known: per tick 7 are "done" (lasting) and 5 "moved" (of that tick), and a scan finds 3 * tick. Shares of
// it are what members hold; the sum does not depend on how many there are.
const Schema& test_schema();
Globals whole_globals(Tick tick);
Digest whole_digest(Tick tick);
std::uint64_t agents_at(Tick tick);
std::uint64_t share(std::uint64_t whole, std::size_t index, std::size_t count);
Manifest test_manifest(Tick tick, std::uint64_t incarnation = 1);
inline constexpr std::uint64_t test_topology = 77, test_seed = 11, test_schema_hash = 22;
inline constexpr std::uint64_t row_bytes = 10, event_bytes = 3;
JoinReport test_identity();

/// A member as the cluster sees it. Orders go in, reports wait in `out` until the test delivers them.
struct FakeMember {
  ConnectionId connection;
  std::optional<ShardId> shard;
  std::uint64_t epoch = 0;
  std::vector<ShardId> peers;  ///< all members of the epoch
  std::vector<PinSpec> pins;
  std::uint32_t blocks = 4;
  std::function<std::uint64_t(std::uint32_t)> block_ns;
  Tick tick;
  std::uint32_t phase = 0;
  std::deque<Report> out;
  std::optional<TickReport> acted;  ///< to be said once the others have acted too
  std::vector<Report> held;         ///< by a disk that hangs
  std::optional<FinishOrder> finished;
  std::optional<RefuseOrder> refused;
  bool fenced = false;       ///< the cluster closed the connection
  bool dead = false;         ///< it closed by itself
  bool hung = false;         ///< beats, and does nothing else
  bool silent = false;       ///< does not even beat
  bool disk_full = false;    ///< its checkpoint files fail
  bool disk_hung = false;    ///< ... or are held back
  bool wrong_state = false;  ///< loads something else than the checkpoint

  bool up() const { return !fenced && !dead && !finished && !refused; }
  std::size_t index() const;
  void take(const Order& order);

 private:
  void answer(const BeginOrder& order);
  void answer(const TickOrder& order);
  void answer(const CheckpointOrder& order);
};

class ClusterWorld {
 public:
  explicit ClusterWorld(const ClusterOptions& options = {}, std::optional<Manifest> from = std::nullopt);

  // ---- One event each; the actions as texts ----
  Texts step(ClusterEvent event);
  Texts report(std::uint64_t connection, Report report) { return step(Received{ConnectionId(connection), std::move(report), now_ns}); }
  /// A process connects and joins.
  Texts join(std::uint64_t connection, std::optional<std::uint32_t> wanted = std::nullopt);
  /// The next report of a member.
  Texts deliver(std::uint64_t connection);
  Texts disconnect(std::uint64_t connection);
  Texts stop(int status = 130) { return step(StopAsked{status}); }
  Texts drain(std::uint32_t shard) { return step(DrainAsked{ShardId(shard)}); }
  Texts pin(std::uint32_t block, std::uint32_t shard) { return step(PinAsked{{block, shard}}); }
  /// Answers the Commit that waits.
  Texts commit(bool complete = true);
  /// Time in steps of half a heartbeat; each member that can beats.
  Texts pass(std::uint64_t ns);

  // ---- Many ----
  /// Delivers everything, round by round, commits included, until there is nothing left. The actions of all.
  Texts settle();
  /// Joins as many processes as there are places, connections 1, 2, ...; their epoch runs to the report of `tick` (none delivered of it).
  void start(std::uint64_t until_tick = 0);

  FakeMember& member(std::uint64_t connection) { return members.at(ConnectionId(connection)); }
  FakeMember* at(ShardId shard);

  std::map<ConnectionId, FakeMember> members;
  std::uint64_t now_ns = 1000;
  bool auto_commit = true;
  std::optional<Manifest> pending;  ///< the Commit that waits
  std::optional<ClusterFinish> finish;
  std::vector<std::uint64_t> rows;    ///< ticks in observables.csv
  std::vector<std::uint64_t> events;  ///< ticks in events.csv, one each
  std::vector<Tick> commits;
  Texts said;  ///< messages
  std::set<std::pair<std::uint64_t, std::uint32_t>> snapshots;
  std::uint64_t epoch = 0;
  std::vector<ShardId> epoch_members;
  ClusterOptions options;
  std::optional<Cluster> cluster;

 private:
  std::string perform(ClusterAction& action);
  std::string on(SendOrder& action);
  std::string on(CloseConnection& action);
  std::string on(RestoreFiles& action);
  std::string on(WriteRow& action);
  std::string on(WriteEvents& action);
  std::string on(WriteSnapshot& action);
  std::string on(NoteLengths& action);
  std::string on(Commit& action);
  std::string on(Say& action);
  std::string on(ClusterFinish& action);
  void check_order(const FakeMember& to, const Order& order);

  std::optional<Tick> committed_;
  std::optional<Tick> noted_;  ///< of the checkpoint in flight
  KeptRows noted_rows_;
  std::size_t files_reported_ = 0;  ///< of its files, by those that can
  bool file_failed_ = false, restored_ = false, abandoned_ = true;
  bool last_row_extra_ = false;
  std::uint64_t next_tick_ = 0;   ///< that may be ordered
  std::uint64_t first_seen_ = 0;  ///< tick whose row and snapshots this run makes
  std::set<ShardId> tick_sent_;
};

/// The actions that say what is about, for tests that look for one thing among many.
std::size_t count(const Texts& texts, const std::string& text);

}  // namespace colony::testing
