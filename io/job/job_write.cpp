// The resolved job written back as a job file, and the comparison that a resume begins with. Both go over one list of keys.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "io/job/job_file.hpp"
#include "io/job/job_graph.hpp"
#include "io/job/job_tree.hpp"

namespace colony {
namespace {

/// Frozen keys decide the state: a resumed run must leave them.
enum class Frozen : bool { no, yes };

struct Entry {
  std::string section, key, value;  ///< value as TOML
  Frozen frozen;
};

std::string text_of(bool value) { return value ? "true" : "false"; }
std::string text_of(double value) { return toml_real(value); }
std::string text_of(const std::string& value) { return toml_quoted(value); }
template <std::integral T>
std::string text_of(T value) {
  return fmt::format("{}", value);
}
template <class T>
std::string text_of(const std::vector<T>& list) {
  std::string result = "[";
  for (std::size_t i = 0; i < list.size(); ++i) result += (i > 0 ? ", " : "") + text_of(list[i]);
  return result + "]";
}

/// Ids, as io/job/job_section reads them.
std::string text_of(const std::vector<std::uint64_t>& ids) {
  std::vector<std::string> texts;
  for (const std::uint64_t id : ids) texts.push_back(id >> 63 != 0 ? toml_quoted(fmt::format("{}", id)) : fmt::format("{}", id));
  return fmt::format("[{}]", fmt::join(texts, ", "));
}

std::string key_text(const std::string& name) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  };
  return !name.empty() && std::all_of(name.begin(), name.end(), plain) ? name : toml_quoted(name);
}

std::string text_of(const NumbersBy& by) {
  std::string text = "{ by = " + toml_quoted(by.category);
  for (const NumbersBy::Number& number : by.numbers) {
    // A whole parameter takes no fraction, and a real one takes whole numbers.
    const bool whole = number.number == std::floor(number.number) && std::abs(number.number) < 1e15;
    text += fmt::format(", {} = {}", key_text(number.name), whole ? fmt::format("{:.0f}", number.number) : toml_real(number.number));
  }
  return text + " }";
}

class Entries {
 public:
  void section(std::string name, Frozen frozen) {
    section_ = std::move(name);
    frozen_ = frozen;
  }
  template <class T>
  void add(const std::string& key, const T& value) {
    add(key, value, frozen_);
  }
  template <class T>
  void add(const std::string& key, const T& value, Frozen frozen) {
    list.push_back({section_, key, text_of(value), frozen});
  }

  std::vector<Entry> list;

 private:
  std::string section_;
  Frozen frozen_ = Frozen::no;
};

void add_graph(const GraphSpec& graph, Entries& entries) {
  entries.section("graph", Frozen::yes);
  if (graph.source == GraphSpec::Source::none) return;
  entries.add("source", std::string(graph_source_name(graph.source)));
  const auto add = [&](const std::string& key, const auto& value) {
    if (graph_uses(graph, key)) entries.add(key, value);
  };
  add("path", graph.path);
  add("format", graph.format);
  add("directed", graph.directed);
  if (!graph.columns.empty()) add("columns", graph.columns);
  if (graph.drop_weights) add("weight", false);  // there is no other value yet
  add("width", graph.lattice.width);
  add("height", graph.lattice.height);
  add("neighbours", graph.lattice.neighbours);
  add("torus", graph.lattice.torus);
  add("kind", graph.kind);
  add("nodes", graph.nodes);
  add("mean_degree", graph.mean_degree);
  add("degree", graph.degree);
  add("degrees", graph.degrees_path);
  add("rewire", graph.rewire);
  add("a", graph.rmat_a);
  add("b", graph.rmat_b);
  add("c", graph.rmat_c);
  if (graph.seed) add("seed", *graph.seed);
}

void add_cluster(const ClusterSpec& cluster, Entries& entries) {
  entries.section("cluster", Frozen::no);
  entries.add("transport", cluster.transport);
  entries.add("listen", cluster.listen);
  entries.add("http", cluster.http);
  entries.add("hosts", cluster.hosts);
  entries.add("secret_file", cluster.secret_file);
  entries.add("tls", cluster.tls);
  entries.add("barrier", cluster.barrier);
  entries.add("heartbeat_ms", cluster.heartbeat_ms);
  entries.add("heartbeat_misses", cluster.heartbeat_misses);
  entries.add("frame_timeout_ms", cluster.frame_timeout_ms);
  entries.add("stall_ms", cluster.stall_ms);
  entries.add("replace_wait_ms", cluster.replace_wait_ms);
  entries.add("restarts", cluster.restarts);
}

void add_how(const Job& job, Entries& entries) {
  entries.section("shards", Frozen::no);
  entries.add("count", job.shards.count);
  entries.add("blocks", job.shards.blocks);
  entries.add("partition", job.shards.partition);
  entries.add("placement", job.shards.placement);
  entries.add("virtual_nodes", job.shards.virtual_nodes);
  entries.add("load_bound", job.shards.load_bound);
  std::vector<std::vector<std::uint32_t>> pins;
  for (const PinSpec& pin : job.shards.pins) pins.push_back({pin.block, pin.shard});
  entries.add("pins", pins);
  entries.add("rebalance_every", job.shards.rebalance_every);

  entries.section("execution", Frozen::no);
  entries.add("threads", job.execution.threads);
  entries.add("backend", job.execution.backend);
  entries.add("through_bytes", job.execution.through_bytes);

  entries.section("checkpoint", Frozen::no);
  entries.add("every", job.checkpoint.every);
  entries.add("every_seconds", job.checkpoint.every_seconds);
  entries.add("keep", job.checkpoint.keep);

  entries.section("output", Frozen::no);
  entries.add("directory", job.output.directory);
  entries.add("observe_every", job.output.observe_every);
  entries.add("digest_every", job.output.digest_every);
  entries.add("events", job.output.events);
}

/// All keys but the snapshots'.
std::vector<Entry> entries_of(const RunJob& job) {
  Entries entries;
  entries.section("job", Frozen::yes);
  entries.add("name", job.name, Frozen::no);
  entries.add("seed", job.seed);
  entries.add("ticks", job.ticks, Frozen::no);
  entries.add("stop_when", job.stop_when, Frozen::no);

  entries.section("model", Frozen::yes);
  entries.add("name", job.model);
  for (const auto& parameter : job.parameters.values)
    std::visit([&](const auto& value) { entries.add(parameter.first, value); }, parameter.second);

  entries.section("population", Frozen::yes);
  if (job.population > 0 || job.population_given) entries.add("count", job.population);
  add_graph(job.graph, entries);
  add_how(job, entries);
  add_cluster(job.cluster, entries);
  return std::move(entries.list);
}

const Entry* find(const std::vector<Entry>& entries, const Entry& wanted) {
  const auto found =
      std::find_if(entries.begin(), entries.end(), [&](const Entry& e) { return e.section == wanted.section && e.key == wanted.key; });
  return found == entries.end() ? nullptr : &*found;
}

}  // namespace

std::string to_toml(const RunJob& job) {
  std::string result = "# The job as it was run: every key, defaults included.\n";
  std::string section;
  for (const Entry& entry : entries_of(job)) {
    if (entry.section != section) result += fmt::format("\n[{}]\n", entry.section);
    section = entry.section;
    result += fmt::format("{} = {}\n", entry.key, entry.value);
  }
  for (const SnapshotSpec& snapshot : job.output.snapshots) {
    result += fmt::format("\n[[snapshot]]\nname = {}\nfields = {}\nevery = {}\n", text_of(snapshot.name), text_of(snapshot.fields),
                          snapshot.every);
  }
  return result;
}

std::string frozen_keys(const RunJob& job) {
  std::string text;
  for (const Entry& entry : entries_of(job))
    if (entry.frozen == Frozen::yes) text += entry.section + "." + entry.key + " = " + entry.value + "\n";
  return text;
}

std::vector<std::string> changed_keys(const RunJob& then, const RunJob& now) {
  const std::vector<Entry> before = entries_of(then), after = entries_of(now);
  std::vector<std::string> result;
  for (const Entry& entry : before) {
    const Entry* other = find(after, entry);
    if (entry.frozen == Frozen::yes && (!other || other->value != entry.value)) result.push_back(entry.section + "." + entry.key);
  }
  for (const Entry& entry : after) {
    if (entry.frozen == Frozen::yes && !find(before, entry)) result.push_back(entry.section + "." + entry.key);
  }
  return result;
}

}  // namespace colony
