#include "io/checkpoints/manifest.hpp"

#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <set>

#include "engine/error.hpp"

namespace colony {
namespace {

using nlohmann::json;

constexpr const char* checksum_key = "checksum";
constexpr const char* format_name = "colony-checkpoint";

std::string checksum_of(const json& object) {
  const std::string text = object.dump();
  return hex(XXH3_64bits(text.data(), text.size()));
}

/// Takes the members of one object, each exactly once; finish() refuses what is left.
class Members {
 public:
  Members(const json& object, std::string where, std::string what) : object_(object), where_(std::move(where)), what_(std::move(what)) {
    if (!object.is_object()) fail("is not an object");
  }

  const json& take(const char* key) {
    const auto found = object_.find(key);
    if (found == object_.end()) fail(fmt::format("has no \"{}\"", key));
    taken_.insert(key);
    return *found;
  }
  std::uint64_t number(const char* key) {
    const json& value = take(key);
    if (!value.is_number_unsigned()) fail(fmt::format("\"{}\" is not a number of 0 or more", key));
    return value.get<std::uint64_t>();
  }
  std::string text(const char* key) {
    const json& value = take(key);
    if (!value.is_string()) fail(fmt::format("\"{}\" is not text", key));
    return value.get<std::string>();
  }
  std::uint64_t hash(const char* key) {
    const std::string digits = text(key);
    std::uint64_t value = 0;
    const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    if (digits.size() != 16 || parsed.ec != std::errc{} || parsed.ptr != digits.data() + 16)
      fail(fmt::format("\"{}\" is not 16 hexadecimal digits", key));
    return value;
  }
  Digest digest(const char* key) {
    const std::string digits = text(key);
    try {
      return Digest::parse(digits);
    } catch (const DataError&) {
      fail(fmt::format("\"{}\" is not 32 hexadecimal digits", key));
    }
  }
  const json& list(const char* key) {
    const json& value = take(key);
    if (!value.is_array()) fail(fmt::format("\"{}\" is not a list", key));
    return value;
  }
  void finish() {
    for (const auto& [key, value] : object_.items())
      if (!taken_.contains(key)) fail(fmt::format("has an unknown \"{}\"", key));
  }
  [[noreturn]] void fail(const std::string& problem) const { throw StorageError(where_, what_ + " " + problem); }

 private:
  const json& object_;
  std::string where_;
  std::string what_;
  std::set<std::string> taken_;
};

json file_to_json(const FileRecord& file) {
  return {{"name", file.name},
          {"shard", file.shard.value},
          {"bytes", file.stored.bytes},
          {"xxh3", hex(file.stored.xxh3)},
          {"digest", file.digest.hex()}};
}

FileRecord parse_file(const json& object, const CheckpointStamp& stamp, const std::string& where) {
  Members members(object, where, "an entry of \"files\"");
  FileRecord file;
  file.name = members.text("name");
  const std::uint64_t shard = members.number("shard");
  if (shard >= ~std::uint32_t{0}) members.fail("has a \"shard\" beyond 32 bits");
  file.shard = ShardId(static_cast<std::uint32_t>(shard));
  file.stored.bytes = members.number("bytes");
  file.stored.xxh3 = members.hash("xxh3");
  file.digest = members.digest("digest");
  members.finish();
  const std::string name = shard_file_name(stamp, file.shard);
  if (file.name != name)
    members.fail(fmt::format("names \"{}\" where this checkpoint's file of shard {} is \"{}\"", file.name, shard, name));
  return file;
}

KeptFile parse_snapshot(const json& object, Tick tick, const std::string& where) {
  Members members(object, where, "an entry of \"snapshots\"");
  KeptFile file{members.text("name"), {members.number("bytes"), members.hash("xxh3")}};
  members.finish();
  const std::optional<SnapshotName> name = parse_snapshot_name(file.name);
  if (!name || name->tick > tick) members.fail(fmt::format("names \"{}\", which is no snapshot up to this tick", file.name));
  return file;
}

GlobalValues parse_global(const json& object, const std::string& where, const char* list) {
  Members members(object, where, fmt::format("an entry of \"{}\"", list));
  GlobalValues global;
  global.name = members.text("name");
  for (const json& value : members.list("values")) {
    if (!value.is_number_integer()) members.fail("\"values\" holds something that is not an integer");
    global.values.push_back(value.get<std::int64_t>());
  }
  members.finish();
  return global;
}

std::optional<std::uint64_t> parse_decimal(std::string_view digits) {
  std::uint64_t value = 0;
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (digits.empty() || parsed.ec != std::errc{} || parsed.ptr != digits.data() + digits.size()) return std::nullopt;
  return value;
}

/// Cuts ".<letter><number>" at the front of the text off it.
std::optional<std::uint64_t> cut_number(std::string_view& text, char letter) {
  if (text.size() < 2 || text[0] != '.' || text[1] != letter) return std::nullopt;
  const std::size_t end = text.find('.', 1);
  const std::optional<std::uint64_t> value = parse_decimal(text.substr(2, end == std::string_view::npos ? end : end - 2));
  text.remove_prefix(end == std::string_view::npos ? text.size() : end);
  return value;
}

}  // namespace

std::string hex(std::uint64_t hash) { return fmt::format("{:016x}", hash); }

std::string checkpoint_folder(Tick tick) { return fmt::format("{}/tick-{:012}", checkpoints_folder, tick.value); }

std::string shard_file_name(const CheckpointStamp& stamp, ShardId shard) {
  return fmt::format("shard-{:04}.r{}.e{}.h5", shard.value, stamp.incarnation, stamp.epoch);
}

std::string manifest_name(const CheckpointStamp& stamp) { return fmt::format("manifest.r{}.e{}.json", stamp.incarnation, stamp.epoch); }

std::optional<Tick> tick_of_folder(std::string_view name) {
  constexpr std::string_view prefix = "tick-";
  if (!name.starts_with(prefix)) return std::nullopt;
  const std::optional<std::uint64_t> tick = parse_decimal(name.substr(prefix.size()));
  if (!tick || fmt::format("{}{:012}", prefix, *tick) != name) return std::nullopt;
  return Tick(*tick);
}

std::string snapshot_name(std::string_view series, Tick tick) {
  return fmt::format("{}/{}/tick-{:012}.h5", snapshots_folder, series, tick.value);
}

std::optional<SnapshotName> parse_snapshot_name(std::string_view name) {
  const std::string folder = std::string(snapshots_folder) + "/";
  const std::size_t slash = name.rfind('/');
  if (!name.starts_with(folder) || !name.ends_with(".h5") || slash <= folder.size() || slash == std::string_view::npos) return std::nullopt;
  const std::string_view series = name.substr(folder.size(), slash - folder.size());
  const std::optional<Tick> tick = tick_of_folder(name.substr(slash + 1, name.size() - slash - 4));
  if (!tick || series.find_first_of("/.") != std::string_view::npos) return std::nullopt;
  return SnapshotName{std::string(series), *tick};
}

std::optional<FileName> parse_file_name(std::string_view name) {
  const bool temporary = name.starts_with('.');
  if (temporary) name.remove_prefix(1);
  const std::size_t dot = name.find('.');
  if (dot == std::string_view::npos) return std::nullopt;
  const std::string_view stem = name.substr(0, dot);
  std::string_view rest = name.substr(dot);
  const bool manifest = stem == "manifest";
  if (!manifest && !(stem.starts_with("shard-") && parse_decimal(stem.substr(6)))) return std::nullopt;
  const std::optional<std::uint64_t> incarnation = cut_number(rest, 'r');
  const std::optional<std::uint64_t> epoch = cut_number(rest, 'e');
  const std::string_view ending = manifest ? ".json" : ".h5";
  const bool ends_well = temporary ? rest.starts_with(ending) && rest.ends_with(".tmp") : rest == ending;
  if (!incarnation || !epoch || !ends_well) return std::nullopt;
  return FileName{*incarnation, *epoch, manifest && !temporary};
}

std::vector<CheckpointRef> list_manifests(Storage& storage) {
  std::vector<CheckpointRef> refs;
  for (const std::string& name : storage.list(checkpoints_folder)) {
    const std::optional<Tick> tick = tick_of_folder(name);
    if (!tick) continue;
    const std::string folder = checkpoint_folder(*tick);
    for (const std::string& file : storage.list(folder)) {
      const std::optional<FileName> parsed = parse_file_name(file);
      if (parsed && parsed->manifest) refs.push_back({*tick, parsed->incarnation, parsed->epoch, folder, file});
    }
  }
  std::sort(refs.begin(), refs.end(), [](const CheckpointRef& a, const CheckpointRef& b) { return a.key() > b.key(); });
  return refs;
}

std::string seal(const std::string& text) {
  json object = json::parse(text);
  object[checksum_key] = checksum_of(object);
  return object.dump(2) + "\n";
}

std::string open_sealed(std::string_view text, const std::string& where) {
  json object = json::parse(text.begin(), text.end(), nullptr, false);
  if (object.is_discarded() || !object.is_object()) throw StorageError(where, "is torn: it is not one whole JSON object");
  const auto found = object.find(checksum_key);
  if (found == object.end() || !found->is_string())
    throw StorageError(where, "has no checksum; it is not a manifest of colony's, or was altered");
  const std::string claimed = found->get<std::string>();
  object.erase(found);
  if (claimed != checksum_of(object)) throw StorageError(where, "was altered: its checksum is not that of its content");
  return object.dump();
}

std::string to_json(const Manifest& manifest) {
  const CheckpointStamp& stamp = manifest.stamp;
  json object = {{"format", format_name},
                 {"format_version", checkpoint_format_version},
                 {"model", stamp.model},
                 {"schema_hash", hex(stamp.schema_hash)},
                 {"seed", stamp.seed},
                 {"tick", stamp.tick.value},
                 {"incarnation", stamp.incarnation},
                 {"epoch", stamp.epoch},
                 {"digest", manifest.digest.hex()},
                 {"static_hash", hex(manifest.static_hash)},
                 {"blocks", {{"count", manifest.block_sizes.size()}, {"sizes", manifest.block_sizes}}},
                 {"globals", json::array()},
                 {"last_row", manifest.last_row.value},
                 {"counts", json::array()},
                 {"observables_bytes", manifest.rows.observables.bytes},
                 {"observables_xxh3", hex(manifest.rows.observables.xxh3)},
                 {"events_bytes", manifest.rows.events.bytes},
                 {"events_xxh3", hex(manifest.rows.events.xxh3)},
                 {"snapshots", json::array()},
                 {"files", json::array()}};
  const auto put = [&](const char* key, const std::vector<GlobalValues>& list) {
    for (const GlobalValues& global : list) object[key].push_back({{"name", global.name}, {"values", global.values}});
  };
  put("globals", manifest.globals);
  put("counts", manifest.counts);
  for (const KeptFile& file : manifest.snapshots)
    object["snapshots"].push_back({{"name", file.name}, {"bytes", file.stored.bytes}, {"xxh3", hex(file.stored.xxh3)}});
  for (const FileRecord& file : manifest.files) object["files"].push_back(file_to_json(file));
  return seal(object.dump());
}

Manifest parse_manifest(std::string_view text, const std::string& where) {
  const json object = json::parse(open_sealed(text, where));
  Members members(object, where, "the manifest");
  if (members.text("format") != format_name) members.fail("is not that of a checkpoint");
  const std::uint64_t version = members.number("format_version");
  if (version != checkpoint_format_version)
    members.fail(fmt::format("is of format version {}, and this program reads version {}; use the program that wrote it", version,
                             checkpoint_format_version));

  Manifest manifest;
  CheckpointStamp& stamp = manifest.stamp;
  stamp.model = members.text("model");
  stamp.schema_hash = members.hash("schema_hash");
  stamp.seed = members.number("seed");
  stamp.tick = Tick(members.number("tick"));
  stamp.incarnation = members.number("incarnation");
  stamp.epoch = members.number("epoch");
  manifest.digest = members.digest("digest");
  manifest.static_hash = members.hash("static_hash");
  manifest.last_row = Tick(members.number("last_row"));
  if (manifest.last_row > stamp.tick) members.fail("has a \"last_row\" after its tick");
  manifest.rows.observables = {members.number("observables_bytes"), members.hash("observables_xxh3")};
  manifest.rows.events = {members.number("events_bytes"), members.hash("events_xxh3")};
  for (const json& file : members.list("snapshots")) manifest.snapshots.push_back(parse_snapshot(file, stamp.tick, where));

  Members blocks(members.take("blocks"), where, "\"blocks\"");
  const std::uint64_t block_count = blocks.number("count");
  for (const json& size : blocks.list("sizes")) {
    if (!size.is_number_unsigned()) blocks.fail("\"sizes\" holds something that is not a number of 0 or more");
    manifest.block_sizes.push_back(size.get<std::uint64_t>());
  }
  blocks.finish();
  if (manifest.block_sizes.size() != block_count)
    blocks.fail(fmt::format("has a count of {} and {} sizes", block_count, manifest.block_sizes.size()));

  for (const json& global : members.list("globals")) manifest.globals.push_back(parse_global(global, where, "globals"));
  for (const json& count : members.list("counts")) manifest.counts.push_back(parse_global(count, where, "counts"));
  for (const json& file : members.list("files")) {
    manifest.files.push_back(parse_file(file, stamp, where));
    const std::size_t count = manifest.files.size();
    if (count > 1 && manifest.files[count - 2].shard >= manifest.files[count - 1].shard)
      members.fail("does not list its files by ascending shard");
  }
  members.finish();
  return manifest;
}

}  // namespace colony
