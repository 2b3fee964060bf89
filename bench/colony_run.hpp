// A colony as a benchmark drives it: model, shards and coordinator as in the program, without job files and output. And the pairing of an
// engine with its reference, turn by turn, because a virtual machine's speed swings within seconds and only neighbours in time compare.
#pragma once

#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "coordinator/coordinator.hpp"
#include "engine/executor.hpp"
#include "engine/model/model.hpp"
#include "shard/host.hpp"

namespace colony::bench {

/// A job for one of the built-in models with its parameters at their defaults.
Job job_for(const std::string& model);
Job lattice_job(const std::string& model, std::uint32_t width, std::uint32_t height);

Graph lattice_graph(const Job& job);
/// Undirected: the union of degree / 2 random permutations, so regular but for the few edges that coincide. degree: even.
Graph regular_graph(std::uint64_t nodes, std::uint32_t degree, Executor& executor);

/// One colony. Everything here, construction too, runs inside Executor::run.
class ColonyRun {
 public:
  ColonyRun(Job job, Graph graph, Executor& executor);

  /// One tick: what the coordinator asked for, then its answer to the shards' reports.
  void tick();
  void ticks(std::uint64_t count) {
    for (std::uint64_t i = 0; i < count; ++i) tick();
  }
  /// S(0) again.
  void restart();
  /// The observables of the tick reached, in the order of the schema.
  std::vector<ObservableValue> row() const;
  Host& host() { return host_; }

 private:
  void follow(const std::vector<CoordinatorAction>& actions);

  Job job_;
  std::unique_ptr<Model> model_;
  Schema schema_;
  Host host_;
  std::unique_ptr<Coordinator> coordinator_;
  RunTick next_{};
};

inline double seconds_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

template <class F>
double seconds_of(const F& f) {
  const auto begin = std::chrono::steady_clock::now();
  f();
  return seconds_since(begin);
}

/// Times of two ways to do the same, taken in turn.
class Pairs {
 public:
  /// Runs and times both, in an order that alternates.
  template <class A, class B>
  void take(const A& first, const B& second) {
    double a = 0, b = 0;
    if (taken_++ % 2 == 0) {
      a = seconds_of(first);
      b = seconds_of(second);
    } else {
      b = seconds_of(second);
      a = seconds_of(first);
    }
    if (taken_ > warm_up) add(a, b);
    last_first_ = a;
  }
  void add(double first, double second) {
    first_.push_back(first);
    second_.push_back(second);
  }
  double last_first() const { return last_first_; }
  double best_first() const { return best(first_); }
  double best_second() const { return best(second_); }
  /// Ratio of the best times, first / second.
  double ratio() const { return best_first() / best_second(); }
  /// Median of the ratios of neighbours.
  double ratio_median() const;

 private:
  static constexpr std::size_t warm_up = 2;
  static double best(const std::vector<double>& times) { return times.empty() ? 0 : *std::min_element(times.begin(), times.end()); }
  std::vector<double> first_, second_;
  std::size_t taken_ = 0;
  double last_first_ = 0;
};

/// Counters of an engine (first) beside its reference (second). unit_ticks: ticks in one time; items: entities or edges of one tick.
void report(benchmark::State& state, const Pairs& pairs, std::uint64_t unit_ticks, std::uint64_t items, std::uint64_t bytes);

/// Marks the benchmark as failed unless both rows are the same.
bool same_row(benchmark::State& state, const std::vector<ObservableValue>& engine, const std::vector<ObservableValue>& reference,
              std::uint64_t tick);
inline bool same_row(benchmark::State& state, const std::vector<ObservableValue>& engine, const std::vector<std::int64_t>& reference,
                     std::uint64_t tick) {
  return same_row(state, engine, std::vector<ObservableValue>(reference.begin(), reference.end()), tick);
}

}  // namespace colony::bench
