// Simulated time: what is to happen, in the order of (time, turn), and the clock that the program's classes read.
#pragma once

#include <cstdint>
#include <functional>
#include <queue>
#include <utility>
#include <vector>

#include "io/clock.hpp"

namespace colony::sim {

inline constexpr std::uint64_t us = 1'000, ms = 1'000'000, second = 1'000'000'000;

class SimClock final : public Clock {
 public:
  std::uint64_t now_ns() override { return now_ns_; }

 private:
  friend class Timeline;
  std::uint64_t now_ns_ = second;  // not 0: "never" is 0 in many places
};

class Timeline {
 public:
  using What = std::function<void()>;

  std::uint64_t now() { return clock_.now_ns(); }
  SimClock& clock() { return clock_; }
  /// Not before now. Of one time, what was said first happens first.
  void at(std::uint64_t time_ns, What what) { waiting_.push({std::max(time_ns, now()), turns_++, std::move(what)}); }
  void after(std::uint64_t delay_ns, What what) { at(now() + delay_ns, std::move(what)); }
  /// The next thing happens; false when there is none.
  bool step() {
    if (waiting_.empty()) return false;
    // top() is const because changing the key would break the heap; the work is not part of the key.
    What what = std::move(const_cast<Entry&>(waiting_.top()).what);
    clock_.now_ns_ = waiting_.top().time_ns;
    waiting_.pop();
    what();
    return true;
  }

 private:
  struct Entry {
    std::uint64_t time_ns, turn;
    What what;
    bool operator<(const Entry& other) const { return std::pair(time_ns, turn) > std::pair(other.time_ns, other.turn); }
  };
  SimClock clock_;
  std::uint64_t turns_ = 0;
  std::priority_queue<Entry> waiting_;
};

}  // namespace colony::sim
