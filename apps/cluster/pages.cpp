#include "apps/cluster/pages.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "apps/cluster/rendezvous.hpp"

namespace colony {
namespace {

/// Beyond it a list of blocks says nothing to people and is long to send.
constexpr std::uint32_t max_listed_blocks = 65536;
constexpr const char* json_type = "application/json";
constexpr const char* metrics_type = "text/plain; version=0.0.4; charset=utf-8";

double seconds(std::uint64_t ns) { return static_cast<double>(ns) * 1e-9; }
std::uint64_t since(std::uint64_t then_ns, std::uint64_t now_ns) { return now_ns > then_ns ? now_ns - then_ns : 0; }

std::vector<BlockRange> ranges_of(std::span<const BlockId> blocks) {
  std::vector<BlockRange> ranges;
  for (const BlockId block : blocks) {
    if (!ranges.empty() && ranges.back().second + 1 == block.value) ++ranges.back().second;
    else ranges.emplace_back(block.value, block.value);
  }
  return ranges;
}

// ---- Metrics ----

class Metrics {
 public:
  void metric(const char* name, const char* type, const char* help) {
    name_ = name;
    text_ += fmt::format("# HELP colony_{0} {1}\n# TYPE colony_{0} {2}\n", name, help, type);
  }
  template <class T>
  void value(T value, const std::string& labels = {}) {
    text_ += fmt::format("colony_{}{} {}\n", name_, labels, value);
  }
  template <class T>
  void single(const char* name, const char* type, const char* help, T v) {
    metric(name, type, help);
    value(v);
  }
  std::string text() && { return std::move(text_); }

 private:
  std::string name_, text_;
};

/// A label's value: backslashes, quotes and line ends escaped.
std::string label_value(const std::string& text) {
  std::string result;
  for (const char c : text) {
    if (c == '\\' || c == '"') result += '\\';
    if (c == '\n') result += "\\n";
    else result += c;
  }
  return result;
}

void add_members(const Session::View& view, Metrics& metrics) {
  const auto each = [&](const char* name, const char* type, const char* help, auto of) {
    metrics.metric(name, type, help);
    for (const MemberView& m : view.members)
      metrics.value(of(m), fmt::format("{{shard=\"{}\",host=\"{}\"}}", m.shard.value, label_value(m.host)));
  };
  if (view.agents) each("member_agents", "gauge", "Agents on the shard, at colony_tick.", [](const MemberView& m) { return m.agents; });
  each("member_nodes", "gauge", "Nodes of the shard.", [](const MemberView& m) { return m.nodes; });
  each("member_blocks", "gauge", "Blocks of the shard.", [](const MemberView& m) { return m.blocks; });
  each("member_cpu_seconds_total", "counter", "Processor time of the member's process.",
       [](const MemberView& m) { return seconds(m.cpu_ns); });
  each("member_resident_bytes", "gauge", "Resident memory of the member's process.", [](const MemberView& m) { return m.resident_bytes; });
}

// ---- Requests that change something ----

/// A number of the query "?name=value&...": exactly the names asked for, each once, decimal. None when the query is another.
std::optional<std::vector<std::uint32_t>> numbers_of(const std::string& target, const std::vector<std::string>& names) {
  const std::size_t mark = target.find('?');
  std::string_view query = mark == std::string::npos ? std::string_view() : std::string_view(target).substr(mark + 1);
  std::map<std::string, std::uint32_t, std::less<>> found;
  while (!query.empty()) {
    const std::string_view part = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), part.size() + 1));
    const std::size_t equals = part.find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    const std::string_view digits = part.substr(equals + 1);
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (digits.empty() || error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
    if (!found.emplace(part.substr(0, equals), value).second) return std::nullopt;
  }
  std::vector<std::uint32_t> values;
  for (const std::string& name : names) {
    const auto it = found.find(name);
    if (it == found.end()) return std::nullopt;
    values.push_back(it->second);
  }
  return found.size() == names.size() ? std::optional(values) : std::nullopt;
}

HttpResponse text(unsigned status, const std::string& body) { return {status, body + "\n"}; }

const MemberView* member_of(const Session::View& view, std::uint32_t shard) {
  const auto found = std::find_if(view.members.begin(), view.members.end(), [&](const MemberView& m) { return m.shard.value == shard; });
  return found == view.members.end() ? nullptr : &*found;
}

std::string no_such_member(const Session::View& view, std::uint32_t shard) {
  std::string known;
  for (const MemberView& m : view.members) known += fmt::format("{}{}", known.empty() ? "" : ", ", m.shard.value);
  return fmt::format("there is no shard {}; there are {}", shard, known.empty() ? "none at present" : known);
}

/// What is wrong is said here as far as the view tells; the cluster decides once more when the event comes.
HttpResponse drain(const PageOptions& options, const HttpRequest& request) {
  const auto numbers = numbers_of(request.target, {"shard"});
  if (!numbers) return text(400, "ask for /drain?shard=N");
  const Session::View view = options.view();
  const MemberView* member = member_of(view, numbers->front());
  if (!member) return text(404, no_such_member(view, numbers->front()));
  if (options.label.fixed_members) return text(409, "the members of this run are fixed (mpirun): stop the run instead");
  const auto staying = std::count_if(view.members.begin(), view.members.end(), [](const MemberView& m) { return m.state != "leaving"; });
  if (member->state != "leaving" && staying <= 1) return text(409, "no other member would be left: stop the run instead");
  options.post(DrainAsked{member->shard});
  return text(202, fmt::format("shard {} leaves at the next tick's end; a checkpoint is taken first", member->shard.value));
}

HttpResponse migrate(const PageOptions& options, const HttpRequest& request) {
  const auto numbers = numbers_of(request.target, {"block", "shard"});
  if (!numbers) return text(400, "ask for /migrate?block=B&shard=N");
  const std::uint32_t block = numbers->at(0), shard = numbers->at(1);
  const Session::View view = options.view();
  if (view.blocks == 0) return text(409, "the blocks are not known yet; ask again when the run has begun");
  if (block >= view.blocks) return text(404, fmt::format("there is no block {}; blocks are 0 to {}", block, view.blocks - 1));
  if (!member_of(view, shard)) return text(404, no_such_member(view, shard));
  options.post(PinAsked{{block, shard}});
  return text(202, fmt::format("block {} goes to shard {} at the next tick's end; a checkpoint is taken first", block, shard));
}

}  // namespace

ClusterStatus status_of(const Session::View& view, const RunLabel& label) {
  ClusterStatus s;
  s.job = label.job;
  s.model = label.model;
  s.phase = view.phase;
  s.host = label.host;
  s.pid = label.pid;
  s.incarnation = view.incarnation;
  s.epoch = view.epoch;
  s.tick = view.tick.value;
  s.last_tick = label.last_tick;
  s.ticks_per_second = view.ticks_per_second;
  if (view.committed) s.committed_tick = view.committed->value;
  if (view.committed && view.committed_ns) s.committed_seconds_ago = seconds(since(*view.committed_ns, view.now_ns));
  s.coordinator_us_per_tick = view.coordinator_us_per_tick;
  s.blocks = view.blocks;
  s.nodes = view.nodes;
  s.edges = view.edges;
  s.agents = view.agents;
  std::uint64_t wait_ns = 0, bytes = 0;
  for (const MemberView& m : view.members) {
    wait_ns += m.cost.wait_ns;
    bytes += m.cost.bytes_sent;
    s.members.push_back({m.shard.value, m.host, m.pid, m.state, m.tick.value, m.blocks, m.nodes, m.agents, seconds(m.cpu_ns),
                         m.resident_bytes, seconds(since(m.last_beat_ns, view.now_ns))});
  }
  if (view.tick > view.epoch_start && !view.members.empty()) {
    const auto ticks = static_cast<double>(view.tick.value - view.epoch_start.value);
    s.round_us_per_tick = static_cast<double>(wait_ns) * 1e-3 / ticks / static_cast<double>(view.members.size());
    s.bytes_per_tick = static_cast<double>(bytes) / ticks;
  }
  return s;
}

ShardsStatus shards_of(const Session::View& view) {
  ShardsStatus s;
  s.epoch = view.epoch;
  s.blocks = view.blocks;
  for (const MemberView& m : view.members) {
    ShardBlocks& b = s.shards.emplace_back();
    b.shard = m.shard.value;
    b.blocks = m.blocks;
    b.nodes = m.nodes;
    b.agents = m.agents;
    if (view.placement && view.placement->block_count() <= max_listed_blocks) b.ranges = ranges_of(view.placement->blocks_of(m.shard));
  }
  return s;
}

std::string metrics_text(const Session::View& view, const RunLabel& label) {
  Metrics m;
  // Prometheus gives each series the labels job and instance, and sets one of ours with such a name aside.
  m.metric("info", "gauge", "The job's name and its model; always 1.");
  m.value(1, fmt::format("{{name=\"{}\",model=\"{}\"}}", label_value(label.job), label_value(label.model)));
  m.single("running", "gauge", "1 while ticks are done, 0 while members are waited for.", view.phase == "running" ? 1 : 0);
  m.single("tick", "gauge", "The tick that the colony has reached.", view.tick.value);
  m.single("last_tick", "gauge", "The tick to reach.", label.last_tick);
  m.single("ticks_per_second", "gauge", "Ticks done a second, since the first one of this start.", view.ticks_per_second);
  m.single("members", "gauge", "Processes that take part or wait to.", view.members.size());
  m.single("epoch", "gauge", "Changes of membership, counted.", view.epoch);
  m.single("incarnation", "gauge", "Starts of this run, counted.", view.incarnation);
  if (view.committed) m.single("committed_tick", "gauge", "The tick of the last committed checkpoint.", view.committed->value);
  m.single("blocks", "gauge", "Blocks of the colony.", view.blocks);
  m.single("nodes", "gauge", "Nodes of the colony.", view.nodes);
  m.single("edges", "gauge", "Edges of the colony.", view.edges);
  if (view.agents) m.single("agents", "gauge", "Agents of the colony, at colony_tick.", *view.agents);
  m.single("bytes_sent_total", "counter", "Bytes of frames sent by all members.", view.bytes_sent);
  m.single("round_seconds_total", "counter", "Time that members waited for frames, summed over them.", seconds(view.wait_ns));
  m.single("coordinator_seconds_per_tick", "gauge", "The coordinator's own work for a tick.", view.coordinator_us_per_tick / 1e6);
  add_members(view, m);
  return std::move(m).text();
}

HttpResponse health_of(const Session::View& view) {
  if (view.phase == "running" || view.phase == "ending" || view.phase == "finished") return text(200, "ok");
  return text(503, view.phase);
}

HttpRoutes pages_of(PageOptions options_) {
  struct Shared {
    PageOptions options;
    HttpAuthorization authorization;
  };
  const HttpAuthorization authorization(options_.secret, options_.run_nonce);
  const auto shared = std::make_shared<Shared>(Shared{std::move(options_), authorization});
  HttpRoutes routes;
  routes[{"GET", "/health"}] = [shared](const HttpRequest&) { return health_of(shared->options.view()); };
  routes[{"GET", "/metrics"}] = [shared](const HttpRequest&) {
    return HttpResponse{200, metrics_text(shared->options.view(), shared->options.label), metrics_type};
  };
  routes[{"GET", "/status"}] = [shared](const HttpRequest&) {
    return HttpResponse{200, to_json(status_of(shared->options.view(), shared->options.label)) + "\n", json_type};
  };
  routes[{"GET", "/shards"}] = [shared](const HttpRequest&) {
    return HttpResponse{200, to_json(shards_of(shared->options.view())) + "\n", json_type};
  };
  const auto protect = [&](const char* path, auto action) {
    routes[{"POST", path}] = [shared, action](const HttpRequest& request) {
      if (const std::string why = shared->authorization.refusal(request); !why.empty()) return text(403, why);
      return action(shared->options, request);
    };
  };
  protect("/drain", drain);
  protect("/migrate", migrate);
  return routes;
}

std::unique_ptr<HttpServer> serve_pages(const std::string& setting, PageOptions options) {
  if (setting == "off") return nullptr;
  HttpServerOptions server;
  server.routes = pages_of(std::move(options));
  constexpr std::string_view scheme = "tcp://";
  if (!setting.empty()) {  // the job reader has seen to its form
    const std::size_t colon = setting.rfind(':');
    server.address = setting.substr(scheme.size(), colon - scheme.size());
    server.port = static_cast<std::uint16_t>(std::stoul(setting.substr(colon + 1)));
  }
  if (server.address.starts_with('[') && server.address.ends_with(']'))
    server.address = server.address.substr(1, server.address.size() - 2);
  return std::make_unique<HttpServer>(std::move(server));
}

std::string pages_url(const HttpServer* server) {
  if (!server) return {};
  std::string address = server->address();
  if (address == "0.0.0.0" || address == "::") address = own_host_address();
  if (address.find(':') != std::string::npos) address = "[" + address + "]";
  return fmt::format("http://{}:{}", address, server->port());
}

}  // namespace colony
