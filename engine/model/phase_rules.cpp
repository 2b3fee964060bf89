#include "engine/model/phase_rules.hpp"

#include <array>
#include <string>

#include <fmt/format.h>

#include "engine/model/mistakes.hpp"

namespace colony {
namespace {

/// What a kernel runs over.
enum Over : unsigned { nodes = 1, agents = 2, winners = 4, growing_nodes = 8, growing_agents = 16 };
constexpr unsigned all_agents = agents | winners | growing_agents;

constexpr unsigned in(Phase phase) { return 1u << static_cast<unsigned>(phase); }
constexpr unsigned sense = in(Phase::sense), act = in(Phase::act), decay = in(Phase::decay), advance = in(Phase::advance);

struct Rule {
  Use use;
  const char* accessor;  ///< its name, as a modeller writes it
  unsigned phases;
  unsigned over;
};

constexpr std::array<Rule, use_count> rules{{
    {Use::read_own, "Read", sense | act | decay | advance, nodes | all_agents},
    {Use::write_own, "Write", sense | act | decay | advance, nodes | all_agents},
    {Use::read_near, "Near", sense | act, nodes | agents},
    {Use::read_here, "FieldHere or ArrayHere", sense, agents},
    {Use::leave, "LeaveHere", advance, winners},
    {Use::find_by_id, "At", sense | act, nodes | agents},
    {Use::mark, "Mark", sense | act, nodes},
    {Use::deposit, "Deposit", act, nodes | agents},
    {Use::raise, "Raise", act, nodes | agents},
    {Use::raised, "Raised", decay, nodes},
    {Use::lay, "Lay", act, nodes | agents},
    {Use::laid, "Laid", decay, nodes},
    {Use::become, "Become", decay, nodes},
    {Use::step, "StepTo", act, agents},
    {Use::step_along, "StepAlong", act, growing_agents},
    {Use::claim, "ClaimOne", act, agents},
    {Use::die, "Die", act, agents | growing_agents},
    {Use::spawn, "Spawn", act, nodes | agents},
    {Use::spawn_named, "SpawnNamed", act, nodes | agents | growing_nodes | growing_agents},
    {Use::add_global, "Add or AddTo", act | decay | advance, nodes | all_agents | growing_nodes},
    {Use::offer, "Offer", act | decay | advance, nodes | all_agents | growing_nodes},
    {Use::emit_event, "Emit", decay | advance, nodes | agents | winners},
    {Use::emit_node, "EmitNode", act, nodes | agents | growing_nodes | growing_agents},
    {Use::link, "LinkGroup", act, nodes | agents | growing_nodes | growing_agents},
    {Use::relate, "Relate", act, nodes | agents | growing_nodes | growing_agents},
    {Use::read_growing, "GrowingNear or GrowingSense", sense | act, growing_nodes | growing_agents},
    {Use::write_growing, "GrowingSet", sense | act, growing_nodes | growing_agents},
}};
constexpr bool in_order() {
  for (std::size_t k = 0; k < rules.size(); ++k)
    if (static_cast<std::size_t>(rules[k].use) != k) return false;
  return true;
}
static_assert(in_order());

std::string phases_in_words(unsigned phases) {
  std::string words;
  for (const Phase phase : {Phase::sense, Phase::act, Phase::decay, Phase::advance})
    if ((phases & in(phase)) != 0) words += (words.empty() ? "" : " and ") + std::string(name_of(phase));
  return words;
}

std::string over_in_words(unsigned over) {
  std::string words;
  const auto add = [&](unsigned which, const char* name) {
    if ((over & which) != 0) words += (words.empty() ? "" : ", ") + std::string(name);
  };
  add(nodes, "nodes");
  add(agents, "agents");
  add(winners, "winners of a claim");
  add(growing_nodes, "nodes of a growing layer");
  add(growing_agents, "agents on a growing layer");
  return words;
}

/// A kernel of either kind.
struct AnyKernel {
  std::string name;
  Phase phase;
  const AccessNotes& notes;
  unsigned over;
  std::int32_t species;  ///< -1: nodes
  std::int32_t growing;  ///< the growing layer that it runs over or whose nodes its agents stand on; -1: that of the job's graph
};

AnyKernel any(const KernelSpec& kernel, const Declared& schema) {
  const std::string name = name_of(kernel);
  if (!kernel.on_agents) return {name, kernel.phase, kernel.notes, nodes, -1, -1};
  const std::int32_t growing = schema.species().at(kernel.species).growing;
  const unsigned over = growing >= 0 ? growing_agents : kernel.domain.kind == Domain::Kind::winners ? winners : agents;
  return {name, kernel.phase, kernel.notes, over, static_cast<std::int32_t>(kernel.species), growing};
}

AnyKernel any(const GrowingKernelSpec& kernel) {
  return {name_of(kernel), kernel.phase, kernel.notes, growing_nodes, -1, static_cast<std::int32_t>(kernel.layer)};
}

const std::string& global_name(const Declared& schema, std::uint32_t slot) {
  std::uint32_t end = 0;
  for (const GlobalSpec& spec : schema.globals())
    if (slot < (end += spec.width)) return spec.name;
  return schema.globals().back().name;
}

/// `of "heat"`, or nothing for what has no name.
std::string item_in_words(const Access& access, const Declared& schema) {
  const LayerSpec& layer = schema.layer();
  const auto quoted = [](const std::string& name) { return " of \"" + name + "\""; };
  switch (access.use) {
    case Use::read_own:
    case Use::write_own:
      return quoted((access.species < 0 ? layer.columns : schema.species().at(static_cast<std::size_t>(access.species)).columns)
                        .at(access.item)
                        .name);
    case Use::read_near:
    case Use::read_here:
    case Use::leave:
    case Use::become: return quoted(layer.columns.at(access.item).name);
    case Use::deposit: return quoted(layer.columns.at(layer.signals.at(access.item).column).name);
    case Use::lay:
    case Use::laid: return quoted(layer.columns.at(layer.traces.at(access.item).column).name);
    case Use::step:
    case Use::step_along:
    case Use::die:
    case Use::spawn:
    case Use::spawn_named: return quoted(schema.species().at(access.item).name);
    case Use::claim: return quoted(layer.claims.at(access.item).name);
    case Use::add_global:
    case Use::offer: return quoted(global_name(schema, access.item));
    case Use::emit_event: return quoted(schema.event_kinds().at(access.item).name);
    case Use::emit_node:
    case Use::link:
    case Use::relate:
    case Use::read_growing:
    case Use::write_growing: return quoted(schema.growing().at(access.item).name);
    case Use::find_by_id:
    case Use::mark:
    case Use::raise:
    case Use::raised: return "";
  }
  return "";
}

bool is_category(const LayerSpec& layer, std::uint32_t column) {
  return std::any_of(layer.categories.begin(), layer.categories.end(), [=](const CategorySpec& c) { return c.column == column; });
}
bool is_signal(const LayerSpec& layer, std::uint32_t column) {
  return std::any_of(layer.signals.begin(), layer.signals.end(), [=](const SignalSpec& s) { return s.column == column; });
}

/// Which columns a Read may have, by phase.
void check_read(const AnyKernel& kernel, const Access& access, const Declared& schema, const std::string& who) {
  if (access.species >= 0) {
    const ColumnSpec& spec = schema.species()[static_cast<std::size_t>(access.species)].columns[access.item];
    if (kernel.phase == Phase::advance && spec.role == Role::intent) refuse(who + ": an intent lives from Sense to Act");
    return;
  }
  if (kernel.phase == Phase::sense && schema.layer().columns[access.item].role == Role::next)
    refuse(who + ": a next() is written in Sense, and read after it");
}

/// Which columns a Write may have, by phase.
void check_write(const AnyKernel& kernel, const Access& access, const Declared& schema, const std::string& who) {
  if (access.species >= 0) {
    const ColumnSpec& spec = schema.species()[static_cast<std::size_t>(access.species)].columns[access.item];
    if (kernel.phase == Phase::sense && spec.role != Role::intent) refuse(who + ": in Sense an agent writes its intents alone");
    if (kernel.phase == Phase::advance && spec.role == Role::intent) refuse(who + ": an intent lives from Sense to Act");
    return;
  }
  const LayerSpec& layer = schema.layer();
  const ColumnSpec& spec = layer.columns[access.item];
  if (is_category(layer, access.item)) refuse(who + ": a category is followed by change; a kernel changes it with Become, not with Write");
  for (const NextSpec& next : layer.nexts)
    if (next.current == access.item) refuse(who + ": it has a next(), which takes its place in Decay; what a Write says would be lost");
  if (spec.role == Role::constant) refuse(who + ": it is a constant, which populate() fills and nothing changes");
  if ((spec.role == Role::next) != (kernel.phase == Phase::sense))
    refuse(who + (spec.role == Role::next ? ": a next() is written in Sense" : ": in Sense a node writes its next() alone"));
  if (is_signal(layer, access.item)) refuse(who + ": a signal changes by what is dropped on it, and by itself");
  if (kernel.phase == Phase::decay) return;
  if (spec.role != Role::next && spec.refresh != Refresh::never)
    refuse(who + ": the field is read from neighbours and written before Decay; give it a next()");
}

void check_access(const AnyKernel& kernel, const Access& access, const Declared& schema) {
  const Rule& rule = rules[static_cast<std::size_t>(access.use)];
  const std::string who = kernel.name + " has " + rule.accessor + item_in_words(access, schema);
  if ((rule.over & kernel.over) == 0)
    refuse(who + ", which is for kernels over " + over_in_words(rule.over) + "; this one runs over " + over_in_words(kernel.over));
  if ((rule.phases & in(kernel.phase)) == 0) refuse(who + ", which belongs in " + phases_in_words(rule.phases));
  switch (access.use) {
    case Use::read_own:
    case Use::write_own:
      if (access.species < 0 && kernel.species >= 0)
        refuse(who + ": a kernel of agents reads the fields of nodes with Near or FieldHere; Read and Write are for the agent's own");
      if (access.species >= 0 && access.species != kernel.species) refuse(who + ", a field of agents that it does not run over");
      if (access.use == Use::write_own) check_write(kernel, access, schema, who);
      else check_read(kernel, access, schema, who);
      break;
    case Use::step:
    case Use::step_along:
    case Use::claim:
    case Use::die:
      if (access.species != kernel.species) refuse(who + ", and was made with another species than the one that it runs over");
      break;
    case Use::spawn:
      if (schema.species()[access.item].growing >= 0) refuse(who + ", agents on a growing layer: they are born with SpawnNamed");
      break;
    case Use::link:
      if (!schema.growing()[access.item].linked) refuse(who + ", a layer without links: declare() needs links()");
      if (!schema.growing()[access.item].decay) refuse(who + ", whose links have no function for their decay");
      break;
    case Use::relate:
      if (schema.growing()[access.item].relates_to < 0) refuse(who + ", a layer without relations: declare() needs relation()");
      if ((kernel.over & (nodes | agents)) != 0 && !schema.growing()[access.item].anchored)
        refuse(who +
               ": a node that is named by content alone may live on another shard than the kernel's node; the layer has to be anchored");
      break;
    case Use::read_growing:
    case Use::write_growing:
      if (static_cast<std::int32_t>(access.item) != kernel.growing) refuse(who + ", a layer that it does not run over");
      break;
    case Use::leave: {
      const ColumnSpec& spec = schema.layer().columns[access.item];
      if (spec.refresh != Refresh::never) refuse(who + ": the field is read from neighbours, and winners write it");
      if (spec.role != Role::state || is_category(schema.layer(), access.item) || is_signal(schema.layer(), access.item))
        refuse(who + ": winners leave what is a plain field");
      break;
    }
    default: break;
  }
}

/// What a domain may be of.
void check_domain(const KernelSpec& kernel, const Declared& schema) {
  const Domain& domain = kernel.domain;
  const LayerSpec& layer = schema.layer();
  const auto wrong = [&](const char* what) { refuse(name_of(kernel) + " runs over " + what); };
  const bool on_growing = kernel.on_agents && schema.species().at(kernel.species).growing >= 0;
  if (on_growing && (kernel.phase == Phase::advance || domain.kind != Domain::Kind::all))
    wrong("agents on a growing layer, which have kernels over all of them, in Sense and Act");
  switch (domain.kind) {
    case Domain::Kind::all: return;
    case Domain::Kind::category_value:
      if (kernel.on_agents) wrong("nodes of a category, as nodes' kernels alone can");
      if (domain.index >= layer.categories.size() || domain.value >= layer.categories[domain.index].values.size())
        wrong("a value that the category has not");
      return;
    case Domain::Kind::marked:
      if (kernel.on_agents || (kernel.phase != Phase::act && kernel.phase != Phase::decay))
        wrong("marked nodes, as nodes' kernels of Act and Decay can");
      return;
    case Domain::Kind::touched:
      if (kernel.on_agents || kernel.phase != Phase::decay) wrong("what was raised, as nodes' kernels of Decay can");
      return;
    case Domain::Kind::winners:
      if (!kernel.on_agents || kernel.phase != Phase::advance || domain.index >= layer.claims.size())
        wrong("winners of a claim, as agents' kernels of Advance can");
  }
}

bool over_different_nodes(const Domain& a, const Domain& b) {
  constexpr auto category_value = Domain::Kind::category_value;
  return a.kind == category_value && b.kind == category_value && a.index == b.index && a.value != b.value;
}

/// Two lists of one mark could have the same node, which two threads would then visit at once.
void check_marks(const Declared& schema) {
  const auto& kernels = schema.kernels();
  for (std::size_t a = 0; a < kernels.size(); ++a)
    for (std::size_t b = a + 1; b < kernels.size(); ++b)
      for (const Access& access : kernels[a].notes.accesses)
        if (access.use == Use::mark && kernels[b].notes.has(Use::mark, access.item) &&
            !over_different_nodes(kernels[a].domain, kernels[b].domain))
          refuse(name_of(kernels[a]) + " and " + name_of(kernels[b]) +
                 " use one mark: give each its own, or let them run over different values of one category");
  for (const KernelSpec& reader : kernels)
    for (const KernelSpec& marker : kernels)
      if (reader.domain.kind == Domain::Kind::marked && reader.phase == marker.phase && marker.notes.has(Use::mark, reader.domain.index))
        refuse(name_of(marker) + " marks nodes in the phase in which " + name_of(reader) + " runs over them");
}

/// What agents read of the node where they stand is S(t) until Decay.
void check_stood_on(const Declared& schema) {
  for (const KernelSpec& reader : schema.kernels())
    for (const Access& access : reader.notes.accesses)
      for (const KernelSpec& writer : schema.kernels())
        if (access.use == Use::read_here && writer.phase != Phase::decay && writer.notes.has(Use::write_own, access.item))
          refuse(name_of(writer) + " has Write" + item_in_words(access, schema) + " before Decay, and agents read it in Sense");
}

/// A next() takes the place of its field in one swap, which nothing that follows the field by its changes would hear of. What the buffer
/// held two ticks ago is no state: each tick fills it anew.
void check_nexts(const Declared& schema) {
  const LayerSpec& layer = schema.layer();
  for (const NextSpec& next : layer.nexts) {
    const bool stock =
        std::any_of(layer.claims.begin(), layer.claims.end(), [&](const ClaimSpec& claim) { return claim.stock_column == next.current; });
    if (stock || layer.columns[next.current].role != Role::state || is_category(layer, next.current) || is_signal(layer, next.current))
      refuse(fmt::format("\"{}\" can't have a next(): it is for plain fields, and not for categories, signals, constants and stocks",
                         layer.columns[next.current].name));
    const auto fills = [&](const KernelSpec& kernel) {
      return kernel.phase == Phase::sense && kernel.domain.kind == Domain::Kind::all && !kernel.when && !kernel.in &&
             kernel.notes.has(Use::write_own, next.next);
    };
    if (std::none_of(schema.kernels().begin(), schema.kernels().end(), fills))
      refuse(
          fmt::format("the field \"{}\" has a next(): a Sense kernel over all nodes must write it in every tick, or nodes fall back to "
                      "older values",
                      schema.layer().columns[next.current].name));
  }
}

void check_claims(const KernelSpec& kernel) {
  const auto count = std::count_if(kernel.notes.accesses.begin(), kernel.notes.accesses.end(),
                                   [](const Access& access) { return access.use == Use::claim; });
  if (count > 1) refuse(name_of(kernel) + " has two ClaimOne: an agent makes one claim a tick");
}

}  // namespace

void refuse(const std::string& what) { throw ModelError(what, ModelError::Shown::by_declaration); }

bool moves(const KernelSpec& kernel) { return kernel.notes.has(Use::step) || kernel.notes.has(Use::step_along); }
bool claims(const KernelSpec& kernel) { return kernel.notes.has(Use::claim); }

void check_act_order(const std::vector<const KernelSpec*>& kernels, Tick tick) {
  for (std::size_t a = 0; a < kernels.size(); ++a)
    for (std::size_t b = a + 1; b < kernels.size(); ++b) {
      if (moves(*kernels[a]))
        throw ModelError(
            fmt::format("{} moves agents in tick {}, and {} runs over them afterwards: declare it first, or let it run in other "
                        "ticks",
                        name_of(*kernels[a]), tick.value, name_of(*kernels[b])));
      if (claims(*kernels[a]) && claims(*kernels[b]))
        throw ModelError(fmt::format("{} and {} both claim in tick {}: an agent makes one claim a tick", name_of(*kernels[a]),
                                     name_of(*kernels[b]), tick.value));
    }
}

void check_kernels(const Declared& schema) {
  for (const KernelSpec& kernel : schema.kernels()) {
    check_domain(kernel, schema);
    for (const Access& access : kernel.notes.accesses) check_access(any(kernel, schema), access, schema);
    check_claims(kernel);
  }
  for (const GrowingKernelSpec& kernel : schema.growing_kernels())
    for (const Access& access : kernel.notes.accesses) check_access(any(kernel), access, schema);
  check_marks(schema);
  check_stood_on(schema);
  check_nexts(schema);
  for (const GrowingSpec& growing : schema.growing())
    if (growing.anchored && growing.linked)
      refuse(fmt::format("the layer \"{}\" is anchored and has links: links join nodes that are named by content alone", growing.name));
}

}  // namespace colony
