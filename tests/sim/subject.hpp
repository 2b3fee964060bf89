// The colonies that worlds run: small, of every kind of effect, each with its reference, a plain run in one process.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "engine/model/model.hpp"
#include "engine/schema/job.hpp"
#include "tests/sim/options.hpp"
#include "tests/support/colony.hpp"

namespace colony::sim {

inline constexpr std::uint32_t subject_count = 9;
inline constexpr std::uint64_t most_ticks = 25;
const char* name_of_subject(std::uint32_t subject);

/// S(0) .. S(most_ticks) of a subject and seed, as one process has them.
struct Reference {
  std::vector<Digest> digests;                     ///< by tick
  std::vector<std::vector<ObservableValue>> rows;  ///< all observables, by tick, happenings of that tick alone
  std::vector<std::vector<Event>> events;          ///< first seen in S(t), sorted
  std::vector<std::uint64_t> snapshots;            ///< hash of what a snapshot of that tick must hold
};
/// Made once a process; stays.
const Reference& reference_of(std::uint32_t subject, std::uint64_t colony_seed);

/// What all processes of a world share, read-only: job, model, schema.
class Subject {
 public:
  explicit Subject(const Options& options);

  const Job& job() const { return job_; }
  const Model& model() const { return *model_; }
  const Schema& schema() const { return schema_; }
  std::uint64_t schema_hash() const;
  Graph graph() { return what_.graph(executor_); }
  std::uint64_t topology_hash() const { return topology_hash_; }
  Executor& executor() { return executor_; }
  /// The columns of a snapshot, and the hash of a whole one from its parts.
  std::vector<GroupImage> snapshot(std::span<const ShardImage> images) const;
  std::uint64_t snapshot_hash(std::vector<std::vector<GroupImage>>&& parts) const;
  /// Checks a digest by loading images into one process. Throws Error.
  Digest digest_of_state(const testing::Saved& saved) const;

 private:
  testing::Case what_;
  Executor executor_{1};
  std::unique_ptr<Model> model_;
  Job job_;
  Schema schema_;
  std::uint64_t topology_hash_;
};

}  // namespace colony::sim
