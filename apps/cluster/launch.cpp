#include "apps/cluster/launch.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <sstream>
#include <thread>

#include "apps/cluster/lead_run.hpp"
#include "apps/cluster/processes.hpp"
#include "apps/cluster/rendezvous.hpp"
#include "apps/run/run_record.hpp"
#include "apps/shared/prepare.hpp"
#include "engine/error.hpp"
#include "engine/text_mark.hpp"

namespace colony {
namespace {

/// What members that were told to end may take for it.
constexpr std::chrono::milliseconds patience{10'000};

/// A number of 1 .. 4096.
bool parse_count(const std::string& digits, std::uint64_t& count) {
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), count);
  return parsed.ec == std::errc{} && parsed.ptr == digits.data() + digits.size() && count >= 1 && count <= 4096;
}

std::vector<std::string> words_of(const std::string& text) {
  std::istringstream stream(text);
  return {std::istream_iterator<std::string>(stream), {}};
}

/// The host of each place, from lines "HOST" or "HOST slots=N", filled in order. where: of the lines, for messages. Throws UsageError.
std::vector<std::string> hosts_of(const std::vector<std::string>& lines, std::uint32_t places, const std::string& where) {
  std::vector<std::string> hosts;
  for (std::size_t number = 0; number < lines.size(); ++number) {
    const std::vector<std::string> words = words_of(lines[number].substr(0, lines[number].find('#')));
    if (words.empty()) continue;
    std::uint64_t slots = 1;
    const bool good = words.size() == 1 || (words.size() == 2 && words[1].starts_with("slots=") && parse_count(words[1].substr(6), slots));
    if (!good) throw UsageError(fmt::format("{}:{}: \"{}\" is not HOST or HOST slots=N", where, number + 1, lines[number]));
    for (std::uint64_t i = 0; i < slots && hosts.size() < places; ++i) hosts.push_back(words[0]);
  }
  if (hosts.size() < places)
    throw UsageError(fmt::format("{} has {} slots, and -n asks for {} processes; add hosts or slots", where, hosts.size(), places));
  return hosts;
}

std::vector<std::string> lines_of(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw UsageError(path + ": can't be read; it should have a line \"HOST slots=N\" for each host");
  std::string text{std::istreambuf_iterator<char>(file), {}};
  if (const std::string foreign = foreign_mark(text); !foreign.empty()) throw UsageError(path + ": " + foreign);
  take_mark_off(text, path);
  std::istringstream rest(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(rest, line);) lines.push_back(line);
  return lines;
}

std::uint32_t most_on_one(const std::vector<std::string>& hosts) {
  std::map<std::string, std::uint32_t> counts;
  std::uint32_t most = 1;
  for (const std::string& host : hosts) most = std::max(most, ++counts[host]);
  return most;
}

/// The processes of the run's places: started, and started again when they die.
class Crew {
 public:
  /// hosts: [places], or none for this machine.
  Crew(std::vector<std::string> command, std::vector<std::string> hosts, const LaunchOptions& options, std::uint32_t restarts,
       RunRecord& record)
      : command_(std::move(command)), hosts_(std::move(hosts)), ssh_(words_of(options.ssh)), restarts_(restarts), record_(record) {
    for (std::uint32_t place = 0; place < options.processes; ++place) posts_.push_back({place, start(place, 0), 0});
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

  /// A fenced process that hangs would keep its place from the next one. pid: what the process called itself; one that was started through
  /// ssh, or was started again since, is another.
  void put_down(std::uint32_t place, std::int64_t pid) {
    for (Post& post : posts_)
      if (post.place == place && post.process && post.process->pid() == pid) post.process->signal(SIGKILL);
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
    if (!hosts_.empty()) {
      std::vector<std::string> remote = ssh_;
      remote.push_back(hosts_[place]);
      for (const std::string& word : argv) remote.push_back(quoted(word));  // ssh gives them to a shell
      argv = std::move(remote);
    }
    std::vector<std::string> environment = environment_without({"COLONY_FAIL_POINT", "COLONY_MEMBER_FAIL_POINT"});
    const char* fail = std::getenv("COLONY_MEMBER_FAIL_POINT");
    const std::string mark = std::to_string(place) + ":";
    if (fail != nullptr && restarts == 0 && std::string_view(fail).starts_with(mark))
      environment.push_back("COLONY_FAIL_POINT=" + std::string(fail).substr(mark.size()));
    return std::make_unique<ChildProcess>(argv, environment);
  }

  std::vector<std::string> command_;
  std::vector<std::string> hosts_;
  std::vector<std::string> ssh_;
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

/// [places], from --hosts or the job's [cluster] hosts; none: this machine.
std::vector<std::string> places_on_hosts(const LaunchOptions& options, const ModelRegistry& models) {
  if (!options.hosts.empty()) return hosts_of(lines_of(options.hosts), options.processes, options.hosts);
  const ModelCatalogue catalogue(models);
  const std::vector<std::string> hosts = job_of(options.run, catalogue).cluster.hosts;
  return hosts.empty() ? hosts : hosts_of(hosts, options.processes, options.run.config + ": [cluster] hosts");
}

}  // namespace

int launch_command(const LaunchOptions& options, const ModelRegistry& models) {
  if (options.run.shards) throw UsageError("launch gives every process one shard: -n says how many, in place of --shards");
  LeadRunOptions lead;
  lead.run = options.run;
  lead.places = options.processes;
  lead.replaces = true;
  const std::vector<std::string> hosts = places_on_hosts(options, models);
  lead.listen = !options.run.listen.empty() || hosts.empty() ? options.run.listen : "tcp://" + own_host_address();
  std::unique_ptr<Crew> crew;
  LeadCompany company;
  company.begin = [&](const PreparedJob& prepared, RunRecord& record) {
    const std::uint32_t sharing = hosts.empty() ? options.processes : most_on_one(hosts);
    crew = std::make_unique<Crew>(member_command(options, threads_of_each(prepared.job, sharing)), hosts, options,
                                  prepared.job.cluster.restarts, record);
  };
  company.look_after = [&] { crew->look_after(); };
  company.fenced = [&](ShardId place, std::int64_t pid) { crew->put_down(place.value, pid); };
  company.end = [&] {
    if (crew) crew->wait_for_end();
  };
  return lead_run(lead, models, company);
}

}  // namespace colony
