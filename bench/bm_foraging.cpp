// 1 M ants on a 1024 x 1024 torus beside a hand-written loop with the same draws. Promise: at most 1.25 times the loop's time, sorting
// included: one time is that of the ticks from one sort to the next.
#include "bench/colony_run.hpp"
#include "bench/reference/ants.hpp"
#include "engine/state/agents.hpp"

namespace colony::bench {
namespace {

constexpr std::uint32_t side = 1024;
constexpr std::uint64_t ant_count = std::uint64_t{1} << 20;
constexpr std::uint64_t cells = std::uint64_t{side} * side;

Job foraging_job() {
  Job job = lattice_job("foraging", side, side);
  job.population = ant_count;
  job.parameters.values["start"] = std::string("random");
  return job;
}

/// The colony's S(0). Columns: food, nest_distance; heading, carrying.
reference::Ants::World world_of(ColonyRun& run) {
  const Part& part = run.host().shards()[0]->part();
  reference::Ants::World world{side, side, std::vector<std::uint32_t>(cells), std::vector<std::uint32_t>(cells), {}};
  for (std::uint32_t i = 0; i < cells; ++i) {
    world.food[part.geometry.id_of(i)] = part.columns[0].as<std::uint32_t>()[i];
    world.nest_distance[part.geometry.id_of(i)] = part.columns[1].as<std::uint32_t>()[i];
  }
  const SpeciesPart& ants = part.species[0];
  for (std::size_t slot = 0; slot < ants.slots(); ++slot) {
    const std::uint64_t cell = part.geometry.id_of(ants.nodes[slot]);
    world.ants.push_back({static_cast<std::uint32_t>(ants.ids[slot]), static_cast<std::uint16_t>(cell % side),
                          static_cast<std::uint16_t>(cell / side), ants.columns[0].as<std::uint8_t>()[slot],
                          ants.columns[1].as<std::uint8_t>()[slot]});
  }
  return world;
}

/// Argument: threads. Items are ants. Every pair of times is followed by a comparison of the observables.
void BM_foraging(benchmark::State& state) {
  Executor executor(static_cast<int>(state.range(0)));
  executor.run([&] {
    const Job job = foraging_job();
    ColonyRun run(job, lattice_graph(job), executor);
    reference::Ants loop(world_of(run), {}, job.seed);
    Pairs pairs;
    std::uint64_t tick = 0;
    for (auto _ : state) {
      pairs.take([&] { run.ticks(sort_interval); },
                 [&] {
                   for (std::uint64_t i = 0; i < sort_interval; ++i) loop.tick(executor.threads());
                 });
      state.SetIterationTime(pairs.last_first());
      tick += sort_interval;
      if (!same_row(state, run.row(), loop.row(), tick)) return;
    }
    report(state, pairs, sort_interval, ant_count, ant_count * 15 + cells * 28);
    state.counters["engine_ns_per_ant"] = pairs.best_first() * 1e9 / static_cast<double>(sort_interval * ant_count);
  });
}
BENCHMARK(BM_foraging)->Arg(1)->Arg(2)->Iterations(16)->UseManualTime()->Unit(benchmark::kMillisecond);

/// One thread beside two. The counter "speedup" is the promise: at least 1.8.
void BM_foraging_threads(benchmark::State& state) {
  Executor one(1), two(2);
  const Job job = foraging_job();
  const auto make = [&](Executor& executor) {
    return executor.run([&] { return std::make_unique<ColonyRun>(job, lattice_graph(job), executor); });
  };
  const std::unique_ptr<ColonyRun> alone = make(one), together = make(two);
  Pairs pairs;
  for (auto _ : state) {
    pairs.take([&] { two.run([&] { together->ticks(sort_interval); }); }, [&] { one.run([&] { alone->ticks(sort_interval); }); });
    state.SetIterationTime(pairs.last_first());
    if (!same_row(state, alone->row(), together->row(), 0)) return;
  }
  state.counters["speedup"] = 1 / pairs.ratio();
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * sort_interval * ant_count));
}
BENCHMARK(BM_foraging_threads)->Iterations(16)->UseManualTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace colony::bench
