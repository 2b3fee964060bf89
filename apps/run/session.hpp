// A run from its first epoch to its last line: turns what members say, time and signals into events of a Cluster, and carries out its
// actions. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "apps/run/members.hpp"
#include "apps/run/run_record.hpp"
#include "coordinator/cluster.hpp"
#include "io/clock.hpp"
#include "io/storage.hpp"
#include "shard/profile.hpp"

namespace colony {

struct SessionOptions {
  JoinReport identity;  ///< what members must agree on
  std::uint32_t places = 1;
  std::uint32_t shards_each = 1;
  bool one_process = false;   ///< its member is a part of this process
  std::uint32_t threads = 0;  ///< of all members together, for run.json
  bool fixed_members = false;
  std::uint64_t replace_wait_ms = 0;
  /// Called when every member holds the first state, before the first tick.
  std::function<void()> began;
  Profile* profile = nullptr;  ///< books what the run stands still for; null: none
  /// Called now and then from the loop: starts what died again, and the like.
  std::function<void()> housekeeping;
  /// The process that holds (or wanted) a place is out: nothing that it still does counts.
  std::function<void(ShardId place, std::int64_t pid)> fenced;
};

/// The checkpoint that a resumed run goes on from; none: tick 0. Warns of those that are passed over. Throws as latest_run_checkpoint does.
std::optional<Manifest> manifest_to_resume(const RunOptions& options, RunRecord& record, Storage& storage, const PreparedJob& prepared);

class Session {
 public:
  /// from: the checkpoint to go on from. Everything must outlive it.
  Session(const SessionOptions& options, const PreparedJob& prepared, RunRecord& record, Storage& storage, Clock& clock, Members& members,
          std::optional<Manifest> from);
  ~Session();

  /// Drives the run to its end and returns the exit status. Throws Error when the run failed; every member has been told by then.
  int run();
  /// For status pages; any thread.
  struct View {
    std::string phase = "gathering";  ///< Cluster::phase()
    std::uint64_t epoch = 0, incarnation = 0, now_ns = 0;
    Tick tick;
    Tick epoch_start;  ///< the tick that the epoch began at
    double ticks_per_second = 0;
    std::optional<Tick> committed;
    std::optional<std::uint64_t> committed_ns;  ///< when this start committed it
    double coordinator_us_per_tick = 0;         ///< of the coordinator's own work
    std::uint64_t bytes_sent = 0, wait_ns = 0;  ///< by and of all members together, since this start
    std::uint32_t blocks = 0;
    std::uint64_t nodes = 0, edges = 0;
    std::optional<std::uint64_t> agents;         ///< at `tick`; none while no state is loaded
    std::shared_ptr<const Placement> placement;  ///< null before the first epoch
    std::vector<MemberView> members;
  };
  View view();

 private:
  void handle(ClusterEvent event);
  void perform(SendOrder& action);
  void perform(CloseConnection& action);
  void perform(RestoreFiles& action);
  void perform(WriteRow& action);
  void perform(WriteEvents& action);
  void perform(WriteSnapshot& action);
  void perform(NoteLengths& action);
  void perform(Commit& action);
  void perform(Say& action);
  void perform(ClusterFinish& action);

  void drive();
  void begin();
  void heed_signals();
  int conclude();
  void poll();
  void update_view();
  void note_traffic();
  RunFacts facts() const;
  const RunJob& job() const { return prepared_.job; }

  SessionOptions options_;
  const PreparedJob& prepared_;
  RunRecord& record_;
  Storage& storage_;
  Clock& clock_;
  Members& members_;
  std::unique_ptr<Cluster> cluster_;
  std::optional<std::uint64_t> resumed_from_;
  Tick start_;

  struct Joined {
    std::optional<ShardId> place;
    std::int64_t pid;
  };
  std::map<ConnectionId, Joined> joined_;  ///< what each connection said when it came
  std::optional<Tick> committing_;
  std::optional<ClusterFinish> finished_;
  std::uint64_t ticks_begin_ns_ = 0, ticks_end_ns_ = 0;
  std::uint64_t busy_ns_ = 0, ticks_done_ = 0;
  int told_ = 0;
  std::uint64_t last_poll_ns_ = 0;
  Tick epoch_start_;
  std::optional<std::uint64_t> committed_ns_;
  /// Members count anew in each epoch, and one that is lost takes its count along: what was seen is kept, so that the sums only grow.
  struct Traffic {
    std::uint64_t bytes_sent = 0, wait_ns = 0;
  };
  Traffic earlier_, of_epoch_;

  std::mutex view_mutex_;
  View view_;
};

}  // namespace colony
