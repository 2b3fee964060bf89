// Time, injected: timings, timers and logs read it here, state never does. The cluster's simulator puts its own in place.
#pragma once

#include <cstdint>

namespace colony {

class Clock {
 public:
  virtual ~Clock() = default;
  /// Nanoseconds since an arbitrary beginning; never goes back.
  virtual std::uint64_t now_ns() = 0;
};

/// The machine's monotonic clock. Thread-safe.
class SystemClock : public Clock {
 public:
  std::uint64_t now_ns() override;
};

}  // namespace colony
