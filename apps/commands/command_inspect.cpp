#include "apps/commands/command_inspect.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <map>

#include "apps/run/command_run_folder.hpp"
#include "engine/error.hpp"
#include "io/hdf5/hdf5_reader.hpp"
#include "io/run/run_directory.hpp"

namespace colony {
namespace {

namespace fs = std::filesystem;

void line(const std::string& name, const std::string& value) { fmt::print("{:<12} {}\n", name, value); }

struct FolderSize {
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;
};

FolderSize size_of_folder(const fs::path& folder) {
  FolderSize size;
  std::error_code ignored;
  for (auto it = fs::recursive_directory_iterator(folder, ignored); it != fs::recursive_directory_iterator(); it.increment(ignored)) {
    std::error_code gone;
    const std::uint64_t bytes = it->is_regular_file(gone) ? it->file_size(gone) : 0;
    if (gone || !it->is_regular_file(gone)) continue;
    ++size.files;
    size.bytes += bytes;
  }
  return size;
}

void print_checkpoints(Storage& storage) {
  const std::vector<CheckpointRef> refs = list_committed(storage);
  if (refs.empty()) {
    line("checkpoints", "none committed");
    return;
  }
  fmt::print("\ncheckpoints  (newest first)\n");
  for (const CheckpointRef& ref : refs) {
    try {
      const Manifest manifest = read_manifest(storage, ref);
      std::uint64_t bytes = 0;
      for (const FileRecord& file : manifest.files) bytes += file.stored.bytes;
      fmt::print("  tick {:<10} digest {}  {} {}, {}\n", ref.tick.value, manifest.digest.hex(), manifest.files.size(),
                 manifest.files.size() == 1 ? "shard" : "shards", bytes_text(bytes));
    } catch (const StorageError& error) {
      fmt::print("  tick {:<10} can't be used: {}\n", ref.tick.value, error.what());
    }
  }
}

void print_sizes(Storage& storage) {
  fmt::print("\nfiles\n");
  for (const char* name :
       {job_file_name, report_file_name, observables_file_name, events_file_name, log_file_name, "profile.json", "observables.png"})
    if (storage.exists(name)) fmt::print("  {:<18} {}\n", name, bytes_text(fs::file_size(storage.path_of(name))));
  for (const char* name : {"checkpoints", "snapshots"}) {
    if (!storage.exists(name)) continue;
    const FolderSize size = size_of_folder(storage.path_of(name));
    fmt::print("  {:<18} {} in {} files\n", std::string(name) + "/", bytes_text(size.bytes), size.files);
  }
}

void inspect_run(const std::string& path) {
  PosixStorage storage = open_run_folder(path);
  const auto entries = read_report(storage);
  const std::map<std::string, std::string> report(entries.begin(), entries.end());
  line("run", storage.path_of(""));
  for (const char* key : {"job", "model", "seed"})
    if (report.contains(key)) line(key, report.at(key));
  line("state", run_state_text(storage, entries));
  for (const char* key :
       {"tick", "digest", "nodes", "edges", "agents", "shards", "blocks", "threads", "started", "host", "setup", "ticks", "resumed_from"}) {
    const std::string name = key == std::string_view("setup") || key == std::string_view("ticks") ? std::string(key) + ", s" : key;
    if (report.contains(key) && !report.at(key).empty()) line(name, report.at(key));
  }
  print_checkpoints(storage);
  print_sizes(storage);
}

void inspect_manifest(const std::string& path) {
  const fs::path file(path);
  PosixStorage storage(file.parent_path().empty() ? "." : file.parent_path().string());
  const Manifest m = parse_manifest(storage.read(file.filename().string()), path);
  line("manifest", path);
  line("model", m.stamp.model);
  line("schema", hex(m.stamp.schema_hash));
  line("seed", fmt::format("{}", m.stamp.seed));
  line("tick", fmt::format("{}", m.stamp.tick.value));
  line("incarnation", fmt::format("{}", m.stamp.incarnation));
  line("epoch", fmt::format("{}", m.stamp.epoch));
  line("digest", m.digest.hex());
  line("graph", "checkpoints/static-" + hex(m.static_hash));
  std::uint64_t nodes = 0;
  for (const std::uint64_t size : m.block_sizes) nodes += size;
  line("blocks", fmt::format("{}, {} nodes", m.block_sizes.size(), nodes));
  for (const GlobalValues& global : m.globals) {
    const std::size_t shown = std::min<std::size_t>(global.values.size(), 8);
    const auto begin = global.values.begin();
    line("global", fmt::format("{} = {}{}", global.name, fmt::join(begin, begin + static_cast<std::ptrdiff_t>(shown), ", "),
                               shown < global.values.size() ? ", ..." : ""));
  }
  line("observables", fmt::format("{} bytes of observables.csv, the last row of tick {}; {} bytes of events.csv", m.rows.observables.bytes,
                                  m.last_row.value, m.rows.events.bytes));
  fmt::print("\nfiles\n");
  for (const FileRecord& f : m.files) {
    const char* there = !storage.exists(f.name) ? "  MISSING" : storage.checksum(f.name) == f.stored ? "  whole" : "  TORN OR ALTERED";
    fmt::print("  {:<24} {:>9}  xxh3 {}  digest {}{}\n", f.name, bytes_text(f.stored.bytes), hex(f.stored.xxh3), f.digest.hex(), there);
  }
}

/// Smallest, largest and mean of a column, for a first look.
std::string range_text(const ColumnImage& column) {
  if (column.count == 0) return "";
  return with_type(column.type, [&]<class T>(T) -> std::string {
    const T* values = column.as<T>();
    const std::uint64_t count = column.count * column.width;
    const auto [low, high] = std::minmax_element(values, values + count);
    double sum = 0;
    for (std::uint64_t i = 0; i < count; ++i) sum += static_cast<double>(values[i]);
    return fmt::format("{} .. {}, mean {:.6g}", +*low, +*high, sum / static_cast<double>(count));
  });
}

void print_attributes(const hdf5::Reader& reader, std::initializer_list<const char*> texts, std::initializer_list<const char*> numbers) {
  for (const char* name : texts) line(name, reader.text(name));
  for (const char* name : numbers) line(name, fmt::format("{}", reader.number(name)));
}

void inspect_hdf5(const std::string& path) {
  const hdf5::Reader reader(path);
  const std::string format = reader.text("format");
  line("file", path);
  line("format", format);
  if (format == "colony-shard")
    print_attributes(reader, {"model", "schema_hash", "digest"}, {"seed", "tick", "shard", "incarnation", "epoch"});
  else if (format == "colony-snapshot") print_attributes(reader, {"job", "model"}, {"seed", "tick"});
  else if (format == "colony-graph") print_attributes(reader, {}, {"node_count", "directed", "merged_edges", "dropped_loops"});
  else throw StorageError(path, "is of an unknown format, \"" + format + "\"");
  for (const std::string& group : reader.groups()) {
    fmt::print("\n/{}\n", group);
    for (const std::string& name : reader.columns(group)) {
      const ColumnImage column = reader.column(group, name);
      const std::string count = column.width == 1 ? fmt::format("{}", column.count) : fmt::format("{} x {}", column.count, column.width);
      fmt::print("  {:<16} {:<4} {:>12}   {}\n", name, name_of(column.type), count, range_text(column));
    }
  }
}

}  // namespace

int inspect_command(const InspectOptions& options) {
  const fs::path path(options.path);
  std::error_code ignored;
  if (!fs::exists(path, ignored)) throw StorageError(options.path, "there is no such file or folder");
  if (fs::is_directory(path, ignored)) inspect_run(options.path);
  else if (path.extension() == ".h5") inspect_hdf5(options.path);
  else if (path.extension() == ".json" && path.filename().string().starts_with("manifest")) inspect_manifest(options.path);
  else throw StorageError(options.path, "is neither a run folder nor a checkpoint's manifest (manifest.*.json) nor an HDF5 file (.h5)");
  return 0;
}

}  // namespace colony
