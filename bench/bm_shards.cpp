// Four shards in one process beside one, on the same threads. Promises: at most 1.15 times slower with almost all susceptible, 1.5 at the
// peak of an epidemic.
#include "bench/colony_run.hpp"

namespace colony::bench {
namespace {

constexpr std::uint64_t nodes = std::uint64_t{1} << 20;
constexpr std::uint32_t degree = 16;

std::unique_ptr<ColonyRun> epidemic(std::uint32_t shards, double infection, double recovery, const std::string& direction,
                                    Executor& executor) {
  Job job = job_for("epidemic");
  job.shards.count = shards;
  job.parameters.values["seeds"] = std::int64_t{10};
  job.parameters.values["infection"] = infection;
  job.parameters.values["recovery"] = recovery;
  job.parameters.values["direction"] = direction;
  return std::make_unique<ColonyRun>(job, regular_graph(nodes, degree, executor), executor);
}

void report_slowdown(benchmark::State& state, const Pairs& pairs) {
  state.counters["four_us"] = pairs.best_first() * 1e6;
  state.counters["one_us"] = pairs.best_second() * 1e6;
  state.counters["slowdown"] = pairs.ratio();
  state.counters["slowdown_median"] = pairs.ratio_median();
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * nodes * degree));
}

/// Argument: threads. Items are edges.
void BM_shards_healthy(benchmark::State& state) {
  Executor executor(static_cast<int>(state.range(0)));
  executor.run([&] {
    const auto four = epidemic(4, 1e-6, 0, "pull", executor), one = epidemic(1, 1e-6, 0, "pull", executor);
    Pairs pairs;
    for (auto _ : state) {
      pairs.take([&] { four->tick(); }, [&] { one->tick(); });
      state.SetIterationTime(pairs.last_first());
      if (!same_row(state, four->row(), one->row(), 0)) return;
    }
    report_slowdown(state, pairs);
  });
}
BENCHMARK(BM_shards_healthy)->Arg(1)->Arg(2)->Iterations(60)->UseManualTime()->Unit(benchmark::kMicrosecond);

/// Argument: threads. Each time is that of the five ticks around the peak of one epidemic (infection 0.05, recovery 0.1, "auto").
void BM_shards_peak(benchmark::State& state) {
  constexpr std::size_t infectious = 2, before_peak = 2, peak_ticks = 5;
  Executor executor(static_cast<int>(state.range(0)));
  executor.run([&] {
    const auto four = epidemic(4, 0.05, 0.1, "auto", executor), one = epidemic(1, 0.05, 0.1, "auto", executor);
    std::int64_t most = 0;
    std::uint64_t peak = 0;
    for (std::uint64_t t = 1; t <= 60; ++t) {
      one->tick();
      if (const auto sick = std::get<std::int64_t>(one->row()[infectious]); sick > most) {
        most = sick;
        peak = t;
      }
    }
    Pairs pairs;
    for (auto _ : state) {
      one->restart();
      four->restart();
      one->ticks(peak - before_peak - 1);
      four->ticks(peak - before_peak - 1);
      pairs.take([&] { four->ticks(peak_ticks); }, [&] { one->ticks(peak_ticks); });
      state.SetIterationTime(pairs.last_first());
      if (!same_row(state, four->row(), one->row(), peak)) return;
    }
    report_slowdown(state, pairs);
    state.counters["peak_tick"] = static_cast<double>(peak);
    state.counters["peak_infectious"] = static_cast<double>(most);
  });
}
BENCHMARK(BM_shards_peak)->Arg(1)->Arg(2)->Iterations(8)->UseManualTime()->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace colony::bench
