// observables.csv, events.csv and the snapshots of a world's run folder, as lengths and rows in memory: what is written is compared with
// the reference at once, and cut as the coordinator says.
#pragma once

#include <cstdint>
#include <set>
#include <vector>

#include "coordinator/cluster.hpp"
#include "tests/sim/scene.hpp"

namespace colony::sim {

class RunFiles {
 public:
  explicit RunFiles(Scene& scene) : scene_(scene) {}

  void restore(std::uint64_t observables_bytes, std::uint64_t events_bytes);
  void row(Tick tick, const Globals& globals, const std::optional<Digest>& digest);
  void events(const std::vector<Event>& events);
  void snapshot(Tick tick, std::vector<std::vector<GroupImage>>&& parts);
  /// Writes out what is buffered, and says how long the files are.
  void flush(std::uint64_t& observables_bytes, std::uint64_t& events_bytes);
  /// The coordinator's process is gone: of what it had not written out, some is lost.
  void lose_buffers();
  /// What a checkpoint of that tick stands for is there.
  void check_commit(Tick tick);
  /// Every row, event and snapshot of a whole run is there, once.
  void check_whole();

 private:
  struct Piece {
    std::uint64_t tick, end;  ///< bytes of the file, this piece included
  };
  void cut(std::vector<Piece>& file, std::uint64_t bytes, std::uint64_t& flushed, const char* what);
  static std::uint64_t length(const std::vector<Piece>& file) { return file.empty() ? 0 : file.back().end; }

  Scene& scene_;
  std::vector<Piece> rows_, events_;
  bool ended_between_rows_ = false;  ///< the last row is that of a last state, between two that are due
  std::uint64_t rows_flushed_ = 0, events_flushed_ = 0;
  std::set<std::uint64_t> snapshots_;
};

}  // namespace colony::sim
