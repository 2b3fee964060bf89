#include "tests/property/model_value.hpp"

namespace colony::testing {

const char* name_of(Do what) {
  constexpr const char* names[do_count] = {"number",
                                           "id",
                                           "tick",
                                           "add",
                                           "mix",
                                           "less",
                                           "draw",
                                           "read",
                                           "near",
                                           "sources",
                                           "ways",
                                           "value",
                                           "smell",
                                           "coins",
                                           "half",
                                           "element",
                                           "stood",
                                           "known",
                                           "known_sum",
                                           "known_best",
                                           "write",
                                           "mixed",
                                           "intend",
                                           "intent",
                                           "enlist",
                                           "count",
                                           "count_in",
                                           "offer",
                                           "raise",
                                           "raise_out",
                                           "drop",
                                           "drop_out",
                                           "mark",
                                           "raised",
                                           "become",
                                           "emit",
                                           "spawn",
                                           "step",
                                           "claim",
                                           "leave",
                                           "die",
                                           "local_index",
                                           "neighbour_index",
                                           "address",
                                           "shared_sum",
                                           "owned_count",
                                           "ghost_count",
                                           "block_count",
                                           "slot_count",
                                           "concurrent"};
  return names[static_cast<std::size_t>(what)];
}

bool belongs(Do what, Phase phase, bool on_agents) {
  const bool sense = phase == Phase::sense, act = phase == Phase::act, decay = phase == Phase::decay;
  switch (what) {
    case Do::near:
    case Do::value:
    case Do::smell: return sense || act;  // of nodes around, and of the node on which an agent stands
    case Do::sources:
    case Do::coins: return !on_agents && (sense || act);
    case Do::ways: return on_agents && sense;
    case Do::write: return on_agents ? !sense : act || decay;
    case Do::mixed: return !on_agents && sense;
    case Do::intend: return on_agents && sense;
    case Do::intent: return on_agents && act;
    case Do::stood: return on_agents && sense;
    case Do::enlist: return on_agents ? !sense : act || decay;
    case Do::leave: return on_agents && phase == Phase::advance;
    case Do::raise:
    case Do::raise_out:
    case Do::drop:
    case Do::drop_out: return act;
    case Do::count:
    case Do::count_in:
    case Do::offer: return !sense;
    case Do::mark: return !on_agents && sense;
    case Do::raised:
    case Do::become: return !on_agents && decay;
    case Do::emit: return on_agents ? phase == Phase::advance : decay;
    case Do::spawn: return act;
    case Do::step:
    case Do::claim:
    case Do::die: return on_agents && act;
    default: return true;
  }
}

std::ostream& operator<<(std::ostream& out, const Operation& o) {
  return out << name_of(o.what) << "(to " << int{o.to} << ", a " << int{o.a} << ", b " << int{o.b} << ", item " << int{o.item} << ", "
             << o.number << ")";
}

std::ostream& operator<<(std::ostream& out, const KernelValue& k) {
  constexpr const char* phases[] = {"sense", "act", "decay", "advance"};
  if (k.manner != Manner::tame) out << (k.manner == Manner::wild ? "wild " : "careless ");
  out << phases[static_cast<int>(k.phase)] << " of ";
  if (k.on_agents) out << "species " << int{k.species};
  else out << "nodes";
  out << ", domain " << static_cast<int>(k.over) << " (" << int{k.item} << ", " << int{k.value} << "), every " << int{k.every} << ":";
  for (const Operation& operation : k.operations) out << "\n    " << operation;
  return out;
}

std::ostream& operator<<(std::ostream& out, const ModelValue& m) {
  out << "mixed " << int{m.mixed} << ", committed " << int{m.committed} << ", own " << int{m.own} << ", categories " << int{m.categories}
      << ", signals " << int{m.signals} << (m.diffuses ? " (diffusing)" : "") << ", maxima " << int{m.maxima} << ", marks " << int{m.marks}
      << ", species " << int{m.species} << ", globals " << int{m.globals};
  for (const KernelValue& kernel : m.kernels) out << "\n  " << kernel;
  return out;
}

}  // namespace colony::testing
