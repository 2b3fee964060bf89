#include "apps/launch.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <thread>

#include "apps/lead_run.hpp"
#include "apps/prepare.hpp"
#include "apps/processes.hpp"
#include "apps/run_record.hpp"
#include "engine/error.hpp"

namespace colony {
namespace {

/// What members that were told to end may take for it.
constexpr std::chrono::milliseconds patience{10'000};

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
  void wait_for_end() {
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

}  // namespace

int launch_command(const LaunchOptions& options, const ModelRegistry& models) {
  if (options.run.shards) throw UsageError("launch gives every process one shard: -n says how many, in place of --shards");
  LeadRunOptions lead;
  lead.run = options.run;
  lead.places = options.processes;
  lead.listen = options.run.listen;
  std::unique_ptr<Crew> crew;
  LeadCompany company;
  company.begin = [&](const PreparedJob& prepared, RunRecord& record) {
    std::vector<std::string> command = member_command(options, threads_of_each(prepared.job, options.processes));
    const std::string& listen = !options.run.listen.empty() ? options.run.listen : prepared.job.cluster.listen;
    if (!listen.empty() && listen != "ipc") command.insert(command.end(), {"--listen", listen});
    crew = std::make_unique<Crew>(command, options.processes, prepared.job.cluster.restarts, record);
  };
  company.look_after = [&] { crew->look_after(); };
  company.end = [&] {
    if (crew) crew->wait_for_end();
  };
  return lead_run(lead, models, company);
}

}  // namespace colony
