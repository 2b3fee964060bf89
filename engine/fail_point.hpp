// Named places where the process can be told to die, so that a test can crash it exactly there (DESIGN 12). The environment variable
// COLONY_FAIL_POINT = "name" or "name:n" kills the process with SIGKILL when it gets to that place for the n-th time (1 unless given).
// It is read once, when the program starts; a name that does not exist is reported on standard error then.
#pragma once

#include <atomic>
#include <cstddef>
#include <iterator>
#include <string_view>

namespace colony {

/// Every fail point of the program, in the order in which a run meets them.
inline constexpr std::string_view fail_point_names[] = {
    "before-course",    // a start that goes on has not written down from where
    "in-course",        // it has, and nothing that lies beyond has been touched
    "before-cut",       // snapshots beyond are gone, a file of rows (the second: events.csv) is as long as it was
    "rows-open",        // observables.csv exists, no tick has been done
    "after-round-1",    // a shard holds its peers' effects and has not committed them
    "in-snapshot",      // a shard's checkpoint file is half written
    "before-rename",    // a shard's checkpoint file is complete, under its temporary name
    "before-manifest",  // all files of a checkpoint have their names, the manifest does not exist
    "in-recovery",      // a shard's state has been read back, the run has not gone on
    "in-migration",     // a block is on its way between two shards
};

/// Index of a name in fail_point_names, or the table's size.
constexpr std::size_t fail_point_index(std::string_view name) {
  std::size_t index = 0;
  for (const std::string_view known : fail_point_names) {
    if (known == name) break;
    ++index;
  }
  return index;
}

/// A name out of the table; one that is not there does not compile.
struct FailPoint {
  std::size_t index;
  consteval FailPoint(const char* name) : index(fail_point_index(name)) {
    if (index == std::size(fail_point_names)) throw "add the name to fail_point_names";
  }
};

namespace detail {
inline constexpr std::size_t no_fail_point = ~std::size_t{0};
extern std::atomic<std::size_t> armed_fail_point;  ///< index of the one to die at
void at_armed_fail_point();
}  // namespace detail

/// Dies here if told so; one load and one branch otherwise. Thread-safe.
inline void fail_point(FailPoint point) {
  if (detail::armed_fail_point.load(std::memory_order_relaxed) == point.index) [[unlikely]]
    detail::at_armed_fail_point();
}

/// Sets what the environment variable sets: "name", "name:n", or empty for none. For tests that fork. Returns false, having said why
/// on standard error, when the name does not exist or n is not a number above 0; nothing is armed then.
bool arm_fail_point(std::string_view specification);

}  // namespace colony
