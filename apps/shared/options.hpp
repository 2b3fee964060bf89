// What the command line asked for, as plain data. apps/app.cpp fills it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace colony {

struct RunOptions {
  std::string verb = "run";  ///< the command that was given, as messages repeat it: "run", "launch -n 4"
  std::string config;
  std::optional<std::uint64_t> ticks;
  std::optional<std::uint64_t> seed;
  std::optional<std::uint32_t> shards;
  std::optional<int> threads;
  std::string out;  ///< run directory; "": the job's
  std::vector<std::string> sets;
  bool resume = false;
  bool force = false;
  bool fallback = false;                   ///< a bad checkpoint is passed over for the one before
  std::optional<std::uint64_t> from_tick;  ///< resume from this checkpoint
  std::string listen;                      ///< between processes: "ipc" or "tcp://ADDRESS"; "": chosen
  bool alone = false;                      ///< a launcher's variables are ignored
  bool json = false;
  bool profile = false;
  std::string progress = "auto";  ///< auto | never
};

}  // namespace colony
