// Checkpoints of a cluster, from the order to the commit, and snapshots.
#include <fmt/format.h>

#include <algorithm>

#include "coordinator/cluster_state.hpp"
#include "coordinator/globals.hpp"
#include "engine/error.hpp"
#include "engine/globals/runs.hpp"
#include "engine/state/digest.hpp"

namespace colony {

// ---- Snapshots ----

void Cluster::State::perform(const TakeSnapshot& action) {
  const auto series = static_cast<std::uint32_t>(action.series);
  snapshots[{action.tick, series}];
  to_epoch(SnapshotOrder{epoch, action.tick, series});
}

void Cluster::State::take(ShardId shard, ClusterMember& member, SnapshotReport&& report) {
  const auto snapshot = snapshots.find({report.tick, report.series});
  if (!current(member, report.epoch, Phase::running) || snapshot == snapshots.end() || snapshot->second.contains(shard)) {
    ++ignored;
    return;
  }
  moved(shard, member);
  snapshot->second.emplace(shard, std::move(report.groups));
  if (snapshot->second.size() < epoch_size) return;
  WriteSnapshot whole{report.tick, report.series, {}};
  for (auto& [owner, groups] : snapshot->second) whole.parts.push_back(std::move(groups));
  snapshots.erase(snapshot);
  actions.emplace_back(std::move(whole));
  checkpoint_answered();
}

// ---- Checkpoints ----

void Cluster::State::perform(const TakeCheckpoint& action) {
  flight.emplace();
  flight->stamp = {plan.model, plan.schema_hash, plan.seed, action.tick, plan.incarnation, epoch};
  flight->globals = course->globals();
  flight->so_far = course->rows();
  actions.emplace_back(NoteLengths{action.tick});
  to_epoch(CheckpointOrder{epoch, action.tick});
}

void Cluster::State::take(ShardId shard, ClusterMember& member, ImageReport&& report) {
  if (!current(member, report.epoch, Phase::running) || !flight || flight->stamp.tick != report.tick || flight->images.contains(shard)) {
    ++ignored;
    return;
  }
  if (!are_globals(report.partial, plan.schema->globals())) return fail(shard, "its globals are of another schema");
  moved(shard, member);
  flight->images.emplace(shard, std::move(report));
  if (flight->images.size() == epoch_size) images_complete();
}

/// The digest of the state, and its globals with the scans that only observed ticks have.
void Cluster::State::images_complete() {
  Globals whole;
  Digest sum;
  std::vector<const Globals*> partials;
  for (const auto& [shard, image] : flight->images) {
    sum += image.digest;
    partials.push_back(&image.partial);
  }
  try {
    whole = globals_of_state(flight->globals, partials, plan.course.globals);
  } catch (const Error& error) {
    return end(Finish::Reason::stopped, static_cast<int>(error.status()), error.what());
  }
  digest = flight->digest = combine_digest(sum, *plan.schema, flight->globals, flight->stamp.tick);
  scanned.emplace(flight->stamp.tick, std::move(whole));
  checkpoint_answered();
}

void Cluster::State::take(ShardId shard, ClusterMember& member, FileReport&& report) {
  if (!current(member, report.epoch, Phase::running) || !flight || flight->stamp.tick != report.tick || flight->files.contains(shard)) {
    ++ignored;
    return;
  }
  member.moved_ns = time_ns;
  flight->files.emplace(shard, std::move(report));
  checkpoint_answered();
}

/// Why a member's files can't be part of the checkpoint; empty when they can.
std::string Cluster::State::fault_of(const FileReport& report, ShardId place) const {
  if (report.records.empty()) return report.error.empty() ? "it does not say why" : report.error;
  const std::vector<ShardId> shards = shards_of(place);
  Digest sum;
  for (std::size_t i = 0; i < report.records.size(); ++i) {
    const FileRecord& record = report.records[i];
    if (i >= shards.size() || record.shard != shards[i] || record.name != shard_file_name(flight->stamp, shards[i]))
      return fmt::format("\"{}\" is not the file that was asked for", record.name);
    sum += record.digest;
  }
  if (report.records.size() != shards.size()) return fmt::format("{} of {} files were told", report.records.size(), shards.size());
  if (sum != flight->images.at(place).digest)
    return fmt::format("\"{}\" holds another state than the one that was copied", report.records.front().name);
  return {};
}

/// Once every member has answered, and every snapshot up to that tick is written: a checkpoint must not stand for rows and snapshots that a
/// failure could still take away.
void Cluster::State::checkpoint_answered() {
  if (!flight || flight->committing || flight->images.size() < epoch_size || flight->files.size() < epoch_size) return;
  if (!snapshots.empty() && snapshots.begin()->first.first <= flight->stamp.tick) return;
  COLONY_ASSERT(flight->lengths_noted, "the shell did not answer NoteLengths");
  Manifest manifest;
  bool whole = true;
  for (const auto& [shard, file] : flight->files) {
    const std::string fault = fault_of(file, shard);
    whole &= fault.empty();
    if (fault.empty()) {
      manifest.files.insert(manifest.files.end(), file.records.begin(), file.records.end());
    } else if (last_write_error.empty() || last_write_error != fault) {
      last_write_error = fault;
      say(Say::Level::warning, "checkpoint-failed",
          fmt::format("the checkpoint of tick {} was not written: {}{}; the run goes on, {}", flight->stamp.tick.value, words_of(shard),
                      fault, kept()));
    }
  }
  if (!whole) {
    const Tick tick = flight->stamp.tick;
    flight.reset();
    return drive(CheckpointDone{tick, false, shell_ns});
  }
  manifest.stamp = flight->stamp;
  manifest.digest = flight->digest;
  manifest.static_hash = topology_hash;
  manifest.block_sizes = block_sizes;
  manifest.globals = globals_by_name(flight->globals, *plan.schema);
  manifest.last_row = flight->so_far.last;
  manifest.counts = counts_by_name(flight->so_far, *plan.schema);
  manifest.rows = flight->rows;
  flight->committing = manifest;
  actions.emplace_back(Commit{std::move(manifest)});
}

/// The course hears of a checkpoint when it is committed, not before: what it finishes or pauses on is then what a later epoch, or a later
/// start, finds.
void Cluster::State::on(CommitDone&& event) {
  pass_time(event.now_ns);
  COLONY_ASSERT(flight && flight->committing && flight->stamp.tick == event.tick, "an answer to a commit that was not asked for");
  Manifest manifest = std::move(*flight->committing);
  flight.reset();
  if (event.complete) {
    kept_values = kept_globals(manifest, *plan.schema);
    kept_rows = rows_so_far(manifest, *plan.schema);
    committed = std::move(manifest);
    last_write_error.clear();
  } else {
    const bool told = event.fatal || last_write_error == event.error;  // one that lasts is told once, one that ends the run by the end
    last_write_error = event.error;
    if (!told)
      say(Say::Level::warning, "checkpoint-failed",
          fmt::format("the checkpoint of tick {} was not committed: {}; {}", event.tick.value, event.error, kept()));
  }
  if (phase == Phase::ending) return finish_now();
  if (event.fatal) return end(Finish::Reason::stopped, static_cast<int>(ExitStatus::storage), event.error);
  if (phase == Phase::running) drive(CheckpointDone{event.tick, event.complete, shell_ns});
  else try_begin();
}

}  // namespace colony
