#include "io/job/job_graph.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "io/graphs/edge_columns.hpp"
#include "io/graphs/graph_source.hpp"

namespace colony {
namespace {

constexpr std::int64_t max_nodes = 4294967294;  // ranks have 32 bits

const std::vector<std::string> sources = {"edges", "lattice", "generate"};
const std::vector<std::string> kinds = {"erdos-renyi", "regular", "configuration", "barabasi-albert", "watts-strogatz", "rmat", "complete"};

/// Every key but `source`, and what it goes with.
const std::vector<std::pair<std::string, std::vector<std::string>>> keys = {
    {"path", {"edges"}},
    {"format", {"edges"}},
    {"directed", {"edges", "erdos-renyi", "rmat"}},
    {"columns", {"edges"}},
    {"weight", {"edges"}},
    {"width", {"lattice"}},
    {"height", {"lattice"}},
    {"neighbours", {"lattice"}},
    {"torus", {"lattice"}},
    {"kind", kinds},
    {"nodes", kinds},
    {"mean_degree", {"erdos-renyi", "rmat"}},
    {"degree", {"regular", "barabasi-albert", "watts-strogatz"}},
    {"degrees", {"configuration"}},
    {"rewire", {"watts-strogatz"}},
    {"seed", {"erdos-renyi", "regular", "configuration", "barabasi-albert", "watts-strogatz", "rmat"}},
    {"a", {"rmat"}},
    {"b", {"rmat"}},
    {"c", {"rmat"}},
};

void read_columns(JobSection& section, const JobValue& value, GraphSpec& graph) {
  const bool texts = value.kind == JobValue::Kind::list &&
                     std::all_of(value.items.begin(), value.items.end(), [](const JobValue& v) { return v.kind == JobValue::Kind::text; });
  if (!texts) return section.mistake(value, "[graph] columns must be a list of names, for example [\"from\", \"to\", \"\"]");
  std::vector<ColumnRole> roles;
  for (const JobValue& item : value.items) {
    const std::optional<ColumnRole> role = column_role(item.text);
    if (!role)
      return section.mistake(item, fmt::format("[graph] columns: {} is not understood; understood are {}, and \"\" for a column to drop",
                                               item.shown(), known_columns()));
    roles.push_back(*role);
    graph.columns.push_back(item.text);
  }
  if (const std::string fault = column_fault(roles); !fault.empty()) return section.mistake(value, "[graph] columns: " + fault);
  const std::string format = graph_format(graph);
  if (format != "snap" && format != "csv")
    section.mistake(value, fmt::format("[graph] columns is for edge lists (snap, csv), and {} has columns of its own; remove it", format));
}

void read_edges(JobSection& section, GraphSpec& graph) {
  if (!section.take("path")) section.missing("path", "it is the edge list, relative to the job file");
  section.path("path", graph.path, PathUse::existing_file);
  section.choice("format", graph.format, {"", "snap", "csv", "mtx", "metis"});
  section.flag("directed", graph.directed);
  if (const JobValue* columns = section.take("columns")) read_columns(section, *columns, graph);
  bool weight = false;
  graph.drop_weights = section.flag("weight", weight) && !weight;
  if (weight) {
    section.mistake(
        *section.take("weight"),
        "[graph] weight = true: no model takes notice of weights yet; remove it, or say weight = false to drop those of the file");
  }
}

void read_lattice(JobSection& section, GraphSpec& graph) {
  LatticeShape& shape = graph.lattice;
  for (const char* key : {"width", "height"}) {
    if (!section.take(key)) section.missing(key, "a lattice has a width and a height, in nodes");
  }
  const bool sized = section.integer("width", shape.width, 1, max_nodes) & section.integer("height", shape.height, 1, max_nodes);
  if (section.integer("neighbours", shape.neighbours, 4, 8) && shape.neighbours != 4 && shape.neighbours != 8) {
    section.mistake(*section.take("neighbours"), fmt::format("[graph] neighbours must be 4 or 8, and is {}", shape.neighbours));
  }
  section.flag("torus", shape.torus);
  if (!sized) return;
  const std::uint64_t nodes = std::uint64_t{shape.width} * shape.height;
  if (nodes > static_cast<std::uint64_t>(max_nodes)) {
    section.mistake(*section.take("height"), fmt::format("[graph] width times height is {} nodes; {} are allowed", nodes, max_nodes));
  }
  if (shape.torus && (shape.width < 3 || shape.height < 3)) {
    const char* narrow = shape.width < 3 ? "width" : "height";
    section.mistake(*section.take(narrow),
                    fmt::format("[graph] {} must be at least 3 on a torus, or a node would be its own or twice the same "
                                "neighbour; make it wider or set torus = false",
                                narrow));
  }
}

/// The bounds that a degree has among so many nodes. what: "degree" or "mean_degree".
void check_degree(JobSection& section, const GraphSpec& graph, const char* what, double degree) {
  if (graph.nodes == 0 || degree <= static_cast<double>(graph.nodes - 1)) return;
  section.mistake(*section.take(what),
                  fmt::format("[graph] {} must be at most nodes - 1 ({}), and is {}", what, graph.nodes - 1, section.take(what)->shown()));
}

void read_degree(JobSection& section, GraphSpec& graph) {
  if (!section.take("degree")) section.missing("degree", fmt::format("kind = \"{}\" needs it", graph.kind));
  if (!section.integer("degree", graph.degree, 1, max_nodes)) return;
  check_degree(section, graph, "degree", graph.degree);
  const JobValue& degree = *section.take("degree");
  if (graph.kind == "regular" && graph.nodes % 2 == 1 && graph.degree % 2 == 1) {
    section.mistake(degree, fmt::format("[graph] a regular graph needs an even nodes * degree, and {} * {} is odd; change one of them by 1",
                                        graph.nodes, graph.degree));
  }
  if (graph.kind == "watts-strogatz" && graph.degree % 2 == 1) {
    section.mistake(degree,
                    fmt::format("[graph] degree must be even for kind = \"watts-strogatz\" (half to each side), and is {}", graph.degree));
  }
}

void read_mean_degree(JobSection& section, GraphSpec& graph) {
  if (!section.take("mean_degree")) section.missing("mean_degree", fmt::format("kind = \"{}\" needs it", graph.kind));
  if (section.real("mean_degree", graph.mean_degree, 0, max_nodes)) check_degree(section, graph, "mean_degree", graph.mean_degree);
}

void read_rmat(JobSection& section, GraphSpec& graph) {
  section.real("a", graph.rmat_a, 0, 1);
  section.real("b", graph.rmat_b, 0, 1);
  section.real("c", graph.rmat_c, 0, 1);
  const double sum = graph.rmat_a + graph.rmat_b + graph.rmat_c;
  if (sum <= 1 + 0x1p-40) return;  // a sum of decimals that is 1 may be a rounding above
  const JobValue* first = section.take("a") ? section.take("a") : section.take("b") ? section.take("b") : section.take("c");
  section.mistake(*first, fmt::format("[graph] a + b + c must be at most 1 (the rest is the fourth quarter), and is {}", toml_real(sum)));
}

void read_generate(JobSection& section, GraphSpec& graph) {
  if (!section.choice("kind", graph.kind, kinds)) {
    if (!section.take("kind")) section.missing("kind", fmt::format("source = \"generate\" makes one of: {}", fmt::join(kinds, ", ")));
    return;
  }
  if (!section.integer("nodes", graph.nodes, graph.kind == "configuration" ? 0 : 1, max_nodes) && !section.take("nodes") &&
      graph.kind != "configuration") {
    section.missing("nodes", "a generated graph has that many");
  }
  if (graph_uses(graph, "mean_degree")) read_mean_degree(section, graph);
  if (graph_uses(graph, "degree")) read_degree(section, graph);
  if (graph_uses(graph, "directed")) section.flag("directed", graph.directed);
  if (graph.kind == "watts-strogatz") section.real("rewire", graph.rewire, 0, 1);
  if (graph.kind == "rmat") read_rmat(section, graph);
  std::uint64_t seed = 0;
  if (graph_uses(graph, "seed") && section.integer("seed", seed, 0)) graph.seed = seed;
  if (graph.kind == "configuration") {
    if (!section.take("degrees")) section.missing("degrees", "it is a file with one degree a line");
    section.path("degrees", graph.degrees_path, PathUse::existing_file);
  }
}

}  // namespace

const char* graph_source_name(GraphSpec::Source source) {
  return source == GraphSpec::Source::none ? "none" : sources[static_cast<std::size_t>(source) - 1].c_str();
}

const std::vector<std::string>& graph_key_users(const std::string& key) {
  static const std::vector<std::string> none;
  const auto found = std::find_if(keys.begin(), keys.end(), [&](const auto& entry) { return entry.first == key; });
  return found == keys.end() ? none : found->second;
}

std::string graph_flavour(const GraphSpec& graph) {
  return graph.source == GraphSpec::Source::generate ? graph.kind : graph_source_name(graph.source);
}

bool graph_uses(const GraphSpec& graph, const std::string& key) {
  const auto& users = graph_key_users(key);
  return std::find(users.begin(), users.end(), graph_flavour(graph)) != users.end();
}

void read_graph_section(JobSection& section, GraphSpec& graph, const std::vector<std::string>& other_keys) {
  std::string source;
  if (!section.choice("source", source, sources) && !section.take("source")) {
    section.missing("source", fmt::format("it is one of: {}", fmt::join(sources, ", ")));
  }
  if (source == "edges") graph.source = GraphSpec::Source::edges;
  if (source == "lattice") graph.source = GraphSpec::Source::lattice;
  if (source == "generate") graph.source = GraphSpec::Source::generate;
  switch (graph.source) {
    case GraphSpec::Source::edges: read_edges(section, graph); break;
    case GraphSpec::Source::lattice: read_lattice(section, graph); break;
    case GraphSpec::Source::generate: read_generate(section, graph); break;
    case GraphSpec::Source::none: break;
  }
  const std::string flavour = graph_flavour(graph);
  const bool settled = graph.source != GraphSpec::Source::none && !flavour.empty();
  for (const auto& [key, users] : keys) {
    const JobValue* value = section.take(key);
    if (!value || !settled || graph_uses(graph, key)) continue;
    const bool generated = graph.source == GraphSpec::Source::generate;
    section.mistake(
        *value, fmt::format("[graph] {} does not go with {} = \"{}\", only with {}; remove it", key, generated ? "kind" : "source", flavour,
                            users.size() == kinds.size() ? "source = \"generate\"" : fmt::format("\"{}\"", fmt::join(users, "\", \""))));
  }
  section.finish(other_keys);
}

}  // namespace colony
