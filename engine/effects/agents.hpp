// Where agents are kept: near the order of their nodes, by a counting sort every few ticks, because on this class of machine that alone is
// worth a factor of four (docs/adr/0004). The order is not part of the state.
#pragma once

#include "engine/executor.hpp"
#include "engine/state/part.hpp"

namespace colony {

/// Sorts each species by node, removing holes, every sort_interval ticks.
inline constexpr std::uint64_t sort_interval = 16;
void sort_agents_when_due(Part& part, Executor& executor);
void sort_agents(Part& part, std::size_t species, Executor& executor);

/// Bytes of one agent as it travels: id, then its state fields in schema order. Its node and claims travel beside it.
std::size_t agent_record_bytes(const SpeciesSpec& spec);
void pack_agent(const SpeciesSpec& spec, const SpeciesPart& species, std::size_t slot, std::byte* record);

/// Takes an agent out (leaves a hole), puts one in (into a hole if there is one). insert returns the slot.
void remove_agent(SpeciesPart& species, std::size_t slot);
std::size_t insert_agent(const SpeciesSpec& spec, SpeciesPart& species, const std::byte* record, LocalIndex node);

/// Whose child an agent is: node 7 and agent 7 have different children.
struct Parent {
  std::uint64_t id;
  bool is_agent;
  static Parent node(std::uint64_t id) { return {id, false}; }
  static Parent agent(std::uint64_t id) { return {id, true}; }
};
/// f(slot, node) for each agent that Act listed as leaving, once, with the node where it ends: it may have turned back since. The dead go
/// nowhere.
template <class F>
void for_each_leaver(const Array<std::uint32_t>& listed, const SpeciesPart& species, const F& f) {
  std::uint32_t last = no_slot;
  for (const std::uint32_t slot : listed) {
    const LocalIndex node = species.nodes[slot];
    if (slot != last && node != no_index) f(slot, node);
    last = slot;
  }
}

/// The id of a child: top bit set, so that it differs from the ids in S(0).
std::uint64_t child_id(const Parent& parent, std::uint64_t tick, std::uint32_t ordinal);
/// After Advance, when the nodes that were emitted are there: whoever was born or came by name gets a place. Throws StateError when two
/// agents of a species have one id, or there is no node of a name.
void settle_arrivals(Part& part);

/// Adds room for `count` more agents; their columns are uninitialised but for the nodes, which are no_index.
void grow_agents(const SpeciesSpec& spec, SpeciesPart& species, std::size_t count);

}  // namespace colony
