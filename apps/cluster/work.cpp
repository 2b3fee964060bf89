#include "apps/cluster/work.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <csignal>
#include <memory>
#include <mutex>

#include "apps/cluster/member_link.hpp"
#include "apps/cluster/member_log.hpp"
#include "apps/cluster/rendezvous.hpp"
#include "apps/run/run_state.hpp"
#include "apps/shared/at_end.hpp"
#include "apps/shared/prepare.hpp"
#include "apps/shared/standard_streams.hpp"
#include "engine/error.hpp"
#include "io/checkpoints/checkpoint_catalog.hpp"
#include "io/checkpoints/snapshot_series.hpp"
#include "io/graphs/graph_source.hpp"
#include "shard/links/nng_link.hpp"
#include "shard/member.hpp"
#include "shard/wire/control_client.hpp"

namespace colony {
namespace {

constexpr std::uint64_t last_words_ns = 2'000'000'000;

volatile std::sig_atomic_t leave_asked = 0;

extern "C" void ask_to_leave(int) { leave_asked = 1; }

/// A terminal's Ctrl-C reaches every process: what becomes of the run is the coordinator's to say. SIGUSR1 and SIGTERM, the warnings that
/// this machine is about to go, ask to leave.
void watch_signals(bool by_hand) {
  struct sigaction action {};
  action.sa_handler = ask_to_leave;
  sigemptyset(&action.sa_mask);
  sigaction(SIGUSR1, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  if (by_hand) sigaction(SIGINT, &action, nullptr);
  else std::signal(SIGINT, SIG_IGN);
}

/// A run that was stopped has ended as it should.
bool is_failure(int status) {
  return status != 0 && status != static_cast<int>(ExitStatus::interrupted) && status != static_cast<int>(ExitStatus::terminated);
}

class Work {
 public:
  Work(const WorkOptions& options, const ModelRegistry& models, const ModelCatalogue& catalogue)
      : options_(options),
        prepared_(job_of_run(options, catalogue), models, Computes::yes),
        transport_(frame_transport(prepared_.job.cluster.transport, options.mpi_rank)),
        executor_(prepared_.job.execution.threads),
        storage_(prepared_.job.output.directory),
        rendezvous_(await_rendezvous(storage_, options.job_id, options.find_timeout_ms)),
        secret_(Secret::load(secret_path(prepared_.job, storage_))),
        tls_(rendezvous_.tls ? TlsIdentity::load(storage_.path_of(certificate_file_name)) : TlsIdentity()),
        log_(storage_, clock_) {}

  int run();

 private:
  static RunJob job_of_run(const WorkOptions& options, const ModelCatalogue& catalogue) {
    RunOptions run = options.run;
    run.shards = options.places;
    run.resume = true;  // what the coordinator goes on with, its members do
    return job_of(run, catalogue);
  }
  const RunJob& job() const { return prepared_.job; }
  std::string bulk_address(const ControlClient& client) const;
  MemberParts parts();
  FrameLink::RefusalLog refusals() {
    return [this](std::string_view sender, std::string_view why) { log_.refused(sender, why); };
  }
  int take_part();
  Graph graph_of(const BeginOrder& order);
  int drive(Member& member, ControlClient& client);
  void note_place(const Member& member, const BeatReport& place);
  int say_how_it_ended(const FinishOrder& finish);

  const WorkOptions& options_;
  SystemClock clock_;
  PreparedJob prepared_;
  FrameTransport transport_;
  Executor executor_;
  PosixStorage storage_;
  Rendezvous rendezvous_;
  Secret secret_;
  TlsIdentity tls_;
  MemberLog log_;
  std::unique_ptr<FrameLink> link_;
  std::uint64_t noted_epoch_ = 0;
  bool joined_ = false;
};

/// Peers reach this process as the coordinator does: by a file of the same host, or at the address that this host has on the way there.
std::string Work::bulk_address(const ControlClient& client) const {
  if (rendezvous_.url.starts_with("ipc://"))
    return rendezvous_.url.substr(0, rendezvous_.url.rfind('/')) + fmt::format("/bulk-{}", getpid());
  return "tcp://" + client.host_in_use() + ":0";
}

Graph Work::graph_of(const BeginOrder& order) {
  return executor_.run([&] {
    return order.checkpoint ? graph_of_run(storage_, order.static_hash, prepared_, executor_)
                            : load_graph(prepared_.graph, job().seed, executor_);
  });
}

MemberParts Work::parts() {
  return {*prepared_.schema,
          *prepared_.model,
          schema_number(*prepared_.schema),
          executor_,
          storage_,
          clock_,
          *link_,
          std::uint64_t{job().cluster.frame_timeout_ms} * 1'000'000,
          [this](const BeginOrder& order) { return graph_of(order); },
          [this](std::span<const ShardImage> images, std::uint32_t series) {
            return merge_images(images, snapshot_columns(job().output.snapshots.at(series), *prepared_.schema));
          }};
}

int Work::run() {
  if (!options_.leads) watch_signals(options_.by_hand);
  try {
    // Starting MPI takes a while: before anything is begun that has to be kept up.
    if (transport_ == FrameTransport::mpi) link_ = make_mpi_link(clock_, refusals());
    return take_part();
  } catch (const Error& error) {
    if (link_) link_->give_up();
    log_.write(LogLevel::error, "failed", error.what());
    throw;
  }
}

int Work::take_part() {
  std::mutex wakes_mutex;  // held while one is woken: who is gone is not
  WireTransport* waiting = nullptr;
  ControlClient client(clock_, {.url = rendezvous_.url,
                                .secret = secret_,
                                .tls = tls_,
                                .heartbeat_ns = std::uint64_t{job().cluster.heartbeat_ms} * 1'000'000,
                                .heartbeat_misses = job().cluster.heartbeat_misses,
                                .connect_timeout_ns = options_.find_timeout_ms * 1'000'000,
                                .wake = [&] {
                                  const std::lock_guard lock(wakes_mutex);
                                  if (waiting != nullptr) waiting->wake();
                                }});
  if (!link_)
    link_ = std::make_unique<NngLink>(
        clock_, NngOptions{.listen = bulk_address(client), .advertised_host = "", .run_nonce = rendezvous_.nonce, .tls = tls_}, secret_,
        refusals());
  Member member(parts(), CheckpointWriter::Runs::behind);
  link_->start([&](Frame&& frame) { member.deliver(std::move(frame)); });
  const auto wake_by = [&](WireTransport* transport) {
    const std::lock_guard lock(wakes_mutex);
    waiting = transport;
  };
  wake_by(&member.transport());
  bool ended_well = false;
  const AtEnd quiet([&] {
    wake_by(nullptr);
    if (!ended_well) link_->give_up();
    link_->stop();
  });
  JoinReport join = identity_of(prepared_, rendezvous_.nonce);
  if (options_.place) join.wanted = ShardId(*options_.place);
  join.bulk_url = link_->url();
  join.threads = static_cast<std::uint32_t>(executor_.threads());
  client.send(join);
  const int status = drive(member, client);
  client.flush(last_words_ns);
  ended_well = !is_failure(status);
  return status;
}

int Work::drive(Member& member, ControlClient& client) {
  bool asked = false;
  std::uint64_t seen = 0;
  while (!member.finish()) {
    while (auto order = client.poll()) member.take(std::move(*order));
    const bool moved = member.advance();
    for (const Report& report : member.reports()) {
      log_.note(report);
      client.send(report);
    }
    const BeatReport place = member.place();
    note_place(member, place);
    client.set_place(place.epoch, place.tick, place.phase);
    if (leave_asked != 0 && !std::exchange(asked, true)) {
      log_.write(LogLevel::info, "leave", "a signal asks this member to leave");
      client.send(LeaveReport{});
    }
    if (client.lost() && !member.finish()) {
      const auto committed = list_committed(storage_);
      throw ClusterError(fmt::format("the coordinator at {} is gone ({}); {}; go on with:\n  {}", rendezvous_.url, client.lost_reason(),
                                     committed.empty() ? "no checkpoint was committed"
                                                       : fmt::format("the checkpoint of tick {} is kept", committed.front().tick.value),
                                     resume_command(options_.run)));
    }
    if (moved) continue;
    member.ask_for_overdue();
    seen = member.transport().wait(seen, member.writing() ? 1'000'000 : 50'000'000);
  }
  return say_how_it_ended(*member.finish());
}

void Work::note_place(const Member& member, const BeatReport& place) {
  if (!joined_ && member.shard()) {
    joined_ = true;
    log_.open(*member.shard());
    log_.write(
        LogLevel::info, "joined", fmt::format("process {} has shard {}", getpid(), member.shard()->value),
        {{"host", this_process().host}, {"pid", std::int64_t{getpid()}}, {"threads", executor_.threads()}, {"frames", link_->url()}});
    for (const std::string& line : prepared_.where_it_runs()) log_.write(LogLevel::info, "backend", line);
  }
  if (place.epoch == noted_epoch_) return;
  noted_epoch_ = place.epoch;
  log_.write(LogLevel::info, "epoch", fmt::format("epoch {} begins", place.epoch), {{"epoch", place.epoch}});
}

int Work::say_how_it_ended(const FinishOrder& finish) {
  log_.write(finish.status == 0 ? LogLevel::info : LogLevel::warning, "finish", finish.reason, {{"status", int{finish.status}}});
  if (finish.status != 0 && !finish.reason.empty()) say("colony: member {}: {}\n", getpid(), finish.reason);
  return finish.status;
}

}  // namespace

int work_command(const WorkOptions& options, const ModelRegistry& models) {
  const ModelCatalogue catalogue(models);
  Work work(options, models, catalogue);
  return work.run();
}

}  // namespace colony
