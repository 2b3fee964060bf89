#include "engine/model/model.hpp"

#include <algorithm>

#include <fmt/format.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "engine/error.hpp"
#include "engine/globals/best.hpp"
#include "engine/globals/runs.hpp"
#include "engine/globals/wide_sum.hpp"

namespace colony {

std::uint32_t Schema::add_column(ColumnSpec spec) {
  layer_.columns.push_back(std::move(spec));
  return static_cast<std::uint32_t>(layer_.columns.size() - 1);
}

std::uint32_t Schema::add_agent_column(std::uint32_t of_species, ColumnSpec spec) {
  auto& columns = species_.at(of_species).columns;
  columns.push_back(std::move(spec));
  return static_cast<std::uint32_t>(columns.size() - 1);
}

std::uint32_t Schema::add_global(GlobalSpec spec) {
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
  const std::uint32_t column = add_column({name, ScalarType::f32, Role::state});
  if (options.diffusion > 0) layer_.columns[column].refresh = Refresh::dense;
  layer_.signals.push_back({column, options});
  return {static_cast<std::uint32_t>(layer_.signals.size() - 1), column};
}

ClaimField Schema::claim(const std::string& name, NodeField<std::uint32_t> stock) {
  layer_.columns[stock.column].when_near = Refresh::listed;
  layer_.claims.push_back({name, stock.column});
  return {static_cast<std::uint32_t>(layer_.claims.size() - 1), stock.column};
}

TraceField Schema::trace(const std::string& name, std::uint32_t nodes) {
  const NodeArray<float> row = array<float>(name, nodes);
  layer_.traces.push_back({row.column});
  return {static_cast<std::uint32_t>(layer_.traces.size() - 1), row.column, nodes};
}

Choice Schema::choose(std::uint64_t k, Stream stream) {
  choices_.push_back({k, stream});
  return {static_cast<std::uint32_t>(choices_.size() - 1)};
}

std::uint32_t Schema::agents(const std::string& name) {
  species_.push_back({name, {}, add_global({name + " agents", Reduce::sum, false, 1})});
  return static_cast<std::uint32_t>(species_.size() - 1);
}

GrowingSpecies Schema::growing_agents(const std::string& name, GrowingLayer on) {
  COLONY_ASSERT(!growing_.at(on.layer).anchored, "agents walk on layers whose nodes are named by content, not on anchored ones");
  const std::uint32_t species = agents(name);
  species_[species].growing = static_cast<std::int32_t>(on.layer);
  return {species, on.layer};
}

AgentColumns<float> Schema::observations(std::uint32_t of_species, std::uint32_t count) {
  const auto first = static_cast<std::uint32_t>(species_.at(of_species).columns.size());
  for (std::uint32_t k = 0; k < count; ++k) add_agent_column(of_species, {fmt::format("observation {}", k), ScalarType::f32, Role::intent});
  return {of_species, first, count};
}

void Schema::decide(std::shared_ptr<const Policy> policy, AgentColumns<float> observations, AgentField<std::uint8_t> action,
                    Choosing choosing, Stream stream) {
  COLONY_ASSERT(policy && policy->inputs() == observations.count && action.species == observations.species,
                "a policy of other observations than the agents have");
  fingerprint("policy", policy->hash());
  const auto& columns = species_.at(observations.species).columns;
  const auto first_memory = static_cast<std::uint32_t>(columns.size());
  // A second policy of the species numbers on.
  const auto remembered = std::count_if(columns.begin(), columns.end(), [](const ColumnSpec& c) { return c.name.starts_with("memory "); });
  for (std::uint32_t k = 0; k < policy->memory(); ++k)
    add_agent_column(observations.species, {fmt::format("memory {}", remembered + k), ScalarType::f32, Role::state});
  decisions_.push_back({observations.species, std::move(policy), observations.first, first_memory, action.column, choosing, stream});
}

GlobalSum Schema::global(const std::string& name, bool lasting) { return {add_global({name, Reduce::sum, lasting, 1, true})}; }

GlobalSums Schema::sums(const std::string& name, std::uint32_t width) {
  return {add_global({name, Reduce::sum, false, width, true}), width};
}

GlobalBest Schema::best(const std::string& name, std::uint32_t payload, bool lasting) {
  const std::uint32_t width = 2 + payload;
  return {add_global({name, Reduce::best, lasting, width, true}), width};
}

GrowingLayer Schema::growing(const std::string& name, Anchored anchored) {
  GrowingSpec spec;
  spec.name = name;
  spec.anchored = anchored == Anchored::yes;
  spec.nodes_slot = add_global({name + " nodes", Reduce::sum, false, 1});
  spec.halves_slot = add_global({name + " halves", Reduce::sum, false, 1});
  spec.linked_slot = add_global({name + " linked", Reduce::sum, false, 1, true});
  spec.pruned_slot = add_global({name + " pruned", Reduce::sum, false, 1, true});
  growing_.push_back(std::move(spec));
  return {static_cast<std::uint32_t>(growing_.size() - 1)};
}

GrowingField Schema::growing_field(GrowingLayer of, const std::string& name) {
  auto& fields = growing_.at(of.layer).fields;
  fields.push_back(name);
  return {of.layer, static_cast<std::uint32_t>(fields.size() - 1)};
}

GrowingSignal Schema::growing_signal(GrowingLayer of, const std::string& name, double evaporation, double deposit) {
  const GrowingField field = growing_field(of, name);
  growing_.at(of.layer).signals.push_back(
      {field.field, evaporation > 0 ? std::max<std::uint64_t>(1, static_cast<std::uint64_t>(evaporation * 0x1p32)) : 0,
       static_cast<std::uint64_t>(deposit * 0x1p20)});
  return {field.layer, field.field};
}

void Schema::links(GrowingLayer of, const LinkOptions& options, LinkDecay decay) {
  GrowingSpec& spec = growing_.at(of.layer);
  spec.linked = true;
  spec.links = options;
  spec.decay = std::move(decay);
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

void Schema::observe_happenings(const std::string& name, GlobalSum global) {
  std::uint32_t slot = 0;
  for (const GlobalSpec& spec : globals_) {
    if (slot == global.slot)
      COLONY_ASSERT(spec.of_effects && !spec.lasting, "\"" + name + "\" counts happenings: a sum over the effects of one tick");
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

void Schema::observe_with(const std::string& name, std::function<std::int64_t(const Globals&)> value) {
  observables_.push_back({name, std::move(value)});
}

void Schema::observe_real(const std::string& name, std::function<double(const Globals&)> value) {
  observables_.push_back({name, std::move(value)});
}

void Schema::observe_sum(const std::string& name, GrowingField field) {
  observe_scan(name, {ScanSpec::Kind::growing_sum, static_cast<std::int32_t>(field.layer), field.field, 0});
}

void Schema::observe_scan(const std::string& name, ScanSpec scan) {
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
    if (global.lasting) text += fmt::format("global {} {}\n", global.name, global.width);
  return fmt::format("{:016x}", XXH3_64bits(text.data(), text.size()));
}

void Schema::finish() {
  for (const KernelSpec& kernel : kernels_) {
    check_kernel(kernel);
    const bool on_growing = kernel.on_agents && species_.at(kernel.species).growing >= 0;
    COLONY_ASSERT(!on_growing || (kernel.phase != Phase::advance && kernel.domain.kind == Domain::Kind::all),
                  "kernels of agents on a growing layer run over all of them, in Sense and Act");
    layer_.by_id = layer_.by_id || kernel.notes.by_id;
    for (const std::uint32_t column : kernel.notes.written_columns) {
      ColumnSpec& spec = layer_.columns[column];
      const bool category =
          std::any_of(layer_.categories.begin(), layer_.categories.end(), [&](const CategorySpec& c) { return c.column == column; });
      COLONY_ASSERT(!category, "category \"" + spec.name + "\" is followed by change: a kernel changes it with Become, not with Write");
      spec.when_near = Refresh::dense;  // what a Write changes is not listed
    }
  }
  for (const GrowingKernelSpec& kernel : growing_kernels_)
    COLONY_ASSERT(!kernel.notes.spawns || kernel.phase == Phase::act, "agents are born in Act");
  for (const KernelSpec& kernel : kernels_)
    for (const std::uint32_t column : kernel.notes.near_columns) layer_.columns[column].refresh = layer_.columns[column].when_near;
  // Neighbours are read in Sense and Act, which run as one (engine/tick/phases.hpp): what they read near must stay S(t) until Decay.
  for (const KernelSpec& writer : kernels_) {
    if (writer.phase != Phase::sense && writer.phase != Phase::act) continue;
    for (const std::uint32_t column : writer.notes.written_columns) {
      const ColumnSpec& spec = layer_.columns[column];
      COLONY_ASSERT(spec.role == Role::next || spec.refresh == Refresh::never,
                    "field \"" + spec.name + "\" is read from neighbours and written before Decay; give it a next()");
    }
  }
  for (const KernelSpec& reader : kernels_)
    for (const std::uint32_t column : reader.notes.stood_on)
      for (const KernelSpec& writer : kernels_) {
        const auto& written = writer.notes.written_columns;
        COLONY_ASSERT(writer.phase == Phase::decay || std::find(written.begin(), written.end(), column) == written.end(),
                      "field \"" + layer_.columns[column].name + "\" is read by agents and written before Decay");
      }
  for (const KernelSpec& kernel : kernels_)
    for (const std::uint32_t column : kernel.notes.left_columns)
      COLONY_ASSERT(layer_.columns[column].refresh == Refresh::never,
                    "field \"" + layer_.columns[column].name + "\" is read from neighbours, and winners write it");
  // What a next() buffer held two ticks ago is no state: each tick fills it anew.
  for (const NextSpec& next : layer_.nexts)
    COLONY_ASSERT(std::any_of(kernels_.begin(), kernels_.end(),
                              [&](const KernelSpec& kernel) {
                                const auto& written = kernel.notes.written_columns;
                                return kernel.phase == Phase::sense && kernel.domain.kind == Domain::Kind::all && !kernel.when &&
                                       !kernel.in && std::find(written.begin(), written.end(), next.next) != written.end();
                              }),
                  "field \"" + layer_.columns[next.current].name +
                      "\" has a next(): a Sense kernel over all nodes must write it in every tick, or nodes fall back to older values");
  // A next() buffer stands in for its field and so must be as long.
  for (const NextSpec& next : layer_.nexts) layer_.columns[next.next].refresh = layer_.columns[next.current].refresh;
}

void Schema::check_kernel(const KernelSpec& kernel) {
  const AccessNotes& notes = kernel.notes;
  COLONY_ASSERT(kernel.phase == Phase::sense || kernel.phase == Phase::act || notes.near_columns.empty(),
                "a Decay or Advance kernel may read only its own node: its neighbours are being written");
  COLONY_ASSERT(notes.stood_on.empty() || kernel.phase == Phase::sense,
                "agents read the fields of their node in Sense: in Act they may move");
  COLONY_ASSERT(notes.left_columns.empty() || (kernel.on_agents && kernel.domain.kind == Domain::Kind::winners),
                "only the winners of a claim leave something where they stand");
  COLONY_ASSERT(!notes.spawns || kernel.phase == Phase::act, "agents are born in Act");
  COLONY_ASSERT(!notes.moves || (kernel.on_agents && kernel.phase == Phase::act), "agents move in Act");
  COLONY_ASSERT(notes.changed_columns.empty() || (!kernel.on_agents && kernel.phase == Phase::decay),
                "a category is changed by a node kernel in Decay");
  COLONY_ASSERT(!kernel.on_agents || notes.own_columns.empty(),
                "an agent kernel reads the fields of nodes with Near; Read and Write are for the agent's own");
  for (const std::uint32_t species : notes.species)
    COLONY_ASSERT(kernel.on_agents && species == kernel.species, "a kernel reads or writes the fields of agents that it does not run over");
}

}  // namespace colony
