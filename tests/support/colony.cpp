#include "tests/support/colony.hpp"

#include "engine/effects/claim.hpp"
#include "engine/error.hpp"
#include "engine/globals/reduce.hpp"
#include "engine/globals/runs.hpp"
#include "engine/state/digest.hpp"
#include "models/registry.hpp"

namespace colony::testing {
namespace {

/// The models that make their own graph make lattices or complete ones.
Graph graph_of(const GraphSpec& spec) {
  Graph graph;
  if (spec.kind == "complete") {
    graph.topology = Topology::complete;
    graph.node_count = spec.nodes;
    return graph;
  }
  COLONY_ASSERT(spec.source == GraphSpec::Source::lattice, "this test helper makes lattices and complete graphs only");
  graph.topology = Topology::lattice;
  graph.lattice = spec.lattice;
  graph.node_count = std::uint64_t{spec.lattice.width} * spec.lattice.height;
  return graph;
}

std::unique_ptr<Model> make_model(const Case& what) { return what.make ? what.make() : builtin_models().at(what.model)(); }

}  // namespace

Job job_of(const Case& what, const Shape& shape, const Model& model, const Graph& graph) {
  Job job;
  job.seed = what.seed;
  job.model = what.model;
  job.population = what.population;
  for (const ParameterSpec& spec : model.parameters())
    if (spec.fallback) job.parameters.values[spec.name] = *spec.fallback;
  for (const auto& [name, value] : what.parameters) job.parameters.values[name] = value;
  job.graph.source = graph.topology == Topology::lattice ? GraphSpec::Source::lattice : GraphSpec::Source::generate;
  job.graph.lattice = graph.lattice;
  job.shards.count = shape.shards;
  job.shards.blocks = shape.blocks;
  job.shards.partition = shape.partition;
  job.shards.placement = shape.placement;
  job.execution.threads = shape.threads;
  job.execution.through_bytes = shape.through_bytes;
  job.execution.backend = shape.backend;
  return job;
}

std::ostream& operator<<(std::ostream& out, const Shape& shape) {
  return out << "shards " << shape.shards << ", threads " << shape.threads << ", partition " << shape.partition << ", blocks "
             << shape.blocks << ", placement " << shape.placement << ", backend " << shape.backend
             << (shape.through_bytes ? ", through bytes" : "");
}

Activity& Activity::operator+=(const Activity& other) {
  traffic += other.traffic;
  contests += other.contests;
  remote_contests += other.remote_contests;
  return *this;
}

Colony::Colony(const Case& what, const Shape& shape) : Colony(what, shape, nullptr) {}
Colony::Colony(const Case& what, const Shape& shape, const Saved& saved) : Colony(what, shape, &saved) {}

Colony::Colony(const Case& what, const Shape& shape, const Saved* saved)
    : executor_(shape.threads), model_(make_model(what)), schema_(job_) {
  Graph graph;
  if (what.graph) graph = executor_.run([&] { return what.graph(executor_); });
  job_ = job_of(what, shape, *model_, graph);
  executor_.run([&] {
    model_->setup(job_);
    if (!what.graph) graph = graph_of(model_->own_graph());
    model_->declare(schema_);
    schema_.finish();
    host_ = std::make_unique<Host>(schema_, std::move(graph), executor_);
    host_->want_events(what.events);
    globals_.assign(schema_.slot_count(), 0);
    if (saved != nullptr) {
      tick_ = saved->tick;
      globals_ = saved->globals;
      host_->load(*model_, [&](const std::function<void(const ShardImage&)>& take) {
        for (const ShardImage& image : saved->images) take(image);
      });
    } else {
      host_->populate(*model_);
    }
    const std::vector<Globals> first = host_->tally();
    std::vector<const Globals*> partials;
    for (const Globals& partial : first) partials.push_back(&partial);
    reduce(partials, true);
  });
}

void Colony::run(std::uint64_t ticks, Observed observed) {
  executor_.run([&] {
    for (std::uint64_t i = 0; i < ticks; ++i) {
      reduce(host_->run_tick(tick_, globals_, observed == Observed::yes), false);
      tick_ = Tick(tick_.value + 1);
    }
  });
}

void Colony::reduce(const std::vector<const Globals*>& partials, bool starting) {
  std::size_t slot = 0;
  for (const GlobalSpec& spec : schema_.globals()) {
    const std::size_t begin = slot;
    slot += spec.width;
    if (starting && spec.of_effects) continue;  // no tick was done: what was saved holds
    Globals of_tick(spec.width, 0);
    for (const Globals* partial : partials) reduce_global(of_tick.data(), &(*partial)[begin], spec);
    if (!spec.lasting) std::copy(of_tick.begin(), of_tick.end(), &globals_[begin]);
    else take_into_lasting(&globals_[begin], of_tick.data(), spec);
  }
  check_sums(globals_, schema_.globals());
  clear_runs(globals_, schema_.globals());
  for (const Globals* partial : partials) reduce_runs(globals_, *partial, schema_.globals());
}

Digest Colony::digest() {
  return executor_.run([&] { return combine_digest(host_->digest_sum(), schema_, globals_, tick_); });
}

ObservableValue Colony::value_of(const std::string& name) const {
  for (const ObservableSpec& observable : schema_.observables())
    if (observable.name == name) return observable.value(globals_);
  COLONY_ASSERT(false, "no observable " + name);
}

std::int64_t Colony::observe(const std::string& name) const { return std::get<std::int64_t>(value_of(name)); }
double Colony::observe_real(const std::string& name) const { return std::get<double>(value_of(name)); }

std::vector<ObservableValue> Colony::row() const {
  std::vector<ObservableValue> row;
  for (const ObservableSpec& observable : schema_.observables()) row.push_back(observable.value(globals_));
  return row;
}

Activity Colony::activity() const {
  Activity activity{host_->traffic(), 0, 0};
  for (const auto& shard : host_->shards()) {
    for (const ClaimSpec& claim : schema_.layer().claims) {
      const auto& claims = shard->part().effect<ClaimEffect>(claim.effect);
      activity.contests += claims.contests;
      activity.remote_contests += claims.remote_contests;
    }
  }
  return activity;
}

Saved Colony::save() {
  return executor_.run([&] { return Saved{host_->images(tick_), globals_, tick_}; });
}

Digest digest_after(const Case& what, const Shape& shape, std::uint64_t ticks) {
  Colony colony(what, shape);
  colony.run(ticks);
  return colony.digest();
}

}  // namespace colony::testing
