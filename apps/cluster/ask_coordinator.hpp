// How commands reach the coordinator of a run: by the rendezvous file in the run folder, and the pages that it names.
#pragma once

#include <string>

#include "apps/cluster/rendezvous.hpp"
#include "engine/error.hpp"
#include "io/run/cluster_status.hpp"
#include "io/storage.hpp"

namespace colony {

/// The run has no coordinator that answers; the message says why, as far as can be seen from here.
struct NoCoordinatorError : ClusterError {
  NoCoordinatorError(const std::string& run_, const std::string& why_)
      : ClusterError("no coordinator answers for " + run_ + ": " + why_), run(run_), why(why_) {}
  std::string run, why;
};

/// A run folder, also one whose run is only being set up. Throws StorageError when path is not one.
PosixStorage open_cluster_folder(const std::string& path);

/// The rendezvous of the start that goes on now. Throws NoCoordinatorError when no start does, or when it has no cluster.
Rendezvous running_coordinator(Storage& storage);

class CoordinatorPages {
 public:
  /// Throws NoCoordinatorError unless this run's coordinator answers.
  explicit CoordinatorPages(Storage& storage);

  /// Asked anew by each call. Throws NoCoordinatorError.
  ClusterStatus status() const;
  ShardsStatus shards() const;
  /// POSTs with the run's secret and returns the answer. Throws UsageError where there is no such shard or block, ClusterError when the
  /// run refuses, NoCoordinatorError, and StorageError when the secret can't be read.
  std::string change(const std::string& target) const;

 private:
  std::string get(const std::string& target) const;

  Storage& storage_;
  std::string run_;
  Rendezvous rendezvous_;
};

}  // namespace colony
