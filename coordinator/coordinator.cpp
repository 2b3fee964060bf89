#include "coordinator/coordinator.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "engine/error.hpp"
#include "engine/globals/reduce.hpp"

namespace colony {

Coordinator::Coordinator(CoursePlan plan, Tick start, const Globals& kept, bool fresh, RowsSoFar rows)
    : plan_(std::move(plan)), tick_(start), fresh_(fresh), rows_(std::move(rows)) {
  std::size_t slots = 0;
  for (const GlobalSpec& spec : plan_.globals) slots += spec.width;
  globals_.assign(slots, 0);
  COLONY_ASSERT(kept.empty() || kept.size() == slots, "globals of another schema");
  if (!kept.empty()) globals_ = kept;
  reported_.assign(plan_.shards, false);
  rows_.counts.resize(plan_.happenings.size());
  shown_ = rows_.counts;
  if (!fresh) committed_ = start;
}

const std::vector<CoordinatorAction>& Coordinator::step(const CoordinatorEvent& event) {
  actions_.clear();
  std::visit([this](const auto& e) { on(e); }, event);
  return actions_;
}

void Coordinator::on(const ShardReady& event) {
  COLONY_ASSERT(starting_, "a shard is ready twice");
  now_ns_ = event.now_ns;
  gather(event.shard, *event.partial);
  if (reports_ < plan_.shards) return;
  last_checkpoint_ns_ = now_ns_;
  boundary();
}

void Coordinator::on(const TickDone& event) {
  COLONY_ASSERT(!starting_ && state_ == State::gathering && event.tick.value == tick_.value + 1,
                "a report of a tick that was not asked for");
  now_ns_ = event.now_ns;
  gather(event.shard, *event.partial);
  if (reports_ < plan_.shards) return;
  tick_ = event.tick;
  boundary();
}

void Coordinator::gather(ShardId shard, const Globals& partial) {
  COLONY_ASSERT(shard.value < plan_.shards && !reported_[shard.value], "a shard reports twice, or is no member");
  reported_[shard.value] = true;
  if (reports_++ == 0) reduced_ = partial;
  else reduce_globals(reduced_, partial, plan_.globals);
}

void Coordinator::boundary() {
  std::size_t slot = 0;
  for (const GlobalSpec& spec : plan_.globals) {
    const bool kept = starting_ && spec.of_effects;  // no tick was done: what a checkpoint kept holds
    if (!kept && spec.lasting) take_into_lasting(&globals_[slot], &reduced_[slot], spec);
    else if (!kept) std::copy_n(&reduced_[slot], spec.width, &globals_[slot]);
    slot += spec.width;
  }
  check_sums(globals_, plan_.globals);
  globals_.resize(slot);
  globals_.insert(globals_.end(), reduced_.begin() + static_cast<std::ptrdiff_t>(slot), reduced_.end());  // runs
  reports_ = 0;
  std::fill(reported_.begin(), reported_.end(), false);

  const bool never_seen = !starting_ || fresh_;
  if (!starting_) count_happenings();
  starting_ = false;
  if (observed(tick_) && (never_seen || rows_.last != tick_)) observe(false);  // a resumed run may observe more often than it did
  if (never_seen) {
    for (std::size_t s = 0; s < plan_.snapshot_every.size(); ++s)
      if (tick_.value % plan_.snapshot_every[s] == 0) actions_.emplace_back(TakeSnapshot{tick_, s});
  }
  condition_met_ = plan_.stop_when && tick_.value != 0 && plan_.stop_when(tick_, globals_);
  go_on();
}

/// What has happened in the tick adds to what no row shows yet.
void Coordinator::count_happenings() {
  for (std::size_t i = 0; i < plan_.happenings.size(); ++i)
    if (__builtin_add_overflow(rows_.counts[i], globals_[plan_.happenings[i]], &rows_.counts[i]))
      throw StateError(fmt::format("what has happened since the row of tick {} is beyond 64 bits", rows_.last.value));
  shown_ = rows_.counts;
}

void Coordinator::observe(bool last) {
  actions_.emplace_back(Observe{tick_, last});
  if (last) return;  // for what goes on it was never written
  rows_.last = tick_;
  std::fill(rows_.counts.begin(), rows_.counts.end(), 0);
}

Globals Coordinator::for_row(Globals globals) const {
  for (std::size_t i = 0; i < shown_.size(); ++i) globals[plan_.happenings[i]] = shown_[i];
  return globals;
}

/// What follows at a boundary, once nothing stands in the way.
void Coordinator::go_on() {
  const bool wanted = due_for_checkpoint() && committed_ != tick_ && in_flight_ != tick_;
  const bool at_rest = stopping() || pause_wanted_;  // no tick follows
  if (wanted && !in_flight_) take_checkpoint();
  if (in_flight_ && (at_rest || (wanted && in_flight_ != tick_))) {
    state_ = State::awaiting_checkpoint;
    actions_.emplace_back(AwaitCheckpoint{});
  } else if (stopping()) {
    finish(committed_ == tick_);
  } else if (pause_wanted_) {
    state_ = State::paused;
    actions_.emplace_back(Paused{tick_});
  } else {
    run_tick();
  }
}

bool Coordinator::due_for_checkpoint() const {
  if (stopping() || pause_wanted_) return true;
  if (plan_.checkpoint_every != 0 && tick_.value != 0 && tick_.value % plan_.checkpoint_every == 0) return true;
  return plan_.checkpoint_every_ns != 0 && now_ns_ - last_checkpoint_ns_ >= plan_.checkpoint_every_ns;
}

void Coordinator::take_checkpoint() {
  in_flight_ = tick_;
  last_checkpoint_ns_ = now_ns_;
  actions_.emplace_back(TakeCheckpoint{tick_});
}

void Coordinator::run_tick() {
  state_ = State::gathering;
  actions_.emplace_back(RunTick{tick_, observed(Tick(tick_.value + 1)) || plan_.stop_when != nullptr});
}

void Coordinator::on(const CheckpointDone& event) {
  COLONY_ASSERT(in_flight_ == event.tick, "an answer to a checkpoint that is not in flight");
  now_ns_ = event.now_ns;
  in_flight_.reset();
  if (event.committed) committed_ = event.tick;
  if (state_ != State::awaiting_checkpoint) return;
  // It was this boundary's own: the next one tries again, if there is one.
  if (event.committed || event.tick != tick_) go_on();
  else if (stopping()) finish(false);
  else run_tick();
}

void Coordinator::on(const StopRequested& event) {
  if (stop_status_ == 0) stop_status_ = event.exit_status;
}

void Coordinator::finish(bool checkpointed) {
  state_ = State::finished;
  if (rows_.last != tick_) observe(true);
  // Reaching the last tick is reaching it, also when a signal came in the same moment.
  if (tick_.value >= plan_.last.value) actions_.emplace_back(Finish{Finish::Reason::reached, 0, checkpointed});
  else if (condition_met_) actions_.emplace_back(Finish{Finish::Reason::condition, 0, checkpointed});
  else actions_.emplace_back(Finish{Finish::Reason::stopped, stop_status_, checkpointed});
}

}  // namespace colony
