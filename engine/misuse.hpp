// What accessors say when a kernel uses them as they may not be used: an exception, which ends the run as the modeller's mistake
// (engine/model/mistakes.hpp). Cheap checks are in every build, those of innermost loops in builds without NDEBUG.
#pragma once

#include <cstdint>

#include "engine/platform.hpp"

namespace colony {

/// Throws std::logic_error.
[[noreturn]] void misused(const char* what);
/// ... naming the node or agent that the kernel ran for.
[[noreturn]] void misused(const char* what, std::uint64_t id);

/// Throws std::logic_error unless `right`. A device checks nothing: the host's kernels do.
COLONY_HD inline void check_use(bool right, const char* what) {
#ifdef __CUDA_ARCH__
  static_cast<void>(right);
  static_cast<void>(what);
#else
  if (!right) [[unlikely]]
    misused(what);
#endif
}

/// The same where a comparison would cost what the loop costs.
COLONY_HD inline void debug_check_use(bool right, const char* what) {
#ifdef NDEBUG
  static_cast<void>(right);
  static_cast<void>(what);
#else
  check_use(right, what);
#endif
}

}  // namespace colony
