#include "tests/property/models/model_value.hpp"

#include <span>
#include <sstream>
#include <stdexcept>
#include <type_traits>

namespace colony::testing {
namespace {

constexpr const char* do_names[] = {"number",      "id",          "tick",
                                    "add",         "mix",         "less",
                                    "draw",        "read",        "near",
                                    "sources",     "ways",        "found",
                                    "value",       "smell",       "coins",
                                    "heads",       "heads_out",   "any_head",
                                    "cause",       "half",        "element",
                                    "stood",       "trail",       "known",
                                    "known_sum",   "known_best",  "grown",
                                    "link_sum",    "link_least",  "scent",
                                    "write",       "mixed",       "intend",
                                    "intent",      "enlist",      "observe",
                                    "action",      "set",         "count",
                                    "count_in",    "offer",       "raise",
                                    "raise_out",   "lower_out",   "give_out",
                                    "drop",        "drop_out",    "mark",
                                    "raised",      "lowered",     "lay",
                                    "laid",        "become",      "emit",
                                    "spawn",       "step",        "claim",
                                    "leave",       "die",         "name",
                                    "anchor",      "namesake",    "link",
                                    "part",        "relate",      "come",
                                    "along",       "local_index", "neighbour_index",
                                    "address",     "shared_sum",  "owned_count",
                                    "ghost_count", "block_count", "slot_count",
                                    "concurrent",  "link_order",  "link_index",
                                    "laid_order"};
static_assert(std::size(do_names) == do_count);
constexpr const char* manner_names[] = {"tame", "careless", "wild"};
constexpr const char* phase_names[] = {"sense", "act", "decay", "advance"};
constexpr const char* on_names[] = {"nodes", "agents", "growing_nodes", "growing_agents"};
constexpr const char* domain_names[] = {"all", "category_value", "marked", "touched", "winners"};
constexpr const char* deciding_names[] = {"no", "largest", "draw", "recurrent", "by_batch"};

std::span<const char* const> names_of(Do) { return do_names; }
std::span<const char* const> names_of(Manner) { return manner_names; }
std::span<const char* const> names_of(Phase) { return phase_names; }
std::span<const char* const> names_of(On) { return on_names; }
std::span<const char* const> names_of(Domain::Kind) { return domain_names; }
std::span<const char* const> names_of(Deciding) { return deciding_names; }

/// f(name, member) of the members that are no lists.
template <class F, class Value>
void each_member(Value& v, const F& f) {
  using T = std::remove_const_t<Value>;
  const auto all = [&](std::initializer_list<const char*> names, auto&... members) {
    const char* const* name = names.begin();
    (f(*name++, members), ...);
  };
  if constexpr (std::is_same_v<T, Operation>) all({"do", "to", "a", "b", "item", "number"}, v.what, v.to, v.a, v.b, v.item, v.number);
  else if constexpr (std::is_same_v<T, KernelValue>)
    all({"manner", "phase", "on", "which", "over", "item", "value", "every"}, v.manner, v.phase, v.on, v.which, v.over, v.item, v.value,
        v.every);
  else if constexpr (std::is_same_v<T, SpeciesValue>) all({"deciding"}, v.deciding);
  else if constexpr (std::is_same_v<T, GrowingValue>)
    all({"anchored", "sown", "fields", "signals", "linked", "gain", "decay", "below", "age", "degree", "relates"}, v.anchored, v.sown,
        v.fields, v.signals, v.linked, v.gain, v.decay, v.below, v.age, v.degree, v.relates);
  else
    all({"mixed", "committed", "own", "categories", "signals", "maxima", "marks", "globals", "traces", "diffuses"}, v.mixed, v.committed,
        v.own, v.categories, v.signals, v.maxima, v.marks, v.globals, v.traces, v.diffuses);
}

template <class Value>
void print(std::ostream& out, const char* kind, const Value& value) {
  out << kind;
  each_member(value, [&](const char* name, const auto& member) {
    using T = std::remove_cvref_t<decltype(member)>;
    out << ' ' << name << ' ';
    if constexpr (std::is_enum_v<T>) out << names_of(member)[static_cast<std::size_t>(member)];
    else out << std::uint64_t{member};
  });
  out << '\n';
}

[[noreturn]] void refuse_word(const std::string& word) { throw std::runtime_error("a model's text does not go on with \"" + word + '"'); }

template <class T>
T member_of(const std::string& word) {
  if constexpr (std::is_enum_v<T>) {
    const auto names = names_of(T{});
    for (std::size_t k = 0; k < names.size(); ++k)
      if (word == names[k]) return static_cast<T>(k);
    refuse_word(word);
  } else {
    std::size_t read = 0;
    const unsigned long value = word.empty() || word[0] < '0' || word[0] > '9' ? (refuse_word(word), 0) : std::stoul(word, &read);
    if (read != word.size() || static_cast<T>(value) != value) refuse_word(word);
    return static_cast<T>(value);
  }
}

template <class Value>
Value parse(std::istream& in) {
  Value value;
  each_member(value, [&](const char* name, auto& member) {
    std::string found, word;
    if (!(in >> found >> word) || found != name) refuse_word(found);
    member = member_of<std::remove_reference_t<decltype(member)>>(word);
  });
  return value;
}

/// The last of a list, in which a line that belongs to one of its items has to be.
template <class T>
T& last(std::vector<T>& list, const std::string& word) {
  if (list.empty()) refuse_word(word);
  return list.back();
}

}  // namespace

const char* name_of(Do what) { return do_names[static_cast<std::size_t>(what)]; }

std::ostream& operator<<(std::ostream& out, const ModelValue& model) {
  print(out, "model", model);
  for (const SpeciesValue& species : model.species) print(out, "species", species);
  for (const GrowingValue& layer : model.growing) {
    print(out, "layer", layer);
    for (const SpeciesValue& species : layer.species) print(out, "  walkers", species);
  }
  for (const KernelValue& kernel : model.kernels) {
    print(out, "kernel", kernel);
    for (const Operation& operation : kernel.operations) print(out, " ", operation);
  }
  return out;
}

ModelValue model_of(const std::string& text) {
  std::istringstream lines(text);
  ModelValue model;
  bool begun = false;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string kind;
    if (!(words >> kind)) continue;
    if (begun == (kind == "model")) refuse_word(kind);
    if (kind == "do") words.seekg(0);  // the word is the first member's name
    if (kind == "model") {
      begun = true;
      model = parse<ModelValue>(words);
      model.species.clear();
    } else if (kind == "species") {
      model.species.push_back(parse<SpeciesValue>(words));
    } else if (kind == "layer") {
      model.growing.push_back(parse<GrowingValue>(words));
    } else if (kind == "walkers") {
      last(model.growing, kind).species.push_back(parse<SpeciesValue>(words));
    } else if (kind == "kernel") {
      model.kernels.push_back(parse<KernelValue>(words));
    } else if (kind == "do") {
      last(model.kernels, kind).operations.push_back(parse<Operation>(words));
    } else {
      refuse_word(kind);
    }
    if (std::string more; words >> more) refuse_word(more);
  }
  if (!begun) refuse_word("");
  return model;
}

bool belongs(Do what, Phase phase, On on) {
  const bool sense = phase == Phase::sense, act = phase == Phase::act, decay = phase == Phase::decay;
  const bool nodes = on == On::nodes, agents = on == On::agents, growing = on == On::growing_nodes || on == On::growing_agents;
  const bool any_agents = agents || on == On::growing_agents;
  switch (what) {
    case Do::near:
    case Do::found:
    case Do::value:
    case Do::smell: return !growing && (sense || act);  // of nodes around, and of the node on which an agent stands
    case Do::sources:
    case Do::coins:
    case Do::heads:
    case Do::heads_out:
    case Do::any_head:
    case Do::cause: return nodes && (sense || act);
    case Do::ways: return agents && sense;
    case Do::read:
    case Do::element: return on != On::growing_nodes;
    case Do::write:
    case Do::enlist: return any_agents ? !sense : nodes && (act || decay);
    case Do::mixed: return nodes && sense;
    case Do::intend:
    case Do::observe: return any_agents && sense;
    case Do::intent:
    case Do::action: return any_agents && act;
    case Do::stood: return agents && sense;
    case Do::trail: return nodes || (agents && sense);
    case Do::grown:
    case Do::link_sum:
    case Do::link_least:
    case Do::scent:
    case Do::set: return growing && (sense || act);
    case Do::leave: return agents && phase == Phase::advance;
    case Do::raise:
    case Do::raise_out:
    case Do::lower_out:
    case Do::give_out:
    case Do::drop:
    case Do::drop_out:
    case Do::lay:
    case Do::spawn: return !growing && act;
    case Do::count:
    case Do::count_in:
    case Do::offer: return !sense;
    case Do::mark: return nodes && sense;
    case Do::raised:
    case Do::lowered:
    case Do::laid:
    case Do::become: return nodes && decay;
    case Do::emit: return agents ? phase == Phase::advance : nodes && decay;
    case Do::step:
    case Do::claim: return agents && act;
    case Do::die: return any_agents && act;
    case Do::name:
    case Do::link:
    case Do::come: return act;
    case Do::relate: return !agents && act;
    case Do::anchor: return nodes && act;
    case Do::namesake: return on == On::growing_nodes && act;
    case Do::part: return growing && act;
    case Do::along: return on == On::growing_agents && act;
    case Do::neighbour_index: return nodes;
    case Do::link_order:
    case Do::link_index: return growing;
    case Do::laid_order: return nodes && decay;
    default: return true;
  }
}

}  // namespace colony::testing
