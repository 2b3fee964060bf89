#include "io/run/run_report.hpp"

#include <H5public.h>
#include <fmt/format.h>
#include <spdlog/version.h>
#include <toml++/toml.h>
#include <zlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "io/checkpoints/manifest.hpp"
#include "io/storage.hpp"

namespace colony {
namespace {

template <class Value>
nlohmann::ordered_json object_of(const std::vector<std::pair<std::string, Value>>& pairs) {
  nlohmann::ordered_json object = nlohmann::ordered_json::object();
  for (const auto& [name, value] : pairs) object[name] = value;
  return object;
}

/// Of a folder: of its files in the order of their names.
InputFile hash_input(const std::string& path) {
  const std::filesystem::path file(path);
  if (std::filesystem::is_directory(file)) {
    PosixStorage storage(path);
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(file))
      if (entry.is_regular_file()) names.insert(entry.path().filename().string());
    InputFile folder{path, 0, 0};
    for (const std::string& name : names) {
      const StoredFile stored = storage.checksum(name);
      folder.bytes += stored.bytes;
      folder.xxh3 = XXH3_64bits_withSeed(name.data(), name.size(), folder.xxh3 ^ stored.xxh3);
    }
    return folder;
  }
  const StoredFile stored = PosixStorage(file.parent_path().string()).checksum(file.filename().string());
  return {path, stored.bytes, stored.xxh3};
}

}  // namespace

std::string to_json(const RunReport& report) {
  nlohmann::ordered_json inputs = nlohmann::ordered_json::array();
  for (const InputFile& input : report.inputs) inputs.push_back({{"path", input.path}, {"bytes", input.bytes}, {"xxh3", hex(input.xxh3)}});
  nlohmann::ordered_json object = {
      {"job", report.job},
      {"model", report.model},
      {"seed", report.seed},
      {"exit", report.exit},
      {"exit_status", report.exit_status},
      {"tick", report.tick},
      {"last_tick", report.last_tick},
      {"digest", report.digest},
      {"started", report.started},
      {"host", report.host},
      {"pid", report.pid},
      {"incarnation", report.incarnation},
      {"shape", {{"shards", report.shards}, {"threads", report.threads}, {"blocks", report.blocks}}},
      {"size", {{"nodes", report.nodes}, {"edges", report.edges}, {"agents", report.agents}}},
      {"seconds", object_of(report.seconds)},
      {"inputs", inputs},
      {"versions", object_of(report.versions)},
  };
  if (const auto& c = report.cluster)
    object["cluster"] = {{"epochs", c->epochs},
                         {"ticks", c->ticks},
                         {"bytes_sent", c->bytes_sent},
                         {"wait_seconds", c->wait_seconds},
                         {"coordinator_seconds", c->coordinator_seconds}};
  if (!report.remarks.empty()) object["remarks"] = report.remarks;
  if (report.resumed_from) object["resumed_from"] = *report.resumed_from;
  return object.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

std::vector<std::pair<std::string, std::string>> library_versions() {
  const auto three = [](int major, int minor, int patch) { return fmt::format("{}.{}.{}", major, minor, patch); };
  unsigned major = 0, minor = 0, release = 0;
  H5get_libversion(&major, &minor, &release);
  return {{"compiler", __VERSION__},
          {"hdf5", fmt::format("{}.{}.{}", major, minor, release)},
          {"zlib", zlibVersion()},
          {"xxhash", three(XXH_VERSION_MAJOR, XXH_VERSION_MINOR, XXH_VERSION_RELEASE)},
          {"toml++", three(TOML_LIB_MAJOR, TOML_LIB_MINOR, TOML_LIB_PATCH)},
          {"nlohmann-json", three(NLOHMANN_JSON_VERSION_MAJOR, NLOHMANN_JSON_VERSION_MINOR, NLOHMANN_JSON_VERSION_PATCH)},
          {"spdlog", three(SPDLOG_VER_MAJOR, SPDLOG_VER_MINOR, SPDLOG_VER_PATCH)},
          {"fmt", three(FMT_VERSION / 10000, FMT_VERSION / 100 % 100, FMT_VERSION % 100)}};
}

std::vector<std::string> graph_inputs(const Job& job) {
  std::vector<std::string> paths;
  for (const std::string* path : {&job.graph.path, &job.graph.degrees_path})
    if (!path->empty()) paths.push_back(*path);
  return paths;
}

std::vector<std::string> model_inputs(const Job& job, const std::vector<ParameterSpec>& specs) {
  std::vector<std::string> paths;
  for (const ParameterSpec& spec : specs) {
    if (spec.type != ParameterType::path || !job.parameters.has(spec.name)) continue;
    if (auto path = job.parameters.get<std::string>(spec.name); !path.empty()) paths.push_back(std::move(path));
  }
  return paths;
}

std::vector<InputFile> hash_inputs(const std::vector<std::string>& paths) {
  std::vector<InputFile> inputs;
  for (const std::string& path : paths) inputs.push_back(hash_input(path));
  return inputs;
}

std::vector<InputFile> reported_inputs(std::string_view json) {
  std::vector<InputFile> inputs;
  try {
    const nlohmann::json parsed = nlohmann::json::parse(json);
    for (const auto& input : parsed.at("inputs"))
      inputs.push_back({input.at("path").get<std::string>(), input.at("bytes").get<std::uint64_t>(),
                        std::stoull(input.at("xxh3").get<std::string>(), nullptr, 16)});
  } catch (const std::exception&) {
    return {};
  }
  return inputs;
}

}  // namespace colony
