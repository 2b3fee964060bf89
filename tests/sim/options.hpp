// All that a seed decides before its world begins: the colony, how it is cut up, the cluster's timings, the weather, and the faults.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace colony::sim {

enum class FaultKind : std::uint8_t {
  crash,           ///< a member's process is gone; strength: permille by which its end is noticed at once
  crash_in_write,  ///< ... at its strength-th storage operation from now on
  hang,            ///< SIGSTOP for a time: then all that came meanwhile is there at once
  cut_control,     ///< nothing between a machine and the coordinator
  cut_bulk,        ///< no frames to or from a machine
  cut_pair,        ///< no frames between two machines
  cut_off,         ///< neither
  storm,           ///< all frames are lost with a probability of strength permille, and late
  slow_cpu,        ///< steps of a machine take strength times as long
  slow_disk,       ///< files of a machine get their names late, by up to strength milliseconds
  bad_disk,        ///< checkpoint files of a machine can't be written, with a probability of strength permille
  bad_commit,      ///< nor manifests; strength 1000: never
  slow_commit,     ///< commits take up to strength milliseconds
  drain,           ///< the user lets a place leave
  leave,           ///< a member asks to leave
  join,            ///< a further process comes, with no place of its own
  pin,             ///< the user pins block `other` to a place
  stop,            ///< the user stops the run; it is resumed later
  hang_lead,       ///< SIGSTOP of the coordinator
  usurp,           ///< the run is started again by force while its coordinator lives, which hangs unless strength is 0
  kill_lead,       ///< the coordinator's process is gone; the run is resumed later
};
inline constexpr std::size_t fault_kinds = 21;
const char* name_of(FaultKind kind);

struct Fault {
  FaultKind kind = FaultKind::crash;
  std::optional<std::uint64_t>
      at_tick;  ///< when the coordinator first gets to this tick, and then after_ns; else after_ns from the beginning
  std::uint64_t after_ns = 0;
  std::uint32_t machine = 0, other = 0;
  std::uint64_t length_ns = 0;
  std::uint64_t strength = 0;
};

struct Options {
  std::uint64_t seed = 0;
  // The colony.
  std::uint32_t subject = 0;
  std::uint64_t colony_seed = 1;
  std::uint64_t ticks = 10;
  // How it is cut up and what is written.
  std::uint32_t places = 2, blocks = 8;
  std::string partition = "range", placement = "ring";
  std::uint64_t rebalance_every = 0;  ///< by block costs that are drawn
  std::uint64_t checkpoint_every = 4, observe_every = 1, digest_every = 0, snapshot_every = 0;
  std::uint32_t keep = 3;
  // The cluster.
  bool by_phase = false;
  std::uint64_t heartbeat_ns = 0, stall_ns = 0, begin_timeout_ns = 0, replace_wait_ns = 0, join_wait_ns = 0;
  std::uint32_t heartbeat_misses = 3, frame_timeout_ms = 10;
  // The weather: delays are drawn anew for each message, so that frames overtake one another.
  std::uint64_t delay_least_ns = 0, delay_most_ns = 0, compute_least_ns = 0, compute_most_ns = 0, restart_most_ns = 0;
  std::uint32_t lost = 0, doubled = 0, damaged = 0;  ///< permille of frames
  std::uint32_t late_files = 0;                      ///< permille of files that get their name behind the ticks
  std::vector<Fault> faults;
  std::uint64_t heal_ns = 0;  ///< from the beginning: then all faults stop
};

Options draw_options(std::uint64_t seed);
std::string to_text(const Options& options);

}  // namespace colony::sim
