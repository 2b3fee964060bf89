// The coordinator's process: the production Cluster, and around it what apps/run/session.cpp does, on simulated time.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>

#include "coordinator/cluster.hpp"
#include "io/checkpoints/checkpoint_catalog.hpp"
#include "io/run/run_lock.hpp"
#include "tests/sim/control.hpp"
#include "tests/sim/disk.hpp"
#include "tests/sim/run_files.hpp"
#include "tests/sim/scene.hpp"

namespace colony::sim {

class Lead {
 public:
  struct Hooks {
    std::function<void(ConnectionId, ToMember&&)> to_member;
    std::function<void(std::uint64_t epoch)> ticks_begin;  ///< the first tick of an epoch is ordered
    std::function<void(const Manifest&)> committed;        ///< its manifest was written just now
    std::function<void(const ClusterFinish&)> finished;
    std::function<void()> moved;  ///< something was handled
    std::function<void()> woken;
  };

  /// lock: claimed for it. Both must outlive it.
  Lead(Scene& scene, RunFiles& files, RunLock& lock, std::optional<Manifest> from, Hooks hooks);

  void receive(ConnectionId connection, ToLead&& message);
  void handle(ClusterEvent event);
  void hang(std::uint64_t length_ns);
  /// SIGKILL: nothing of it happens any more.
  void kill() { dead_ = true; }

  bool runs() const { return !dead_ && !hung_; }
  bool over() const { return dead_ || finish_.has_value(); }
  const std::optional<ClusterFinish>& finish() const { return finish_; }
  const Cluster& cluster() const { return *cluster_; }

 private:
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
  void beat();
  void commit(const Manifest& manifest);
  /// Now, or when it runs again; never when it is dead.
  void when_running(std::function<void()> what);

  Scene& scene_;
  RunFiles& files_;
  RunLock& lock_;
  Hooks hooks_;
  SimStorage storage_;
  std::unique_ptr<Cluster> cluster_;
  std::deque<std::function<void()>> waiting_;
  std::optional<ClusterFinish> finish_;
  bool hung_ = false, dead_ = false, committing_ = false;
  std::uint64_t ticks_of_epoch_ = 0, highest_tick_ = 0;
};

}  // namespace colony::sim
