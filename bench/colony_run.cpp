#include "bench/colony_run.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "engine/random/random.hpp"
#include "io/run/observables.hpp"
#include "models/registry.hpp"

namespace colony::bench {
namespace {

std::unique_ptr<Model> model_of(const Job& job) {
  auto model = builtin_models().at(job.model)();
  model->setup(job);
  return model;
}

Schema schema_of(const Job& job, Model& model) {
  Schema schema(job);
  model.declare(schema);
  schema.finish();
  return schema;
}

std::uint64_t now_ns() {
  return static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch() / std::chrono::nanoseconds(1));
}

}  // namespace

Job job_for(const std::string& model) {
  Job job;
  job.name = "bench";
  job.seed = 42;
  job.model = model;
  for (const ParameterSpec& spec : builtin_models().at(model)()->parameters())
    if (spec.fallback) job.parameters.values[spec.name] = *spec.fallback;
  return job;
}

Job lattice_job(const std::string& model, std::uint32_t width, std::uint32_t height) {
  Job job = job_for(model);
  job.graph.source = GraphSpec::Source::lattice;
  job.graph.lattice = {width, height, 8, true};
  return job;
}

Graph lattice_graph(const Job& job) {
  Graph graph;
  graph.topology = Topology::lattice;
  graph.lattice = job.graph.lattice;
  graph.node_count = std::uint64_t{graph.lattice.width} * graph.lattice.height;
  return graph;
}

Graph regular_graph(std::uint64_t nodes, std::uint32_t degree, Executor& executor) {
  const RandomKey key = random_key(7, Stream::generate, 0);
  Array<Arc> arcs(nodes * (degree / 2));
  std::vector<std::uint32_t> order(nodes);
  for (std::uint32_t k = 0; k < degree / 2; ++k) {
    for (std::uint32_t i = 0; i < nodes; ++i) order[i] = i;
    for (std::uint64_t i = nodes - 1; i > 0; --i)
      std::swap(order[i], order[below(draw_entity(key, i, k)[0], static_cast<std::uint32_t>(i + 1))]);
    for (std::uint32_t i = 0; i < nodes; ++i) arcs[k * nodes + i] = {i, order[i]};
  }
  return build_csr(nodes, false, std::move(arcs), {}, executor);
}

ColonyRun::ColonyRun(Job job, Graph graph, Executor& executor)
    : job_(std::move(job)), model_(model_of(job_)), schema_(schema_of(job_, *model_)), host_(schema_, std::move(graph), executor) {
  restart();
}

void ColonyRun::restart() {
  host_.populate(*model_);
  CoursePlan plan;
  plan.globals = schema_.globals();
  plan.shards = job_.shards.count;
  plan.last = Tick(~std::uint64_t{0});
  coordinator_ = std::make_unique<Coordinator>(std::move(plan), Tick(0), Globals{}, true);
  const std::vector<Globals> partials = host_.tally();
  for (std::uint32_t s = 0; s < partials.size(); ++s) follow(coordinator_->step(ShardReady{ShardId(s), &partials[s], now_ns()}));
}

void ColonyRun::tick() {
  const std::vector<const Globals*>& partials = host_.run_tick(next_.tick, coordinator_->globals(), next_.observe);
  const Tick reached(next_.tick.value + 1);
  const std::uint64_t now = now_ns();
  for (std::uint32_t s = 0; s < partials.size(); ++s) follow(coordinator_->step(TickDone{ShardId(s), reached, partials[s], now}));
}

void ColonyRun::follow(const std::vector<CoordinatorAction>& actions) {
  for (const CoordinatorAction& action : actions)
    if (const auto* run = std::get_if<RunTick>(&action)) next_ = *run;
}

std::vector<ObservableValue> ColonyRun::row() const {
  std::vector<ObservableValue> values;
  for (const ObservableSpec& observable : schema_.observables()) values.push_back(observable.value(coordinator_->globals()));
  return values;
}

double Pairs::ratio_median() const {
  if (first_.empty()) return 0;
  std::vector<double> ratios;
  for (std::size_t i = 0; i < first_.size(); ++i) ratios.push_back(first_[i] / second_[i]);
  const auto middle = ratios.begin() + static_cast<std::ptrdiff_t>(ratios.size() / 2);
  std::nth_element(ratios.begin(), middle, ratios.end());
  return *middle;
}

void report(benchmark::State& state, const Pairs& pairs, std::uint64_t unit_ticks, std::uint64_t items, std::uint64_t bytes) {
  const auto per_tick = static_cast<double>(unit_ticks);
  state.counters["engine_us"] = pairs.best_first() * 1e6 / per_tick;
  state.counters["reference_us"] = pairs.best_second() * 1e6 / per_tick;
  state.counters["ratio"] = pairs.ratio();
  state.counters["ratio_median"] = pairs.ratio_median();
  const auto ticks = static_cast<std::int64_t>(state.iterations()) * static_cast<std::int64_t>(unit_ticks);
  state.SetItemsProcessed(ticks * static_cast<std::int64_t>(items));
  state.SetBytesProcessed(ticks * static_cast<std::int64_t>(bytes));
}

bool same_row(benchmark::State& state, const std::vector<ObservableValue>& engine, const std::vector<ObservableValue>& reference,
              std::uint64_t tick) {
  if (engine == reference) return true;
  const auto text = [](const std::vector<ObservableValue>& row) {
    std::string all;
    for (const ObservableValue& value : row) all += fmt::format(" {}", text_of(value));
    return all;
  };
  state.SkipWithError(fmt::format("tick {}: the engine has{}, the reference{}", tick, text(engine), text(reference)).c_str());
  return false;
}

}  // namespace colony::bench
