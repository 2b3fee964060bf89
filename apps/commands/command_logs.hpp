// colony logs: a run's log, or one of its members', for people.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace colony {

struct LogsOptions {
  std::string run;
  std::optional<std::uint32_t> shard;
  bool follow = false;
};

/// With `follow` until no process holds the run folder any more. Throws StorageError when there is no such log.
int logs_command(const LogsOptions& options);

}  // namespace colony
