// What `--json` prints: one object on one line, for scripts.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "engine/schema/declared.hpp"

namespace colony {

struct RunSummary {
  std::string job;
  std::string model;
  std::string directory;
  std::uint64_t tick = 0;
  std::string digest;
  double setup_seconds = 0;
  double seconds = 0;  ///< of ticks alone
  double ticks_per_second = 0;
  std::uint64_t nodes = 0;
  std::uint64_t edges = 0;
  std::uint64_t agents = 0;
  std::uint32_t shards = 0;
  std::uint32_t threads = 0;
  std::vector<std::pair<std::string, ObservableValue>> observables;  ///< at the last tick
  std::string exit;
};

std::string to_json_line(const RunSummary& summary);

}  // namespace colony
