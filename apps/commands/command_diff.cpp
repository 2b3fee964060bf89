#include "apps/commands/command_diff.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "apps/commands/command_declared.hpp"
#include "apps/commands/command_table.hpp"
#include "apps/run/command_run_folder.hpp"
#include "engine/error.hpp"
#include "io/checkpoints/checkpoint.hpp"
#include "io/checkpoints/snapshot_series.hpp"
#include "io/run/run_directory.hpp"

namespace colony {
namespace {

struct RowDifference {
  std::uint64_t tick;
  std::string text;
};

/// Columns by name, ticks that both have; a value that one of them leaves out (a digest in some rows only) is passed over.
struct RowComparison {
  std::size_t ticks = 0;
  std::uint64_t last = 0;
  std::optional<RowDifference> first;
};

/// A column that both tables have. What counts happenings is compared as what has happened since the last tick that both have: rows of
/// the two may stand for other numbers of ticks.
struct ColumnPair {
  std::string name;
  std::size_t left, right;
  bool happenings;
  __int128 left_sum = 0, right_sum = 0;
};

std::vector<ColumnPair> common_columns(const Table& left, const Table& right, const std::set<std::string>& happenings) {
  std::vector<ColumnPair> columns;
  for (std::size_t c = 1; c < left.names.size(); ++c) {
    const auto other = std::find(right.names.begin(), right.names.end(), left.names[c]);
    if (other == right.names.end()) continue;
    columns.push_back({.name = left.names[c],
                       .left = c,
                       .right = static_cast<std::size_t>(other - right.names.begin()),
                       .happenings = happenings.contains(left.names[c])});
  }
  return columns;
}

std::int64_t whole_number(const std::string& text) {
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

std::vector<std::string> differences(std::vector<ColumnPair>& columns, const std::vector<std::string>& left,
                                     const std::vector<std::string>& right) {
  std::vector<std::string> parts;
  for (ColumnPair& column : columns) {
    const std::string &l = left[column.left], &r = right[column.right];
    if (column.happenings ? column.left_sum != column.right_sum : l != r && !l.empty() && !r.empty())
      parts.push_back(fmt::format("{} {} | {}", column.name, column.happenings ? fmt::format("{}", column.left_sum) : l,
                                  column.happenings ? fmt::format("{}", column.right_sum) : r));
    column.left_sum = column.right_sum = 0;
  }
  return parts;
}

RowComparison compare_rows(const Table& left, const Table& right, const std::set<std::string>& happenings) {
  std::vector<ColumnPair> columns = common_columns(left, right, happenings);
  RowComparison result;
  std::size_t l = 0, r = 0;
  while (l < left.rows.size() && r < right.rows.size()) {
    const std::uint64_t tick = std::max(left.tick(l), right.tick(r));
    const bool of_left = left.tick(l) <= right.tick(r), of_right = right.tick(r) <= left.tick(l);
    for (ColumnPair& column : columns) {
      if (!column.happenings) continue;
      if (of_left) column.left_sum += whole_number(left.rows[l][column.left]);
      if (of_right) column.right_sum += whole_number(right.rows[r][column.right]);
    }
    if (of_left && of_right) {
      ++result.ticks;
      result.last = tick;
      const std::vector<std::string> parts = differences(columns, left.rows[l], right.rows[r]);
      if (!parts.empty()) {
        result.first = RowDifference{tick, fmt::format("{}", fmt::join(parts, ", "))};
        return result;
      }
    }
    l += of_left ? 1 : 0;
    r += of_right ? 1 : 0;
  }
  return result;
}

/// The observables that count happenings, of the model that the run says it is of.
std::set<std::string> happenings_of(Storage& run, const ModelRegistry& models) {
  std::set<std::string> names;
  for (const auto& [key, value] : read_report(run)) {
    if (key != "model" || !models.contains(value)) continue;
    const DeclaredModel model(value, models);
    if (!model.schema()) continue;
    for (const ObservableSpec& observable : model.schema()->observables())
      if (observable.happenings) names.insert(observable.name);
  }
  return names;
}

/// Runs of other models; a digest is a matter of output.
std::optional<std::string> other_observables(const Table& left, const Table& right) {
  std::vector<std::string> names[2] = {left.names, right.names};
  for (auto& list : names) std::erase(list, "digest");
  if (names[0] == names[1]) return std::nullopt;
  return fmt::format("the runs have other observables: {} | {}", fmt::join(names[0], ", "), fmt::join(names[1], ", "));
}

/// The checkpoints of the ticks that both runs have, ascending.
std::vector<std::pair<CheckpointRef, CheckpointRef>> common_checkpoints(Storage& left, Storage& right) {
  std::map<std::uint64_t, CheckpointRef> newest;
  for (const CheckpointRef& ref : list_committed(right)) newest.try_emplace(ref.tick.value, ref);
  std::map<std::uint64_t, std::pair<CheckpointRef, CheckpointRef>> common;
  for (const CheckpointRef& ref : list_committed(left))
    if (const auto found = newest.find(ref.tick.value); found != newest.end()) common.try_emplace(ref.tick.value, ref, found->second);
  std::vector<std::pair<CheckpointRef, CheckpointRef>> pairs;
  for (const auto& [tick, pair] : common) pairs.push_back(pair);
  return pairs;
}

std::vector<ShardImage> read_images(Storage& storage, const Manifest& manifest) {
  std::vector<ShardImage> images;
  for (std::size_t i = 0; i < manifest.files.size(); ++i) images.push_back(read_shard_file(storage, manifest, i));
  return images;
}

/// All shards as one, each group by ascending id.
std::vector<GroupImage> whole_state(Storage& storage, const Manifest& manifest) {
  const std::vector<ShardImage> images = read_images(storage, manifest);
  std::vector<SnapshotColumns> chosen;
  for (const GroupImage& group : images.at(0).groups) {
    if (group.columns.empty() || group.columns[0].name != "id") continue;  // rows without an id of their own: links, labels
    chosen.push_back({group.name, {}});
    for (const ColumnImage& column : group.columns) chosen.back().fields.push_back(column.name);
  }
  return merge_images(images, chosen);
}

std::string value_text(const ColumnImage& column, std::uint64_t row) {
  return with_type(column.type, [&]<class T>(T) {
    const T* values = column.as<T>() + row * column.width;
    if (column.width == 1) return fmt::format("{}", +*values);
    std::string text = "[";
    for (std::uint32_t i = 0; i < column.width; ++i) text += fmt::format("{}{}", i == 0 ? "" : ", ", +values[i]);
    return text + "]";
  });
}

/// The first entity, by id, of a group that differs, and its first field that does; none when the groups are equal.
std::optional<std::string> compare_groups(const GroupImage& left, const GroupImage& right) {
  if (left.name != right.name || left.columns.size() != right.columns.size())
    return fmt::format("the states have other groups: {} with {} fields | {} with {}", left.name, left.columns.size(), right.name,
                       right.columns.size());
  const std::uint64_t rows = std::min(left.count, right.count);
  std::uint64_t first = rows;
  std::size_t field = 0;
  for (std::size_t c = 0; c < left.columns.size(); ++c) {
    const ColumnImage &l = left.columns[c], &r = right.columns[c];
    if (l.name != r.name || l.type != r.type || l.width != r.width)
      return fmt::format("{}: field {} is {} | {}", left.name, c, l.name, r.name);
    const std::size_t bytes = l.item_bytes();
    for (std::uint64_t i = 0; i < first; ++i) {
      if (std::memcmp(l.bytes.data() + i * bytes, r.bytes.data() + i * bytes, bytes) == 0) continue;
      first = i;
      field = c;
    }
  }
  if (first == rows)
    return left.count == right.count ? std::nullopt
                                     : std::optional(fmt::format("{}: {} entities | {}", left.name, left.count, right.count));
  const std::uint64_t *ids_left = left.columns[0].as<std::uint64_t>(), *ids_right = right.columns[0].as<std::uint64_t>();
  if (field == 0) {
    const bool in_left = ids_left[first] < ids_right[first];
    return fmt::format("{} {} is in the {} run only", left.name, std::min(ids_left[first], ids_right[first]), in_left ? "first" : "second");
  }
  return fmt::format("{} {}: {} {} | {}", left.name, ids_left[first], left.columns[field].name, value_text(left.columns[field], first),
                     value_text(right.columns[field], first));
}

/// Two states whose digests differ: what differs first.
std::string first_difference(Storage& left, const Manifest& of_left, Storage& right, const Manifest& of_right) {
  if (of_left.stamp.model != of_right.stamp.model)
    return fmt::format("the runs are of other models: {} | {}", of_left.stamp.model, of_right.stamp.model);
  const std::vector<GroupImage> a = whole_state(left, of_left), b = whole_state(right, of_right);
  for (std::size_t g = 0; g < std::min(a.size(), b.size()); ++g)
    if (const auto difference = compare_groups(a[g], b[g])) return *difference;
  for (std::size_t g = 0; g < std::min(of_left.globals.size(), of_right.globals.size()); ++g)
    if (!(of_left.globals[g] == of_right.globals[g]))
      return fmt::format("global {}: {} | {}", of_left.globals[g].name, fmt::join(of_left.globals[g].values, ", "),
                         fmt::join(of_right.globals[g].values, ", "));
  return "every node and agent is the same, and the manifests' digests differ: one of them is of another program";
}

}  // namespace

int diff_command(const DiffOptions& options, const ModelRegistry& models) {
  PosixStorage left = open_run_folder(options.left), right = open_run_folder(options.right);
  std::optional<RowComparison> rows;
  if (left.exists(observables_file_name) && right.exists(observables_file_name)) {
    const Table a = read_table(left.path_of(observables_file_name)), b = read_table(right.path_of(observables_file_name));
    if (const auto others = other_observables(a, b)) {
      fmt::print("{}\n", *others);
      return 1;
    }
    rows = compare_rows(a, b, happenings_of(left, models));
  }
  const auto checkpoints = common_checkpoints(left, right);
  if (checkpoints.empty() && (!rows || rows->ticks == 0))
    throw StorageError(options.left, fmt::format("and {} have neither an observed tick nor a checkpoint in common", options.right));

  if (rows && rows->first) fmt::print("observables differ first at tick {}: {}\n", rows->first->tick, rows->first->text);
  else if (rows && rows->ticks != 0)
    fmt::print("observables agree in all {} ticks that both have, up to tick {}\n", rows->ticks, rows->last);
  for (const auto& [l, r] : checkpoints) {
    const Manifest of_left = read_manifest(left, l), of_right = read_manifest(right, r);
    if (of_left.digest == of_right.digest) continue;
    fmt::print("checkpoints differ first at tick {}: {}\n", l.tick.value, first_difference(left, of_left, right, of_right));
    return 1;
  }
  if (!checkpoints.empty())
    fmt::print("the digests of all {} checkpoints that both have agree, the last of tick {}\n", checkpoints.size(),
               checkpoints.back().first.tick.value);
  else fmt::print("no checkpoint of one tick is left in both\n");
  return rows && rows->first ? 1 : 0;
}

}  // namespace colony
