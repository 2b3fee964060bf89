#include "io/run/cluster_status.hpp"

#include <nlohmann/json.hpp>

#include "engine/error.hpp"

namespace colony {
namespace {

using Json = nlohmann::ordered_json;

/// Host names come from other machines: bytes that are not UTF-8 are replaced.
std::string line_of(const Json& object) { return object.dump(-1, ' ', false, Json::error_handler_t::replace); }

template <class T>
Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

template <class T>
std::optional<T> optional_of(const Json& value) {
  return value.is_null() ? std::nullopt : std::optional(value.get<T>());
}

/// Reads with f what the other end wrote. Throws ClusterError when that is not a `what` of this version.
template <class F>
auto read_object(std::string_view text, const std::string& where, const char* what, const F& f) {
  try {
    return f(Json::parse(text.begin(), text.end()));
  } catch (const Json::exception& error) {
    throw ClusterError(where + " answers with something that is no " + what + " of this version: " + error.what());
  }
}

Json json_of(const MemberStatus& m) {
  return {{"shard", m.shard},
          {"host", m.host},
          {"pid", m.pid},
          {"state", m.state},
          {"tick", m.tick},
          {"blocks", m.blocks},
          {"nodes", m.nodes},
          {"agents", m.agents},
          {"cpu_seconds", m.cpu_seconds},
          {"resident_bytes", m.resident_bytes},
          {"silent_seconds", m.silent_seconds}};
}

MemberStatus member_of(const Json& j) {
  MemberStatus m;
  j.at("shard").get_to(m.shard);
  j.at("host").get_to(m.host);
  j.at("pid").get_to(m.pid);
  j.at("state").get_to(m.state);
  j.at("tick").get_to(m.tick);
  j.at("blocks").get_to(m.blocks);
  j.at("nodes").get_to(m.nodes);
  j.at("agents").get_to(m.agents);
  j.at("cpu_seconds").get_to(m.cpu_seconds);
  j.at("resident_bytes").get_to(m.resident_bytes);
  j.at("silent_seconds").get_to(m.silent_seconds);
  return m;
}

ClusterStatus status_of(const Json& j) {
  ClusterStatus s;
  j.at("job").get_to(s.job);
  j.at("model").get_to(s.model);
  j.at("phase").get_to(s.phase);
  j.at("coordinator").at("host").get_to(s.host);
  j.at("coordinator").at("pid").get_to(s.pid);
  j.at("coordinator").at("us_per_tick").get_to(s.coordinator_us_per_tick);
  j.at("incarnation").get_to(s.incarnation);
  j.at("epoch").get_to(s.epoch);
  j.at("tick").get_to(s.tick);
  j.at("last_tick").get_to(s.last_tick);
  j.at("ticks_per_second").get_to(s.ticks_per_second);
  s.committed_tick = optional_of<std::uint64_t>(j.at("committed_tick"));
  s.committed_seconds_ago = optional_of<double>(j.at("committed_seconds_ago"));
  j.at("round_us_per_tick").get_to(s.round_us_per_tick);
  j.at("bytes_per_tick").get_to(s.bytes_per_tick);
  j.at("blocks").get_to(s.blocks);
  j.at("nodes").get_to(s.nodes);
  j.at("edges").get_to(s.edges);
  s.agents = optional_of<std::uint64_t>(j.at("agents"));
  for (const Json& member : j.at("members")) s.members.push_back(member_of(member));
  return s;
}

ShardsStatus shards_of(const Json& j) {
  ShardsStatus s;
  j.at("epoch").get_to(s.epoch);
  j.at("blocks").get_to(s.blocks);
  for (const Json& shard : j.at("shards")) {
    ShardBlocks& b = s.shards.emplace_back();
    shard.at("shard").get_to(b.shard);
    shard.at("blocks").get_to(b.blocks);
    shard.at("nodes").get_to(b.nodes);
    shard.at("agents").get_to(b.agents);
    shard.at("ranges").get_to(b.ranges);
  }
  return s;
}

}  // namespace

std::string to_json(const AbsentStatus& s) {
  const auto number = [](const std::string& text) {
    const Json value = text.empty() ? Json(nullptr) : Json::parse(text, nullptr, false);
    return value.is_number() ? value : Json(nullptr);
  };
  Json object = {{"phase", s.phase}, {"reason", s.reason}, {"job", s.job}, {"model", s.model}, {"state", s.state}};
  object["tick"] = number(s.tick);
  object["last_tick"] = number(s.last_tick);
  if (!s.step.empty()) object["step"] = s.step;
  if (!s.row.empty()) {
    object["observables"] = Json::object();
    for (const auto& [name, value] : s.row) object["observables"][name] = number(value);
  }
  object["digest"] = s.digest;
  object["committed_tick"] = s.committed.empty() ? Json(nullptr) : Json(s.committed.front());
  object["checkpoints"] = s.committed;
  return line_of(object);
}

std::string to_json(const ClusterStatus& s) {
  Json object = {
      {"job", s.job},
      {"model", s.model},
      {"phase", s.phase},
      {"coordinator", {{"host", s.host}, {"pid", s.pid}, {"us_per_tick", s.coordinator_us_per_tick}}},
      {"incarnation", s.incarnation},
      {"epoch", s.epoch},
      {"tick", s.tick},
      {"last_tick", s.last_tick},
      {"ticks_per_second", s.ticks_per_second},
      {"committed_tick", or_null(s.committed_tick)},
      {"committed_seconds_ago", or_null(s.committed_seconds_ago)},
      {"round_us_per_tick", s.round_us_per_tick},
      {"bytes_per_tick", s.bytes_per_tick},
      {"blocks", s.blocks},
      {"nodes", s.nodes},
      {"edges", s.edges},
      {"agents", or_null(s.agents)},
      {"members", Json::array()},
  };
  for (const MemberStatus& member : s.members) object["members"].push_back(json_of(member));
  return line_of(object);
}

std::string to_json(const ShardsStatus& s) {
  Json object = {{"epoch", s.epoch}, {"blocks", s.blocks}, {"shards", Json::array()}};
  for (const ShardBlocks& b : s.shards)
    object["shards"].push_back({{"shard", b.shard}, {"blocks", b.blocks}, {"nodes", b.nodes}, {"agents", b.agents}, {"ranges", b.ranges}});
  return line_of(object);
}

ClusterStatus cluster_status_from_json(std::string_view text, const std::string& where) {
  return read_object(text, where, "status", status_of);
}

ShardsStatus shards_status_from_json(std::string_view text, const std::string& where) {
  return read_object(text, where, "list of shards", shards_of);
}

}  // namespace colony
