// What a tick costs that has nothing to do: one shard, coordinator and observables included. Promise: at most 10 us on one thread, 25 us on
// two.
#include "bench/colony_run.hpp"

namespace colony::bench {
namespace {

/// Arguments: nodes, threads. An epidemic without infected nodes.
void BM_empty_tick(benchmark::State& state) {
  Executor executor(static_cast<int>(state.range(1)));
  executor.run([&] {
    Job job = job_for("epidemic");
    job.parameters.values["seeds"] = std::int64_t{0};
    ColonyRun run(job, regular_graph(static_cast<std::uint64_t>(state.range(0)), 16, executor), executor);
    constexpr std::uint64_t unit_ticks = 100;
    double best = 1;
    for (auto _ : state) {
      const double seconds = seconds_of([&] { run.ticks(unit_ticks); });
      state.SetIterationTime(seconds);
      best = std::min(best, seconds);
    }
    state.counters["us_per_tick"] = best * 1e6 / unit_ticks;
    state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * unit_ticks));
  });
}
BENCHMARK(BM_empty_tick)->ArgsProduct({{1 << 10, 1 << 20}, {1, 2}})->Iterations(200)->UseManualTime()->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace colony::bench
