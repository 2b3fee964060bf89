// Events and expectations for the tests of the coordinator.
#pragma once

#include <gmock/gmock.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "coordinator/coordinator.hpp"

namespace colony::testing {

inline std::string text_of(const CoordinatorAction& action) {
  struct Visitor {
    std::string operator()(const RunTick& a) const { return "run " + std::to_string(a.tick.value) + (a.observe ? "" : " unobserved"); }
    std::string operator()(const Observe& a) const {
      return std::string(a.last ? "observe last " : "observe ") + std::to_string(a.tick.value);
    }
    std::string operator()(const TakeSnapshot& a) const {
      return "snapshot " + std::to_string(a.series) + " at " + std::to_string(a.tick.value);
    }
    std::string operator()(const TakeCheckpoint& a) const { return "checkpoint " + std::to_string(a.tick.value); }
    std::string operator()(const AwaitCheckpoint&) const { return "await"; }
    std::string operator()(const Paused& a) const { return "paused " + std::to_string(a.tick.value); }
    std::string operator()(const Finish& a) const {
      const char* reasons[] = {"reached", "condition", "stopped"};
      return std::string("finish ") + reasons[static_cast<int>(a.reason)] + " " + std::to_string(a.exit_status) +
             (a.checkpointed ? " saved" : " unsaved");
    }
  };
  return std::visit(Visitor{}, action);
}

using Actions = std::vector<std::string>;

/// A CoursePlan of which a test names only what it is about.
struct Course {
  std::vector<GlobalSpec> globals{};
  std::uint32_t shards = 1;
  std::uint64_t last = 0;
  std::uint64_t observe_every = 1;
  std::uint64_t checkpoint_every = 0;
  std::uint64_t checkpoint_every_ns = 0;
  std::vector<std::uint64_t> snapshot_every{};
  std::function<bool(Tick, const Globals&)> stop_when{};
  std::vector<std::uint32_t> happenings{};
  CoursePlan plan() const {
    return {globals, shards, Tick(last), observe_every, checkpoint_every, checkpoint_every_ns, snapshot_every, stop_when, happenings};
  }
};

/// A coordinator whose events are one call each; every call returns the actions as text.
class Driver {
 public:
  /// rows: what a checkpoint of `start` has of them, unless it is fresh.
  explicit Driver(const Course& course, Tick start = Tick(0), const Globals& kept = {}, bool fresh = true,
                  std::optional<RowsSoFar> rows = std::nullopt)
      : shards_(course.shards),
        slots_(slots_of(course)),
        coordinator_(course.plan(), start, kept, fresh, rows.value_or(RowsSoFar{fresh ? Tick(0) : start, {}})) {}

  Actions step(const CoordinatorEvent& event) {
    Actions texts;
    for (const CoordinatorAction& action : coordinator_.step(event)) texts.push_back(text_of(action));
    return texts;
  }
  /// All shards hold S(start).
  Actions ready(std::int64_t value = 0) {
    Actions last;
    const Globals partial(slots_, value);
    for (std::uint32_t s = 0; s < shards_; ++s) last = step(ShardReady{ShardId(s), &partial, now_ns});
    return last;
  }
  /// All shards have reached the tick.
  Actions done(std::uint64_t tick, std::int64_t value = 0) {
    Actions last;
    const Globals partial(slots_, value);
    for (std::uint32_t s = 0; s < shards_; ++s) last = step(TickDone{ShardId(s), Tick(tick), &partial, now_ns});
    return last;
  }
  Actions committed(std::uint64_t tick, bool committed = true) { return step(CheckpointDone{Tick(tick), committed, now_ns}); }
  Actions stop(int status) { return step(StopRequested{status}); }
  Actions pause(bool wanted = true) { return step(PauseRequested{wanted}); }

  const Coordinator& coordinator() const { return coordinator_; }
  std::uint64_t now_ns = 1000;

 private:
  static std::size_t slots_of(const Course& course) {
    std::size_t slots = 0;
    for (const GlobalSpec& spec : course.globals) slots += spec.width;
    return slots;
  }
  std::uint32_t shards_;
  std::size_t slots_;
  Coordinator coordinator_;
};

}  // namespace colony::testing
