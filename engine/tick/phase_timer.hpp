// Where the time of a tick goes, told to whoever owns a clock: the engine has none. Without a timer a step costs one comparison.
#pragma once

#include <cstddef>
#include <cstdint>

namespace colony {

/// What a shard does in a tick, in this order: the four phases, and the two ends of the rounds between them.
enum class TickStep : std::uint8_t { sense, act, pack_effects, take_effects, decay, advance, pack_ghosts, take_ghosts };
inline constexpr std::size_t tick_step_count = 8;

/// Listens to one shard, which is in one step at a time.
class PhaseTimer {
 public:
  virtual ~PhaseTimer() = default;

  /// A step begins; the thread that calls this also calls the end, other steps of other shards perhaps between them.
  virtual void begin() noexcept = 0;
  virtual void end(TickStep step) noexcept = 0;
  /// Ends a part of a step that was spent on agents alone: the step's nodes have an end of their own.
  virtual void end_agents(TickStep step) noexcept = 0;
  /// Ends a pass that belonged to two steps, in the proportion of two sums of readings.
  virtual void end_pass(TickStep first, std::uint64_t first_sum, TickStep second, std::uint64_t second_sum) noexcept = 0;
  /// Grows with time, in a unit of its own. Any thread.
  virtual std::uint64_t reading() noexcept = 0;
};

/// A step, or what of it is spent on agents alone, from here to the end of the scope.
class TimedStep {
 public:
  enum class Of : bool { all, agents };
  TimedStep(PhaseTimer* timer, TickStep step, Of of = Of::all) : timer_(timer), step_(step), of_(of) {
    if (timer_) timer_->begin();
  }
  TimedStep(const TimedStep&) = delete;
  TimedStep& operator=(const TimedStep&) = delete;
  ~TimedStep() {
    if (timer_ && of_ == Of::agents) timer_->end_agents(step_);
    else if (timer_) timer_->end(step_);
  }

 private:
  PhaseTimer* timer_;
  TickStep step_;
  Of of_;
};

}  // namespace colony
