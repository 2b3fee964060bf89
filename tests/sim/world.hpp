// A world: one run folder, and the lives (incarnations) of a run in it, each a coordinator and its members, until the run is done. Faults
// come as the options say; promises are checked on the way and at the end.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tests/sim/lead.hpp"
#include "tests/sim/process.hpp"
#include "tests/sim/scene.hpp"

namespace colony::sim {

/// What is left of a world.
struct Outcome {
  std::string violation;  ///< empty: every promise was kept
  std::uint64_t trace_hash = 0, trace_count = 0;
  std::deque<std::string> tail;
  Tally tally;
};

/// Runs the world of a seed to its end. folder: empty, and left empty.
Outcome run_world(const Options& options, Trace::Shows shows, const std::string& folder);

class World {
 public:
  World(const Options& options, Trace::Shows shows, const std::string& folder);
  ~World();
  Outcome run();

 private:
  struct Connection;
  struct Life;

  // ---- world.cpp ----
  void begin_life();
  void usurp();
  void end_life(Life& life);
  void start_process(Life& life, std::uint32_t machine, std::optional<std::uint32_t> wanted);
  void process_ended(Life& life, Process& process, ProcessEnd how);
  void life_finished(Life& life, const ClusterFinish& finish);
  bool may_end_so(const ClusterFinish& finish);
  void heal();
  std::string stuck() const;

  // ---- world_faults.cpp ----
  void plan_faults();
  void tick_reached();
  void befall(const Fault& fault);
  void befall_machine(const Fault& fault, std::uint64_t until);
  void befall_lead(const Fault& fault, std::uint64_t until);
  Process* process_on(std::uint32_t machine);

  // ---- world_checks.cpp ----
  void check_owners(const Life& life, const Process& process);
  void check_all_owned(const Life& life, std::uint64_t epoch);
  void check_commit(const Manifest& manifest);
  std::optional<Manifest> manifest_to_resume();
  void check_end();
  CheckpointOwner owner();

  Scene scene_;
  Network network_{scene_};
  PosixStorage storage_;  ///< of the checks: nothing befalls it
  std::vector<std::unique_ptr<Life>> lives_;
  std::vector<std::unique_ptr<Process>> processes_;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::vector<Fault> waiting_faults_;  ///< for a tick
  std::uint32_t free_machine_ = 0;
  bool done_ = false;
  std::uint64_t done_ns_ = 0, heal_ns_ = 0;

  // What is known of promises.
  std::optional<Tick> committed_;
  struct Owners {
    std::map<std::uint64_t, std::uint32_t> of_node;  ///< the process
    std::set<std::uint32_t> ready;                   ///< processes that hold their part
  };
  std::map<std::pair<std::uint64_t, std::uint64_t>, Owners> owners_;  ///< by (incarnation, epoch)
};

}  // namespace colony::sim
