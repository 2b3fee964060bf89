#include "apps/commands/command_estimate.hpp"

#include <fmt/format.h>

#include "apps/run/command_run_folder.hpp"

namespace colony {
namespace {

// One core of the machine of bench/README.md, loops by hand as well as ours: a cell of a signal or of a rule, an edge read at random, an
// agent that senses, turns and walks.
constexpr double ns_a_node = 2;
constexpr double ns_an_edge = 1;
constexpr double ns_an_agent = 40;
// The design's budgets, in bytes.
constexpr double edge_budget = 16, setup_budget = 24, agent_budget = 100;
constexpr std::uint64_t program_bytes = 30'000'000;

struct Counts {
  std::uint64_t nodes = 0;
  std::uint64_t edges = 0;      ///< as a user counts them
  std::uint64_t entries = 0;    ///< of rows, in memory
  std::uint64_t looked_at = 0;  ///< neighbours, if every node looks at all of its own
  std::uint64_t agents = 0;
};

Counts counts_of(const PreparedJob& prepared, const Graph& graph) {
  const LayerSpec& layer = prepared.schema->layer();
  Counts counts{graph.node_count, graph.edge_count(), 0, 0, prepared.job.population};
  switch (graph.topology) {
    case Topology::csr:
      counts.looked_at = graph.targets.size();
      counts.entries = graph.targets.size() * (graph.directed && layer.needs_in_rows && layer.needs_out_rows ? 2 : 1);
      break;
    case Topology::complete: counts.looked_at = graph.node_count * (graph.node_count - 1); break;
    case Topology::lattice:  // its cells are read in the order in which they lie: that is in the cost of a node
    case Topology::none: break;
  }
  return counts;
}

std::uint64_t bytes_a_node(const Schema& schema, const Graph& graph) {
  const LayerSpec& layer = schema.layer();
  std::uint64_t bytes = 8;  // in which shard, at which index
  for (const ColumnSpec& column : layer.columns) bytes += column.bytes();
  for (const EffectSpec& effect : schema.effects()) bytes += effect.node_bytes;
  bytes += layer.categories.size();
  if (!graph.ids.empty()) bytes += 16;
  if (graph.topology == Topology::csr) bytes += graph.directed && layer.needs_in_rows && layer.needs_out_rows ? 16 : 8;
  return bytes;
}

std::uint64_t bytes_an_agent(const Schema& schema) {
  std::uint64_t bytes = 0;
  for (const SpeciesSpec& species : schema.species()) {
    bytes = 8 + 4;  // id, node
    for (const ColumnSpec& column : species.columns) bytes += column.bytes();
    bytes *= 2;  // sorting them by node needs them twice
  }
  return bytes;
}

void print_row(const char* what, std::uint64_t count, std::uint64_t each, const std::string& note) {
  if (count != 0) fmt::print("  {:<14} {:>14} x {:>3} B = {:>8}   {}\n", what, count, each, bytes_text(count * each), note);
}

}  // namespace

void print_estimate(const PreparedJob& prepared, const Graph& graph, int threads) {
  const Schema& schema = *prepared.schema;
  const Counts counts = counts_of(prepared, graph);
  const std::uint64_t node = bytes_a_node(schema, graph), agent = bytes_an_agent(schema);
  const std::uint64_t entry = graph.weights.empty() ? 4 : 8;

  fmt::print("\nmemory, from the schema's columns\n");
  print_row("nodes", counts.nodes, node, "");
  print_row("stored edges", counts.entries, entry,
            fmt::format("{} edges; the budget is {} B each, {} B while the graph is set up", counts.edges, edge_budget, setup_budget));
  print_row("agents", counts.agents, agent, fmt::format("the budget is {} B each", agent_budget));
  const std::uint64_t running = program_bytes + counts.nodes * node + counts.entries * entry + counts.agents * agent;
  const auto setup = program_bytes + counts.nodes * node + static_cast<std::uint64_t>(static_cast<double>(counts.entries) * setup_budget);
  std::uint64_t checkpoint = counts.nodes * 8 + (schema.species().empty() ? 0 : counts.agents * 16);
  for (const ColumnSpec& column : schema.layer().columns) checkpoint += column.role == Role::state ? counts.nodes * column.bytes() : 0;
  for (const SpeciesSpec& species : schema.species())
    for (const ColumnSpec& column : species.columns) checkpoint += column.role == Role::state ? counts.agents * column.bytes() : 0;
  fmt::print("  running        about {}, and {} more for the copy that a checkpoint is written from\n", bytes_text(running),
             bytes_text(checkpoint));
  if (counts.entries != 0) fmt::print("  set-up         up to {}\n", bytes_text(std::max(setup, running)));
  fmt::print("disk, a checkpoint: {}; {} of them are kept\n", bytes_text(checkpoint), prepared.job.checkpoint.keep);

  const double one = static_cast<double>(counts.nodes) * ns_a_node + static_cast<double>(counts.looked_at) * ns_an_edge +
                     static_cast<double>(counts.agents) * ns_an_agent;
  const double seconds = std::max(one / threads, 10e3) * 1e-9;
  fmt::print("rate, a guess: {:.3g} ticks/s on {} {}, {:.3g} s for {} ticks\n", 1 / seconds, threads, threads == 1 ? "thread" : "threads",
             seconds * static_cast<double>(prepared.job.ticks), prepared.job.ticks);
  fmt::print(
      "  if all is looked at in each tick: {} ns a node, {} ns a neighbour, {} ns an agent, as measured on the machine of "
      "bench/README.md;\n"
      "  a model that follows changes alone is faster, checkpoints and snapshots come on top\n",
      ns_a_node, ns_an_edge, ns_an_agent);
}

}  // namespace colony
