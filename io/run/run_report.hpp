// run.json: what a run was made of and how it went, for people and their tools. A resumed run reads its inputs back.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/schema/job.hpp"

namespace colony {

struct InputFile {
  std::string path;
  std::uint64_t bytes = 0;
  std::uint64_t xxh3 = 0;
};

/// What a run on many processes took beyond computing, since this start.
struct ClusterCosts {
  std::uint64_t epochs = 0, ticks = 0;  ///< ticks done, those that a failure undid included
  std::uint64_t bytes_sent = 0;         ///< of frames, by all members
  double wait_seconds = 0;              ///< in rounds, of all members
  double coordinator_seconds = 0;       ///< deciding, not waiting
};

struct RunReport {
  std::string job;
  std::string model;
  std::uint64_t seed = 0;
  std::string host;
  std::int64_t pid = 0;
  std::uint64_t incarnation = 0;
  std::string started;                                        ///< UTC, ISO 8601
  std::vector<std::pair<std::string, std::string>> versions;  ///< colony first; library_versions() gives the rest
  std::uint32_t shards = 0;
  std::uint32_t threads = 0;
  std::uint32_t blocks = 0;
  std::uint64_t nodes = 0;
  std::uint64_t edges = 0;
  std::uint64_t agents = 0;
  std::vector<InputFile> inputs;
  std::optional<std::uint64_t> resumed_from;            ///< tick
  std::vector<std::pair<std::string, double>> seconds;  ///< timings by name: "setup", "ticks", "checkpoints", ...
  std::optional<ClusterCosts> cluster;
  std::uint64_t tick = 0;
  std::uint64_t last_tick = 0;  ///< the tick to reach
  std::string digest;
  std::vector<std::string> remarks;  ///< Model::remarks
  std::string exit;                  ///< "setting up", "running", "done", "stopped", "interrupted", or the error's message
  int exit_status = 0;
};

/// Indented JSON. Bytes that are not UTF-8 are replaced.
std::string to_json(const RunReport& report);

/// The compiler and the libraries that io/ is built on, with their versions.
std::vector<std::pair<std::string, std::string>> library_versions();

/// The files of a graph: edges, degrees.
std::vector<std::string> graph_inputs(const Job& job);
/// The files that the model's parameters name.
std::vector<std::string> model_inputs(const Job& job, const std::vector<ParameterSpec>& specs);
/// Hashes are of the bytes as they lie on the disk. Throws StorageError when one can't be read.
std::vector<InputFile> hash_inputs(const std::vector<std::string>& paths);
/// The inputs that a run.json lists; none when it can't be read.
std::vector<InputFile> reported_inputs(std::string_view json);

}  // namespace colony
