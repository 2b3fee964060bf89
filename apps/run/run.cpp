#include "apps/run/run.hpp"

#include <fmt/format.h>

#include <optional>
#include <span>
#include <utility>

#include "apps/run/own_member.hpp"
#include "apps/run/profile_report.hpp"
#include "apps/run/run_record.hpp"
#include "apps/run/run_state.hpp"
#include "apps/run/session.hpp"
#include "apps/shared/prepare.hpp"
#include "apps/shared/signals.hpp"
#include "apps/shared/standard_streams.hpp"
#include "engine/error.hpp"
#include "io/checkpoints/snapshot_series.hpp"
#include "io/graphs/graph_source.hpp"

namespace colony {
namespace {

/// Mistakes in a new run's input are found before an earlier run is touched.
std::optional<Graph> load_before_touching(const RunOptions& options, const PreparedJob& prepared, Storage& storage, Executor& executor) {
  course_plan(prepared.job, *prepared.schema);
  if (options.resume || !holds_run(storage)) return std::nullopt;
  if (!options.force) throw RunExistsError(prepared.job.output.directory);
  RunLock::check_free(storage);
  if (options.progress != "never") say("set-up: {}\n", graph_step(prepared.graph));
  return load_job_graph(prepared, executor);
}

/// One run in one process, from its folder to its last line. Members in the order in which they come to life.
class Run {
 public:
  Run(const RunOptions& options, const ModelRegistry& models, RunJob job)
      : options_(options),
        prepared_(std::move(job), models, Computes::yes),
        executor_(prepared_.job.execution.threads),
        storage_(prepared_.job.output.directory),
        graph_(load_before_touching(options, prepared_, storage_, executor_)),
        record_(options, prepared_, storage_, started_ns_),
        profile_(clock_) {}

  int execute(const ModelCatalogue& catalogue);

 private:
  const RunJob& job() const { return prepared_.job; }
  Log& log() { return record_.log(); }
  std::uint32_t threads() { return static_cast<std::uint32_t>(executor_.threads()); }

  void prepare(const ModelCatalogue& catalogue);
  RunFacts facts();
  MemberParts parts();
  Graph graph_of(const BeginOrder& order);
  void began();

  const RunOptions& options_;
  SystemClock clock_;
  std::uint64_t started_ns_ = clock_.now_ns();
  PreparedJob prepared_;
  Executor executor_;
  PosixStorage storage_;
  std::optional<Graph> graph_;  ///< the job's, until the shards have it
  RunRecord record_;
  Profile profile_;
  NoLink link_;
  std::optional<OwnMember> member_;
  std::optional<Session> session_;
  std::optional<Tick> resumed_at_;
  std::optional<SignalWatch> signals_;  ///< from the first tick until the end is written down: a first signal does not cut that short
};

int Run::execute(const ModelCatalogue& catalogue) {
  try {
    prepare(catalogue);
  } catch (const Error& error) {
    record_.fail(facts(), error);
    throw;
  }
  const int status = executor_.run([&] { return session_->run(); });
  if (options_.profile) print_profile(profile_, record_.directory().path_of("profile.json"));
  return status;
}

/// What is known before the state is there.
RunFacts Run::facts() {
  RunFacts facts;
  facts.shards = job().shards.count;
  facts.threads = threads();
  return facts;
}

void Run::prepare(const ModelCatalogue& catalogue) {
  record_.refuse_changed_job(catalogue);
  record_.begin_set_up(facts());
  record_.hash_inputs();
  for (const std::string& line : prepared_.where_it_runs()) log().write(LogLevel::info, "backend", line);
  std::optional<Manifest> from = manifest_to_resume(options_, record_, storage_, prepared_);
  if (from) resumed_at_ = from->stamp.tick;
  SessionOptions session;
  session.shards_each = job().shards.count;
  session.one_process = true;
  session.threads = threads();
  session.fixed_members = true;
  session.began = [this] { began(); };
  session.profile = options_.profile ? &profile_ : nullptr;
  member_.emplace(parts(), session.identity);
  session_.emplace(session, prepared_, record_, storage_, clock_, *member_, std::move(from));
}

MemberParts Run::parts() {
  return {.schema = *prepared_.schema,
          .model = *prepared_.model,
          .schema_hash = schema_number(*prepared_.schema),
          .executor = executor_,
          .storage = storage_,
          .clock = clock_,
          .link = link_,
          .frame_timeout_ns = 0,
          .graph = [this](const BeginOrder& order) { return graph_of(order); },
          .snapshot =
              [this](std::span<const ShardImage> images, std::uint32_t series) {
                return merge_images(images, snapshot_columns(job().output.snapshots.at(series), *prepared_.schema));
              },
          .set_up_step = [this](const std::string& what) { record_.set_up_step(what); },
          .profile = options_.profile ? &profile_ : nullptr};
}

Graph Run::graph_of(const BeginOrder& order) {
  if (order.checkpoint) {
    record_.set_up_step("reading the graph that the run keeps");
    graph_ = graph_of_run(storage_, order.static_hash, prepared_, executor_);
  } else if (!graph_) {
    record_.set_up_step(graph_step(prepared_.graph));
    graph_ = load_job_graph(prepared_, executor_);
  }
  if (graph_->merged_edges != 0 || graph_->dropped_loops != 0)
    log().write(LogLevel::info, "graph",
                fmt::format("graph: {} parallel edges merged, {} self loops dropped", graph_->merged_edges, graph_->dropped_loops));
  if (graph_->dropped_weights)
    log().write(LogLevel::info, "graph", "graph: the weights in its file are dropped, as [graph] weight = false says");
  return *std::exchange(graph_, std::nullopt);
}

/// The state is there, and the ticks begin.
void Run::began() {
  if (resumed_at_)
    log().write(LogLevel::info, "resume", fmt::format("resuming {} at tick {}", record_.directory().path(), resumed_at_->value),
                {{"tick", resumed_at_->value}});
  const Host& host = *member_->host();
  log().write(LogLevel::info, "start",
              fmt::format("{}: {} nodes, {} edges, {} agents on {} shards ({} blocks), {} threads; set up in {:.2f} s", job().name,
                          host.node_count(), host.edge_count(), host.agent_count(), job().shards.count, host.block_count(), threads(),
                          static_cast<double>(clock_.now_ns() - started_ns_) * 1e-9));
  log().flush();  // `colony status` learns from it that the set-up is over
  signals_.emplace();
}

}  // namespace

int run_command(const RunOptions& options, const ModelRegistry& models) {
  const ModelCatalogue catalogue(models);
  RunJob job = job_of(options, catalogue);
  say_model_steps(options, job, models);
  Run run(options, models, std::move(job));
  return run.execute(catalogue);
}

}  // namespace colony
