// Which member of a cluster has failed: it is silent, its peers do not get its frames, or it lives and stands still.
#include <fmt/format.h>

#include <algorithm>

#include "coordinator/cluster_state.hpp"

namespace colony {
namespace {

double seconds(std::uint64_t ns) { return static_cast<double>(ns) * 1e-9; }

/// Within a tick a member waits for the ghosts of the last round 2 (phase 2), is idle (0), does its part, waits for the order to go on
/// where there is one (3), and for round 1 (1).
int step_of(std::uint32_t phase) {
  constexpr int steps[] = {1, 3, 0, 2};
  return steps[phase];
}

}  // namespace

void Cluster::State::watch() {
  std::vector<Loss> silent;
  const std::uint64_t limit = plan.heartbeat_ns * plan.heartbeat_misses;
  for (const auto& [shard, member] : members)
    if (limit != 0 && time_ns - member.heard_ns >= limit)
      silent.push_back({shard, fmt::format("nothing was heard of it for {:.3g} s", seconds(time_ns - member.heard_ns))});
  if (!silent.empty()) return fail(std::move(silent));
  if (const auto shard = convicted()) return fail(*shard, "its frames do not reach its peers");
  if (const auto shard = stalled())
    return fail(*shard, fmt::format("it has not moved from tick {} for {:.3g} s", members.at(*shard).tick.value,
                                    seconds(time_ns - members.at(*shard).moved_ns)));
  try_begin();
}

// ---- Where members are ----

void Cluster::State::take(ShardId, ClusterMember& member, BeatReport&& report) {
  member.seen.cpu_ns = report.cpu_ns;
  member.seen.resident_bytes = report.resident_bytes;
  if (!member.in_epoch || report.epoch != epoch || report.phase > 3) return;
  if (phase == Phase::beginning) {
    member.phase = report.phase;
    return;
  }
  if (phase != Phase::running) return;
  // A beat may be older than the reports that overtook it, and no member is more than a tick ahead of the course.
  const auto now = std::pair(report.tick, step_of(report.phase)), before = std::pair(member.tick, step_of(member.phase));
  if (now <= before || report.tick.value > course->tick().value + 1) return;
  member.tick = report.tick;
  member.phase = report.phase;
  member.moved_ns = time_ns;
}

/// An answer came, and so what its sender waited for: its suspicions end. (A beat says less: it may tell where the wait began.)
void Cluster::State::moved(ShardId shard, ClusterMember& member) {
  member.moved_ns = time_ns;
  std::erase_if(suspicions, [&](const auto& s) { return s.first.first == shard; });
}

Cluster::State::Standing Cluster::State::standing(const ClusterMember& member, ShardId shard) const {
  if (phase == Phase::beginning) return {member.ready ? 2 : 0, 0, member.phase == 2};
  const bool owes_tick = ordered && !member.done;
  const bool owes_image = flight && !flight->committing && !flight->images.contains(shard);
  const bool owes_snapshot = std::any_of(snapshots.begin(), snapshots.end(), [&](const auto& s) { return !s.second.contains(shard); });
  const bool owes_file = flight && !flight->committing && !flight->files.contains(shard);
  return {owes_tick || owes_image || owes_snapshot ? 0 : owes_file ? 1 : 2, member.tick.value, step_of(member.phase)};
}

// ---- Standing still ----

/// The member that is furthest behind, once others have waited for it long enough. When all are equally far, none of them differs from the
/// others: they get twice the time (a suspicion will mostly come before, and a disk that hangs for all may come back), and the one that has
/// stood longest goes.
std::optional<ShardId> Cluster::State::stalled() const {
  if (phase != Phase::beginning && phase != Phase::running) return std::nullopt;
  std::optional<Standing> last, first;
  for (const auto& [shard, member] : members) {
    if (!member.in_epoch) continue;
    const Standing at = standing(member, shard);
    if (!last || at < *last) last = at;
    if (!first || at > *first) first = at;
  }
  if (last->answers == 2) return std::nullopt;
  const bool others_wait = *last < *first;
  const std::uint64_t limit = phase == Phase::beginning || last->answers == 1 ? plan.begin_timeout_ns : plan.stall_ns;
  if (limit == 0) return std::nullopt;
  const ClusterMember* longest = nullptr;
  ShardId chosen;
  std::uint64_t latest_move = 0;
  for (const auto& [shard, member] : members) {
    if (!member.in_epoch || standing(member, shard) != *last) continue;
    latest_move = std::max(latest_move, member.moved_ns);
    if (longest && member.moved_ns > longest->moved_ns) continue;
    longest = &member;
    chosen = shard;
  }
  const bool over = others_wait ? time_ns - longest->moved_ns >= limit : time_ns - latest_move >= 2 * limit;
  return over ? std::optional(chosen) : std::nullopt;
}

// ---- Suspicion ----

void Cluster::State::take(ShardId shard, ClusterMember& member, SuspectReport&& report) {
  const auto peer = members.find(report.peer);
  if (!(current(member, report.epoch, Phase::running) || current(member, report.epoch, Phase::beginning)) || peer == members.end() ||
      !peer->second.in_epoch || report.peer == shard) {
    ++ignored;
    return;
  }
  suspicions.emplace(std::pair(shard, report.peer), time_ns);
}

/// While an epoch begins, one that still reads its part has nothing to send yet, however long that takes.
bool Cluster::State::counts(ShardId suspect) const {
  const ClusterMember& member = members.at(suspect);
  return phase == Phase::running || member.ready || member.phase == 2;
}

/// Which member leaves for a link that does not work: the one that most suspect; of several, the one that is furthest behind, then the one
/// not heard of for longest, then the highest shard. A heartbeat passes before it is decided, so that all who miss something have said so:
/// one that gets no frames suspects all its peers before they suspect it.
std::optional<ShardId> Cluster::State::convicted() const {
  bool due = false;
  std::map<ShardId, std::uint32_t> accusers;
  for (const auto& [pair, since] : suspicions) {
    if (!counts(pair.second)) continue;
    ++accusers[pair.second];
    due |= time_ns - since >= plan.heartbeat_ns;
  }
  if (!due) return std::nullopt;
  const auto leaves_before = [&](const auto& a, const auto& b) {
    if (a.second != b.second) return a.second > b.second;
    const ClusterMember &x = members.at(a.first), &y = members.at(b.first);
    if (const auto order = standing(x, a.first) <=> standing(y, b.first); order != 0) return order < 0;
    if (x.heard_ns != y.heard_ns) return x.heard_ns < y.heard_ns;
    return a.first > b.first;
  };
  return std::min_element(accusers.begin(), accusers.end(), leaves_before)->first;
}

}  // namespace colony
