// What a Cluster knows, and the rules that change it. Of coordinator/ alone; users see cluster.hpp.
//
//   cluster.cpp             events in, the run's end, what is told outside
//   cluster_members.cpp     who is in: joining, leaving, draining, pins, fencing
//   cluster_watch.cpp       who has failed: silence, suspicion, standing still
//   cluster_epoch.cpp       gathering, beginning, the course of the ticks, the end of an epoch
//   cluster_checkpoint.cpp  checkpoints from order to commit, snapshots
//   cluster_balance.cpp     blocks that move because members take unequally long
#pragma once

#include <compare>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "coordinator/cluster.hpp"
#include "engine/model/model.hpp"

namespace colony {

/// A process that was welcomed, until it is fenced or has left.
struct ClusterMember {
  ConnectionId connection;
  JoinReport join;
  bool in_epoch = false;
  bool leaving = false;        ///< it asked to leave, or the user asked for it
  std::uint64_t heard_ns = 0;  ///< last report, of the cluster's time
  std::uint64_t moved_ns = 0;  ///< last order or answer, of the cluster's time
  Tick tick;                   ///< where it is, as it says
  std::uint32_t phase = 0;
  std::optional<ReadyReport> ready;
  bool acted = false;              ///< it waits for the others between Act and Decay
  std::optional<TickReport> done;  ///< of the tick being done
  MemberView seen{};               ///< what only `status` asks for
};

/// One at most, from the order to CommitDone.
struct CheckpointInFlight {
  CheckpointStamp stamp;
  Globals globals;   ///< as the course has them at that tick
  RowsSoFar so_far;  ///< ... and what its rows leave for the next one
  bool lengths_noted = false;
  KeptRows rows;
  std::map<ShardId, ImageReport> images;
  Digest digest;  ///< of the whole state, once all images are there
  std::map<ShardId, FileReport> files;
  std::optional<Manifest> committing;  ///< the shell has been asked to commit it; outlives its epoch
};

/// A member that is no longer one, and why.
struct Loss {
  ShardId shard;
  std::string why;
};

struct Cluster::State {
  State(ClusterPlan plan_, std::optional<Manifest> from, std::uint64_t now_ns);

  // ---- cluster.cpp ----
  void on(Received&& event);
  void on(Disconnected&& event);
  void on(TimePassed&& event);
  void on(CommitDone&& event);
  void on(StopAsked&& event);
  void on(DrainAsked&& event);
  void on(PinAsked&& event);
  void pass_time(std::uint64_t now_ns);
  void say(Say::Level level, const char* event, std::string message);
  void send(ConnectionId connection, Order order);
  template <class O>
  void to_epoch(const O& order) {
    for (auto& [shard, member] : members)
      if (member.in_epoch) {
        member.moved_ns = time_ns;  // from now on it owes an answer
        send(member.connection, order);
      }
  }
  void end(Finish::Reason reason, int exit_status, std::string error);
  void end_stopped() { end(Finish::Reason::stopped, stop_status, {}); }
  void finish_now();
  bool ended() const { return phase == Phase::ending || phase == Phase::finished; }
  Tick start() const { return committed ? committed->stamp.tick : Tick(0); }
  Tick tick() const { return course ? course->tick() : start(); }
  const Globals& globals() const;
  std::string kept() const;  ///< "the last committed checkpoint is of tick 7"

  // ---- cluster_members.cpp ----
  void join(ConnectionId connection, JoinReport&& report);
  void refuse(ConnectionId connection, ExitStatus status, const std::string& reason);
  /// How a joiner differs from this run, and what to do about it; none when it may join.
  std::optional<std::pair<ExitStatus, std::string>> difference(const JoinReport& report) const;
  std::string place_refused(const JoinReport& report) const;
  void leave(ShardId shard, const char* asked);
  void release(ShardId shard);
  /// Those that go at the next change: half of the members at most.
  std::set<ShardId> leavers() const;
  bool change_wanted() const;
  void fail(std::vector<Loss> losses);
  void fail(ShardId shard, std::string why) { fail({{shard, std::move(why)}}); }
  std::string name_of(ShardId shard) const;
  /// "member 3 (host, process 7): "; nothing where the member is this process.
  std::string words_of(ShardId shard) const;
  /// The shards of the member in a place.
  std::vector<ShardId> shards_of(ShardId place) const;

  // ---- cluster_watch.cpp ----
  /// How far a member is, compared with others: who is behind keeps them waiting.
  struct Standing {
    int answers;  ///< 0: owes an answer that comes at once, 1: only a file, 2: nothing
    std::uint64_t tick;
    int step;
    auto operator<=>(const Standing&) const = default;
  };
  Standing standing(const ClusterMember& member, ShardId shard) const;
  void watch();
  void take(ShardId shard, ClusterMember& member, BeatReport&& report);
  void take(ShardId shard, ClusterMember& member, SuspectReport&& report);
  void moved(ShardId shard, ClusterMember& member);
  bool counts(ShardId suspect) const;
  std::optional<ShardId> convicted() const;
  std::optional<ShardId> stalled() const;

  // ---- cluster_epoch.cpp ----
  void try_begin();
  void begin_epoch();
  void send_begin();
  void take(ShardId shard, ClusterMember& member, ReadyReport&& report);
  std::string disagreement() const;
  void run_epoch();
  void place_views();
  void take(ShardId shard, ClusterMember& member, PhaseReport&& report);
  void take(ShardId shard, ClusterMember& member, TickReport&& report);
  bool known(const std::vector<Event>& events) const;
  void write_events(std::vector<Event> events);
  void tick_done();
  void drive(const CoordinatorEvent& event);
  void tell_pause();
  void epoch_over();
  void perform(const RunTick& action);
  void perform(const Observe& action);
  void perform(const AwaitCheckpoint&) {}
  void perform(const Paused&) { begin_epoch(); }
  void perform(const Finish& action) { end(action.reason, action.exit_status, {}); }
  bool digest_due(Tick at) const { return plan.digest_every != 0 && at.value % plan.digest_every == 0; }

  // ---- cluster_balance.cpp ----
  bool measure_due(Tick at) const;
  std::vector<ShardId> shards_of_epoch() const;
  std::vector<PinSpec> pins_to_begin_with();
  void balance();

  // ---- cluster_checkpoint.cpp ----
  void perform(const TakeSnapshot& action);
  void perform(const TakeCheckpoint& action);
  void take(ShardId shard, ClusterMember& member, SnapshotReport&& report);
  void take(ShardId shard, ClusterMember& member, ImageReport&& report);
  void take(ShardId shard, ClusterMember& member, FileReport&& report);
  void images_complete();
  void checkpoint_answered();
  std::string fault_of(const FileReport& report, ShardId place) const;

  // The rest of what a member may say.
  void take(ShardId, ClusterMember&, JoinReport&&) { ++ignored; }
  void take(ShardId shard, ClusterMember&, LeaveReport&&) { leave(shard, "the member asked to leave"); }
  void take(ShardId shard, ClusterMember& member, FailureReport&& report);
  /// Whether the report is of the epoch that is going on, from one of its members, in this phase.
  enum class Phase : std::uint8_t { gathering, beginning, running, ending, finished };
  bool current(const ClusterMember& member, std::uint64_t of_epoch, Phase in) const {
    return phase == in && member.in_epoch && of_epoch == epoch;
  }

  ClusterPlan plan;
  std::optional<Manifest> committed;
  Globals kept_values;  ///< of `committed`, or zeros
  RowsSoFar kept_rows;  ///< of `committed`
  Phase phase = Phase::gathering;
  std::uint64_t shell_ns;        ///< the shell's time: when checkpoints are due
  std::uint64_t time_ns = 0;     ///< the cluster's time, which stands still while the coordinator sleeps: deadlines
  std::uint64_t deadline_ns;     ///< of gathering
  std::uint32_t wanted_members;  ///< gathering is over when so many are there
  std::uint64_t epoch = 0;
  std::map<ShardId, ClusterMember> members;
  std::map<ConnectionId, ShardId> connections;
  std::set<ConnectionId> gone;                                      ///< fenced, refused or released
  std::map<std::pair<ShardId, ShardId>, std::uint64_t> suspicions;  ///< (who, whom) -> since when
  std::vector<PinSpec> pins;                                        ///< the user's
  std::vector<ShardId> balanced;  ///< [blocks] the owner of each, once blocks have been moved to balance; else empty
  std::vector<ShardId> balanced_members;
  bool pins_changed = false;
  int stop_status = 0;

  // Of the epoch.
  std::optional<Coordinator> course;
  std::size_t epoch_size = 0;
  std::vector<PinSpec> epoch_pins;  ///< those of its BeginOrder; `pins` may have got others since
  bool pause_told = false;
  std::optional<Tick> ordered;       ///< the tick being done: S(*ordered) is being left
  bool digest_ordered = false;       ///< ... and its digest is wanted
  bool measure_ordered = false;      ///< ... and what each block costs
  bool decay_ordered = false;        ///< ... and all have gone on, or may without an order
  std::optional<Digest> digest_sum;  ///< of the state at the boundary, where it was asked for
  std::optional<CheckpointInFlight> flight;
  std::map<std::pair<Tick, std::uint32_t>, std::map<ShardId, std::vector<GroupImage>>> snapshots;  ///< by tick and series; incomplete

  // Of the colony.
  std::uint64_t nodes = 0, edges = 0, topology_hash = 0;
  std::vector<std::uint64_t> block_sizes;
  std::optional<Placement> placement;  ///< for `status`
  std::optional<Digest> digest;
  std::optional<std::uint64_t> agents;              ///< of S(tick()); none without a course
  std::optional<std::pair<Tick, Globals>> scanned;  ///< globals with scans, of the last state that was copied
  std::string last_write_error;
  std::optional<ClusterFinish> finish;
  std::uint64_t ignored = 0;
  std::vector<ClusterAction> actions;
};

}  // namespace colony
