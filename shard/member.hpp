// A member of a cluster: its shards, their ghosts, and the orders that it carries out. It waits for nothing: orders and frames are put in,
// advance() goes on as far as they allow, and reports come out. A shell (apps/, or the simulator) carries all three. docs/adr/0007.
//
//   idle --Begin--> filling or loading --(T, 0) ghosts there--> Ready --Tick--> sense, act --(t, 1) effects there--> decay, advance, report
//    ^                                                            ^                                                            |
//    +-- Abandon (from anywhere)                                  +------------------(t, 2) ghosts there------------------------+
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/executor.hpp"
#include "engine/model/model.hpp"
#include "io/checkpoints/checkpoint_writer.hpp"
#include "io/clock.hpp"
#include "io/storage.hpp"
#include "shard/block_costs.hpp"
#include "shard/host.hpp"
#include "shard/links/frame_link.hpp"
#include "shard/links/wire_transport.hpp"
#include "shard/profile.hpp"
#include "shard/wire/messages.hpp"

namespace colony {

/// What a member works with. All must outlive it.
struct MemberParts {
  const Schema& schema;
  const Model& model;
  std::uint64_t schema_hash;
  Executor& executor;
  Storage& storage;
  Clock& clock;
  FrameLink& link;
  std::uint64_t frame_timeout_ns;  ///< a frame that is so late is asked for
  /// The graph that an epoch is about: from the run's static files with a checkpoint, else from the job.
  std::function<Graph(const BeginOrder&)> graph;
  /// Columns of a snapshot series, of all its shards.
  std::function<std::vector<GroupImage>(std::span<const ShardImage>, std::uint32_t series)> snapshot;
  /// Hears what the set-up of an epoch does now, such as "filling tick 0"; may be empty.
  std::function<void(const std::string&)> set_up_step = {};
  Profile* profile = nullptr;  ///< books the steps of every tick; null: none
};

class Member {
 public:
  Member(MemberParts parts, CheckpointWriter::Runs writes);

  /// An order of the coordinator's, in the order in which they were given.
  void take(Order order);
  /// A frame from the link; any thread.
  void deliver(Frame&& frame) { transport_.deliver(std::move(frame)); }
  /// Does the next thing that can be done; false when nothing can before an order, a frame or a written file comes.
  bool advance();
  /// What is to be told to the coordinator, since the last call.
  std::vector<Report> reports();
  /// Asks for frames that are overdue; call now and then while advance() returns false.
  void ask_for_overdue();
  /// For shells that wait for frames.
  WireTransport& transport() { return transport_; }
  bool writing() const { return writer_.in_flight(); }
  /// Waits for the files that are being written, and reports them.
  void await_files();

  /// What a beat says. Any thread may read a copy that the shell keeps.
  BeatReport place() const;
  /// The order to end, once it came: FinishOrder, or RefuseOrder as one.
  const std::optional<FinishOrder>& finish() const { return finish_; }
  std::optional<ShardId> shard() const { return self_; }
  const Host* host() const { return host_.get(); }

 private:
  enum class Step : std::uint8_t { idle, start_ghosts, acted, effects, ghosts };  ///< acted: before the PhaseOrder

  bool follow_orders();
  void on(const WelcomeOrder& order);
  void on(const RefuseOrder& order);
  void on(const BeginOrder& order);
  void on(const TickOrder& order);
  void on(const PhaseOrder& order);
  void on(const CheckpointOrder& order);
  void on(const SnapshotOrder& order);
  void on(const AbandonOrder& order);
  void on(const FinishOrder& order);

  bool on_round();
  void set_up(const BeginOrder& order);
  void load(const CheckpointStamp& stamp);
  void ready();
  void finish_tick();
  void report_digest();
  void measure(TickReport& report);
  void abandon();
  void take_written(WrittenCheckpoint written);
  Globals tallied() const;
  bool current(std::uint64_t epoch) const { return epoch == epoch_; }

  MemberParts parts_;
  WireTransport transport_;
  CheckpointWriter writer_;
  std::deque<Order> orders_;
  std::vector<Report> reports_;
  std::unique_ptr<Host> host_;
  std::optional<ShardId> self_;
  std::optional<FinishOrder> finish_;
  Step step_ = Step::idle;
  std::uint64_t incarnation_ = 0, epoch_ = 0;
  Tick tick_;                    ///< S(tick_) is held, or being left
  TickOrder order_;              ///< of the tick being done
  std::optional<Tick> left_at_;  ///< the state that was held when the last epoch ended
  std::uint64_t step_since_ns_ = 0;
  TickCost cost_;
  std::optional<TickReport> held_report_;  ///< of a tick whose digest waits for the ghosts
  std::uint64_t bytes_before_ = 0;
  std::optional<WorkMeter> meter_;                          ///< of a tick that is measured
  std::uint64_t unmeasured_ns_ = 0, unmeasured_ticks_ = 0;  ///< the phases of the ticks since the last measurement, or the epoch's begin
  std::vector<ShardImage> spare_images_;
};

}  // namespace colony
