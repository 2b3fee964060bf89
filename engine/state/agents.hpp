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

/// Whose child an agent is: node 7, agent 7 of one species and agent 7 of another have different children.
struct Parent {
  std::uint64_t id;
  std::uint32_t kind;  ///< 0: a node; otherwise the agent's species + 1
  static Parent node(std::uint64_t id) { return {id, 0}; }
  static Parent agent(std::uint64_t id, std::uint32_t species) { return {id, species + 1}; }
};

/// The id of a child: top bit set, so that it differs from the ids in S(0).
std::uint64_t child_id(const Parent& parent, std::uint64_t tick, std::uint32_t ordinal);
/// ... of one that is born at a node that is named: two that have one id are at one node, so that its owner sees both.
std::uint64_t named_child_id(const Parent& parent, std::uint64_t tick, std::uint32_t ordinal, std::uint64_t node);

/// Adds room for `count` more agents; their columns are uninitialised but for the nodes, which are no_index.
void grow_agents(const SpeciesSpec& spec, SpeciesPart& species, std::size_t count);

}  // namespace colony
