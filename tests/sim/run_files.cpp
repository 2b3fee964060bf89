#include "tests/sim/run_files.hpp"

#include <algorithm>
#include <utility>

#include "io/run/observables.hpp"

namespace colony::sim {

void RunFiles::cut(std::vector<Piece>& file, std::uint64_t bytes, std::uint64_t& flushed, const char* what) {
  if (bytes > length(file)) scene_.violate(fmt::format("{} has {} bytes, and a checkpoint stands for {}", what, length(file), bytes));
  while (!file.empty() && file.back().end > bytes) file.pop_back();
  if (length(file) != bytes) scene_.violate(fmt::format("{} is cut at {}, in the middle of a row", what, bytes));
  flushed = bytes;
}

void RunFiles::restore(std::uint64_t observables_bytes, std::uint64_t events_bytes) {
  if (std::exchange(ended_between_rows_, false) && length(rows_) == observables_bytes)
    scene_.violate("a row between two that are due outlived the end that it was written at");
  cut(rows_, observables_bytes, rows_flushed_, "observables.csv");
  cut(events_, events_bytes, events_flushed_, "events.csv");
}

void RunFiles::row(Tick tick, const Globals& globals, const std::optional<Digest>& digest) {
  const std::uint64_t t = tick.value, expected = rows_.empty() ? 0 : rows_.back().tick + scene_.options.observe_every;
  if (ended_between_rows_) scene_.violate(fmt::format("the row of tick {} follows that of a last state", t));
  ended_between_rows_ = !rows_.empty() && rows_.back().tick < t && t < expected;  // the run ends here, for now or for good
  if (t != expected && !ended_between_rows_) scene_.violate(fmt::format("the row of tick {} is written where tick {} is due", t, expected));
  if (t >= scene_.reference.rows.size()) return scene_.violate(fmt::format("a row of tick {}", t));
  std::size_t i = 0;
  for (const ObservableSpec& observable : scene_.subject.schema().observables()) {
    const ObservableValue value = observable.value(globals);
    ObservableValue expects = scene_.reference.rows[t][i];
    if (observable.happenings && !rows_.empty())
      for (std::uint64_t before = rows_.back().tick + 1; before < t; ++before)
        std::get<std::int64_t>(expects) += std::get<std::int64_t>(scene_.reference.rows[before][i]);
    if (value != expects)
      scene_.violate(fmt::format("\"{}\" of tick {} is {}, and {} in one process", observable.name, t, text_of(value), text_of(expects)));
    ++i;
  }
  const bool wanted = scene_.options.digest_every != 0 && t % scene_.options.digest_every == 0;
  if (wanted != digest.has_value()) scene_.violate(fmt::format("the row of tick {} has {} digest", t, digest ? "a" : "no"));
  if (digest && *digest != scene_.reference.digests[t]) scene_.violate(fmt::format("the row of tick {} has another digest", t));
  rows_.push_back({t, length(rows_) + 20 + t % 7});
}

void RunFiles::events(const std::vector<Event>& events) {
  // All of one call are of one tick.
  const std::uint64_t first = events_.empty() ? 0 : events_.back().tick + 1;
  for (std::uint64_t t = first; t < scene_.reference.events.size(); ++t) {
    if (scene_.reference.events[t].empty()) continue;
    if (scene_.reference.events[t] != events) scene_.violate(fmt::format("the events of tick {} are others than in one process", t));
    events_.push_back({t, length(events_) + 10 * events.size()});
    return;
  }
  scene_.violate(fmt::format("there are events from tick {} on", first));
}

void RunFiles::snapshot(Tick tick, std::vector<std::vector<GroupImage>>&& parts) {
  if (scene_.subject.snapshot_hash(std::move(parts)) != scene_.reference.snapshots[tick.value])
    scene_.violate(fmt::format("the snapshot of tick {} is another than in one process", tick.value));
  snapshots_.insert(tick.value);
}

void RunFiles::flush(std::uint64_t& observables_bytes, std::uint64_t& events_bytes) {
  if (ended_between_rows_) scene_.violate("a checkpoint would stand for a row that a straight run has not");
  rows_flushed_ = observables_bytes = length(rows_);
  events_flushed_ = events_bytes = length(events_);
}

void RunFiles::lose_buffers() {
  const auto lose = [&](std::vector<Piece>& file, std::uint64_t flushed) {
    while (length(file) > flushed && scene_.dice.flip()) file.pop_back();
  };
  lose(rows_, rows_flushed_);
  if (length(rows_) == rows_flushed_) ended_between_rows_ = false;  // that row is gone
  lose(events_, events_flushed_);
}

void RunFiles::check_commit(Tick tick) {
  for (std::uint64_t t = 0; scene_.options.snapshot_every != 0 && t <= tick.value; t += scene_.options.snapshot_every)
    if (!snapshots_.contains(t)) scene_.violate(fmt::format("tick {} is committed without the snapshot of tick {}", tick.value, t));
  const std::uint64_t last = rows_.empty() ? 0 : rows_.back().tick;
  if (last + scene_.options.observe_every <= tick.value) scene_.violate(fmt::format("tick {} is committed without its rows", tick.value));
}

void RunFiles::check_whole() {
  check_commit(Tick(scene_.options.ticks));
  if (rows_.empty() || rows_.back().tick != scene_.options.ticks) scene_.violate("the last state has no row");
  std::uint64_t batches = 0;
  for (std::uint64_t t = 0; t <= scene_.options.ticks; ++t) batches += !scene_.reference.events[t].empty();
  if (events_.size() != batches)
    scene_.violate(fmt::format("there are events of {} ticks, and of {} in one process", events_.size(), batches));
}

}  // namespace colony::sim
