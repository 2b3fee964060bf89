// Uses the installed package from outside the tree: headers by their paths from the root, code from the libraries.
#include <cstdint>
#include <cstdio>
#include <vector>

#include "engine/error.hpp"
#include "engine/ids.hpp"
#include "ringhash/placement.hpp"

int main() {
  const std::vector<colony::ShardId> members{colony::ShardId{0}, colony::ShardId{1}, colony::ShardId{2}};
  const std::vector<std::uint64_t> sizes(64, 100);
  const colony::Placement three = colony::place({.members = members, .block_sizes = sizes, .pins = {}});
  std::uint64_t total = 0;
  for (const colony::ShardId shard : members) total += three.load(shard);
  COLONY_ASSERT(total == 6400, "every block has one owner");

  // The package throws its errors across the border, with their types.
  bool refused = false;
  try {
    colony::place({.members = {}, .block_sizes = sizes, .pins = {}});
  } catch (const colony::UsageError& error) {
    refused = error.status() == colony::ExitStatus::usage;
  }
  COLONY_ASSERT(refused, "no members is the user's mistake");
  std::puts("own_model: ok");
}
