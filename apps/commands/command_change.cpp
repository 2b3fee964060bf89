#include "apps/commands/command_change.hpp"

#include <fmt/format.h>

#include "apps/cluster/ask_coordinator.hpp"

namespace colony {
namespace {

int change(const std::string& run, const std::string& target) {
  PosixStorage storage = open_cluster_folder(run);
  fmt::print("{}\n", CoordinatorPages(storage).change(target));
  return 0;
}

}  // namespace

int drain_command(const DrainOptions& options) { return change(options.run, fmt::format("/drain?shard={}", options.shard)); }

int migrate_command(const MigrateOptions& options) {
  return change(options.run, fmt::format("/migrate?block={}&shard={}", options.block, options.shard));
}

}  // namespace colony
