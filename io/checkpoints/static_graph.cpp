#include "io/checkpoints/static_graph.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cstring>
#include <nlohmann/json.hpp>
#include <vector>

#include "engine/error.hpp"
#include "io/checkpoints/checkpoint.hpp"
#include "io/checkpoints/manifest.hpp"
#include "io/hdf5/hdf5_reader.hpp"
#include "io/hdf5/hdf5_writer.hpp"

namespace colony {
namespace {

using nlohmann::json;

constexpr const char* group_name = "graph";
constexpr const char* format_name = "colony-graph";
constexpr std::uint64_t format_version = 1;

std::string graph_name(std::uint64_t hash) { return static_folder(hash) + "/graph.h5"; }
std::string static_manifest_name(std::uint64_t hash) { return static_folder(hash) + "/manifest.json"; }

StoredFile read_static_manifest(Storage& storage, std::uint64_t hash) {
  const std::string name = static_manifest_name(hash);
  const std::string path = storage.path_of(name);
  const json object = json::parse(open_sealed(storage.read(name), path));
  const auto bytes = object.find("bytes");
  const auto xxh3 = object.find("xxh3");
  if (object.value("format", "") != format_name || object.value("static_hash", "") != hex(hash) || bytes == object.end() ||
      !bytes->is_number_unsigned() || xxh3 == object.end() || !xxh3->is_string())
    throw StorageError(path, "is not the manifest of the topology " + hex(hash));
  StoredFile stored{bytes->get<std::uint64_t>(), 0};
  const std::string digits = xxh3->get<std::string>();
  if (std::from_chars(digits.data(), digits.data() + digits.size(), stored.xxh3, 16).ec != std::errc{})
    throw StorageError(path, "\"xxh3\" is not a hexadecimal number");
  return stored;
}

template <class T>
void add_column(std::vector<hdf5::Column>& columns, const char* name, const Array<T>& values) {
  const auto* bytes = reinterpret_cast<const std::byte*>(values.data());
  if (!values.empty()) columns.push_back({group_name, name, scalar_type<T>(), values.size(), bytes});
}

template <class T>
void read_values(const hdf5::Reader& reader, const std::string& path, const std::string& name, Array<T>& values) {
  const ColumnImage column = reader.column(group_name, name);
  if (column.type != scalar_type<T>())
    throw StorageError(path, fmt::format("/{}/{} is of type {}", group_name, name, name_of(column.type)));
  values.resize(column.count);
  if (column.count != 0) std::memcpy(values.data(), column.bytes.data(), column.bytes.size());
}

/// The shapes that every user of a graph relies on.
void require_shapes(const Graph& graph, const std::string& path) {
  const auto refuse = [&](const char* what) { throw StorageError(path, what); };
  if (!graph.ids.empty() && graph.ids.size() != graph.node_count) refuse("does not have one id a node");
  for (std::size_t i = 1; i < graph.ids.size(); ++i)
    if (graph.ids[i - 1] >= graph.ids[i]) refuse("does not list its ids in ascending order");
  if (graph.topology != Topology::csr) return;
  if (graph.offsets.size() != graph.node_count + 1 || graph.offsets[0] != 0) refuse("does not have one row a node");
  for (std::size_t i = 0; i < graph.node_count; ++i)
    if (graph.offsets[i] > graph.offsets[i + 1]) refuse("has rows that overlap");
  if (graph.offsets[graph.node_count] != graph.targets.size()) refuse("has rows that end elsewhere than its edges");
  if (!graph.weights.empty() && graph.weights.size() != graph.targets.size()) refuse("does not have one weight an edge");
  for (const std::uint32_t target : graph.targets)
    if (target >= graph.node_count) refuse("has an edge to a node that is not there");
}

}  // namespace

std::string static_folder(std::uint64_t hash) { return fmt::format("{}/static-{}", checkpoints_folder, hex(hash)); }

void write_static(Storage& storage, const Graph& graph, std::uint64_t hash) {
  try {
    return verify_stored(storage, graph_name(hash), read_static_manifest(storage, hash));
  } catch (const StorageError&) {
    storage.remove(std::vector<std::string>{static_manifest_name(hash), graph_name(hash)});
  }
  const hdf5::Attribute attributes[] = {{"format", format_name},
                                        {"format_version", format_version},
                                        {"topology", static_cast<std::uint64_t>(graph.topology)},
                                        {"node_count", graph.node_count},
                                        {"directed", static_cast<std::uint64_t>(graph.directed)},
                                        {"lattice_width", std::uint64_t{graph.lattice.width}},
                                        {"lattice_height", std::uint64_t{graph.lattice.height}},
                                        {"lattice_neighbours", std::uint64_t{graph.lattice.neighbours}},
                                        {"lattice_torus", static_cast<std::uint64_t>(graph.lattice.torus)},
                                        {"merged_edges", graph.merged_edges},
                                        {"dropped_loops", graph.dropped_loops}};
  std::vector<hdf5::Column> columns;
  add_column(columns, "id", graph.ids);
  add_column(columns, "offset", graph.offsets);
  add_column(columns, "target", graph.targets);
  add_column(columns, "weight", graph.weights);

  storage.make_folder(static_folder(hash));
  StagedFile staged(storage, graph_name(hash));
  const StoredFile stored = hdf5::write_file(staged.path(), attributes, columns);
  staged.publish();
  const json manifest = {{"format", format_name}, {"static_hash", hex(hash)}, {"bytes", stored.bytes}, {"xxh3", hex(stored.xxh3)}};
  storage.write_new(static_manifest_name(hash), seal(manifest.dump()));
}

Graph read_static(Storage& storage, std::uint64_t hash) {
  const std::string name = graph_name(hash);
  const std::string path = storage.path_of(name);
  verify_stored(storage, name, read_static_manifest(storage, hash));
  const hdf5::Reader reader(path);
  if (reader.text("format") != format_name || reader.number("format_version") != format_version)
    throw StorageError(path, "is not a graph that this program can read");

  Graph graph;
  const std::uint64_t topology = reader.number("topology");
  if (topology > static_cast<std::uint64_t>(Topology::complete)) throw StorageError(path, "is of an unknown topology");
  graph.topology = static_cast<Topology>(topology);
  graph.node_count = reader.number("node_count");
  graph.directed = reader.number("directed") != 0;
  graph.lattice = {static_cast<std::uint32_t>(reader.number("lattice_width")), static_cast<std::uint32_t>(reader.number("lattice_height")),
                   static_cast<std::uint32_t>(reader.number("lattice_neighbours")), reader.number("lattice_torus") != 0};
  graph.merged_edges = reader.number("merged_edges");
  graph.dropped_loops = reader.number("dropped_loops");
  for (const std::string& group : reader.groups()) {
    if (group != group_name) continue;
    for (const std::string& column : reader.columns(group)) {
      if (column == "id") read_values(reader, path, column, graph.ids);
      else if (column == "offset") read_values(reader, path, column, graph.offsets);
      else if (column == "target") read_values(reader, path, column, graph.targets);
      else if (column == "weight") read_values(reader, path, column, graph.weights);
    }
  }
  require_shapes(graph, path);
  return graph;
}

}  // namespace colony
