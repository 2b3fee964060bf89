#include "tests/sim/world.hpp"

#include <algorithm>
#include <utility>

#include "tests/sim/world_parts.hpp"

namespace colony::sim {
namespace {

/// How long after the healing an end may still come of what was before: silences that are noticed, places that are waited for.
constexpr std::uint64_t grace_ns = 1500 * ms;
/// How long a healed world may take to finish its run.
constexpr std::uint64_t patience_ns = 8 * second;
/// How long processes may outlive the run.
constexpr std::uint64_t orphan_ns = 3 * second;

}  // namespace

World::World(const Options& options, Trace::Shows shows, const std::string& folder)
    : scene_(options, shows, folder), storage_(folder), heal_ns_(scene_.now() + options.heal_ns) {
  storage_.make_folder("");
}

World::~World() = default;

Outcome run_world(const Options& options, Trace::Shows shows, const std::string& folder) { return World(options, shows, folder).run(); }

Outcome World::run() {
  plan_faults();
  scene_.timeline.at(heal_ns_, [this] { heal(); });
  begin_life();
  while (scene_.violation.empty() && scene_.timeline.step()) {
    ++scene_.tally.events;
    const auto alive = [](const auto& process) { return process->alive(); };
    if (done_ && std::none_of(processes_.begin(), processes_.end(), alive)) break;
    if (done_ && scene_.now() > done_ns_ + orphan_ns) scene_.violate("a process outlives the run");
    if (!done_ && scene_.now() > heal_ns_ + patience_ns) scene_.violate(stuck());
  }
  if (scene_.violation.empty() && !done_) scene_.violate("nothing happens any more, and the run is not done");
  if (scene_.violation.empty()) check_end();
  scene_.tally.simulated_ns = scene_.now() - second;
  scene_.tally.lives = lives_.size();
  scene_.tally.processes = processes_.size();
  return {scene_.violation, scene_.trace.hash(), scene_.trace.count(), scene_.trace.tail(), scene_.tally};
}

std::string World::stuck() const {
  const Cluster& cluster = lives_.back()->lead->cluster();
  std::string text = fmt::format("the run is stuck at tick {} in epoch {}:", cluster.tick().value, cluster.epoch());
  for (const MemberView& member : cluster.members())
    text += fmt::format(" member {} {} at tick {} phase {};", member.shard.value, member.state, member.tick.value, member.phase);
  return text;
}

/// All faults stop; a process that hangs wakes, or does so later.
void World::heal() {
  if (std::exchange(scene_.healed, true)) return;
  scene_.trace.note("all is well from now on");
  scene_.weather.clear();
  waiting_faults_.clear();
  for (const auto& connection : connections_) {
    connection->to_lead.pump();
    connection->to_member.pump();
  }
}

// ---- Lives ----

void World::begin_life() {
  const std::optional<Manifest> from = manifest_to_resume();
  if (!scene_.violation.empty()) return;
  LockHolder self{"sim", static_cast<std::int64_t>(lives_.size()) + 1, 0, "", "", 0};
  RunLock lock = RunLock::acquire(storage_, {Takeover::by_force, self, [](const LockHolder&) { return colony::Life::unknown; }});
  lives_.push_back(std::make_unique<Life>(lives_.empty() ? RunFiles(scene_) : RunFiles(lives_.back()->files), std::move(lock)));
  Life& life = *lives_.back();
  scene_.trace.note("incarnation {} begins from tick {}", life.incarnation, from ? static_cast<std::int64_t>(from->stamp.tick.value) : -1);
  Lead::Hooks hooks;
  hooks.to_member = [this](ConnectionId id, ToMember&& message) { connections_[id.value]->to_member.put(std::move(message)); };
  hooks.ticks_begin = [this, &life](std::uint64_t epoch) { check_all_owned(life, epoch); };
  hooks.committed = [this](const Manifest& manifest) { check_commit(manifest); };
  hooks.finished = [this, &life](const ClusterFinish& finish) { life_finished(life, finish); };
  hooks.moved = [this] { tick_reached(); };
  hooks.woken = [this, &life] {
    for (const auto& connection : connections_)
      if (&connection->life == &life) connection->to_lead.pump();
  };
  life.lead = std::make_unique<Lead>(scene_, life.files, life.lock, from, std::move(hooks));
  for (std::uint32_t place = 0; place < scene_.options.places; ++place)
    scene_.timeline.after(scene_.dice.below(4 * ms), [this, &life, place] { start_process(life, place, place); });
}

/// The coordinator's process is gone, in any way: its connections close, and after a while the run is started again.
void World::end_life(Life& life) {
  for (const auto& connection : connections_)
    if (&connection->life == &life) connection->to_member.put(Closed{});
  if (!done_ && !life.usurped) scene_.timeline.after(scene_.dice.between(ms, 60 * ms), [this] { begin_life(); });
}

/// The run is started again by force while its coordinator lives, perhaps asleep.
void World::usurp() {
  Life& life = *lives_.back();
  scene_.trace.note("incarnation {} loses the folder", life.incarnation);
  life.usurped = true;
  begin_life();
}

void World::life_finished(Life& life, const ClusterFinish& finish) {
  if (life.usurped) return end_life(life);
  if (finish.exit_status == 0 && finish.checkpointed) {
    const Cluster& cluster = life.lead->cluster();
    if (cluster.tick().value != scene_.options.ticks || !cluster.digest() ||
        *cluster.digest() != scene_.reference.digests[scene_.options.ticks])
      scene_.violate(fmt::format("the run is done at tick {} with the digest {}", cluster.tick().value,
                                 cluster.digest() ? cluster.digest()->hex() : "of nothing"));
    done_ = true;
    done_ns_ = scene_.now();
    heal();
  } else if (!may_end_so(finish)) {
    scene_.violate(fmt::format("the run ends with {}{}: {}", finish.exit_status, finish.checkpointed ? "" : ", unsaved", finish.error));
  }
  end_life(life);
}

/// What faults may bring about. Nothing else is caused by faults.
bool World::may_end_so(const ClusterFinish& finish) {
  const bool excused = scene_.now() < heal_ns_ + grace_ns;
  if (finish.exit_status == 130) return lives_.back()->stop_asked;
  if (finish.exit_status == static_cast<int>(ExitStatus::cluster))
    return excused && (finish.error.find("all members have failed") != std::string::npos ||
                       finish.error.find("members came within") != std::string::npos);
  return excused && finish.exit_status == 0;  // its last checkpoint could not be written
}

// ---- Processes ----

void World::start_process(Life& life, std::uint32_t machine, std::optional<std::uint32_t> wanted) {
  if (life.lead->over()) return;
  if (!life.lead->runs()) {  // who would start it does not run either
    scene_.timeline.after(3 * ms, [this, &life, machine, wanted] { start_process(life, machine, wanted); });
    return;
  }
  const auto number = static_cast<std::uint32_t>(processes_.size());
  std::string url = fmt::format("sim://{}", machine);
  // An address may be used again by the next process there: what was sent to the one before then comes to it.
  const bool taken = std::any_of(processes_.begin(), processes_.end(), [&](const auto& p) { return p->alive() && p->plan().url == url; });
  if (taken || scene_.dice.flip()) url += fmt::format("/{}", number);
  connections_.push_back(std::make_unique<Connection>(scene_, life, machine, ConnectionId(connections_.size())));
  Connection& connection = *connections_.back();
  Process::Hooks hooks;
  hooks.to_lead = [&connection](Report&& report) { connection.to_lead.put(std::move(report)); };
  hooks.closed = [&connection] { connection.to_lead.put(Closed{}); };
  hooks.woken = [&connection] { connection.to_member.pump(); };
  hooks.ended = [this, &life, number](ProcessEnd how) { process_ended(life, *processes_[number], how); };
  hooks.ready = [this, &life, number] { check_owners(life, *processes_[number]); };
  JoinReport identity;
  identity.program = "sim";
  scene_.trace.note("p{} starts on machine {} at {}, connection {}", number, machine, url, connection.id.value);
  processes_.push_back(
      std::make_unique<Process>(scene_, network_, ProcessPlan{number, machine, wanted, url, identity, life.incarnation}, std::move(hooks)));
  connection.process = processes_.back().get();
  processes_.back()->start();
}

/// As the crew of apps/cluster/launch.cpp: what died by itself or lost the cluster is started again; what ended in order is not.
void World::process_ended(Life& life, Process& process, ProcessEnd how) {
  if (how.code == 1 || how.code == static_cast<int>(ExitStatus::usage)) scene_.violate(fmt::format("a member ends with {}", how.code));
  const bool may_come_back = how.by_signal || how.code == static_cast<int>(ExitStatus::cluster);
  if (!may_come_back || !process.plan().wanted) return;
  scene_.timeline.after(
      scene_.dice.below(scene_.options.restart_most_ns) + ms,
      [this, &life, machine = process.machine(), wanted = process.plan().wanted] { start_process(life, machine, wanted); });
}

}  // namespace colony::sim
