// The coordinator: a pure state machine that drives ticks, observations, snapshots, checkpoints and stopping. It does no I/O and reads no
// clock: `Cluster` turns what members report into events and carries the actions out. DESIGN 9.
//
//   boundary at S(t), once every shard has reported:
//     reduce globals -> Observe -> TakeSnapshot -> TakeCheckpoint (after the one in flight) -> RunTick | Paused | Finish
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "engine/ids.hpp"
#include "engine/schema/declared.hpp"

namespace colony {

/// What the job says of a run's course.
struct CoursePlan {
  std::vector<GlobalSpec> globals;
  std::uint32_t shards = 1;
  Tick last;                              ///< the tick to reach
  std::uint64_t observe_every = 1;        ///< ticks
  std::uint64_t checkpoint_every = 0;     ///< ticks; 0: by time only
  std::uint64_t checkpoint_every_ns = 0;  ///< 0: by ticks only
  std::vector<std::uint64_t> snapshot_every;
  std::function<bool(Tick, const Globals&)> stop_when;  ///< empty: none. Pure; asked at every boundary but that of tick 0
  std::vector<std::uint32_t> happenings{};              ///< slots whose values rows add up from tick to tick
};

/// What the rows written so far leave for the next one.
struct RowsSoFar {
  Tick last;                           ///< the tick of the last row
  std::vector<std::int64_t> counts{};  ///< parallel to CoursePlan::happenings: what has happened since; empty: nothing
};

// ---- Events ----

/// A shard holds S(start): its partial globals, scans included.
struct ShardReady {
  ShardId shard;
  const Globals* partial;
  std::uint64_t now_ns;
};
/// A shard has done a tick; `tick` is the one reached. partial must live through step().
struct TickDone {
  ShardId shard;
  Tick tick;
  const Globals* partial;
  std::uint64_t now_ns;
};
/// The checkpoint that was in flight is committed, or failed. The run goes on either way, and tries again at the next one.
struct CheckpointDone {
  Tick tick;
  bool committed;
  std::uint64_t now_ns;
};
/// The user asks to stop: exit_status 130 or 143.
struct StopRequested {
  int exit_status;
};
/// The members are to change: pause at the first boundary whose state is in a committed checkpoint (one is taken for it). wanted = false
/// withdraws it. A checkpoint that fails is tried again at the next boundary; a run that comes to its end finishes instead.
struct PauseRequested {
  bool wanted;
};
using CoordinatorEvent = std::variant<ShardReady, TickDone, CheckpointDone, StopRequested, PauseRequested>;

// ---- Actions, to be carried out in order ----

struct RunTick {
  Tick tick;     ///< S(tick) -> S(tick + 1)
  bool observe;  ///< the shards' scans are wanted
};
/// A row is due, of the globals that for_row() makes of those of the state. last: the run ends here, between rows; the row is not in
/// any checkpoint, so that a run that goes on has it cut off, and scans have not been asked for.
struct Observe {
  Tick tick;
  bool last = false;
};
struct TakeSnapshot {
  Tick tick;
  std::size_t series;
};
/// Copy the state, write and commit it behind the ticks that follow; answer with CheckpointDone.
struct TakeCheckpoint {
  Tick tick;
};
/// Nothing goes on until the checkpoint in flight has been answered.
struct AwaitCheckpoint {};
/// The course ends here, with S(tick) in a committed checkpoint: another coordinator goes on from it.
struct Paused {
  Tick tick;
};
struct Finish {
  enum class Reason : std::uint8_t { reached, condition, stopped } reason;
  int exit_status;
  bool checkpointed;  ///< the last tick is in a committed checkpoint
};
using CoordinatorAction = std::variant<RunTick, Observe, TakeSnapshot, TakeCheckpoint, AwaitCheckpoint, Paused, Finish>;

class Coordinator {
 public:
  /// start: the tick of the state that the shards hold. kept: values there of the globals that are gathered from effects (empty at tick 0).
  /// fresh: S(start) was never observed; false after a resume, whose files hold that tick's row already, if one was due. rows: as the
  /// checkpoint has them.
  Coordinator(CoursePlan plan, Tick start, const Globals& kept, bool fresh, RowsSoFar rows = {});

  /// One event in, the actions that follow from it out; valid until the next call.
  const std::vector<CoordinatorAction>& step(const CoordinatorEvent& event);

  Tick tick() const { return tick_; }
  const Globals& globals() const { return globals_; }  ///< reduced, of S(tick())
  /// The same, or what the caller knows better, as a row shows it: happenings since the row before.
  Globals for_row(Globals globals) const;
  /// For the checkpoint of S(tick()).
  const RowsSoFar& rows() const { return rows_; }

 private:
  enum class State : std::uint8_t { gathering, awaiting_checkpoint, paused, finished };

  void on(const ShardReady& event);
  void on(const TickDone& event);
  void on(const CheckpointDone& event);
  void on(const StopRequested& event);
  void on(const PauseRequested& event) { pause_wanted_ = event.wanted; }

  void gather(ShardId shard, const Globals& partial);
  void boundary();
  void count_happenings();
  void observe(bool last);
  void go_on();
  bool due_for_checkpoint() const;
  bool stopping() const { return stop_status_ != 0 || condition_met_ || tick_.value >= plan_.last.value; }
  void take_checkpoint();
  void run_tick();
  void finish(bool checkpointed);
  bool observed(Tick tick) const { return tick.value % plan_.observe_every == 0; }

  CoursePlan plan_;
  Tick tick_;
  Globals globals_;
  Globals reduced_;  ///< being gathered for the next boundary
  std::vector<bool> reported_;
  std::uint32_t reports_ = 0;
  State state_ = State::gathering;
  bool starting_ = true;  ///< ShardReady is what is being gathered
  bool fresh_;
  RowsSoFar rows_;
  std::vector<std::int64_t> shown_;  ///< parallel to happenings: what a row of tick_ shows
  int stop_status_ = 0;
  bool condition_met_ = false;
  bool pause_wanted_ = false;
  std::uint64_t now_ns_ = 0;
  std::uint64_t last_checkpoint_ns_ = 0;
  std::optional<Tick> in_flight_;
  std::optional<Tick> committed_;
  std::vector<CoordinatorAction> actions_;
};

}  // namespace colony
