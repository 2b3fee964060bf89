#include "engine/model/phase_rules.hpp"

#include <algorithm>
#include <initializer_list>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "engine/effects/claim.hpp"
#include "engine/effects/move.hpp"
#include "engine/model/mistakes.hpp"
#include "engine/schema/field_rules.hpp"

namespace colony {
namespace {

std::string phases_in_words(unsigned phases) {
  std::string words;
  for (const Phase phase : {Phase::sense, Phase::act, Phase::decay, Phase::advance})
    if ((phases & in(phase)) != 0) words += (words.empty() ? "" : " and ") + std::string(name_of(phase));
  return words;
}

std::string over_in_words(unsigned which) {
  std::string words;
  const auto add = [&](unsigned one, const char* name) {
    if ((which & one) != 0) words += (words.empty() ? "" : ", ") + std::string(name);
  };
  add(over::nodes, "nodes");
  add(over::agents, "agents");
  add(over::winners, "winners of a claim");
  add(over::growing_nodes, "nodes of a growing layer");
  add(over::growing_agents, "agents on a growing layer");
  return words;
}

/// A kernel of either kind.
struct AnyKernel {
  std::string name;
  Phase phase;
  const AccessNotes& notes;
  unsigned over;  ///< as AskedAccess has them
  std::int32_t species, growing;
};

AnyKernel any(const KernelSpec& kernel, const Declared& schema) {
  const std::string name = name_of(kernel);
  if (!kernel.on_agents) return {name, kernel.phase, kernel.notes, over::nodes, -1, -1};
  const std::int32_t growing = schema.species().at(kernel.species).growing;
  const unsigned which = growing >= 0 ? over::growing_agents : kernel.domain.kind == Domain::Kind::winners ? over::winners : over::agents;
  return {name, kernel.phase, kernel.notes, which, static_cast<std::int32_t>(kernel.species), growing};
}

AnyKernel any(const GrowingKernelSpec& kernel) {
  return {name_of(kernel), kernel.phase, kernel.notes, over::growing_nodes, -1, static_cast<std::int32_t>(kernel.layer)};
}

void check_access(const AnyKernel& kernel, const Access& access, const Declared& schema) {
  const AccessRule& rule = *access.rule;
  const AskedAccess asked{schema, kernel.name, kernel.phase, kernel.over, kernel.species, kernel.growing, access};
  if ((rule.over & kernel.over) == 0)
    asked.refuse(", which is for kernels over " + over_in_words(rule.over) + "; this one runs over " + over_in_words(kernel.over));
  if ((rule.phases & in(kernel.phase)) == 0) asked.refuse(", which belongs in " + phases_in_words(rule.phases));
  if (rule.check != nullptr) rule.check(asked);
}

/// What a domain may be of.
void check_domain(const KernelSpec& kernel, const Declared& schema) {
  const Domain& domain = kernel.domain;
  const LayerSpec& layer = schema.layer();
  const auto wrong = [&](const char* what) { refuse(name_of(kernel) + " runs over " + what); };
  const auto is_effect = [&](std::initializer_list<std::string_view> verbs) {
    return domain.index < schema.effects().size() && std::count(verbs.begin(), verbs.end(), schema.effects()[domain.index].verb) != 0;
  };
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
      if (kernel.on_agents || kernel.phase != Phase::decay || !is_effect({"max", "min"}))
        wrong("what was raised, as nodes' kernels of Decay can");
      return;
    case Domain::Kind::winners:
      if (!kernel.on_agents || kernel.phase != Phase::advance || !is_effect({"claim"}))
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
        if (access.rule == &rules::mark && kernels[b].notes.has(rules::mark, access.item) &&
            !over_different_nodes(kernels[a].domain, kernels[b].domain))
          refuse(name_of(kernels[a]) + " and " + name_of(kernels[b]) +
                 " use one mark: give each its own, or let them run over different values of one category");
  for (const KernelSpec& reader : kernels)
    for (const KernelSpec& marker : kernels)
      if (reader.domain.kind == Domain::Kind::marked && reader.phase == marker.phase && marker.notes.has(rules::mark, reader.domain.index))
        refuse(name_of(marker) + " marks nodes in the phase in which " + name_of(reader) + " runs over them");
}

/// What agents read of the node where they stand is S(t) until Decay.
void check_stood_on(const Declared& schema) {
  for (const KernelSpec& reader : schema.kernels())
    for (const Access& access : reader.notes.accesses)
      for (const KernelSpec& writer : schema.kernels())
        if (access.rule == &rules::read_here && writer.phase != Phase::decay && writer.notes.has(rules::write_own, access.item))
          refuse(fmt::format("{} has Write of \"{}\" before Decay, and agents read it in Sense", name_of(writer),
                             schema.layer().columns[access.item].name));
}

bool runs_over_all(const KernelSpec& kernel) {
  return kernel.domain.kind == Domain::Kind::all && !kernel.when && !kernel.in && !kernel.unless_zero;
}

/// A next() takes the place of its field in one swap, which nothing that follows the field by its changes would hear of. What the buffer
/// held two ticks ago is no state: in each tick one kernel returns all of it.
void check_nexts(const Declared& schema) {
  const LayerSpec& layer = schema.layer();
  for (const NextSpec& next : layer.nexts) {
    const bool stock =
        std::any_of(layer.claims.begin(), layer.claims.end(), [&](const ClaimSpec& claim) { return claim.stock_column == next.current; });
    const bool added = std::find(layer.added.begin(), layer.added.end(), next.current) != layer.added.end();
    if (stock || added || !layer.is_plain_state(next.current))
      refuse(
          fmt::format("\"{}\" can't have a next(): it is for plain fields, and not for categories, signals, constants, stocks and those "
                      "that kernels add to",
                      layer.columns[next.current].name));
    const auto fills = [&](const KernelSpec& kernel) { return kernel.notes.has(rules::fill_next, next.next); };
    const auto kernel = std::find_if(schema.kernels().begin(), schema.kernels().end(), fills);
    if (kernel == schema.kernels().end() || std::count_if(kernel, schema.kernels().end(), fills) > 1 || !runs_over_all(*kernel))
      refuse(fmt::format("the field \"{}\" has a next(): one Sense kernel returns it, over all nodes and in every tick",
                         schema.layer().columns[next.current].name));
  }
}

void check_claims(const KernelSpec& kernel) {
  const auto count = std::count_if(kernel.notes.accesses.begin(), kernel.notes.accesses.end(),
                                   [](const Access& access) { return access.rule == &ClaimOne::rule; });
  if (count > 1) refuse(name_of(kernel) + " has two ClaimOne: an agent makes one claim a tick");
}

}  // namespace

bool moves(const KernelSpec& kernel) { return kernel.notes.has(StepTo::rule) || kernel.notes.has(StepAlong::rule); }
bool claims(const KernelSpec& kernel) { return kernel.notes.has(ClaimOne::rule); }

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
