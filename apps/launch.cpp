#include "apps/launch.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <thread>

#include "apps/lead.hpp"
#include "apps/prepare.hpp"
#include "apps/processes.hpp"
#include "apps/rendezvous.hpp"
#include "apps/run_record.hpp"
#include "apps/run_state.hpp"
#include "engine/error.hpp"
#include "io/checkpoint_catalog.hpp"
#include "io/graph_source.hpp"
#include "shard/host.hpp"

namespace colony {
namespace {

/// A folder for sockets, whose paths must be short. Gone with the object.
class SocketFolder {
 public:
  SocketFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "colony-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) throw ClusterError("no folder for sockets can be made in " + pattern);
    path_ = pattern;
  }
  SocketFolder(const SocketFolder&) = delete;
  SocketFolder& operator=(const SocketFolder&) = delete;
  ~SocketFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// The processes of the run's places: started, and started again when they die.
class Crew {
 public:
  Crew(std::vector<std::string> command, std::uint32_t places, std::uint32_t restarts, RunRecord& record)
      : command_(std::move(command)), restarts_(restarts), record_(record) {
    for (std::uint32_t place = 0; place < places; ++place) posts_.push_back({place, start(place, 0), 0});
  }

  /// Starts again what died by itself; one that ended in order or was refused stays away.
  void look_after() {
    for (Post& post : posts_) {
      if (!post.process) continue;
      const auto end = post.process->ended();
      if (!end) continue;
      const bool may_come_back = end->by_signal || end->code == static_cast<int>(ExitStatus::cluster) || end->code == 1;
      const bool again = may_come_back && post.restarts < restarts_;
      if (end->by_signal || end->code != 0)
        record_.warn("member-ended",
                     fmt::format("the process of place {} {}{}", post.place, end->text(),
                                 again           ? "; it is started again"
                                 : may_come_back ? fmt::format("; it was started again {} times and is no more", post.restarts)
                                                 : ""));
      post.process.reset();
      if (!again) continue;
      ++post.restarts;
      post.process = start(post.place, post.restarts);
    }
  }

  bool all_ended() {
    return std::all_of(posts_.begin(), posts_.end(), [](Post& post) { return !post.process || post.process->ended(); });
  }

  /// Gives the processes some time to end by themselves; what is left then is killed with the crew.
  void wait_for_end(std::chrono::milliseconds patience) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (!all_ended() && std::chrono::steady_clock::now() < deadline) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }

 private:
  struct Post {
    std::uint32_t place;
    std::unique_ptr<ChildProcess> process;
    std::uint32_t restarts;
  };

  /// Fail points are for one process: COLONY_FAIL_POINT for the launcher, COLONY_MEMBER_FAIL_POINT = "place:name:n" for the first process
  /// of a place.
  std::unique_ptr<ChildProcess> start(std::uint32_t place, std::uint32_t restarts) const {
    std::vector<std::string> argv = command_;
    argv.insert(argv.end(), {"--place", std::to_string(place)});
    std::vector<std::string> environment = environment_without({"COLONY_FAIL_POINT", "COLONY_MEMBER_FAIL_POINT"});
    const char* fail = std::getenv("COLONY_MEMBER_FAIL_POINT");
    const std::string mark = std::to_string(place) + ":";
    if (fail != nullptr && restarts == 0 && std::string_view(fail).starts_with(mark))
      environment.push_back("COLONY_FAIL_POINT=" + std::string(fail).substr(mark.size()));
    return std::make_unique<ChildProcess>(argv, environment);
  }

  std::vector<std::string> command_;
  std::uint32_t restarts_;
  RunRecord& record_;
  std::vector<Post> posts_;
};

std::string own_program() { return std::filesystem::read_symlink("/proc/self/exe").string(); }

/// The command line of a member: what makes the job is passed on as it was given.
std::vector<std::string> member_command(const LaunchOptions& options, int threads) {
  const RunOptions& run = options.run;
  std::vector<std::string> argv{own_program(), "member", "--config", run.config, "--places", std::to_string(options.processes)};
  const auto add = [&](const std::string& name, const std::string& value) {
    argv.push_back(name);
    argv.push_back(value);
  };
  if (run.ticks) add("--ticks", std::to_string(*run.ticks));
  if (run.seed) add("--seed", std::to_string(*run.seed));
  if (!run.out.empty()) add("--out", run.out);
  for (const std::string& set : run.sets) add("--set", set);
  add("--threads", std::to_string(threads));
  return argv;
}

std::optional<Manifest> manifest_to_resume(const RunOptions& options, RunRecord& record, Storage& storage, const PreparedJob& prepared) {
  if (!options.resume || !record.directory().earlier_job()) return std::nullopt;
  RecoveryOptions recovery;
  recovery.fallback = options.fallback;
  if (options.from_tick) recovery.tick = Tick(*options.from_tick);
  recovery.warn = [&](const std::string& message) { record.warn("checkpoint-passed-over", message); };
  const auto checkpoint = latest_run_checkpoint(storage, prepared.job, *prepared.schema, recovery);
  if (checkpoint) return checkpoint->manifest;
  record.log().write(LogLevel::info, "restart", "no checkpoint was committed: the run starts again from tick 0");
  return std::nullopt;
}

/// Whatever can be wrong with a new run's input is found before an earlier run is touched; where there is none, the members find it.
void check_before_touching(const RunOptions& options, const PreparedJob& prepared, Storage& storage) {
  course_plan(prepared.job, *prepared.schema);
  if (options.resume) return;
  if (!holds_run(storage)) return;
  if (!options.force) throw RunExistsError(prepared.job.output.directory);
  Executor executor(prepared.job.execution.threads);
  const Graph graph = executor.run([&] { return load_graph(prepared.job.graph, prepared.job.seed, executor); });
  check_fit(*prepared.schema, graph);
  prepared.model->check(graph);
}

}  // namespace

int launch_command(const LaunchOptions& options, const ModelRegistry& models) {
  if (options.run.shards) throw UsageError("launch gives every process one shard: -n says how many, in place of --shards");
  SystemClock clock;
  const std::uint64_t started_ns = clock.now_ns();
  const ModelCatalogue catalogue(models);
  Job job = job_of(options.run, catalogue);
  job.shards.count = options.processes;
  const PreparedJob prepared(std::move(job), models);
  PosixStorage storage(prepared.job.output.directory);
  check_before_touching(options.run, prepared, storage);

  RunRecord record(options.run, prepared, storage, started_ns);
  try {
    record.refuse_changed_job(catalogue);
    record.hash_inputs();
    const int cores = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
    const int given = prepared.job.execution.threads;
    const int threads = given > 0 ? given : std::max(1, cores / static_cast<int>(options.processes));

    const SocketFolder sockets;
    const std::string listen = !options.listen.empty() ? options.listen : prepared.job.cluster.listen;
    const std::string url = listen.empty() || listen == "ipc" ? "ipc://" + sockets.path() + "/control" : listen + ":0";
    storage.remove(std::vector<std::string>{secret_file_name});
    const Secret secret = Secret::make(storage.path_of(secret_file_name));

    std::unique_ptr<Crew> crew;
    LeadOptions lead_options;
    lead_options.places = options.processes;
    lead_options.threads = static_cast<std::uint32_t>(threads) * options.processes;
    lead_options.replace_wait_ms = prepared.job.cluster.replace_wait_ms;
    lead_options.nonce = make_nonce();
    lead_options.housekeeping = [&] { crew->look_after(); };
    Lead lead(lead_options, prepared, record, storage, clock, manifest_to_resume(options.run, record, storage, prepared));
    ControlServer server({.url = url,
                          .secret = secret,
                          .handlers = {
                              .received =
                                  [&](ConnectionId from, Report&& report) {
                                    lead.post(Received{from, std::move(report), clock.now_ns()});
                                  },
                              .disconnected =
                                  [&](ConnectionId from, const std::string&) {
                                    lead.post(Disconnected{from, clock.now_ns()});
                                  },
                          }});
    lead.serve(server);
    write_rendezvous(
        storage, {"local", server.url(), "", lead_options.nonce, record.directory().lock().incarnation(), getpid(), this_process().host});
    std::vector<std::string> command = member_command(options, threads);
    if (!listen.empty() && listen != "ipc") command.insert(command.end(), {"--listen", listen});
    crew = std::make_unique<Crew>(command, options.processes, prepared.job.cluster.restarts, record);
    const int status = lead.run();
    crew->wait_for_end(std::chrono::seconds(10));
    return status;
  } catch (const Error& error) {
    if (record.directory().lock().still_own()) record.directory().lock().release();
    throw;
  }
}

}  // namespace colony
