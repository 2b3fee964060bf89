// Who is in a cluster: joining and being refused, leaving, being drained, pins, and being fenced.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "coordinator/cluster_state.hpp"
#include "engine/error.hpp"

namespace colony {
namespace {

constexpr std::uint32_t max_places = most_shards;

}  // namespace

// ---- Joining ----

void Cluster::State::join(ConnectionId connection, JoinReport&& report) {
  if (ended()) {
    gone.insert(connection);
    send(connection, FinishOrder{finish->exit_status, "the run is over"});
    return;
  }
  if (const auto differs = difference(report)) return refuse(connection, differs->first, differs->second);
  if (const std::string reason = place_refused(report); !reason.empty()) return refuse(connection, ExitStatus::cluster, reason);
  ShardId place(0);
  if (report.wanted) place = *report.wanted;
  else
    while (members.contains(place)) ++place.value;
  ClusterMember& member = members[place];
  member.connection = connection;
  member.join = std::move(report);
  member.heard_ns = member.moved_ns = time_ns;
  member.seen.last_beat_ns = shell_ns;
  connections.emplace(connection, place);
  send(connection, WelcomeOrder{place});
  say(Say::Level::info, "joined", fmt::format("{} joined", name_of(place)));
  try_begin();
}

void Cluster::State::refuse(ConnectionId connection, ExitStatus status, const std::string& reason) {
  gone.insert(connection);
  send(connection, RefuseOrder{static_cast<int>(status), reason});
  say(Say::Level::warning, "refused", "a process was refused: " + reason);
}

std::optional<std::pair<ExitStatus, std::string>> Cluster::State::difference(const JoinReport& report) const {
  const JoinReport& own = plan.identity;
  if (report.version != own.version)
    return {{ExitStatus::cluster, fmt::format("it speaks version {} of the messages between processes, this run speaks {}; start every "
                                              "process from the same build of colony",
                                              report.version, own.version)}};
  if (report.program != own.program)
    return {
        {ExitStatus::cluster, fmt::format("its program is \"{}\", this run's is \"{}\"; start every process from the same build of colony",
                                          report.program, own.program)}};
  if (report.job_hash != own.job_hash)
    return {
        {ExitStatus::usage, fmt::format("its job (hash {}) is not this run's ({}); give every process the same --config, --set and --ticks",
                                        hex(report.job_hash), hex(own.job_hash))}};
  if (report.schema_hash != own.schema_hash)
    return {
        {ExitStatus::cluster,
         fmt::format("its model declares other fields (schema {}) than this run's ({}); start every process from the same build of colony",
                     hex(report.schema_hash), hex(own.schema_hash))}};
  if (report.seed != own.seed)
    return {
        {ExitStatus::usage, fmt::format("its seed is {}, this run's is {}; give every process the same --seed", report.seed, own.seed)}};
  if (report.nonce != own.nonce)
    return {{ExitStatus::cluster,
             "it sees another run folder than the coordinator; [output] directory must lie on a file system that all "
             "hosts share"}};
  return std::nullopt;
}

/// Why there is no room for it; empty when there is.
std::string Cluster::State::place_refused(const JoinReport& report) const {
  if (plan.fixed_members && (epoch != 0 || members.size() >= plan.places))
    return fmt::format("the members of this run are fixed at its {} places; start the run again with more to have more", plan.places);
  if (report.wanted && report.wanted->value >= max_places)
    return fmt::format("there is no place {}; places are 0 to {}", report.wanted->value, max_places - 1);
  if (report.wanted && members.contains(*report.wanted))
    return fmt::format("place {} is taken by {}; ask for another, or for none", report.wanted->value, name_of(*report.wanted));
  if (members.size() >= max_places) return fmt::format("all {} places are taken", max_places);
  return {};
}

// ---- Planned changes ----

void Cluster::State::leave(ShardId shard, const char* asked) {
  ClusterMember& member = members.at(shard);
  if (stop_status != 0 || member.leaving) return;  // it will leave with all members, or is about to
  if (plan.fixed_members) {
    say(Say::Level::warning, "leave", fmt::format("{} stays: the members of this run are fixed; stop the run instead", name_of(shard)));
    return;
  }
  say(Say::Level::info, "leave", fmt::format("{} leaves at the next checkpoint: {}", name_of(shard), asked));
  member.leaving = true;
  // Nothing of the state is with one that no epoch has seen yet.
  if (epoch == 0 || (!member.in_epoch && phase != Phase::gathering)) release(shard);
}

void Cluster::State::release(ShardId shard) {
  const auto member = members.find(shard);
  send(member->second.connection, FinishOrder{0, {}});
  say(Say::Level::info, "left", fmt::format("{} has left", name_of(shard)));
  gone.insert(member->second.connection);
  connections.erase(member->second.connection);
  members.erase(member);
}

void Cluster::State::on(DrainAsked&& event) {
  if (ended()) return;
  const auto member = members.find(event.shard);
  if (member == members.end()) {
    std::vector<std::uint32_t> places;
    for (const auto& [shard, other] : members) places.push_back(shard.value);
    say(Say::Level::warning, "drain", fmt::format("there is no member {}; there are {}", event.shard.value, fmt::join(places, ", ")));
    return;
  }
  const auto staying = std::count_if(members.begin(), members.end(), [](const auto& m) { return !m.second.leaving; });
  if (!member->second.leaving && staying <= 1 && !plan.fixed_members) {
    say(Say::Level::warning, "drain", fmt::format("{} stays: no other member would be left; stop the run instead", name_of(event.shard)));
    return;
  }
  leave(event.shard, "the user asked for it");
}

void Cluster::State::on(PinAsked&& event) {
  if (ended()) return;
  const PinSpec pin = event.pin;
  if (pin.block >= block_sizes.size()) {
    say(Say::Level::warning, "pin",
        block_sizes.empty() ? "the blocks are not known yet; ask again when the run has begun"
                            : fmt::format("there is no block {}; blocks are 0 to {}", pin.block, block_sizes.size() - 1));
    return;
  }
  if (!members.contains(ShardId(pin.shard))) {
    say(Say::Level::warning, "pin", fmt::format("block {} can't be pinned to shard {}: there is no such member", pin.block, pin.shard));
    return;
  }
  if (std::find(pins.begin(), pins.end(), pin) != pins.end()) {
    say(Say::Level::info, "pin", fmt::format("block {} is pinned to shard {} already", pin.block, pin.shard));
    return;
  }
  std::erase_if(pins, [&](const PinSpec& other) { return other.block == pin.block; });
  pins.push_back(pin);
  pins_changed = true;
  say(Say::Level::info, "pin", fmt::format("block {} goes to shard {} at the next checkpoint", pin.block, pin.shard));
}

/// The rest wait for the change after that: a batch system that signals every process must not end the run member by member.
std::set<ShardId> Cluster::State::leavers() const {
  std::set<ShardId> chosen;
  if (stop_status != 0) return chosen;
  for (const auto& [shard, member] : members)
    if (member.leaving && 2 * (chosen.size() + 1) <= members.size()) chosen.insert(shard);
  return chosen;
}

bool Cluster::State::change_wanted() const {
  const bool joiners = std::any_of(members.begin(), members.end(), [](const auto& m) { return !m.second.in_epoch; });
  return joiners || pins_changed || !leavers().empty();
}

// ---- Failing ----

/// All losses of one moment at once, so that no epoch is begun with one that is known to be lost.
void Cluster::State::fail(std::vector<Loss> losses) {
  bool of_epoch = false;
  std::string why;
  for (const Loss& loss : losses) {
    const auto member = members.find(loss.shard);
    const std::string text = fmt::format("{} has failed: {}", name_of(loss.shard), loss.why);
    actions.emplace_back(CloseConnection{member->second.connection, loss.why});
    say(Say::Level::warning, "member-failed", text);
    why += (why.empty() ? "" : "; ") + text;
    of_epoch |= member->second.in_epoch;
    gone.insert(member->second.connection);
    connections.erase(member->second.connection);
    members.erase(member);
  }
  if (ended()) return;
  if (plan.fixed_members) return end(Finish::Reason::stopped, static_cast<int>(ExitStatus::cluster), why);
  if (of_epoch) return epoch_over();
  if (phase != Phase::gathering) return;
  if (epoch != 0) deadline_ns = time_ns + plan.replace_wait_ns;  // its replacement has as long as the others'
  try_begin();
}

std::vector<ShardId> Cluster::State::shards_of(ShardId place) const {
  std::vector<ShardId> shards;
  for (std::uint32_t k = 0; k < plan.shards_each; ++k) shards.emplace_back(place.value * plan.shards_each + k);
  return shards;
}

std::string Cluster::State::words_of(ShardId shard) const { return plan.one_process ? "" : name_of(shard) + ": "; }

std::string Cluster::State::name_of(ShardId shard) const {
  const JoinReport& join = members.at(shard).join;
  return fmt::format("member {} ({}, process {})", shard.value, join.host, join.pid);
}

}  // namespace colony
