#include "engine/model/schema.hpp"

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <span>

#include <fmt/format.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "engine/effects/emission.hpp"
#include "engine/effects/field_set.hpp"
#include "engine/effects/link.hpp"
#include "engine/effects/relation.hpp"
#include "engine/effects/unlink.hpp"
#include "engine/error.hpp"
#include "engine/globals/best.hpp"
#include "engine/globals/reduce.hpp"
#include "engine/globals/runs.hpp"
#include "engine/globals/wide_sum.hpp"
#include "engine/model/mistakes.hpp"
#include "engine/model/phase_rules.hpp"
#include "engine/model/setting_rules.hpp"
#include "engine/schema/field_rules.hpp"

namespace colony {

namespace {

/// Throws ModelError when one of `specs` has the name already.
template <class Specs>
void check_name(const Specs& specs, const std::string& name, const std::string& what) {
  if (std::any_of(specs.begin(), specs.end(), [&](const auto& spec) { return spec.name == name; }))
    refuse(what + " \"" + name + "\" is declared twice");
}
/// ... when two of them have one.
template <class Specs>
void check_names(const Specs& specs, const std::string& what) {
  for (std::size_t k = 0; k < specs.size(); ++k) check_name(std::span(specs).first(k), specs[k].name, what);
}

}  // namespace

Setting Schema::setting(const std::string& parameter, std::function<double(double)> applied) {
  const ParameterValue& value = job_.parameters.value_of(parameter);
  if (!std::holds_alternative<double>(value) && !std::holds_alternative<std::int64_t>(value) && !std::holds_alternative<NumbersBy>(value))
    refuse("a setting is a whole or a real number, and the parameter \"" + parameter + "\" is neither");
  if (const auto* whole = std::get_if<std::int64_t>(&value); whole != nullptr && std::abs(static_cast<double>(*whole)) > 0x1p53)
    throw UsageError(fmt::format("[model] {} = {}: a setting is a whole number up to 2^53", parameter, *whole));
  settings_.push_back({.parameter = parameter, .applied = std::move(applied)});
  return {static_cast<std::uint32_t>(settings_.size() - 1)};
}

Setting Schema::setting_in_quanta(const std::string& parameter, double quantum) {
  return setting(parameter, [=](double value) { return whole_quanta(parameter, value, quantum); });
}

std::uint32_t Schema::add_column(ColumnSpec spec) {
  check_name(layer_.columns, spec.name, "the field");
  layer_.columns.push_back(std::move(spec));
  return static_cast<std::uint32_t>(layer_.columns.size() - 1);
}

std::uint32_t Schema::add_agent_column(std::uint32_t of_species, ColumnSpec spec) {
  auto& columns = species_.at(of_species).columns;
  check_name(columns, spec.name, "of \"" + species_[of_species].name + "\" the field");
  columns.push_back(std::move(spec));
  return static_cast<std::uint32_t>(columns.size() - 1);
}

std::uint32_t Schema::add_global(GlobalSpec spec) {
  const auto named = [&](const GlobalSpec& known) { return known.of_effects && known.name == spec.name; };
  if (spec.of_effects && std::any_of(globals_.begin(), globals_.end(), named)) refuse("the global \"" + spec.name + "\" is declared twice");
  const std::uint32_t slot = slots_;
  slots_ += spec.width;
  globals_.push_back(std::move(spec));
  return slot;
}

Category Schema::category(const std::string& name, std::vector<std::string> values) {
  const std::uint32_t column = add_column({name, ScalarType::u8, Role::state, Refresh::never, Refresh::listed});
  const auto count = static_cast<std::uint32_t>(values.size());
  const std::uint32_t counts = add_global({name + " counts", Reduce::sum, false, count});
  const std::uint32_t degrees = add_global({name + " degrees", Reduce::sum, false, 2 * count});
  layer_.categories.push_back({column, std::move(values), counts, degrees});
  return {static_cast<std::uint32_t>(layer_.categories.size() - 1), column};
}

SignalField Schema::signal(const std::string& name, const SignalOptions& options) {
  const auto share = [](double value) { return value >= 0 && value <= 1; };
  if (!share(options.evaporation.fixed) || !share(options.diffusion.fixed) || !(options.quantum > 0))
    refuse("the signal \"" + name + "\" has an evaporation or diffusion that is no fraction, or a quantum that is not above 0");
  const std::uint32_t column = add_column({name, ScalarType::f32, Role::state});
  if (options.diffusion.may_be_above_zero()) layer_.columns[column].refresh = Refresh::dense;
  layer_.signals.push_back({column, options});
  return {add_effect(DepositEffect::spec(name, static_cast<std::uint32_t>(layer_.signals.size() - 1))), column};
}

ClaimField Schema::claim(const std::string& name, NodeField<std::uint32_t> stock) {
  check_name(layer_.claims, name, "the claim");
  if (layer_.columns[stock.column].role != Role::state)
    refuse("the stock of \"" + name + "\", \"" + layer_.columns[stock.column].name + "\", is no state: winners take units of it");
  layer_.columns[stock.column].when_near = Refresh::listed;
  const std::uint32_t effect = add_effect(ClaimEffect::spec(name, static_cast<std::uint32_t>(layer_.claims.size())));
  layer_.claims.push_back({name, stock.column, effect});
  return {effect, stock.column};
}

Addition Schema::add_addition(std::uint32_t column, double quantum) {
  const ColumnSpec& spec = layer_.columns.at(column);
  if (!layer_.is_plain_state(column)) refuse("the addition to \"" + spec.name + "\": kernels add to plain fields, which are state");
  if (spec.width != 1) refuse("the addition to \"" + spec.name + "\": it is an array");
  if (!(quantum > 0)) refuse("the addition to \"" + spec.name + "\" has a quantum that is not above 0");
  layer_.added.push_back(column);
  return {add_effect(AdditionEffect::spec(spec, column, quantum))};
}

TraceField Schema::trace(const std::string& name, std::uint32_t nodes) {
  const NodeArray<float> row = array<float>(name, nodes);
  layer_.traces.push_back(row.column);
  return {add_effect(TraceEffect::spec(name, nodes)), row.column, nodes};
}

Choice Schema::choose(std::uint64_t k, Stream stream) {
  choices_.push_back({k, stream});
  return {static_cast<std::uint32_t>(choices_.size() - 1)};
}

std::uint32_t Schema::agents(const std::string& name) {
  check_name(species_, name, "the species");
  const auto species = static_cast<std::uint32_t>(species_.size());
  species_.push_back({name, {}, add_global({name + " agents", Reduce::sum, false, 1})});
  species_.back().moves = add_effect(MoveEffect::spec(name, species));
  species_.back().births = add_effect(BirthEffect::spec(name, species));
  species_.back().deaths = add_effect(DeathEffect::spec(name, species));
  return species;
}

void Schema::check_on_graph(std::uint32_t of_species) const {
  if (species_.at(of_species).growing >= 0)
    refuse("a kernel over \"" + species_[of_species].name +
           "\", agents on a growing layer, is declared with what growing_agents() returned");
}

GrowingSpecies Schema::growing_agents(const std::string& name, GrowingLayer on) {
  if (growing_.at(on.layer).anchored)
    refuse("agents walk on layers whose nodes are named by content, not on anchored ones as \"" + growing_[on.layer].name + "\"");
  const std::uint32_t species = agents(name);
  species_[species].growing = static_cast<std::int32_t>(on.layer);
  return {species, on.layer};
}

AgentColumns<float> Schema::observations(std::uint32_t of_species, std::uint32_t count) {
  const auto first = static_cast<std::uint32_t>(species_.at(of_species).columns.size());
  for (std::uint32_t k = 0; k < count; ++k)
    add_agent_column(of_species, {fmt::format("observation {}", first + k), ScalarType::f32, Role::intent});
  return {of_species, first, count};
}

void Schema::decide(std::shared_ptr<const Policy> policy, AgentColumns<float> observations, AgentField<std::uint8_t> action,
                    Choosing choosing, Stream stream) {
  if (!policy || policy->inputs() != observations.count || action.species != observations.species)
    refuse("the policy of \"" + species_.at(observations.species).name + "\" takes other observations than its agents have");
  fingerprint("policy", policy->hash());
  const auto& columns = species_.at(observations.species).columns;
  const auto first_memory = static_cast<std::uint32_t>(columns.size());
  // A second policy of the species numbers on.
  const auto remembered = std::count_if(columns.begin(), columns.end(), [](const ColumnSpec& c) { return c.name.starts_with("memory "); });
  for (std::uint32_t k = 0; k < policy->memory(); ++k)
    add_agent_column(observations.species, {fmt::format("memory {}", remembered + k), ScalarType::f32, Role::state});
  decisions_.push_back({observations.species, std::move(policy), observations.first, first_memory, action.column, choosing, stream});
}

GlobalSum Schema::global(const std::string& name, bool lasting) { return {add_global({name, Reduce::carried_sum, lasting, 2, true})}; }

GlobalSums Schema::sums(const std::string& name, std::uint32_t width) {
  return {add_global({name, Reduce::carried_sum, false, 2 * width, true}), width};
}

GlobalBest Schema::best(const std::string& name, std::uint32_t payload, bool lasting) {
  const std::uint32_t width = 2 + payload;
  return {add_global({name, Reduce::best, lasting, width, true}), width};
}

GrowingLayer Schema::growing(const std::string& name, Anchored anchored) {
  check_name(growing_, name, "the layer");
  GrowingSpec spec;
  spec.name = name;
  spec.anchored = anchored == Anchored::yes;
  spec.nodes_slot = add_global({name + " nodes", Reduce::sum, false, 1});
  spec.halves_slot = add_global({name + " halves", Reduce::sum, false, 1});
  spec.linked_slot = add_global({name + " linked", Reduce::sum, false, 1, true});
  spec.pruned_slot = add_global({name + " pruned", Reduce::sum, false, 1, true});
  const auto layer = static_cast<std::uint32_t>(growing_.size());
  spec.emissions = add_effect(EmissionEffect::spec(name, layer));
  spec.sets = add_effect(FieldSetEffect::spec(name, layer));
  growing_.push_back(std::move(spec));
  return {layer};
}

GrowingField Schema::growing_field(GrowingLayer of, const std::string& name) {
  auto& fields = growing_.at(of.layer).fields;
  if (std::find(fields.begin(), fields.end(), name) != fields.end())
    refuse("of \"" + growing_[of.layer].name + "\" the field \"" + name + "\" is declared twice");
  fields.push_back(name);
  return {of.layer, static_cast<std::uint32_t>(fields.size() - 1)};
}

GrowingSignal Schema::growing_signal(GrowingLayer of, const std::string& name, Adjustable evaporation, double deposit) {
  const GrowingField field = growing_field(of, name);
  growing_.at(of.layer).signals.push_back({field.field, evaporation, static_cast<std::uint64_t>(deposit * 0x1p20)});
  return {field.layer, field.field};
}

void Schema::links(GrowingLayer of, const LinkOptions& options, LinkDecay decay) {
  GrowingSpec& spec = growing_.at(of.layer);
  if (spec.linked) refuse("the links of \"" + spec.name + "\" are declared twice");
  spec.linked = true;
  spec.joins = add_effect(LinkEffect::spec(spec.name, of.layer));
  spec.unlinks = add_effect(UnlinkEffect::spec(spec.name, of.layer));
  spec.links = options;
  spec.decay = nullptr;
  if (!decay) return;  // a kernel that links is refused
  spec.decay = [name = spec.name, decay = std::move(decay)](std::span<Link> all, std::uint32_t tick) {
    run_of_model([&] { return fmt::format("the decay of links of \"{}\" in tick {}", name, tick); }, [&] { decay(all, tick); });
  };
}

void Schema::relation(GrowingLayer from, GrowingLayer to) {
  GrowingSpec& spec = growing_.at(from.layer);
  if (spec.relates_to >= 0) refuse("the relations of \"" + spec.name + "\" are declared twice");
  spec.relates_to = static_cast<std::int32_t>(to.layer);
  spec.relations = add_effect(RelationEffect::spec(spec.name, from.layer));
}

void Schema::observe_agents(const std::string& name, std::uint32_t of_species) { observe_slot(name, species_.at(of_species).count_slot); }

void Schema::observe_nodes(const std::string& name, GrowingLayer of) { observe_slot(name, growing_.at(of.layer).nodes_slot); }

void Schema::observe_links(const std::string& name, GrowingLayer of) {
  observe_with(name, [slot = growing_.at(of.layer).halves_slot](const Globals& globals) { return globals[slot] / 2; });
}

void Schema::observe_slot(const std::string& name, std::uint32_t slot) {
  observables_.push_back({name, [slot](const Globals& globals) { return globals[slot]; }});
}

EventList Schema::events(const std::string& name, Caused caused) {
  event_kinds_.push_back({name, caused == Caused::yes});
  return {static_cast<std::uint32_t>(event_kinds_.size() - 1)};
}

void Schema::observe(const std::string& name, GlobalSum global) { observe_slot(name, global.slot); }

namespace {

/// Of one of a row of sums.
std::uint32_t slot_in_row(const std::string& name, GlobalSums sums, std::uint32_t which) {
  if (which >= sums.width) refuse(fmt::format("the observable \"{}\" is of sum {} of a row of {}", name, which, sums.width));
  return sums.slot + which;
}

}  // namespace

void Schema::observe(const std::string& name, GlobalSums sums, std::uint32_t which) { observe_slot(name, slot_in_row(name, sums, which)); }

void Schema::observe_happenings(const std::string& name, GlobalSums sums, std::uint32_t which) {
  observe(name, sums, which);
  observables_.back().happenings = sums.slot + which;
}

void Schema::observe_happenings(const std::string& name, GlobalSum global) {
  std::uint32_t slot = 0;
  for (const GlobalSpec& spec : globals_) {
    if (slot == global.slot && (!spec.of_effects || spec.lasting))
      refuse("the observable \"" + name + "\" counts happenings, and so is of a sum over the effects of one tick");
    slot += spec.width;
  }
  observe_slot(name, global.slot);
  observables_.back().happenings = global.slot;
}

void Schema::observe(const std::string& name, GlobalBest best) {
  observe_with(name, [best](const Globals& globals) { return globals[best.slot] == 0 ? 0 : best_value(globals[best.slot]); });
}

void Schema::observe_count(const std::string& name, Category c, std::uint8_t value) { observe_slot(name, count_slot(c, value)); }

void Schema::observe_linked(const std::string& name, GrowingLayer of) {
  observe_happenings(name, GlobalSum{growing_.at(of.layer).linked_slot});
}

void Schema::observe_pruned(const std::string& name, GrowingLayer of) {
  observe_happenings(name, GlobalSum{growing_.at(of.layer).pruned_slot});
}

namespace {

/// A model's function of the globals; what it throws is told as the model's.
template <class Value>
ObservableSpec of_function(const std::string& name, std::function<Value(const Globals&)> value) {
  return {name, [name, value = std::move(value)](const Globals& globals) {
            return run_of_model([&] { return "the observable \"" + name + "\""; }, [&] { return value(globals); });
          }};
}

}  // namespace

void Schema::observe_with(const std::string& name, std::function<std::int64_t(const Globals&)> value) {
  observables_.push_back(of_function(name, std::move(value)));
}

void Schema::observe_real(const std::string& name, std::function<double(const Globals&)> value) {
  observables_.push_back(of_function(name, std::move(value)));
}

void Schema::observe_sum(const std::string& name, GrowingField field) {
  observe_scan(name, {ScanSpec::Kind::growing_sum, static_cast<std::int32_t>(field.layer), field.field, 0});
}

void Schema::observe_scan(const std::string& name, ScanSpec scan) {
  const bool of_columns = scan.kind == ScanSpec::Kind::sum || scan.kind == ScanSpec::Kind::real_sum;
  if (of_columns) {
    const auto& columns = scan.species < 0 ? layer_.columns : species_.at(static_cast<std::size_t>(scan.species)).columns;
    const Role role = columns.at(scan.column).role;
    if (role == Role::intent || role == Role::next)
      refuse("the observable \"" + name + "\" is of \"" + columns[scan.column].name + "\", which is no state");
  }
  const bool whole = scan.slots() == 1;
  scan.name = name;
  scan.slot = add_global({name, whole ? Reduce::sum : Reduce::wide_sum, false, scan.slots()});
  if (whole) observe_slot(name, scan.slot);
  else observe_real(name, [slot = scan.slot](const Globals& globals) { return real_of(&globals[slot]); });
  scans_.push_back(std::move(scan));
}

void Schema::observe_sum(const std::string& name, SignalField signal) {
  observe_scan(name, {ScanSpec::Kind::signal_sum, -1, signal.column, 0});
}

GlobalRuns Schema::runs(NodeField<double> field, double quantum, std::int64_t gap) {
  ScanSpec scan{ScanSpec::Kind::runs, -1, field.column, 0, quantum};
  scan.gap = gap;
  scan.slot = add_global({layer_.columns[field.column].name + " runs", Reduce::runs, false, runs_slots, false, gap});
  scans_.push_back(scan);
  return {scan.slot};
}

std::string Schema::hash() const {
  std::string text = "layer " + layer_.name + "\n";
  const auto add_columns = [&](const std::vector<ColumnSpec>& columns) {
    for (const ColumnSpec& column : columns)
      if (column.role == Role::state)
        text += column.width == 1 ? fmt::format("{} {}\n", column.name, name_of(column.type))
                                  : fmt::format("{} {}[{}]\n", column.name, name_of(column.type), column.width);
  };
  add_columns(layer_.columns);
  for (const CategorySpec& category : layer_.categories)
    text += fmt::format("category {} {}\n", category.column, fmt::join(category.values, ","));
  for (const SpeciesSpec& species : species_) {
    text += "species " + species.name + (species.growing < 0 ? "" : fmt::format(" on {}", species.growing)) + "\n";
    add_columns(species.columns);
  }
  for (const GrowingSpec& growing : growing_)
    text += fmt::format("growing {}{}{} {} {}\n", growing.name, growing.anchored ? " anchored" : "", growing.linked ? " linked" : "",
                        growing.relates_to, fmt::join(growing.fields, ","));
  for (const auto& [name, hash] : fingerprints_) text += fmt::format("{} {:016x}\n", name, hash);
  for (const GlobalSpec& global : globals_)
    if (global.lasting) text += fmt::format("global {} {}\n", global.name, kept_width(global));
  return fmt::format("{:016x}", XXH3_64bits(text.data(), text.size()));
}

namespace {

/// Checkpoints have columns of the engine's by these names.
void check_column_name(const std::string& name, std::initializer_list<const char*> taken) {
  for (const char* other : taken)
    if (name == other) refuse("a field can't be called \"" + name + "\": checkpoints have a column of that name");
}

}  // namespace

void Schema::finish() {
  if (layer_.reach == 0) refuse("reach(0): kernels read at least the nodes next to theirs");
  for (const ColumnSpec& column : layer_.columns) check_column_name(column.name, {"id"});
  std::vector<SpeciesSpec> groups{{layer_.name, {}, 0}, {"blocks", {}, 0}};
  for (const GrowingSpec& growing : growing_) {
    check_name(groups, growing.name, "the layer or species");
    groups.push_back({growing.name, {}, 0});
    for (const std::string& field : growing.fields)
      check_column_name(field, {"id", "anchor", "check", "label_bytes", "born", "emissions", "amount"});
  }
  for (const SpeciesSpec& species : species_) {
    check_name(groups, species.name, "the layer or species");
    for (const ColumnSpec& column : species.columns) check_column_name(column.name, {"id", "node"});
  }
  if (layer_.name == "blocks") refuse("the layer can't be called \"blocks\": checkpoints have a group of that name");
  for (const KernelSpec& kernel : kernels_) {
    layer_.by_id = layer_.by_id || kernel.notes.has(rules::find_by_id);
    for (const Access& access : kernel.notes.accesses) {
      if (access.rule == &rules::write_own && access.species < 0)
        layer_.columns.at(access.item).when_near = Refresh::dense;  // what a Write changes is not listed
      if (access.rule == &rules::leave && kernel.domain.kind == Domain::Kind::winners)
        for (ClaimSpec& claim : layer_.claims)
          if (claim.effect == kernel.domain.index) claim.one_winner = true;
    }
  }
  for (const KernelSpec& kernel : kernels_)
    for (const Access& access : kernel.notes.accesses)
      if (access.rule == &rules::read_near) layer_.columns.at(access.item).refresh = layer_.columns.at(access.item).when_near;
  check_kernels(*this);
  settle_settings(*this, settings_);
  check_setting_values(*this);
  check_names(observables_, "the observable");
  check_names(event_kinds_, "the kind of event");
  for (const NextSpec& next : layer_.nexts)
    layer_.columns[next.next].refresh = layer_.columns[next.current].refresh;  // it stands in for its field and so must be as long
}

}  // namespace colony
