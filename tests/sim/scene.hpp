// What everything in a simulated world shares: time, chance, weather, the trace, the figures, and the first promise that was broken.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tests/sim/dice.hpp"
#include "tests/sim/options.hpp"
#include "tests/sim/subject.hpp"
#include "tests/sim/timeline.hpp"
#include "tests/sim/trace.hpp"

namespace colony::sim {

/// The faults that last, each until a time. Machines are numbered; a process that is started again runs where it ran before.
class Weather {
 public:
  static constexpr std::uint32_t machines = 16;

  struct Local {
    std::uint64_t control_cut = 0, bulk_cut = 0, slow_cpu = 0, slow_disk = 0, bad_disk = 0;  ///< until when
    std::uint64_t cpu_factor = 1, disk_ms = 0, disk_permille = 0;
  };
  Local& of(std::uint32_t machine) { return locals_[machine % machines]; }

  /// When the coordinator can be reached again from a machine; not later than now when it can.
  std::uint64_t control_clear_at(std::uint32_t machine) { return of(machine).control_cut; }
  bool bulk_cut(std::uint32_t a, std::uint32_t b, std::uint64_t now) {
    return of(a).bulk_cut > now || of(b).bulk_cut > now || pairs_[std::minmax(a, b)] > now;
  }
  void cut_pair(std::uint32_t a, std::uint32_t b, std::uint64_t until) { pairs_[std::minmax(a, b)] = until; }
  void clear() { *this = Weather(); }

  std::uint64_t storm = 0, bad_commit = 0, slow_commit = 0;  ///< until when
  std::uint64_t storm_permille = 0, commit_permille = 0, commit_ms = 0;

 private:
  std::vector<Local> locals_ = std::vector<Local>(machines);
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint64_t> pairs_;
};

/// What happened in a world, so that a run of many seeds can show that it tested something.
struct Tally {
  std::uint64_t epochs = 0, lives = 0, processes = 0, crashes = 0, crashes_in_write = 0, hangs = 0, faults = 0, lost_coordinators = 0;
  std::uint64_t frames = 0, frames_lost = 0, frames_damaged = 0, frames_doubled = 0;
  std::uint64_t commits = 0, failed_commits = 0, loads = 0, late_files = 0, files_of_zombies = 0, frames_of_zombies = 0;
  std::uint64_t asked = 0, resent = 0, stale = 0, suspects = 0, ignored_reports = 0, refused_joins = 0, ticks_redone = 0, pauses = 0;
  std::uint64_t rebalances = 0;
  std::uint64_t events = 0, simulated_ns = 0;
  Tally& operator+=(const Tally& other);
};

struct Scene {
  Scene(const Options& options_, Trace::Shows shows, std::string folder_)
      : options(options_),
        dice(options_.seed),
        trace(timeline, shows),
        subject(options_),
        reference(reference_of(options_.subject, options_.colony_seed)),
        folder(std::move(folder_)) {}

  /// The first counts: what follows may only follow from it. It is not thrown, since the program's classes catch what they can.
  void violate(std::string what) {
    if (violation.empty()) violation = std::move(what);
  }
  /// Without what differs from run to run: the folder's name, and the numbers in those of temporary files.
  std::string plain(std::string text) const;
  std::uint64_t delay() { return dice.between(options.delay_least_ns, options.delay_most_ns); }
  std::uint64_t now() { return timeline.now(); }

  const Options options;
  Dice dice;
  Timeline timeline;
  Trace trace;
  Weather weather;
  Tally tally;
  Subject subject;
  const Reference& reference;
  std::string folder;  ///< the run folder of this world
  std::string violation;
  bool healed = false;
};

}  // namespace colony::sim
