// Where the time of a run goes: the steps of each shard's ticks, the steps of the loop around them, and the single spans of the first
// ticks for a trace viewer.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/tick/phase_timer.hpp"
#include "io/clock.hpp"

namespace colony {

/// Times since the profile's start.
struct ProfileSpan {
  const char* name;
  std::uint64_t begin_ns, end_ns;
};

struct ProfileTotal {
  std::uint64_t ns = 0;
  std::uint64_t count = 0;
};

/// The steps of one shard. Shards are tasks, and a thread that waits inside a step may do another shard's work meanwhile: what a thread
/// spends in a step of another shard is that one's time alone. Only the thread that is in the shard's step writes here, so that nothing
/// is locked.
class alignas(64) ShardTimer final : public PhaseTimer {
 public:
  ShardTimer(Clock& clock, std::uint64_t start_ns, std::size_t most_spans);

  void begin() noexcept override;
  void end(TickStep step) noexcept override;
  void end_agents(TickStep step) noexcept override;
  void end_pass(TickStep first, std::uint64_t first_sum, TickStep second, std::uint64_t second_sum) noexcept override;
  std::uint64_t reading() noexcept override { return clock_.now_ns(); }

  const std::array<ProfileTotal, tick_step_count>& totals() const { return totals_; }
  const std::vector<ProfileSpan>& spans() const { return spans_; }

 private:
  /// Closes the open span and returns the time that was this shard's own.
  std::uint64_t close(const char* name) noexcept;

  Clock& clock_;
  std::uint64_t start_ns_;
  std::uint64_t begin_ns_ = 0;
  std::uint64_t elsewhere_ns_ = 0;  ///< of the open span, in steps of other shards
  ShardTimer* outer_ = nullptr;     ///< whose step the thread was in when this one began
  bool open_ = false;
  std::array<ProfileTotal, tick_step_count> totals_{};
  std::vector<ProfileSpan> spans_;  ///< never beyond its first capacity
};

class Profile {
 public:
  explicit Profile(Clock& clock) : clock_(clock), start_ns_(clock.now_ns()) {}

  /// A timer for each shard, none of them with anything booked. They live as long as the profile.
  void set_shards(std::size_t count);
  std::size_t shard_count() const { return shards_.size(); }
  ShardTimer& shard(std::size_t s) { return *shards_[s]; }
  const ShardTimer& shard(std::size_t s) const { return *shards_[s]; }

  /// Runs f(), a step of the loop, and books its time under `name`, a string that lives as long as the profile. One thread.
  template <class F>
  void time(const char* name, const F& f) {
    const std::uint64_t begin = clock_.now_ns();
    f();
    book(name, begin, clock_.now_ns());
  }

  struct Line {
    std::string name;
    ProfileTotal total;
  };
  /// Steps of the shards in the order of a tick, summed over shards, then those of the loop. Steps that never happened are left out.
  std::vector<Line> lines() const;
  /// Spans of the loop.
  const std::vector<ProfileSpan>& spans() const { return spans_; }

 private:
  void book(const char* name, std::uint64_t begin_ns, std::uint64_t end_ns);

  Clock& clock_;
  std::uint64_t start_ns_;
  std::vector<std::unique_ptr<ShardTimer>> shards_;
  std::map<std::string, ProfileTotal> totals_;
  std::vector<ProfileSpan> spans_;
};

/// f() with its time booked, or just f() without a profile.
template <class F>
void timed(Profile* profile, const char* name, const F& f) {
  if (profile) profile->time(name, f);
  else f();
}

}  // namespace colony
