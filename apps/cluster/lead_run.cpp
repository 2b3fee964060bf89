#include "apps/cluster/lead_run.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <thread>
#include <utility>

#include "apps/cluster/member_link.hpp"
#include "apps/cluster/pages.hpp"
#include "apps/cluster/remote_members.hpp"
#include "apps/cluster/rendezvous.hpp"
#include "apps/run/run_record.hpp"
#include "apps/run/run_state.hpp"
#include "apps/shared/at_end.hpp"
#include "apps/shared/prepare.hpp"
#include "apps/shared/signals.hpp"
#include "engine/error.hpp"
#include "io/checkpoints/checkpoint_catalog.hpp"
#include "io/graphs/graph_source.hpp"
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

/// Mistakes in a new run's input are found before an earlier run is touched; where there is no earlier run, the members find them.
void check_before_touching(const LeadRunOptions& options, const PreparedJob& prepared, Storage& storage) {
  course_plan(prepared.job, *prepared.schema);
  frame_transport(prepared.job.cluster.transport, options.mpi_ranks);
  if (options.run.resume) return;
  if (!holds_run(storage)) return;
  if (!options.run.force) throw RunExistsError(prepared.job.output.directory);
  RunLock::check_free(storage);
  Executor executor(prepared.job.execution.threads);
  load_job_graph(prepared, executor);
}

/// Members fetch their last orders and hang up; one that does not within the time hears that the coordinator is gone.
void wait_for_members(const ControlServer& server) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (server.connections() != 0 && std::chrono::steady_clock::now() < deadline)
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
}

int coordinate(const LeadRunOptions& options, const PreparedJob& prepared, RunRecord& record, Storage& storage, Clock& clock,
               const LeadCompany& company) {
  std::optional<Manifest> base = manifest_to_resume(options.run, record, storage, prepared);
  record.directory().lock().require_own();  // a start whose folder was taken meanwhile must not remove another's secret
  const SocketFolder sockets;
  const std::string listen = !options.listen.empty() ? options.listen : prepared.job.cluster.listen;
  const std::string url = listen.empty() || listen == "ipc" ? "ipc://" + sockets.path() + "/control" : listen + ":0";
  const std::string own_secret = secret_path(prepared.job, storage);
  const bool given = !prepared.job.cluster.secret_file.empty();
  if (!given) storage.remove(std::vector<std::string>{secret_file_name});
  const Secret secret = given ? Secret::load(own_secret) : Secret::make(own_secret);
  storage.remove(std::vector<std::string>{certificate_file_name});
  const bool encrypts = prepared.job.cluster.tls && url.starts_with("tcp://");
  const TlsIdentity tls = encrypts ? TlsIdentity::make(storage.path_of(certificate_file_name)) : TlsIdentity();

  const std::string nonce = make_nonce();
  SessionOptions session_options;
  session_options.identity = identity_of(prepared, nonce);
  session_options.places = options.places;
  session_options.threads = static_cast<std::uint32_t>(threads_of_each(prepared.job, options.places)) * options.places;
  session_options.fixed_members = frame_transport(prepared.job.cluster.transport, options.mpi_ranks) == FrameTransport::mpi;
  session_options.replace_wait_ms = options.replaces ? prepared.job.cluster.replace_wait_ms : 0;
  session_options.housekeeping = company.look_after;
  session_options.fenced = company.fenced;
  RemoteMembers members;
  Session session(session_options, prepared, record, storage, clock, members, std::move(base));
  ControlServer server(clock, {.url = url,
                               .secret = secret,
                               .tls = tls,
                               .handlers = {
                                   .received =
                                       [&](ConnectionId from, Report&& report) {
                                         members.post(Received{from, std::move(report), clock.now_ns()});
                                       },
                                   .disconnected =
                                       [&](ConnectionId from, const std::string&) {
                                         members.post(Disconnected{from, clock.now_ns()});
                                       },
                               }});
  members.serve(server);
  const auto pages = serve_pages(prepared.job.cluster.http, {.label = {prepared.job.name, prepared.job.model, prepared.job.ticks,
                                                                       this_process().host, getpid(), session_options.fixed_members},
                                                             .secret = secret,
                                                             .run_nonce = nonce,
                                                             .view = [&session] { return session.view(); },
                                                             .post = [&members](ClusterEvent event) { members.post(std::move(event)); }});
  write_rendezvous(storage, {options.job_id, server.url(), pages_url(pages.get()), nonce, record.directory().lock().incarnation(), getpid(),
                             this_process().host, prepared.job.cluster.secret_file, encrypts});
  // From before the first member is started until the last has ended: a first signal neither leaves members behind nor cuts the end short.
  const SignalWatch signals;
  const AtEnd ended([&] {
    company.end();
    wait_for_members(server);
  });
  company.begin(prepared, record);
  return session.run();
}

}  // namespace

int threads_of_each(const Job& job, std::uint32_t processes) {
  if (job.execution.threads > 0) return job.execution.threads;
  return std::max(1, static_cast<int>(std::max(1u, std::thread::hardware_concurrency()) / processes));
}

int lead_run(const LeadRunOptions& options, const ModelRegistry& models, const LeadCompany& company) {
  SystemClock clock;
  const std::uint64_t started_ns = clock.now_ns();
  const ModelCatalogue catalogue(models);
  RunOptions run = options.run;
  run.shards = options.places;
  RunJob job = job_of(run, catalogue);
  say_model_steps(run, job, models);
  const PreparedJob prepared(std::move(job), models);
  PosixStorage storage(prepared.job.output.directory);
  check_before_touching(options, prepared, storage);

  RunRecord record(options.run, prepared, storage, started_ns);
  try {
    record.refuse_changed_job(catalogue);
    record.begin_set_up({});
    record.hash_inputs();
    const bool resumed = record.directory().earlier_job().has_value();
    record.set_up_step(
        fmt::format("{}, on each of {} processes", resumed ? "reading the run's graph" : graph_step(prepared.graph), options.places));
    return coordinate(options, prepared, record, storage, clock, company);
  } catch (const Error&) {
    record.withdraw_set_up();
    record.directory().lock().release();
    throw;
  }
}

}  // namespace colony
