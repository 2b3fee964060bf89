#include "io/job/job_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "engine/names.hpp"
#include "engine/text_mark.hpp"
#include "io/job/condition.hpp"
#include "io/job/job_graph.hpp"
#include "io/job/job_section.hpp"

namespace colony {
namespace {

using Kind = JobValue::Kind;
constexpr std::int64_t any_size = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t max_shards = 65536;
constexpr std::int64_t max_blocks = std::int64_t{1} << 24;
constexpr std::int64_t max_ms = std::int64_t{24} * 3600 * 1000;

const std::vector<std::string> section_names = {"job",       "model",      "population", "graph",    "shards",
                                                "execution", "checkpoint", "output",     "snapshot", "cluster"};

/// Every key of the sections with fixed keys, to tell where one belongs that stands in the wrong section.
const std::vector<std::string> all_keys = {"[job] name",
                                           "[job] seed",
                                           "[job] ticks",
                                           "[job] stop_when",
                                           "[model] name",
                                           "[population] count",
                                           "[graph] source",
                                           "[graph] path",
                                           "[graph] directed",
                                           "[graph] columns",
                                           "[graph] weight",
                                           "[graph] width",
                                           "[graph] height",
                                           "[graph] neighbours",
                                           "[graph] torus",
                                           "[graph] kind",
                                           "[graph] nodes",
                                           "[graph] mean_degree",
                                           "[graph] degree",
                                           "[graph] degrees",
                                           "[graph] rewire",
                                           "[shards] count",
                                           "[shards] blocks",
                                           "[shards] partition",
                                           "[shards] placement",
                                           "[shards] virtual_nodes",
                                           "[shards] load_bound",
                                           "[shards] pins",
                                           "[shards] rebalance_every",
                                           "[execution] threads",
                                           "[execution] backend",
                                           "[execution] through_bytes",
                                           "[checkpoint] every",
                                           "[checkpoint] every_seconds",
                                           "[checkpoint] keep",
                                           "[output] directory",
                                           "[output] observe_every",
                                           "[output] digest_every",
                                           "[output] events",
                                           "[cluster] transport",
                                           "[cluster] listen",
                                           "[cluster] http",
                                           "[cluster] hosts",
                                           "[cluster] secret_file",
                                           "[cluster] tls",
                                           "[cluster] barrier",
                                           "[cluster] heartbeat_ms",
                                           "[cluster] heartbeat_misses",
                                           "[cluster] frame_timeout_ms",
                                           "[cluster] stall_ms",
                                           "[cluster] replace_wait_ms",
                                           "[cluster] restarts"};

/// The name of a run's folder: letters, digits, '.', '_', '-', not beginning with '.' or '-'.
bool is_job_name(const std::string& name) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
  };
  return !name.empty() && name.size() <= 100 && name.front() != '.' && name.front() != '-' &&
         std::all_of(name.begin(), name.end(), allowed);
}

/// Its form. Whether the address is one of this machine, who listens there finds out.
bool is_http_address(const std::string& text) {
  if (text.empty() || text == "off") return true;
  const std::size_t colon = text.rfind(':');
  if (!text.starts_with("tcp://") || colon <= 6) return false;
  const std::string port = text.substr(colon + 1);
  const bool digits = !port.empty() && port.size() <= 5 && port.find_first_not_of("0123456789") == std::string::npos;
  return digits && std::stoul(port) <= 65535;
}

std::string name_from_path(const std::string& path) {
  std::string name = std::filesystem::path(path).stem().string();
  for (char& c : name) {
    if (!is_job_name(std::string("x") + c)) c = '-';
  }
  return is_job_name(name) ? name : "colony";
}

class JobReader {
 public:
  JobReader(const JobSource& source, const KnownModels& models)
      : models_(models),
        file_{source.path, 1, 1},
        folder_(std::filesystem::absolute(source.path).parent_path().lexically_normal().string()),
        graph_may_be_gone_(source.graph_may_be_gone) {
    root_ = read_job_tree(source, mistakes_);
    syntax_error_ = root_.names.empty() && !mistakes_.empty();
    job_.name = name_from_path(source.path);
  }

  RunJob read() {
    if (!syntax_error_) {
      read_job();
      read_model();
      read_graph();
      read_shards();
      read_execution();
      read_checkpoint();
      read_output();
      read_snapshots();
      read_cluster();
      unknown_sections();
    }
    if (!mistakes_.empty()) throw JobErrors(std::move(mistakes_));
    return std::move(job_);
  }

 private:
  JobSection section(const std::string& name) { return {root_.find(name), "[" + name + "]", folder_, file_, mistakes_}; }

  void read_job() {
    JobSection s = section("job");
    if (s.text("name", job_.name) && !is_job_name(job_.name)) {
      s.mistake(*s.take("name"),
                "[job] name names the run's folder: letters, digits, '.', '_' and '-', up to 100, not beginning with '.' or '-'");
    }
    s.integer("seed", job_.seed, 0);
    if (!s.take("ticks")) s.missing("ticks", "give the tick to reach here or with --ticks");
    s.integer("ticks", job_.ticks, 0);
    if (s.text("stop_when", job_.stop_when) && !job_.stop_when.empty()) {
      try {
        Condition::parse(job_.stop_when);
      } catch (const ConditionError& error) {
        s.mistake(*s.take("stop_when"), std::string("[job] stop_when: ") + error.what());
      }
    }
    s.finish(all_keys);
  }

  void read_model() {
    JobSection s = section("model");
    if (!s.take("name")) s.missing("name", fmt::format("the models are: {}", fmt::join(models_.names, ", ")));
    const ModelInfo* model = nullptr;
    if (s.text("name", job_.model)) {
      model = models_.find(job_.model);
      if (!model)
        s.mistake(*s.take("name"), fmt::format("there is no model {}{}", toml_quoted(job_.model), name_hint(job_.model, models_.names)));
    }
    if (!model) return;  // what its parameters, population and graph may be is not known
    for (const ParameterSpec& spec : model->parameters) {
      const JobValue *value = s.take(spec.name), *rival = spec.unless.empty() ? nullptr : s.take(spec.unless);
      const bool displaced = rival != nullptr, alone = !spec.needs.empty() && !s.has(spec.needs);
      if (value && rival && value->place.line != 0 && rival->place.line == 0) value = nullptr;  // an override replaces what the file says
      if (value) {
        if (displaced)
          s.mistake(*value,
                    fmt::format("[model] {} would not be used: {} is given as well; remove one of the two", spec.name, spec.unless));
        if (alone) s.mistake(*value, fmt::format("[model] {} would not be used without {}", spec.name, spec.needs));
        ParameterValue result;
        if (s.parameter(*value, spec, result)) job_.parameters.values.emplace(spec.name, std::move(result));
      } else if (spec.required) {
        s.missing(spec.name, spec.help.empty() ? fmt::format("model \"{}\" needs it", model->name) : spec.help);
      } else if (spec.fallback && !displaced && !alone) {
        job_.parameters.values.emplace(spec.name, *spec.fallback);
      }
    }
    s.finish(all_keys);
    model_ = model;
    read_population();
  }

  void read_population() {
    JobSection s = section("population");
    if (!model_->takes_population) {
      if (s.present())
        mistakes_.push_back(
            {root_.find("population")->key_place, fmt::format("model \"{}\" has no agents; remove [population]", model_->name)});
      return;
    }
    job_.population = model_->default_population;
    job_.population_given = s.integer("count", job_.population, 1);
    s.finish(all_keys);
  }

  void read_graph() {
    JobSection s = section("graph");
    if (graph_may_be_gone_) s.let_files_be_gone();
    if (!s.present()) {
      if (model_ && model_->needs_graph && !root_.find("graph")) {
        mistakes_.push_back(
            {file_,
             fmt::format("[graph] is missing; model \"{}\" runs on one: source = \"edges\", \"lattice\" or \"generate\"", model_->name)});
      }
      return;
    }
    if (model_ && !model_->needs_graph) {
      mistakes_.push_back({root_.find("graph")->key_place, fmt::format("model \"{}\" makes its own graph; remove [graph]", model_->name)});
      return;
    }
    read_graph_section(s, job_.graph, all_keys);
  }

  void read_shards() {
    JobSection s = section("shards");
    Job::Shards& shards = job_.shards;
    s.integer("count", shards.count, 1, max_shards);
    s.integer("blocks", shards.blocks, 0, max_blocks);
    s.choice("partition", shards.partition, {"range", "hash", "metis"});
    s.choice("placement", shards.placement, {"ring", "spread", "binpack", "locality"});
    s.integer("virtual_nodes", shards.virtual_nodes, 1, 65536);
    s.real("load_bound", shards.load_bound, 1, 1000);
    if (const JobValue* pins = s.take("pins")) read_pins(s, *pins);
    s.integer("rebalance_every", shards.rebalance_every, 0);
    s.finish(all_keys);
  }

  void read_pins(JobSection& s, const JobValue& pins) {
    if (pins.kind != Kind::list) return s.mistake(pins, "[shards] pins must be a list of [block, shard]");
    std::set<std::uint32_t> seen;
    const std::int64_t blocks = job_.shards.blocks == 0 ? max_blocks : job_.shards.blocks;
    for (const JobValue& pin : pins.items) {
      const auto within = [&](std::size_t i, std::int64_t end) {
        return pin.items[i].kind == Kind::integer && pin.items[i].integer >= 0 && pin.items[i].integer < end;
      };
      if (pin.kind != Kind::list || pin.items.size() != 2 || !within(0, blocks) || !within(1, job_.shards.count)) {
        s.mistake(pin, fmt::format("[shards] pins: each is [block, shard] with block below {} and shard below count ({}), and this is {}",
                                   blocks, job_.shards.count, pin.shown()));
        continue;
      }
      const PinSpec spec{static_cast<std::uint32_t>(pin.items[0].integer), static_cast<std::uint32_t>(pin.items[1].integer)};
      if (!seen.insert(spec.block).second) s.mistake(pin, fmt::format("[shards] pins: block {} is pinned twice", spec.block));
      job_.shards.pins.push_back(spec);
    }
  }

  void read_execution() {
    JobSection s = section("execution");
    s.integer("threads", job_.execution.threads, 0, 4096);
    s.choice("backend", job_.execution.backend, {"cpu", "cuda", "auto", "rehearsal"});
    s.flag("through_bytes", job_.execution.through_bytes);
    s.finish(all_keys);
  }

  void read_checkpoint() {
    JobSection s = section("checkpoint");
    s.integer("every", job_.checkpoint.every, 0);
    s.real("every_seconds", job_.checkpoint.every_seconds, 0, 1e9);
    s.integer("keep", job_.checkpoint.keep, 1, 1000000);
    s.finish(all_keys);
  }

  void read_output() {
    JobSection s = section("output");
    if (!s.take("directory")) {
      std::error_code error;
      const auto here = std::filesystem::current_path(error);
      if (error)
        mistakes_.push_back({file_, "[output] directory is not given, and the current folder, which its default lies in, is gone"});
      job_.output.directory = (here / "runs" / job_.name).lexically_normal().string();
    }
    s.path("directory", job_.output.directory, PathUse::any);
    s.integer("observe_every", job_.output.observe_every, 1);
    s.integer("digest_every", job_.output.digest_every, 0);
    s.flag("events", job_.output.events);
    s.finish(all_keys);
  }

  void read_snapshots() {
    const JobValue* list = root_.find("snapshot");
    if (!list) return;
    if (list->kind != Kind::list) {
      mistakes_.push_back({list->key_place, "snapshots are a list of sections: write [[snapshot]], with two brackets"});
      return;
    }
    for (const JobValue& item : list->items) {
      JobSection s(&item, "[[snapshot]]", folder_, file_, mistakes_);
      SnapshotSpec spec;
      if (const JobValue* fields = s.take("fields")) read_fields(s, *fields, spec);
      else if (s.present()) s.missing("fields", "it lists what to keep, for example [\"nodes.state\"]");
      s.integer("every", spec.every, 1);
      spec.name = std::to_string(job_.output.snapshots.size() + 1);
      if (s.text("name", spec.name)) check_snapshot_name(s, spec.name);
      s.finish();
      job_.output.snapshots.push_back(std::move(spec));
    }
  }

  void read_fields(JobSection& s, const JobValue& fields, SnapshotSpec& spec) {
    const auto is_field = [](const JobValue& v) {
      const std::size_t dot = v.text.find('.');
      return v.kind == Kind::text && dot != std::string::npos && dot > 0 && dot + 1 < v.text.size();
    };
    if (fields.kind != Kind::list || fields.items.empty()) {
      return s.mistake(fields, fmt::format("{} fields must be a list with at least one \"layer.field\" or \"species.field\"", s.title()));
    }
    for (const JobValue& field : fields.items) {
      if (is_field(field)) spec.fields.push_back(field.text);
      else
        s.mistake(field, fmt::format("{} fields: each is \"layer.field\" or \"species.field\", and this is {}", s.title(), field.shown()));
    }
  }

  void check_snapshot_name(JobSection& s, const std::string& name) {
    const JobValue& value = *s.take("name");
    if (!is_job_name(name) || name.find('.') != std::string::npos) {
      s.mistake(value, fmt::format("{} name names a folder: letters, digits, '_' and '-', up to 100, not beginning with '-'", s.title()));
    }
    const auto& earlier = job_.output.snapshots;
    if (std::any_of(earlier.begin(), earlier.end(), [&](const SnapshotSpec& other) { return other.name == name; })) {
      s.mistake(value, fmt::format("{} name {} is used twice", s.title(), toml_quoted(name)));
    }
  }

  void read_cluster() {
    JobSection s = section("cluster");
    ClusterSpec& cluster = job_.cluster;
    s.choice("transport", cluster.transport, {"auto", "nng", "mpi"});
    s.text("listen", cluster.listen);
    if (s.text("http", cluster.http) && !is_http_address(cluster.http))
      s.mistake(*s.take("http"), fmt::format("[cluster] http is \"tcp://ADDRESS:PORT\" (port 0: any), \"off\" or \"\" (this machine only, "
                                             "any port), and this is {}",
                                             toml_quoted(cluster.http)));
    if (const JobValue* hosts = s.take("hosts")) {
      const bool texts = hosts->kind == Kind::list && std::all_of(hosts->items.begin(), hosts->items.end(), [](const JobValue& v) {
                           return v.kind == Kind::text && !v.text.empty();
                         });
      if (!texts) s.mistake(*hosts, "[cluster] hosts must be a list of names, for example [\"node1\", \"node2\"]");
      else
        for (const JobValue& host : hosts->items) cluster.hosts.push_back(host.text);
    }
    const JobValue* secret = s.take("secret_file");
    if (secret && !(secret->kind == Kind::text && secret->text.empty())) s.path("secret_file", cluster.secret_file, PathUse::existing_file);
    s.flag("tls", cluster.tls);
    s.choice("barrier", cluster.barrier, {"tick", "phase"});
    s.integer("heartbeat_ms", cluster.heartbeat_ms, 1, max_ms);
    s.integer("heartbeat_misses", cluster.heartbeat_misses, 1, 1000);
    s.integer("frame_timeout_ms", cluster.frame_timeout_ms, 1, max_ms);
    s.integer("stall_ms", cluster.stall_ms, 0, max_ms);
    s.integer("replace_wait_ms", cluster.replace_wait_ms, 0, max_ms);
    s.integer("restarts", cluster.restarts, 0, 1000000);
    s.finish(all_keys);
  }

  void unknown_sections() {
    for (std::size_t i = 0; i < root_.names.size(); ++i) {
      const std::string& name = root_.names[i];
      if (std::find(section_names.begin(), section_names.end(), name) != section_names.end()) continue;
      const bool is_section = root_.items[i].kind == Kind::table || root_.items[i].kind == Kind::list;
      const auto home = std::find_if(all_keys.begin(), all_keys.end(), [&](const std::string& key) { return key.ends_with("] " + name); });
      const std::string nearest = nearest_name(name, section_names);
      std::string hint = fmt::format("; the sections are: {}", fmt::join(section_names, ", "));
      if (!is_section && home != all_keys.end()) hint = fmt::format("; did you mean {}?", *home);
      else if (!nearest.empty()) hint = fmt::format("; did you mean [{}]?", nearest);
      const std::string what =
          is_section ? fmt::format("there is no section [{}]", name) : fmt::format("{} stands in no section", toml_quoted(name));
      mistakes_.push_back({root_.items[i].key_place, what + hint});
    }
  }

  const KnownModels& models_;
  JobPlace file_;
  std::string folder_;
  bool graph_may_be_gone_;
  std::vector<JobMistake> mistakes_;
  bool syntax_error_ = false;
  JobValue root_;
  const ModelInfo* model_ = nullptr;
  RunJob job_;
};

std::string message_of(const std::vector<JobMistake>& mistakes) {
  std::string result;
  for (const JobMistake& mistake : mistakes) {
    if (!result.empty()) result += '\n';
    result += mistake.place.text() + ": " + mistake.message;
  }
  return result;
}

/// In the order of the file; overrides after it.
std::vector<JobMistake> in_order(std::vector<JobMistake> mistakes) {
  const auto key = [](const JobMistake& m) { return std::tuple(m.place.line == 0, m.place.line, m.place.column); };
  std::stable_sort(mistakes.begin(), mistakes.end(), [&](const JobMistake& a, const JobMistake& b) { return key(a) < key(b); });
  return mistakes;
}

}  // namespace

std::string JobPlace::text() const { return line == 0 ? source : fmt::format("{}:{}:{}", source, line, column); }

JobErrors::JobErrors(std::vector<JobMistake> mistakes_)
    : UsageError(message_of(in_order(mistakes_))), mistakes(in_order(std::move(mistakes_))) {}

JobSource load_job_source(const std::string& path, std::vector<std::string> overrides) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) throw UsageError(path + ": is a folder, and a job file is wanted");
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (!file || !(text << file.rdbuf())) throw UsageError(path + ": there is no such job file, or it is empty or can't be read");
  std::string content = text.str();
  if (const std::string foreign = foreign_mark(content); !foreign.empty()) throw UsageError(path + ": " + foreign);
  take_mark_off(content, path);
  return {path, std::move(content), std::move(overrides)};
}

RunJob parse_job(const JobSource& source, const KnownModels& models) { return JobReader(source, models).read(); }

}  // namespace colony
