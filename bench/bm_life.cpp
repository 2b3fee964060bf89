// Life on a torus beside a hand-written byte loop. Promise: at most 1.25 times its time. The counter "shared_sums_us" is a second loop that
// uses each sum of three cells three times: what a kernel of one cell at a time can't do.
#include "bench/colony_run.hpp"
#include "bench/reference/life.hpp"

namespace colony::bench {
namespace {

/// Arguments: side, threads. Items are cells.
void BM_life(benchmark::State& state) {
  const auto side = static_cast<std::uint32_t>(state.range(0));
  const std::uint64_t cells = std::uint64_t{side} * side;
  constexpr std::uint64_t unit_ticks = 10;
  Executor executor(static_cast<int>(state.range(1)));
  executor.run([&] {
    const Job job = lattice_job("life", side, side);
    ColonyRun run(job, lattice_graph(job), executor);
    const Part& part = run.host().shards()[0]->part();
    std::vector<std::uint8_t> start(cells);
    for (std::uint32_t i = 0; i < cells; ++i) start[part.geometry.id_of(i)] = part.columns[0].as<std::uint8_t>()[i];
    reference::Life direct(side, side, start), shared(side, side, start);
    const auto ticks_of = [&](reference::Life& life, reference::Life::Method method) {
      for (std::uint64_t i = 0; i < unit_ticks; ++i) life.tick(method, executor.threads());
    };
    Pairs pairs, beside_shared;
    for (auto _ : state) {
      pairs.take([&] { run.ticks(unit_ticks); }, [&] { ticks_of(direct, reference::Life::Method::direct); });
      state.SetIterationTime(pairs.last_first());
      beside_shared.add(pairs.last_first(), seconds_of([&] { ticks_of(shared, reference::Life::Method::shared_sums); }));
      if (!same_row(state, run.row(), direct.row(), 0) || !same_row(state, run.row(), shared.row(), 0)) return;
    }
    report(state, pairs, unit_ticks, cells, cells * 2);
    state.counters["shared_sums_us"] = beside_shared.best_second() * 1e6 / unit_ticks;
  });
}
BENCHMARK(BM_life)->ArgsProduct({{1024, 2048}, {1, 2}})->Iterations(40)->UseManualTime()->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace colony::bench
