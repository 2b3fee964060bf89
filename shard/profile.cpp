#include "shard/profile.hpp"

#include <algorithm>
#include <utility>

#include "engine/error.hpp"

namespace colony {
namespace {

/// Of the whole profile, so that the file stays one that a viewer opens.
constexpr std::size_t most_spans = 100'000;

constexpr std::array<const char*, tick_step_count> step_names = {"sense", "act",     "round 1: pack effects", "round 1: take effects",
                                                                 "decay", "advance", "round 2: pack ghosts",  "round 2: take ghosts"};
constexpr const char* pass_name = "sense, act of agents";

std::size_t index_of(TickStep step) { return static_cast<std::size_t>(step); }

/// The step that the calling thread is in.
thread_local ShardTimer* innermost = nullptr;

}  // namespace

ShardTimer::ShardTimer(Clock& clock, std::uint64_t start_ns, std::size_t most_spans) : clock_(clock), start_ns_(start_ns) {
  spans_.reserve(most_spans);
}

void ShardTimer::begin() noexcept {
  COLONY_DEBUG_ASSERT(!open_, "a shard is in one step at a time");
  open_ = true;
  outer_ = std::exchange(innermost, this);
  elsewhere_ns_ = 0;
  begin_ns_ = clock_.now_ns();
}

std::uint64_t ShardTimer::close(const char* name) noexcept {
  const std::uint64_t end_ns = clock_.now_ns();
  if (spans_.size() < spans_.capacity()) spans_.push_back({name, begin_ns_ - start_ns_, end_ns - start_ns_});
  innermost = outer_;
  if (outer_) outer_->elsewhere_ns_ += end_ns - begin_ns_;
  open_ = false;
  return end_ns - begin_ns_ - elsewhere_ns_;
}

void ShardTimer::end(TickStep step) noexcept {
  ProfileTotal& total = totals_[index_of(step)];
  total.ns += close(step_names[index_of(step)]);
  ++total.count;
}

void ShardTimer::end_agents(TickStep step) noexcept { totals_[index_of(step)].ns += close(step_names[index_of(step)]); }

void ShardTimer::end_pass(TickStep first, std::uint64_t first_sum, TickStep second, std::uint64_t second_sum) noexcept {
  const std::uint64_t own = close(pass_name);
  const double sum = static_cast<double>(first_sum) + static_cast<double>(second_sum);
  const double share = sum > 0 ? static_cast<double>(first_sum) / sum : 0;
  const std::uint64_t of_first = std::min(own, static_cast<std::uint64_t>(static_cast<double>(own) * share));
  totals_[index_of(first)].ns += of_first;
  totals_[index_of(second)].ns += own - of_first;
}

void Profile::set_shards(std::size_t count) {
  shards_.clear();
  for (std::size_t s = 0; s < count; ++s)
    shards_.push_back(std::make_unique<ShardTimer>(clock_, start_ns_, std::max<std::size_t>(1, most_spans / count)));
}

void Profile::book(const char* name, std::uint64_t begin_ns, std::uint64_t end_ns) {
  ProfileTotal& total = totals_[name];
  total.ns += end_ns - begin_ns;
  ++total.count;
  if (spans_.size() < most_spans) spans_.push_back({name, begin_ns - start_ns_, end_ns - start_ns_});
}

std::vector<Profile::Line> Profile::lines() const {
  std::vector<Line> lines;
  for (std::size_t step = 0; step < tick_step_count; ++step) {
    Line line{step_names[step], {}};
    for (const auto& shard : shards_) {
      line.total.ns += shard->totals()[step].ns;
      line.total.count += shard->totals()[step].count;
    }
    if (line.total.count != 0) lines.push_back(line);
  }
  for (const auto& [name, total] : totals_) lines.push_back({name, total});
  return lines;
}

}  // namespace colony
