#include "engine/globals/runs.hpp"

#include <algorithm>
#include <span>

#include "engine/error.hpp"

namespace colony {
namespace {

constexpr std::size_t run_words = 3;
constexpr std::int64_t most_members = std::int64_t{1} << 48;  ///< of a run that comes from elsewhere

/// Takes a run that begins no earlier than the last one.
void join(std::vector<ValueRun>& runs, const ValueRun& next, std::int64_t gap) {
  if (!runs.empty()) {
    ValueRun& run = runs.back();
    // Unsigned: a difference of two values may be beyond 63 bits.
    const auto distance = static_cast<std::uint64_t>(next.first) - static_cast<std::uint64_t>(run.last);
    if (next.first <= run.last || distance <= static_cast<std::uint64_t>(gap)) {
      run.last = std::max(run.last, next.last);
      run.members = static_cast<std::int64_t>(static_cast<std::uint64_t>(run.members) + static_cast<std::uint64_t>(next.members));
      return;
    }
  }
  runs.push_back(next);
}

std::size_t slots_of(const std::vector<GlobalSpec>& specs) {
  std::size_t slots = 0;
  for (const GlobalSpec& spec : specs) slots += spec.width;
  return slots;
}

/// f(spec, slot) for each global of runs.
template <class F>
void for_each_runs(const std::vector<GlobalSpec>& specs, const F& f) {
  std::uint32_t slot = 0;
  for (const GlobalSpec& spec : specs) {
    if (spec.reduce == Reduce::runs) f(spec, slot);
    slot += spec.width;
  }
}

}  // namespace

std::vector<ValueRun> runs_of_values(std::vector<std::int64_t>& values, std::int64_t gap) {
  std::sort(values.begin(), values.end());
  std::vector<ValueRun> runs;
  for (const std::int64_t value : values) join(runs, {value, value, 1}, gap);
  return runs;
}

std::vector<ValueRun> merged(const std::vector<ValueRun>& a, const std::vector<ValueRun>& b, std::int64_t gap) {
  std::vector<ValueRun> runs;
  runs.reserve(a.size() + b.size());
  auto of_a = a.begin(), of_b = b.begin();
  while (of_a != a.end() || of_b != b.end()) {
    const bool from_a = of_b == b.end() || (of_a != a.end() && of_a->first <= of_b->first);
    join(runs, from_a ? *of_a++ : *of_b++, gap);
  }
  return runs;
}

std::vector<ValueRun> runs_of(const Globals& globals, GlobalRuns of) {
  const auto count = static_cast<std::size_t>(globals.at(of.slot)), begin = static_cast<std::size_t>(globals.at(of.slot + 1));
  if (count == 0) return {};
  COLONY_ASSERT(begin <= globals.size() && count <= (globals.size() - begin) / run_words, "the runs of a global are not there");
  std::vector<ValueRun> runs;
  runs.reserve(count);
  const std::span<const std::int64_t> words(globals.data() + begin, count * run_words);
  for (std::size_t i = 0; i < words.size(); i += run_words) runs.push_back({words[i], words[i + 1], words[i + 2]});
  return runs;
}

void append_runs(Globals& globals, std::uint32_t slot, const std::vector<ValueRun>& runs) {
  globals.at(slot) = static_cast<std::int64_t>(runs.size());
  globals.at(slot + 1) = runs.empty() ? 0 : static_cast<std::int64_t>(globals.size());
  globals.reserve(globals.size() + runs.size() * run_words);
  for (const ValueRun& run : runs) globals.insert(globals.end(), {run.first, run.last, run.members});
}

void clear_runs(Globals& globals, const std::vector<GlobalSpec>& specs) {
  globals.resize(slots_of(specs));
  for_each_runs(specs, [&](const GlobalSpec&, std::uint32_t slot) { globals[slot] = globals[slot + 1] = 0; });
}

void reduce_runs(Globals& reduced, const Globals& partial, const std::vector<GlobalSpec>& specs) {
  Globals all;
  for_each_runs(specs, [&](const GlobalSpec& spec, std::uint32_t slot) {
    if (all.empty()) all.assign(reduced.begin(), reduced.begin() + static_cast<std::ptrdiff_t>(slots_of(specs)));
    append_runs(all, slot, merged(runs_of(reduced, {slot}), runs_of(partial, {slot}), spec.gap));
  });
  if (!all.empty()) reduced.swap(all);
}

bool are_globals(const Globals& globals, const std::vector<GlobalSpec>& specs) {
  std::size_t at = slots_of(specs);
  if (globals.size() < at) return false;
  bool good = true;
  for_each_runs(specs, [&](const GlobalSpec&, std::uint32_t slot) {
    const std::int64_t count = globals[slot];
    good = good && count >= 0 && static_cast<std::uint64_t>(count) <= (globals.size() - at) / run_words;
    if (!good || count == 0) return;
    good = globals[slot + 1] == static_cast<std::int64_t>(at);
    at += static_cast<std::size_t>(count) * run_words;
    if (!good) return;
    const std::vector<ValueRun> runs = runs_of(globals, {slot});
    for (std::size_t i = 0; i < runs.size(); ++i)
      good = good && runs[i].first <= runs[i].last && runs[i].members > 0 && runs[i].members <= most_members &&
             (i == 0 || runs[i].first > runs[i - 1].last);
  });
  return good && at == globals.size();
}

}  // namespace colony
