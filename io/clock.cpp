#include "io/clock.hpp"

#include <chrono>

namespace colony {

std::uint64_t SystemClock::now_ns() {
  const auto since = std::chrono::steady_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(since).count());
}

}  // namespace colony
