// A colony built in a test: a case (model, parameters, graph, seed) run on a shape (shards, threads, blocks, partition), by hand over a
// Host, with nothing of the program around it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "engine/executor.hpp"
#include "engine/model/model.hpp"
#include "shard/host.hpp"

namespace colony::testing {

/// How a colony is cut up and run: what must not show in any result.
struct Shape {
  std::uint32_t shards = 1;
  int threads = 1;
  std::string partition = "range";
  std::uint32_t blocks = 16;
  bool through_bytes = false;
  std::string placement = "ring";
  std::string backend = "cpu";
};
std::ostream& operator<<(std::ostream& out, const Shape& shape);

/// What is run: the state after each tick is a function of this alone.
struct Case {
  std::string model;  ///< one of the built-in models, unless `make` is given
  std::map<std::string, ParameterValue> parameters;
  std::function<Graph(Executor&)> graph{};  ///< none: the model makes its own
  std::uint64_t population = 0;
  std::uint64_t seed = 42;
  std::function<std::unique_ptr<Model>()> make{};
  bool events = false;  ///< wanted, those of S(0) too
};

/// The job that says all this of a colony on that graph.
Job job_of(const Case& what, const Shape& shape, const Model& model, const Graph& graph);

/// The state of a colony, as a checkpoint has it.
struct Saved {
  std::vector<ShardImage> images;
  Globals globals;
  Tick tick;
};

/// What happened on the way, DESIGN 12.
struct Activity {
  ShardTraffic traffic;
  std::uint64_t contests = 0, remote_contests = 0;
  Activity& operator+=(const Activity& other);
};

class Colony {
 public:
  /// S(0) as the model fills it.
  Colony(const Case& what, const Shape& shape);
  /// The state that was saved, by any shape.
  Colony(const Case& what, const Shape& shape, const Saved& saved);

  enum class Observed : bool { no, yes };
  void run(std::uint64_t ticks, Observed observed = Observed::yes);
  Tick tick() const { return tick_; }
  Digest digest();
  /// Value of an observable at this tick: a whole number, a real one.
  std::int64_t observe(const std::string& name) const;
  double observe_real(const std::string& name) const;
  std::vector<ObservableValue> row() const;  ///< all observables
  Activity activity() const;
  Saved save();
  std::vector<Event> events() { return host_->events(); }
  void want_events() { host_->want_events(true); }

  /// A node column in ascending order of ids.
  template <class T>
  std::vector<T> nodes(const std::string& column) const {
    const auto& specs = schema_.layer().columns;
    const auto spec = std::find_if(specs.begin(), specs.end(), [&](const ColumnSpec& s) { return s.name == column; });
    std::vector<std::pair<std::uint64_t, T>> values;
    for (const auto& shard : host_->shards()) {
      const Part& part = shard->part();
      const T* data = part.columns.at(static_cast<std::size_t>(spec - specs.begin())).template as<T>();
      for (LocalIndex i = 0; i < part.geometry.owned; ++i) values.emplace_back(part.geometry.id_of(i), data[i]);
    }
    std::sort(values.begin(), values.end());
    std::vector<T> sorted;
    for (const auto& [id, value] : values) sorted.push_back(value);
    return sorted;
  }

  /// The job that the schema reads: a number changed between ticks is what settings read in the next.
  Job& job() { return job_; }
  Host& host() { return *host_; }
  const Schema& schema() const { return schema_; }
  Executor& executor() { return executor_; }

 private:
  Colony(const Case& what, const Shape& shape, const Saved* saved);
  void reduce(const std::vector<const Globals*>& partials, bool starting);
  ObservableValue value_of(const std::string& name) const;

  Job job_;
  Executor executor_;
  std::unique_ptr<Model> model_;
  Schema schema_;
  std::unique_ptr<Host> host_;
  Globals globals_;
  Tick tick_;
};

/// Digest of a case after `ticks` on a shape.
Digest digest_after(const Case& what, const Shape& shape, std::uint64_t ticks);

}  // namespace colony::testing
