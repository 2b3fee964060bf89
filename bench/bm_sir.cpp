// SIR on a random 16-regular graph of 2^20 nodes beside a hand-written loop with the same coins. Promises: a pull tick with almost all
// susceptible takes at most 1.25 times the loop's time; with 1,000 infectious and "auto" a tick takes at most 200 us on one core.
#include "bench/colony_run.hpp"
#include "bench/reference/sir.hpp"

namespace colony::bench {
namespace {

constexpr std::uint64_t full_size = std::uint64_t{1} << 20;
constexpr std::uint32_t degree = 16;

Job sir_job(std::int64_t seeds, double infection, double recovery, const std::string& direction) {
  Job job = job_for("epidemic");
  job.parameters.values["seeds"] = seeds;
  job.parameters.values["infection"] = infection;
  job.parameters.values["recovery"] = recovery;
  job.parameters.values["direction"] = direction;
  return job;
}

/// The infectious nodes of the colony's S(0), for the reference to start from.
std::vector<std::uint32_t> infectious_nodes(ColonyRun& run) {
  const Part& part = run.host().shards()[0]->part();
  const std::uint8_t* state = part.columns[0].as<std::uint8_t>();
  std::vector<std::uint32_t> nodes;
  for (std::uint32_t i = 0; i < part.geometry.owned; ++i)
    if (state[i] == reference::Sir::infectious) nodes.push_back(static_cast<std::uint32_t>(part.geometry.id_of(i)));
  return nodes;
}

/// A whole epidemic on a smaller graph must give the same row in every tick, whichever way the reference walks.
bool same_epidemic(benchmark::State& state, Executor& executor, const std::string& direction) {
  const std::uint64_t nodes = 1 << 14;
  ColonyRun run(sir_job(10, 0.05, 0.1, direction), regular_graph(nodes, degree, executor), executor);
  const Graph graph = regular_graph(nodes, degree, executor);
  const auto seeds = infectious_nodes(run);
  reference::Sir pull(graph, 42, 0.05, 0.1, seeds), push(graph, 42, 0.05, 0.1, seeds);
  for (std::uint64_t t = 0; t < 60; ++t) {
    run.tick();
    pull.tick(reference::Sir::Direction::pull, executor.threads());
    push.tick(reference::Sir::Direction::push, executor.threads());
    if (!same_row(state, run.row(), pull.row(), t) || !same_row(state, run.row(), push.row(), t)) return false;
  }
  return true;
}

void run_beside(benchmark::State& state, std::int64_t seeds, double infection, const std::string& direction, std::uint64_t unit_ticks,
                std::uint64_t edges_per_tick) {
  Executor executor(static_cast<int>(state.range(0)));
  executor.run([&] {
    if (!same_epidemic(state, executor, direction)) return;
    ColonyRun run(sir_job(seeds, infection, 0, direction), regular_graph(full_size, degree, executor), executor);
    const Graph graph = regular_graph(full_size, degree, executor);
    reference::Sir loop(graph, 42, infection, 0, infectious_nodes(run));
    const auto way = direction == "pull" ? reference::Sir::Direction::pull : reference::Sir::Direction::push;
    Pairs pairs;
    for (auto _ : state) {
      pairs.take([&] { run.ticks(unit_ticks); },
                 [&] {
                   for (std::uint64_t i = 0; i < unit_ticks; ++i) loop.tick(way, executor.threads());
                 });
      state.SetIterationTime(pairs.last_first());
    }
    same_row(state, run.row(), loop.row(), 0);
    report(state, pairs, unit_ticks, edges_per_tick, edges_per_tick * sizeof(std::uint32_t));
  });
}

/// Argument: threads. Items are edges.
void BM_sir_pull(benchmark::State& state) { run_beside(state, 10, 1e-6, "pull", 1, full_size * degree); }
BENCHMARK(BM_sir_pull)->Arg(1)->Arg(2)->Iterations(60)->UseManualTime()->Unit(benchmark::kMicrosecond);

/// 1,000 infectious that stay, found by direction = "auto" to be worth pushing. Items are edges of the infectious.
void BM_sir_sparse(benchmark::State& state) { run_beside(state, 1000, 1e-9, "auto", 20, 1000 * degree); }
BENCHMARK(BM_sir_sparse)->Arg(1)->Arg(2)->Iterations(60)->UseManualTime()->Unit(benchmark::kMicrosecond);

/// One thread beside two: items and time are those of two. The counter "speedup" is the promise: at least 1.8.
void BM_sir_threads(benchmark::State& state) {
  Executor one(1), two(2);
  std::unique_ptr<ColonyRun> alone, together;
  const auto make = [&](Executor& executor) {
    return executor.run(
        [&] { return std::make_unique<ColonyRun>(sir_job(10, 1e-6, 0, "pull"), regular_graph(full_size, degree, executor), executor); });
  };
  alone = make(one);
  together = make(two);
  Pairs pairs;
  for (auto _ : state) {
    pairs.take([&] { two.run([&] { together->tick(); }); }, [&] { one.run([&] { alone->tick(); }); });
    state.SetIterationTime(pairs.last_first());
  }
  same_row(state, alone->row(), together->row(), 0);
  state.counters["speedup"] = 1 / pairs.ratio();
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * full_size * degree));
}
BENCHMARK(BM_sir_threads)->Iterations(60)->UseManualTime()->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace colony::bench
