// Whether a test is instrumented: it is tens of times slower then, and runs for its accesses and races, not for rare values: less will do.
#pragma once

namespace colony::testing {

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
inline constexpr bool sanitized = true;
#else
inline constexpr bool sanitized = false;
#endif

}  // namespace colony::testing
