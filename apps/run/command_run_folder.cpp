#include "apps/run/command_run_folder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <map>
#include <sstream>

#include "engine/error.hpp"
#include "engine/model/model.hpp"
#include "engine/state/digest.hpp"
#include "io/run/run_directory.hpp"
#include "io/run/run_lock.hpp"
#include "shard/growth_image.hpp"

namespace colony {

PosixStorage open_run_folder(const std::string& path) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) throw StorageError(path, "there is no such run folder");
  if (!std::filesystem::is_directory(path, ignored)) throw StorageError(path, "is a file; give the run folder");
  PosixStorage storage(path);
  if (!holds_run(storage)) throw StorageError(path, "holds no run: it has neither job.toml nor observables.csv nor a checkpoint");
  return storage;
}

std::vector<std::pair<std::string, std::string>> read_report(Storage& storage) {
  std::vector<std::pair<std::string, std::string>> values;
  if (!storage.exists(report_file_name)) return values;
  std::istringstream lines(storage.read(report_file_name));
  bool skipped = false;  // inside something that is left out
  for (std::string line; std::getline(lines, line);) {
    const std::size_t begin = line.find_first_not_of(' '), colon = line.find("\": ");
    if (begin == std::string::npos || line[begin] != '"' || colon == std::string::npos) continue;
    std::string name = line.substr(begin + 1, colon - begin - 1), value = line.substr(colon + 3);
    if (value.ends_with(',')) value.pop_back();
    if (begin == 2) skipped = name == "inputs" || name == "versions";
    if (skipped || value.starts_with('{') || value.starts_with('[')) continue;
    if (value.size() >= 2 && value.starts_with('"') && value.ends_with('"')) value = value.substr(1, value.size() - 2);
    values.emplace_back(std::move(name), std::move(value));
  }
  return values;
}

std::optional<std::string> running_process(Storage& storage) {
  try {
    RunLock::check_free(storage);
    return std::nullopt;
  } catch (const RunHeldError& held) {
    return fmt::format("process {} on {}", held.holder.pid, held.holder.host);
  }
}

/// run.json says "running" while the run is, and for ever after a crash; the lock tells the two apart.
std::string run_state_text(Storage& storage, const std::vector<std::pair<std::string, std::string>>& report) {
  if (const auto process = running_process(storage)) return "running, " + *process;
  const auto exit = std::find_if(report.begin(), report.end(), [](const auto& entry) { return entry.first == "exit"; });
  if (exit == report.end() && !list_committed(storage).empty()) return "ended while it went back to a checkpoint; add --resume to go on";
  if (exit == report.end()) return "ended before it began to run";
  if (exit->second == "setting up") return "ended while it was set up; the same command begins anew";
  if (exit->second == "running") return "ended without a word (killed, or the machine went down); add --resume to go on";
  return exit->second;
}

CheckpointRef find_checkpoint(Storage& storage, std::optional<std::uint64_t> tick) {
  const std::vector<CheckpointRef> refs = list_committed(storage);
  if (refs.empty()) throw StorageError(storage.path_of(""), "no checkpoint was committed in this run");
  std::vector<std::uint64_t> ticks;
  for (const CheckpointRef& ref : refs) {
    if (!tick || ref.tick.value == *tick) return ref;
    if (ticks.empty() || ticks.back() != ref.tick.value) ticks.push_back(ref.tick.value);
  }
  throw StorageError(storage.path_of(""),
                     fmt::format("there is no checkpoint of tick {}; there are those of {}", *tick, fmt::join(ticks, ", ")));
}

namespace {

const std::uint64_t* id_column(const GroupImage& group, std::size_t index, const char* name, const std::string& where) {
  const bool fits = index < group.columns.size() && group.columns[index].name == name && group.columns[index].type == ScalarType::u64;
  if (!fits) throw StorageError(where, fmt::format("column {} of /{} is not \"{}\" of type u64", index, group.name, name));
  return group.columns[index].as<std::uint64_t>();
}

void copy_columns(const GroupImage& group, std::size_t leading, std::vector<Column>& columns) {
  for (std::size_t c = leading; c < group.columns.size(); ++c) {
    Array<std::byte>& bytes = columns[c - leading].bytes;
    bytes.resize(group.columns[c].bytes.size());
    if (!bytes.empty()) std::memcpy(bytes.data(), group.columns[c].bytes.data(), bytes.size());
  }
}

const GroupImage* find_group(const ShardImage& image, const std::string& name) {
  const auto found = std::find_if(image.groups.begin(), image.groups.end(), [&](const GroupImage& group) { return group.name == name; });
  return found == image.groups.end() ? nullptr : &*found;
}

/// The growing layers of an image, if its group g is the first of them: they are known by their labels.
bool declare_growing(const ShardImage& image, std::size_t g, Schema& schema) {
  if (!find_group(image, image.groups[g].name + ".labels")) return false;
  std::map<std::string, GrowingLayer> layers;
  for (; g < image.groups.size(); ++g) {
    const GroupImage& group = image.groups[g];
    if (!find_group(image, group.name + ".labels")) continue;
    const bool anchored = group.columns.size() > 1 && group.columns[1].name == "anchor";
    const GrowingLayer layer = schema.growing(group.name, anchored ? Schema::Anchored::yes : Schema::Anchored::no);
    layers.emplace(group.name, layer);
    for (const ColumnImage& column : group.columns)
      if (std::find(std::begin(growing_columns), std::end(growing_columns), column.name) == std::end(growing_columns))
        schema.growing_field(layer, column.name);
    if (find_group(image, group.name + ".links")) schema.links(layer, {}, {});
  }
  for (const auto& [from, layer] : layers)
    for (const auto& [to, other] : layers)
      if (find_group(image, from + "." + to)) schema.relation(layer, other);
  return true;
}

/// A schema with the columns that the image has: the digest asks for no more of a model.
void declare_columns(const ShardImage& image, Schema& schema) {
  schema.layer(image.groups[0].name);
  for (std::size_t g = 0; g < image.groups.size(); ++g) {
    const GroupImage& group = image.groups[g];
    if (declare_growing(image, g, schema)) return;  // growing layers come last
    if (g > 0) schema.agents(group.name);
    for (std::size_t c = g == 0 ? 1 : 2; c < group.columns.size(); ++c) {
      with_type(group.columns[c].type, [&]<class T>(T) {
        const auto& [name, type, count, bytes, width] = group.columns[c];
        if (g == 0) schema.array<T>(name, width);
        else schema.agent_array<T>(static_cast<std::uint32_t>(g - 1), name, width);
      });
    }
  }
}

}  // namespace

Digest digest_of_image(const ShardImage& image, const std::string& where) {
  if (image.groups.empty()) throw StorageError(where, "holds no layer");
  const Job job;
  Schema schema(job);
  declare_columns(image, schema);
  // Agents name their nodes by global id, and some could be on nodes of another file: each gets a place of its own behind the nodes.
  Geometry geometry;
  geometry.owned = static_cast<std::uint32_t>(image.groups[0].count);
  const std::size_t species_end = 1 + schema.species().size();
  for (std::size_t g = 1; g < species_end; ++g) geometry.ghosts += static_cast<std::uint32_t>(image.groups[g].count);
  geometry.wide_ids.resize(geometry.total());
  std::copy_n(id_column(image.groups[0], 0, "id", where), geometry.owned, geometry.wide_ids.data());
  Part part(schema, std::move(geometry), 1);
  copy_columns(image.groups[0], 1, part.columns);
  LocalIndex place = part.geometry.owned;
  for (std::size_t g = 1; g < species_end; ++g) {
    const GroupImage& group = image.groups[g];
    const auto* ids = id_column(group, 0, "id", where);
    const auto* nodes = id_column(group, 1, "node", where);
    SpeciesPart& species = part.species[g - 1];
    species.ids.resize(group.count);
    species.nodes.resize(group.count);
    for (std::uint64_t i = 0; i < group.count; ++i) {
      species.ids[i] = ids[i];
      species.nodes[i] = place;
      part.geometry.wide_ids[place++] = nodes[i];
    }
    copy_columns(group, 2, species.columns);
  }
  for (std::size_t layer = 0; layer < part.growing.size(); ++layer) {
    Array<RowLink> links;
    load_growth(
        part, layer, image, [](std::uint64_t) { return true; }, [](std::uint64_t) { return LocalIndex{0}; }, links);
    part.growing[layer].links.assign(links);
  }
  Executor executor;
  return executor.run([&] { return digest_of(part, executor); });
}

std::string bytes_text(std::uint64_t bytes) {
  constexpr const char* units[] = {"B", "kB", "MB", "GB", "TB", "PB"};
  double value = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (; value >= 999.5 && unit + 1 < std::size(units); ++unit) value /= 1000;
  return unit == 0 ? fmt::format("{} B", bytes) : fmt::format("{:.3g} {}", value, units[unit]);
}

}  // namespace colony
