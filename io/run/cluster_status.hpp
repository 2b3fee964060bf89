// What a coordinator says of its run on /status and /shards, as plain data and as JSON: `colony status` and others' tools read it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace colony {

struct MemberStatus {
  std::uint32_t shard = 0;
  std::string host;
  std::int64_t pid = 0;
  std::string state;  ///< joined | beginning | running | leaving
  std::uint64_t tick = 0;
  std::uint64_t blocks = 0, nodes = 0, agents = 0;
  double cpu_seconds = 0;
  std::uint64_t resident_bytes = 0;
  double silent_seconds = 0;  ///< since it was last heard of
  bool operator==(const MemberStatus&) const = default;
};

struct ClusterStatus {
  std::string job, model;
  std::string phase;  ///< gathering | beginning | running | ending | finished
  std::string host;   ///< of the coordinator
  std::int64_t pid = 0;
  std::uint64_t incarnation = 0, epoch = 0;
  std::uint64_t tick = 0, last_tick = 0;
  double ticks_per_second = 0;
  std::optional<std::uint64_t> committed_tick;  ///< of the last committed checkpoint
  std::optional<double> committed_seconds_ago;  ///< when this start committed it
  double coordinator_us_per_tick = 0;
  double round_us_per_tick = 0;  ///< waited for frames, mean over the members, in this epoch
  double bytes_per_tick = 0;     ///< sent by all members, in this epoch
  std::uint64_t blocks = 0, nodes = 0, edges = 0;
  std::optional<std::uint64_t> agents;  ///< at `tick`; null while no state is loaded
  std::vector<MemberStatus> members;
  bool operator==(const ClusterStatus&) const = default;
};

/// Blocks first .. last, both included.
using BlockRange = std::pair<std::uint32_t, std::uint32_t>;

struct ShardBlocks {
  std::uint32_t shard = 0;
  std::uint64_t blocks = 0, nodes = 0, agents = 0;
  std::vector<BlockRange> ranges;  ///< ascending; empty where the blocks are too many to be listed
  bool operator==(const ShardBlocks&) const = default;
};

struct ShardsStatus {
  std::uint64_t epoch = 0, blocks = 0;
  std::vector<ShardBlocks> shards;
  bool operator==(const ShardsStatus&) const = default;
};

/// What a run folder says where no coordinator answers; texts as they stand in run.json and in the rows, "" where they have none.
struct AbsentStatus {
  std::string phase = "absent";  ///< "setting up" or "running": a run in one process, which has no coordinator to be asked
  std::string reason;            ///< why there is no answer
  std::string job, model, state, tick, last_tick, digest;
  bool alone = false;                                    ///< the run's last start was in one process
  std::string step;                                      ///< what the set-up does
  std::vector<std::pair<std::string, std::string>> row;  ///< the last row's observables
  std::vector<std::uint64_t> committed;                  ///< ticks, newest first
};

/// One line, without its end.
std::string to_json(const AbsentStatus& status);
std::string to_json(const ClusterStatus& status);
std::string to_json(const ShardsStatus& status);
/// The reverse. Throw ClusterError, naming `where`, for anything else.
ClusterStatus cluster_status_from_json(std::string_view text, const std::string& where);
ShardsStatus shards_status_from_json(std::string_view text, const std::string& where);

}  // namespace colony
