// What a model declares: layers and their fields, species, globals, observables, kernels. A Schema is filled once by Model::declare and
// is the same, read-only, for every shard.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <typeindex>
#include <vector>

#include "engine/graph/graph.hpp"
#include "engine/graph/link_rows.hpp"
#include "engine/ids.hpp"
#include "engine/random/random.hpp"
#include "engine/schema/effects.hpp"
#include "engine/schema/handles.hpp"
#include "engine/schema/job.hpp"
#include "engine/schema/observing.hpp"
#include "engine/schema/parameters.hpp"
#include "engine/schema/policy.hpp"
#include "engine/schema/rules.hpp"
#include "engine/schema/settings.hpp"
#include "engine/types.hpp"

namespace colony {

class Part;
class Schema;

/// state is digested and saved; intent and next live within a tick; constant is filled by populate and never changes.
enum class Role : std::uint8_t { state, intent, next, constant };
enum class Refresh : std::uint8_t { never, listed, dense };  ///< how ghosts of a column are kept: by change list or whole

struct ColumnSpec {
  std::string name;
  ScalarType type = ScalarType::u8;
  Role role = Role::state;
  Refresh refresh = Refresh::never;                             ///< never, until a kernel declares that it reads the column from neighbours
  Refresh when_near = Refresh::dense;                           ///< what refresh becomes then
  std::uint32_t width = 1;                                      ///< values an entity; an array has no ghosts
  std::size_t bytes() const { return bytes_of(type) * width; }  ///< of an entity
};

struct CategorySpec {
  std::uint32_t column;
  std::vector<std::string> values;
  std::uint32_t count_slot;   ///< globals: nodes of value v at count_slot + v
  std::uint32_t degree_slot;  ///< globals: out-degrees of the nodes of value v summed at degree_slot + v, in-degrees after them
};

struct SignalOptions {
  Adjustable evaporation = 0.0;  ///< fraction lost a tick
  Adjustable diffusion = 0.0;    ///< fraction given to the neighbours a tick, in equal shares
  double quantum = 0x1p-20;      ///< unit of deposits and of totals
};

/// Quanta that may be dropped on one node in one tick: exact in double.
inline constexpr std::int64_t most_deposits = (std::int64_t{1} << 52) - 1;

struct SignalSpec {
  std::uint32_t column;
  SignalOptions options;
};

struct ClaimSpec {
  std::string name;
  std::uint32_t stock_column;  ///< u32: capacity in S(t), one unit goes to each winner
  std::uint32_t effect;
  bool one_winner = false;  ///< winners write where they stand, so that a node must not have two
};

struct NextSpec {
  std::uint32_t current;
  std::uint32_t next;
};

/// carried_sum: sums of what kernels add, half of the slots, each with a carry in the other half: exact in any order in
/// which amounts of both signs come (engine/globals/carried_sum.hpp). best: the smallest value with its id and payload (GlobalBest), ties
/// by id, then by payload; of two ticks the earlier. wide_sum: two slots that hold a sum of 128 bits (engine/globals/wide_sum.hpp). runs:
/// runs of sorted values (engine/globals/runs.hpp), which stand behind the slots of all globals.
enum class Reduce : std::uint8_t { sum, carried_sum, max, min, best, wide_sum, runs };

/// One or more consecutive 64-bit integers that every shard contributes to and the coordinator reduces.
struct GlobalSpec {
  std::string name;
  Reduce reduce = Reduce::sum;
  bool lasting = false;  ///< part of state: contributions add up over the ticks; otherwise of this tick alone
  std::uint32_t width = 1;
  bool of_effects = false;  ///< gathered from kernels' effects, so that the state alone can't give it back; checkpoints keep it
  std::int64_t gap = 0;     ///< runs: values that differ by so much or less are of one run
};

/// What a kernel runs over: every entity, the nodes of a category's value, the nodes marked, or, of an effect, the nodes that a max or min
/// touched or the winners of a claim.
struct Domain {
  enum class Kind : std::uint8_t { all, category_value, marked, touched, winners } kind = Kind::all;
  std::uint32_t index = 0;
  std::uint8_t value = 0;
};

struct KernelSpec {
  Phase phase = Phase::sense;
  bool on_agents = false;
  std::uint32_t species = 0;  ///< when on_agents
  Domain domain;
  AccessNotes notes;
  std::function<bool(const Globals&)> when;  ///< empty: always
  std::function<bool(std::uint64_t)> in;     ///< ... and in which ticks; empty: in all
  std::optional<Setting> unless_zero{};      ///< ... and not in ticks in which this is 0
  std::size_t grain = 0;                     ///< agents that a thread takes at a time; 0: as the engine sees fit
  std::type_index type = typeid(void);       ///< of the kernel; with the kernel as the model gave it, for a device that knows the type
  std::shared_ptr<const void> kernel{};
  /// Runs the kernel over items [begin, end) of its domain: node or agent indices, groups of a node set, or positions in a list.
  std::function<void(Part&, std::size_t begin, std::size_t end, bool concurrent)> run;
};

/// Between Sense and Act a policy turns the observations of all agents of a species into actions.
struct DecisionSpec {
  std::uint32_t species = 0;
  std::shared_ptr<const Policy> policy;
  std::uint32_t first_observation = 0;  ///< agent columns, policy->inputs() of them, f32
  std::uint32_t first_memory = 0;       ///< ... and policy->memory() of them
  std::uint32_t action = 0;             ///< agent column, u8
  Choosing choosing = Choosing::largest;
  Stream stream = Stream::decide;
};

/// A kernel over the nodes of a growing layer, in Sense or Act.
struct GrowingKernelSpec {
  Phase phase = Phase::sense;
  std::uint32_t layer = 0;
  AccessNotes notes;
  std::function<bool(std::uint64_t)> in;  ///< in which ticks; empty: in all
  std::type_index type = typeid(void);
  std::function<void(Part&, std::size_t begin, std::size_t end, bool concurrent)> run;
};

/// A global choice of `count` nodes by key: the same for any shape.
struct ChoiceSpec {
  std::uint64_t count;
  Stream stream;
};
struct Choice {
  std::uint32_t choice;
};

/// A signal on the nodes of a growing layer: a field in 2^-20 of its unit that loses a share in each tick, and to which each emission of
/// the node adds. It is read where one stands: those elsewhere who have a link to the node are not told.
struct GrowingSignalSpec {
  std::uint32_t field = 0;
  Adjustable evaporation = 0.0;  ///< share
  std::uint64_t deposit = 0;     ///< of an emission, in 2^-20
};
inline constexpr std::uint64_t most_growing_signal = (std::uint64_t{1} << 32) - 1;

/// A layer that grows. Nodes stay once they are there.
struct GrowingSpec {
  std::string name;
  bool anchored = false;  ///< a node lives with the node of the job's graph that emitted it; otherwise its block follows from its id
  std::vector<std::string> fields{};
  std::vector<GrowingSignalSpec> signals{};
  bool linked = false;
  LinkOptions links{};
  LinkDecay decay{};
  std::int32_t relates_to = -1;                                                  ///< the growing layer that its relations lead to
  std::uint32_t emissions = 0, sets = 0, joins = 0, unlinks = 0, relations = 0;  ///< effects; of links and relations where it has them
  // Globals: nodes; halves of links; links made and pruned in the tick.
  std::uint32_t nodes_slot = 0, halves_slot = 0, linked_slot = 0, pruned_slot = 0;
};

struct LayerSpec {
  std::string name = "nodes";
  std::uint32_t reach = 1;      ///< how far away, in hops, a kernel may read; more than 1 on lattices only
  bool by_id = false;           ///< some kernel finds nodes by their ids; on lattices and complete layers
  bool needs_out_rows = false;  ///< some kernel walks the edges from source to target
  bool needs_in_rows = false;
  std::vector<ColumnSpec> columns;
  std::vector<CategorySpec> categories;
  std::vector<SignalSpec> signals;
  std::vector<ClaimSpec> claims;
  std::vector<NextSpec> nexts;
  std::vector<std::uint32_t> traces;  ///< columns
  std::vector<std::uint32_t> added;   ///< columns that kernels add to
  std::uint32_t marks = 0;

  bool is_category(std::uint32_t column) const;
  bool is_signal(std::uint32_t column) const;
  bool has_next(std::uint32_t column) const;
  bool is_plain_state(std::uint32_t column) const;  ///< state that only kernels change
};

struct SpeciesSpec {
  std::string name;
  std::vector<ColumnSpec> columns;                  ///< state and intents; id and node are kept by the engine
  std::uint32_t count_slot;                         ///< globals: agents
  std::int32_t growing = -1;                        ///< the growing layer on whose nodes they stand; -1: the layer of the job's graph
  std::uint32_t moves = 0, births = 0, deaths = 0;  ///< effects
};

/// What a model has declared, as the engine reads it.
class Declared {
 public:
  /// The job outlives it: parameters, population, seed and the graph's topology are the job's.
  explicit Declared(const Job& job) : job_(job) {}

  const Job& job() const { return job_; }
  /// Of all kernels and decisions, ascending, and those of the engine.
  std::vector<Stream> streams() const;
  const LayerSpec& layer() const { return layer_; }
  const std::vector<GrowingSpec>& growing() const { return growing_; }
  const std::vector<SpeciesSpec>& species() const { return species_; }
  const std::vector<EffectSpec>& effects() const { return effects_; }
  const std::vector<KernelSpec>& kernels() const { return kernels_; }
  const std::vector<GrowingKernelSpec>& growing_kernels() const { return growing_kernels_; }
  const std::vector<DecisionSpec>& decisions() const { return decisions_; }
  const std::vector<SettingSpec>& settings() const { return settings_; }
  const std::vector<GlobalSpec>& globals() const { return globals_; }
  const std::vector<ObservableSpec>& observables() const { return observables_; }
  const std::vector<ScanSpec>& scans() const { return scans_; }
  const std::vector<EventSpec>& event_kinds() const { return event_kinds_; }
  const std::vector<ChoiceSpec>& choices() const { return choices_; }
  std::uint32_t slot_count() const { return slots_; }
  /// Whether runs are gathered in every tick: a kernel has a `when`, which may ask for them, and must not see which ticks are observed.
  bool has_runs_in_every_tick() const;

 protected:
  const Job& job_;
  LayerSpec layer_;
  std::vector<GrowingSpec> growing_;
  std::vector<SpeciesSpec> species_;
  std::vector<EffectSpec> effects_;
  std::vector<KernelSpec> kernels_;
  std::vector<GrowingKernelSpec> growing_kernels_;
  std::vector<DecisionSpec> decisions_;
  std::vector<SettingSpec> settings_;
  std::vector<GlobalSpec> globals_;
  std::vector<ObservableSpec> observables_;
  std::vector<ScanSpec> scans_;
  std::vector<EventSpec> event_kinds_;
  std::vector<ChoiceSpec> choices_;
  std::uint32_t slots_ = 0;
};

}  // namespace colony
