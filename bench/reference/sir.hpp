// SIR written by hand for the benchmarks: the same coins and the same observables as the model `epidemic` without incubation and waning,
// for undirected graphs whose ids are 0 .. n - 1. Plain arrays and TBB.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/graph/graph.hpp"
#include "engine/random/random.hpp"

namespace colony::reference {

class Sir {
 public:
  enum class Direction { pull, push };
  enum State : std::uint8_t { susceptible, exposed, infectious, recovered };

  /// graph: rows of both directions; must outlive this. infected: the infectious nodes of tick 0.
  Sir(const Graph& graph, std::uint64_t seed, double infection, double recovery, const std::vector<std::uint32_t>& infected);

  /// threads: 1 runs plain loops.
  void tick(Direction direction, int threads);
  /// susceptible, exposed, infectious, recovered, new_infections
  std::vector<std::int64_t> row() const;
  std::uint64_t infectious_count() const { return infectious_.size(); }

 private:
  void pull(std::size_t begin, std::size_t end, std::vector<std::uint32_t>& hits) const;
  void push(std::size_t begin, std::size_t end, std::vector<std::uint32_t>& hits);
  void commit(std::vector<std::uint32_t>& hits);

  const std::uint64_t* offsets_;
  const std::uint32_t* targets_;
  std::size_t nodes_;
  std::uint64_t seed_;
  Probability infection_, recovery_;
  std::vector<std::uint8_t> state_;
  std::vector<std::uint8_t> hit_;  ///< push: whom this tick has infected already
  std::vector<std::uint32_t> infectious_;
  std::vector<std::uint32_t> hits_;
  std::uint64_t tick_ = 0;
  RandomKey infection_key_{}, recovery_key_{};
  std::int64_t new_infections_ = 0, recovered_ = 0;
};

}  // namespace colony::reference
