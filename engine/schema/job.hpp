// The job as plain data, as far as a colony in any number of processes needs it. io/job/job_file reads it from TOML and checks it;
// DESIGN 10 lists the keys.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/graph/graph.hpp"
#include "engine/ids.hpp"
#include "engine/schema/parameters.hpp"

namespace colony {

struct GraphSpec {
  enum class Source : std::uint8_t { none, edges, lattice, generate } source = Source::none;
  // edges
  std::string path;    ///< absolute
  std::string format;  ///< "", "snap", "csv", "mtx", "metis"
  bool directed = false;
  std::vector<std::string> columns;  ///< csv, snap: what the columns are, "" for one to drop; empty: the file says it
  bool drop_weights = false;         ///< weight = false: weights in the file are dropped, not refused
  // lattice
  LatticeShape lattice;
  // generate
  std::string kind;  ///< erdos-renyi | regular | configuration | barabasi-albert | watts-strogatz | rmat | complete
  std::uint64_t nodes = 0;
  double mean_degree = 0;    ///< erdos-renyi, rmat
  std::uint32_t degree = 0;  ///< regular; watts-strogatz (even); barabasi-albert: edges of each new node
  double rewire = 0.1;       ///< watts-strogatz: probability that an edge is rewired
  std::string degrees_path;  ///< configuration: a file with one degree a line
  double rmat_a = 0.57, rmat_b = 0.19, rmat_c = 0.19;
  std::optional<std::uint64_t> seed;  ///< the graph's own; without it the job's
  bool operator==(const GraphSpec&) const = default;
};

struct PinSpec {
  std::uint32_t block;
  std::uint32_t shard;
  bool operator==(const PinSpec&) const = default;
};

struct SnapshotSpec {
  std::vector<std::string> fields;  ///< "layer.field" or "species.field"
  std::uint64_t every = 1;          ///< ticks
  std::string name = {};            ///< folder below snapshots/; the job reader gives "1", "2", ... when the job has none
  bool operator==(const SnapshotSpec&) const = default;
};

struct Job {
  std::string name;
  std::uint64_t seed = 1;
  std::uint64_t ticks = 0;
  std::string stop_when;  ///< condition on observables, e.g. "infectious == 0"; empty: none

  std::string model;
  Parameters parameters;
  std::uint64_t population = 0;  ///< [population] count; 0 when the model has no agents
  bool population_given = false;
  GraphSpec graph;

  struct Shards {
    std::uint32_t count = 1;
    std::uint32_t blocks = 0;  ///< 0: chosen by size
    std::string partition = "range";
    std::string placement = "ring";
    std::uint32_t virtual_nodes = 512;
    double load_bound = 1.25;
    std::vector<PinSpec> pins;
    std::uint64_t rebalance_every = 0;  ///< ticks; 0: never. Between processes only
    bool operator==(const Shards&) const = default;
  } shards;

  struct Execution {
    int threads = 0;  ///< 0: all
    std::string backend = "cpu";
    bool through_bytes = false;  ///< frames between shards of one process are encoded and decoded, for tests
    bool operator==(const Execution&) const = default;
  } execution;

  struct Checkpoint {
    std::uint64_t every = 0;  ///< ticks; 0: by time only
    double every_seconds = 600;
    std::uint32_t keep = 3;  ///< committed checkpoints kept
    bool operator==(const Checkpoint&) const = default;
  } checkpoint;

  struct Output {
    std::string directory;  ///< absolute; the run directory
    std::uint64_t observe_every = 1;
    std::uint64_t digest_every = 0;  ///< 0: not among the observables
    bool events = false;             ///< write the model's event list, events.csv
    std::vector<SnapshotSpec> snapshots;
    bool operator==(const Output&) const = default;
  } output;
};

}  // namespace colony
