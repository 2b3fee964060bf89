// colony drain and colony migrate: what a user may ask of a run on many processes while it goes on.
#pragma once

#include <cstdint>
#include <string>

namespace colony {

struct DrainOptions {
  std::string run;
  std::uint32_t shard = 0;
};

struct MigrateOptions {
  std::string run;
  std::uint32_t block = 0;
  std::uint32_t shard = 0;
};

/// Return 0 once the coordinator has taken the order; what becomes of it, status shows. Throw as CoordinatorPages does.
int drain_command(const DrainOptions& options);
int migrate_command(const MigrateOptions& options);

}  // namespace colony
