// The Schema: what a model declares itself to, and what the engine reads of it.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "engine/effects/addition.hpp"
#include "engine/effects/birth.hpp"
#include "engine/effects/claim.hpp"
#include "engine/effects/death.hpp"
#include "engine/effects/deposit.hpp"
#include "engine/effects/maximum.hpp"
#include "engine/effects/minimum.hpp"
#include "engine/effects/move.hpp"
#include "engine/effects/trace.hpp"
#include "engine/kernels/array_access.hpp"
#include "engine/kernels/growing_agents.hpp"
#include "engine/kernels/kernel_options.hpp"
#include "engine/kernels/loops.hpp"
#include "engine/kernels/settings.hpp"
#include "engine/kernels/standing.hpp"
#include "engine/schema/declared.hpp"

namespace colony {

/// What the job asks the engine for on a model's behalf, and what the model declares in answer. Filled once, then read-only.
class Schema : public Declared {
 public:
  using Declared::Declared;

  /// Value of a parameter; T as in Parameters::get.
  template <class T = double>
  T param(const std::string& name) const {
    return job_.parameters.get<T>(name);
  }

  /// A whole or real parameter that is read anew in each tick (engine/kernels/settings.hpp). applied: a function of it, which may refuse
  /// it by a UsageError.
  Setting setting(const std::string& parameter, std::function<double(double)> applied = {});
  Setting setting_in_quanta(const std::string& parameter, double quantum);  ///< in whole quanta, rounded to nearest
  /// A hash of what the model read from files and goes on reading while it runs: a process with other files, and a run that is resumed
  /// after they changed, is refused.
  void fingerprint(const std::string& name, std::uint64_t hash) { fingerprints_.emplace_back(name, hash); }

  // ---- The layer of the job's graph ----
  using Declared::growing, Declared::layer;
  /// Names the layer (checkpoints and snapshots use it). Call first.
  void layer(const std::string& name) { layer_.name = name; }
  template <class T>
  NodeField<T> field(const std::string& name) {
    return {add_column({name, scalar_type<T>(), Role::state})};
  }
  /// `width` values on each node. Agents that stand there read them; other nodes don't.
  template <class T>
  NodeArray<T> array(const std::string& name, std::uint32_t width) {
    ColumnSpec spec{name, scalar_type<T>(), Role::state};
    spec.width = width;
    return {add_column(std::move(spec)), width};
  }
  /// A field that populate fills and nothing changes: neither digested nor saved.
  template <class T>
  NodeField<T> constant(const std::string& name) {
    return {add_column({name, scalar_type<T>(), Role::constant, Refresh::never, Refresh::listed})};
  }
  /// A buffer for the next value of `of`, which one Sense kernel returns (`Next`) and which takes the field's place in Decay.
  template <class T>
  NextField<T> next(NodeField<T> of) {
    const std::uint32_t column = add_column({layer_.columns[of.column].name + "'", scalar_type<T>(), Role::next});
    layer_.nexts.push_back({of.column, column});
    return {column};
  }
  Category category(const std::string& name, std::vector<std::string> values);
  SignalField signal(const std::string& name, const SignalOptions& options);
  /// A number on each edge, of a complete layer whose ids are 0 .. nodes - 1. Deposits are whole numbers; a Decay kernel says what becomes
  /// of them.
  TraceField trace(const std::string& name, std::uint32_t nodes);
  MarkField mark() { return {layer_.marks++}; }
  MaxField maximum() { return {add_effect(MaximumEffect::spec())}; }
  MinField minimum() { return {add_effect(MaximumEffect::spec("min"))}; }
  /// Kernels add to the field of any node within reach, with AddNear. quantum: of real fields, the unit in which amounts are counted.
  template <class T>
  Addition addition(NodeField<T> field, double quantum = 0x1p-20) {
    return add_addition(field.column, quantum);
  }
  /// A stock of units on nodes that agents claim one by one; never below zero.
  ClaimField claim(const std::string& name, NodeField<std::uint32_t> stock);
  /// The model walks rows from source to target too (push), not only from target to source.
  void push_rows() { layer_.needs_out_rows = true; }
  void pull_rows() { layer_.needs_in_rows = true; }
  /// Kernels read the nodes within `hops` of where they stand, with At. On lattices a hop is a step in any of 8 directions.
  void reach(std::uint32_t hops) { layer_.reach = hops; }
  /// The k nodes with the smallest keys: the same for any shape. Ask Seeder::chosen.
  Choice choose(std::uint64_t k, Stream stream = Stream::choose);

  // ---- Layers that grow ----
  enum class Anchored : bool { no, yes };
  GrowingLayer growing(const std::string& name, Anchored anchored = Anchored::no);
  GrowingField growing_field(GrowingLayer of, const std::string& name);
  /// evaporation: the fraction lost a tick; deposit: what an emission of the node adds, up to 4096 in all.
  GrowingSignal growing_signal(GrowingLayer of, const std::string& name, Adjustable evaporation, double deposit);
  /// Nodes of the layer are joined by undirected links.
  void links(GrowingLayer of, const LinkOptions& options, LinkDecay decay);
  /// Nodes of `from` keep relations to nodes of `to`: an amount each, made once.
  void relation(GrowingLayer from, GrowingLayer to);

  // ---- Species ----
  std::uint32_t agents(const std::string& name);
  /// They stand on the nodes of a growing layer. There are none in S(0), as there are no nodes.
  GrowingSpecies growing_agents(const std::string& name, GrowingLayer on);
  template <class T>
  AgentField<T> agent_field(std::uint32_t of_species, const std::string& name) {
    return {of_species, add_agent_column(of_species, {name, scalar_type<T>(), Role::state})};
  }
  template <class T>
  AgentArray<T> agent_array(std::uint32_t of_species, const std::string& name, std::uint32_t width) {
    ColumnSpec spec{name, scalar_type<T>(), Role::state};
    spec.width = width;
    return {of_species, add_agent_column(of_species, std::move(spec)), width};
  }
  /// What Sense tells Act; 0 at the beginning of each tick.
  template <class T>
  AgentField<T> intent(std::uint32_t of_species, const std::string& name) {
    return {of_species, add_agent_column(of_species, {name, scalar_type<T>(), Role::intent})};
  }
  /// `count` intents, a column each: what an agent's Sense kernel writes for a policy, with WriteColumns.
  AgentColumns<float> observations(std::uint32_t of_species, std::uint32_t count);
  /// After the Sense kernels of a species: an action of each of its agents, for their Act kernels. What a recurrent policy remembers is
  /// state of the agents.
  void decide(std::shared_ptr<const Policy> policy, AgentColumns<float> observations, AgentField<std::uint8_t> action, Choosing choosing,
              Stream stream = Stream::decide);

  // ---- Kernels ----
  using KernelOptions = colony::KernelOptions;
  template <class Kernel>
  void sense(const Kernel& kernel, KernelOptions options = {}) {
    kernels_.push_back(node_kernel(Phase::sense, kernel, std::move(options)));
  }
  template <class Kernel>
  void act(const Kernel& kernel, KernelOptions options = {}) {
    kernels_.push_back(node_kernel(Phase::act, kernel, std::move(options)));
  }
  template <class Kernel>
  void decay(const Kernel& kernel, KernelOptions options = {}) {
    kernels_.push_back(node_kernel(Phase::decay, kernel, std::move(options)));
  }
  /// Species: what agents() or growing_agents() returned.
  template <class Species, class Kernel>
  void sense_agents(Species of, const Kernel& kernel, KernelOptions options = {}) {
    add_agent_kernel(Phase::sense, of, kernel, std::move(options));
  }
  template <class Species, class Kernel>
  void act_agents(Species of, const Kernel& kernel, KernelOptions options = {}) {
    add_agent_kernel(Phase::act, of, kernel, std::move(options));
  }
  template <class Kernel>
  void advance_agents(std::uint32_t of_species, const Kernel& kernel, KernelOptions options = {}) {
    add_agent_kernel(Phase::advance, of_species, kernel, std::move(options));
  }
  /// Over every node of a growing layer; what it sets is there in the next tick.
  template <class Kernel>
  void sense_growing(GrowingLayer of, const Kernel& kernel) {
    growing_kernels_.push_back(growing_kernel(Phase::sense, of, kernel, {}));
  }
  template <class Kernel>
  void act_growing(GrowingLayer of, const Kernel& kernel, std::function<bool(std::uint64_t tick)> in = {}) {
    growing_kernels_.push_back(growing_kernel(Phase::act, of, kernel, std::move(in)));
  }
  static Domain nodes_in(Category c, std::uint8_t value) { return {Domain::Kind::category_value, c.category, value}; }
  static Domain marked(MarkField m) { return {Domain::Kind::marked, m.mark}; }
  static Domain touched(MaxField m) { return {Domain::Kind::touched, m.effect}; }
  static Domain touched(MinField m) { return {Domain::Kind::touched, m.effect}; }
  static Domain winners(ClaimField c) { return {Domain::Kind::winners, c.effect}; }

  // ---- Globals and observables ----
  /// A sum over effects. lasting: it is state and adds up over the ticks; otherwise it is of one tick.
  GlobalSum global(const std::string& name, bool lasting);
  /// `width` sums over the effects of one tick.
  GlobalSums sums(const std::string& name, std::uint32_t width);
  /// The least of what is offered in a tick, or, lasting, so far (ties: Reduce::best). payload: words of 64 bits that come with it.
  GlobalBest best(const std::string& name, std::uint32_t payload, bool lasting);
  std::uint32_t count_slot(Category c, std::uint8_t value) const { return layer_.categories[c.category].count_slot + value; }
  std::uint32_t out_degree_slot(Category c, std::uint8_t value) const { return layer_.categories[c.category].degree_slot + value; }
  std::uint32_t in_degree_slot(Category c, std::uint8_t value) const {
    return layer_.categories[c.category].degree_slot + static_cast<std::uint32_t>(layer_.categories[c.category].values.size()) + value;
  }
  /// A kind of event, by its name in events.csv. caused: its events name a source.
  enum class Caused : bool { no, yes };
  EventList events(const std::string& name, Caused caused = Caused::yes);

  void observe(const std::string& name, GlobalSum global);
  void observe(const std::string& name, GlobalSums sums, std::uint32_t which);  ///< one of a row of sums
  /// A sum of one tick that counts what happened in it: rows that stand for several ticks add it up.
  void observe_happenings(const std::string& name, GlobalSum global);
  void observe_happenings(const std::string& name, GlobalSums sums, std::uint32_t which);
  void observe(const std::string& name, GlobalBest best);  ///< 0 when nothing was offered
  void observe_count(const std::string& name, Category c, std::uint8_t value);
  /// Sum of a field over the nodes or agents, in its units: whole numbers as such, reals each rounded to 2^-40.
  template <class T>
  void observe_sum(const std::string& name, NodeField<T> field) {
    observe_scan(name, {sum_of<T>(), -1, field.column, 0});
  }
  template <class T>
  void observe_sum(const std::string& name, AgentField<T> field) {
    observe_scan(name, {sum_of<T>(), static_cast<std::int32_t>(field.species), field.column, 0});
  }
  void observe_sum(const std::string& name, SignalField signal);
  /// Runs of an f64 field of multiples of `quantum`: sorted values without a gap of more than `gap` quanta; for runs_of
  /// (engine/globals/runs.hpp).
  GlobalRuns runs(NodeField<double> field, double quantum, std::int64_t gap);
  void observe_agents(const std::string& name, std::uint32_t of_species);
  void observe_nodes(const std::string& name, GrowingLayer of);
  void observe_sum(const std::string& name, GrowingField field);
  void observe_links(const std::string& name, GrowingLayer of);
  /// Links made, and pruned: happenings.
  void observe_linked(const std::string& name, GrowingLayer of);
  void observe_pruned(const std::string& name, GrowingLayer of);
  /// Any function of the reduced globals, whole or real.
  void observe_with(const std::string& name, std::function<std::int64_t(const Globals&)> value);
  void observe_real(const std::string& name, std::function<double(const Globals&)> value);

  // ---- What the engine reads, beside Declared ----
  /// XXH3-64 of everything that gives columns and globals their meaning, as 16 digits. Stored in checkpoints.
  std::string hash() const;
  /// Call after declare: settles which columns have ghosts. Throws ModelError where a kernel breaks the table of phases
  /// (engine/model/phase_rules.hpp), or two things have one name.
  void finish();

 private:
  std::uint32_t add_column(ColumnSpec spec);
  std::uint32_t add_agent_column(std::uint32_t of_species, ColumnSpec spec);
  std::uint32_t add_global(GlobalSpec spec);
  std::uint32_t add_effect(EffectSpec spec) {
    effects_.push_back(std::move(spec));
    return static_cast<std::uint32_t>(effects_.size() - 1);
  }
  Addition add_addition(std::uint32_t column, double quantum);
  void check_on_graph(std::uint32_t of_species) const;
  void observe_scan(const std::string& name, ScanSpec scan);
  void observe_slot(const std::string& name, std::uint32_t slot);

  template <class Species, class Kernel>
  void add_agent_kernel(Phase phase, Species of, const Kernel& kernel, KernelOptions options) {
    if constexpr (!std::is_same_v<Species, GrowingSpecies>) check_on_graph(of);
    kernels_.push_back(agent_kernel(phase, of, kernel, std::move(options)));
  }
  std::vector<std::pair<std::string, std::uint64_t>> fingerprints_;
};

}  // namespace colony
