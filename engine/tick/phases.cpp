#include "engine/tick/phases.hpp"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include <fmt/format.h>

#include "engine/effects/claim.hpp"
#include "engine/effects/maximum.hpp"
#include "engine/error.hpp"
#include "engine/globals/reduce.hpp"
#include "engine/model/mistakes.hpp"
#include "engine/model/model.hpp"
#include "engine/model/phase_rules.hpp"
#include "engine/state/agents.hpp"
#include "engine/state/effect.hpp"
#include "engine/state/tick_settings.hpp"
#include "engine/tick/phase_timer.hpp"
#include "engine/tick/scan.hpp"

namespace colony {
namespace {

constexpr std::size_t node_grain = 8192;
constexpr std::size_t agent_grain = 4096;
constexpr std::size_t list_grain = 1024;

bool wanted(const GrowingKernelSpec& kernel, const Part& part) {
  try {
    return !kernel.in || kernel.in(part.tick.value);
  } catch (...) {
    blame_kernel(name_of(kernel), part);
  }
}

bool wanted(const KernelSpec& kernel, const Part& part) {
  try {
    return (!kernel.in || kernel.in(part.tick.value)) && (!kernel.when || kernel.when(*part.globals)) &&
           !(kernel.unless_zero && is_zero(part, *kernel.unless_zero));
  } catch (...) {
    blame_kernel(name_of(kernel), part);
  }
}

std::size_t listed(const Part& part, const Domain& domain) {
  std::size_t sum = 0;
  if (domain.kind == Domain::Kind::marked) {
    for (const WorkerScratch& worker : part.workers) sum += worker.marked[domain.index].size();
  } else {
    for (const auto& [list] : part.effect<MaximumEffect>(domain.index).touched) sum += list.size();
  }
  return sum;
}

/// Runs one kernel over its whole domain, on the device if it is one for it, inline when the domain is small.
void run_kernel(const KernelSpec& kernel, Part& part, Executor& executor) {
  if (part.device != nullptr && part.device->runs(kernel) && part.device->run(kernel)) return;
  const Domain& domain = kernel.domain;
  std::size_t items = 0, grain = 1;
  switch (domain.kind) {
    case Domain::Kind::all:
      items = kernel.on_agents ? part.species[kernel.species].slots() : part.geometry.owned;
      grain = kernel.grain != 0 ? kernel.grain : kernel.on_agents ? agent_grain : node_grain;
      break;
    case Domain::Kind::category_value: {
      const CategoryState& category = part.categories[domain.index];
      const auto count = static_cast<std::size_t>(category.counts[domain.value]);
      if (count == 0) return;
      items = category.sets[domain.value].group_count();
      grain = count < list_grain ? items : 2;
      break;
    }
    case Domain::Kind::marked:
    case Domain::Kind::touched: {
      const std::size_t count = listed(part, domain);
      if (count == 0) return;
      items = part.workers.size();
      grain = count < list_grain ? items : 1;
      break;
    }
    case Domain::Kind::winners:
      items = part.effect<ClaimEffect>(domain.index).winners.size();
      grain = list_grain;
      break;
  }
  const bool concurrent = items > grain && executor.threads() > 1;
  executor.for_range(items, grain, [&](std::size_t begin, std::size_t end) { run_over(kernel, part, begin, end, concurrent); });
}

using Kernels = std::vector<const KernelSpec*>;

Kernels agent_kernels(std::uint32_t species, Phase phase, const Part& part) {
  Kernels kernels;
  for (const KernelSpec& kernel : part.schema.kernels())
    if (kernel.on_agents && kernel.species == species && kernel.phase == phase && wanted(kernel, part)) kernels.push_back(&kernel);
  return kernels;
}

/// A pass over agents that does Sense and Act chunk by chunk, from here to the end of the scope: its time is shared out between the two as
/// the chunks' readings say, with any number of threads.
class TimedPass {
 public:
  explicit TimedPass(PhaseTimer& timer) : timer_(timer) { timer_.begin(); }
  TimedPass(const TimedPass&) = delete;
  TimedPass& operator=(const TimedPass&) = delete;
  ~TimedPass() { timer_.end_pass(TickStep::sense, sense_, TickStep::act, act_); }

  template <class Sense, class Act>
  void chunk(const Sense& sense, const Act& act) {
    const std::uint64_t begin = timer_.reading();
    sense();
    const std::uint64_t middle = timer_.reading();
    act();
    sense_.fetch_add(middle - begin, std::memory_order_relaxed);
    act_.fetch_add(timer_.reading() - middle, std::memory_order_relaxed);
  }

 private:
  PhaseTimer& timer_;
  std::atomic<std::uint64_t> sense_{0}, act_{0};
};

/// What policies remember is state: no NaN, no infinity, and nothing so small that its last bits depend on who computes with it.
void keep_memory_sound(std::uint32_t species_index, Part& part) {
  SpeciesPart& species = part.species[species_index];
  const SpeciesSpec& spec = part.schema.species()[species_index];
  for (const DecisionSpec& decision : part.schema.decisions()) {
    if (decision.species != species_index) continue;
    for (std::uint32_t k = decision.first_memory; k < decision.first_memory + decision.policy->memory(); ++k) {
      float* values = species.columns[k].as<float>();
      for (std::size_t slot = 0; slot < species.slots(); ++slot) {
        if (species.nodes[slot] == no_index) continue;
        float& value = values[slot];
        if (!std::isfinite(value))
          throw StateError(fmt::format("\"{}\" of the agent {} ({}) is not finite: what its policy remembers grows without bound",
                                       spec.columns[k].name, species.ids[slot], spec.name));
        if (std::abs(value) < std::numeric_limits<float>::min()) value = 0;
      }
    }
  }
}

/// What a policy is asked for the agents of a part. Those that moved away leave slots behind, which are decided for as well; those
/// actions are never read.
struct Question {
  DecisionBatch batch;
  std::vector<const float*> observations;
  std::vector<float*> memory;

  Question(const DecisionSpec& decision, Part& part) {
    SpeciesPart& species = part.species[decision.species];
    for (std::uint32_t k = 0; k < decision.policy->inputs(); ++k)
      observations.push_back(species.columns[decision.first_observation + k].as<float>());
    for (std::uint32_t k = 0; k < decision.policy->memory(); ++k) memory.push_back(species.columns[decision.first_memory + k].as<float>());
    batch.count = species.slots();
    batch.memory = memory.data();
    batch.observations = observations.data();
    batch.ids = species.ids.data();
    batch.key = part.key(decision.stream);
    batch.choosing = decision.choosing;
    batch.actions = species.columns[decision.action].as<std::uint8_t>();
  }
  Question(Question&&) = default;  // a copy's batch would point into the original
};

bool has_policy(std::uint32_t species, const Declared& schema) {
  return std::any_of(schema.decisions().begin(), schema.decisions().end(), [&](const DecisionSpec& d) { return d.species == species; });
}

/// Whether a species is sensed whole, before any of its agents acts: its policy wants all of it, or a device takes a kernel of it.
bool wants_sensing_whole(std::uint32_t species, const Part& part) {
  if (has_policy(species, part.schema)) return true;
  if (part.device == nullptr) return false;
  const Kernels kernels = agent_kernels(species, Phase::sense, part);
  return std::any_of(kernels.begin(), kernels.end(), [&](const KernelSpec* kernel) { return part.device->runs(*kernel); });
}

/// Intents begin each tick at 0: what one held before is no state.
void clear_intents(std::uint32_t species, Part& part, std::size_t begin, std::size_t end) {
  if (begin == end) return;
  const std::vector<ColumnSpec>& specs = part.schema.species()[species].columns;
  for (std::size_t c = 0; c < specs.size(); ++c) {
    if (specs[c].role != Role::intent) continue;
    const std::size_t bytes = specs[c].bytes();
    std::memset(part.species[species].columns[c].bytes.data() + begin * bytes, 0, (end - begin) * bytes);
  }
}

/// Sense and Act kernels of one species over all its agents, chunk by chunk, so that intents stay in the cache.
void run_agents_fused(std::uint32_t species, Part& part, Executor& executor) {
  const Kernels sense = agent_kernels(species, Phase::sense, part), act = agent_kernels(species, Phase::act, part);
  if (sense.empty() && act.empty()) return;
  check_act_order(act, part.tick);
  const std::size_t slots = part.species[species].slots();
  std::size_t grain = agent_grain;
  for (const Kernels* kernels : {&sense, &act})
    for (const KernelSpec* kernel : *kernels)
      if (kernel->grain != 0) grain = std::min(grain, kernel->grain);
  const bool concurrent = slots > grain && executor.threads() > 1;
  const auto run = [&](const Kernels& kernels, std::size_t begin, std::size_t end) {
    for (const KernelSpec* kernel : kernels) run_over(*kernel, part, begin, end, concurrent);
  };
  const auto for_each_chunk = [&](const auto& f) {
    executor.for_range(slots, grain, [&](std::size_t begin, std::size_t end) {
      for (std::size_t chunk = begin; chunk < end; chunk += agent_grain) f(chunk, std::min(end, chunk + agent_grain));
    });
  };
  if (part.timer == nullptr) {
    for_each_chunk([&](std::size_t begin, std::size_t end) {
      clear_intents(species, part, begin, end);
      run(sense, begin, end);
      run(act, begin, end);
    });
    return;
  }
  TimedPass pass(*part.timer);
  for_each_chunk([&](std::size_t begin, std::size_t end) {
    clear_intents(species, part, begin, end);
    pass.chunk([&] { run(sense, begin, end); }, [&] { run(act, begin, end); });
  });
}

void run_node_kernels(Phase phase, Part& part, Executor& executor) {
  for (const KernelSpec& kernel : part.schema.kernels())
    if (!kernel.on_agents && kernel.phase == phase && wanted(kernel, part)) run_kernel(kernel, part, executor);
}

void run_growing_kernels(Phase phase, Part& part, Executor& executor) {
  for (const GrowingKernelSpec& kernel : part.schema.growing_kernels()) {
    if (kernel.phase != phase || !wanted(kernel, part)) continue;
    const std::size_t nodes = part.growing[kernel.layer].ids.size();
    const bool concurrent = nodes > list_grain && executor.threads() > 1;
    executor.for_range(nodes, list_grain, [&](std::size_t begin, std::size_t end) { run_over(kernel, part, begin, end, concurrent); });
  }
}

[[noreturn]] void throw_no_such_value(const Part& part, std::size_t index, const CategoryChange& change) {
  const CategorySpec& spec = part.schema.layer().categories[index];
  const std::uint8_t value = std::max(change.before, change.after);  // what a second kernel found may be what the first had set
  throw ModelError(fmt::format("the category \"{}\" of node {} was set to {} in tick {}, and has the values 0 to {}",
                               part.schema.layer().columns[spec.column].name, part.geometry.id_of(change.node), value, part.tick.value,
                               spec.values.size() - 1));
}

[[noreturn]] void throw_changed_twice(const Part& part, std::size_t index, const CategoryChange& change) {
  const CategorySpec& spec = part.schema.layer().categories[index];
  throw ModelError(fmt::format("the category \"{}\" of node {} was changed twice in tick {}: one Become a node and tick",
                               part.schema.layer().columns[spec.column].name, part.geometry.id_of(change.node), part.tick.value));
}

/// Moves the changes of one category into its sets, counts and degree sums.
void apply_changes(Part& part, std::size_t index, Executor& executor) {
  CategoryState& category = part.categories[index];
  std::size_t total = 0;
  for (const WorkerScratch& worker : part.workers) total += worker.changes[index].size();
  if (total == 0) return;
  const std::uint32_t column = part.schema.layer().categories[index].column;
  const bool tell_ghosts = part.schema.layer().columns[column].refresh == Refresh::listed;
  const bool concurrent = total > list_grain && executor.threads() > 1;
  const std::uint8_t* values = part.columns[column].as<std::uint8_t>();
  const auto apply_list = [&](std::size_t w) {
    for (const CategoryChange& change : part.workers[w].changes[index]) {
      if (std::max(change.before, change.after) >= category.sets.size()) [[unlikely]]
        throw_no_such_value(part, index, change);
      if (values[change.node] != change.after) [[unlikely]]
        throw_changed_twice(part, index, change);
      category.sets[change.before].erase(change.node, concurrent);
      category.sets[change.after].insert(change.node, concurrent);
    }
  };
  if (concurrent) executor.for_each(part.workers.size(), apply_list);
  else
    for (std::size_t w = 0; w < part.workers.size(); ++w) apply_list(w);
  const Geometry& geometry = part.geometry;
  for (WorkerScratch& worker : part.workers) {
    for (const CategoryChange& change : worker.changes[index]) {
      const auto out = static_cast<std::int64_t>(geometry.out_degree(change.node)),
                 in = static_cast<std::int64_t>(geometry.in_degree(change.node));
      --category.counts[change.before];
      ++category.counts[change.after];
      category.out_degrees[change.before] -= out;
      category.out_degrees[change.after] += out;
      category.in_degrees[change.before] -= in;
      category.in_degrees[change.after] += in;
      if (tell_ghosts) part.changed[column].push_back(change.node);
    }
    worker.changes[index].clear();
  }
}

}  // namespace

void sense(Part& part, Executor& executor) {
  {
    const TimedStep step(part.timer, TickStep::sense);
    for (auto& changed : part.changed) changed.clear();
    run_node_kernels(Phase::sense, part, executor);
    run_growing_kernels(Phase::sense, part, executor);
  }
  part.sensed_whole.assign(part.species.size(), false);
  for (std::uint32_t s = 0; s < part.species.size(); ++s) {
    if (!wants_sensing_whole(s, part)) continue;
    part.sensed_whole[s] = true;
    clear_intents(s, part, 0, part.species[s].slots());
    const TimedStep step(part.timer, TickStep::sense, TimedStep::Of::agents);
    for (const KernelSpec* kernel : agent_kernels(s, Phase::sense, part)) run_kernel(*kernel, part, executor);
  }
}

void decide(const std::vector<Part*>& parts) {
  const Declared& schema = parts.front()->schema;
  if (schema.decisions().empty()) return;
  const TimedStep step(parts.front()->timer, TickStep::sense, TimedStep::Of::agents);
  for (const DecisionSpec& decision : schema.decisions()) {
    std::vector<Question> questions;
    std::vector<DecisionBatch> batches;
    questions.reserve(parts.size());
    for (Part* part : parts) {
      questions.emplace_back(decision, *part);
      batches.push_back(questions.back().batch);
    }
    decision.policy->decide(batches);
  }
}

void act(Part& part, Executor& executor) {
  {
    const TimedStep step(part.timer, TickStep::act);
    run_node_kernels(Phase::act, part, executor);
    run_growing_kernels(Phase::act, part, executor);
  }
  for (std::uint32_t s = 0; s < part.species.size(); ++s) {
    if (!part.sensed_whole[s]) {
      run_agents_fused(s, part, executor);
      continue;
    }
    const TimedStep step(part.timer, TickStep::act, TimedStep::Of::agents);
    keep_memory_sound(s, part);
    const Kernels kernels = agent_kernels(s, Phase::act, part);
    check_act_order(kernels, part.tick);
    for (const KernelSpec* kernel : kernels) run_kernel(*kernel, part, executor);
  }
  part.for_each_effect([&](Effect& effect) { effect.settle(part); });
}

void decay(Part& part, Executor& executor) {
  const TimedStep step(part.timer, TickStep::decay);
  part.for_each_effect([&](Effect& effect) { effect.commit(part, executor); });
  run_node_kernels(Phase::decay, part, executor);
  for (const NextSpec& next : part.schema.layer().nexts) std::swap(part.columns[next.current].bytes, part.columns[next.next].bytes);
  for (std::size_t c = 0; c < part.categories.size(); ++c) apply_changes(part, c, executor);
  for (WorkerScratch& worker : part.workers)
    for (auto& list : worker.marked) list.clear();
  part.for_each_effect([&](Effect& effect) { effect.clear(part); });
}

void advance(Part& part, Executor& executor, bool observe, Globals& partial) {
  const TimedStep step(part.timer, TickStep::advance);
  for (const KernelSpec& kernel : part.schema.kernels())
    if (kernel.phase == Phase::advance && wanted(kernel, part)) run_kernel(kernel, part, executor);
  part.for_each_effect([&](Effect& effect) { effect.land(part); });  // who is born takes part in no phase of this tick
  sort_agents_when_due(part, executor);
  tally(part, executor, observe, partial);
  for (WorkerScratch& worker : part.workers) {
    reduce_slots(partial, worker.globals, part.schema.globals());
    std::fill(worker.globals.begin(), worker.globals.end(), 0);
  }
}

void tally(const Part& part, Executor& executor, bool observe, Globals& partial) {
  partial.assign(part.schema.slot_count(), 0);
  for (std::size_t c = 0; c < part.categories.size(); ++c) {
    const CategorySpec& spec = part.schema.layer().categories[c];
    const CategoryState& category = part.categories[c];
    for (std::size_t v = 0; v < spec.values.size(); ++v) {
      partial[spec.count_slot + v] = category.counts[v];
      partial[spec.degree_slot + v] = category.out_degrees[v];
      partial[spec.degree_slot + spec.values.size() + v] = category.in_degrees[v];
    }
  }
  for (std::size_t s = 0; s < part.species.size(); ++s)
    partial[part.schema.species()[s].count_slot] = static_cast<std::int64_t>(part.species[s].count());
  for (std::size_t l = 0; l < part.growing.size(); ++l) {
    const GrowingSpec& spec = part.schema.growing()[l];
    partial[spec.nodes_slot] = static_cast<std::int64_t>(part.growing[l].owned_count);
    partial[spec.halves_slot] = static_cast<std::int64_t>(part.growing[l].links.halves());
  }
  if (observe)
    for (const ScanSpec& scan : part.schema.scans()) scan_column(part, scan, executor, partial);
}

void rebuild_categories(Part& part, Executor&) {
  for (std::size_t c = 0; c < part.categories.size(); ++c) {
    CategoryState& category = part.categories[c];
    for (NodeSet& set : category.sets) set.clear();
    std::fill(category.counts.begin(), category.counts.end(), 0);
    category.out_degrees = category.in_degrees = category.counts;
    const std::uint8_t* values = part.columns[part.schema.layer().categories[c].column].as<std::uint8_t>();
    for (LocalIndex i = 0; i < part.geometry.owned; ++i) {
      if (values[i] >= category.sets.size())
        throw StateError("node " + std::to_string(part.geometry.id_of(i)) + " has the value " + std::to_string(values[i]) +
                         ", which its category lacks");
      category.sets[values[i]].insert(i, false);
      ++category.counts[values[i]];
      category.out_degrees[values[i]] += static_cast<std::int64_t>(part.geometry.out_degree(i));
      category.in_degrees[values[i]] += static_cast<std::int64_t>(part.geometry.in_degree(i));
    }
  }
}

}  // namespace colony
