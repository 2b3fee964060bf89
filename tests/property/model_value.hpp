// A model as a value: how many fields, categories, signals and species it has, and kernels that are lists of operations on eight registers.
// Any value is a model: items are counted modulo what there is, and what may be done once alone is done by the first that asks. So a value
// can be drawn, printed and shrunk; ValueModel (value_model.hpp) declares it to a schema.
#pragma once

#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

#include "engine/schema/declared.hpp"
#include "engine/schema/handles.hpp"

namespace colony::testing {

/// What an operation does. `to`, `a`, `b` are registers, `item` says of which field, category and so on, `number` is a constant.
enum class Do : std::uint8_t {
  // Registers alone.
  number,  ///< to = number
  id,      ///< to = id of the node or agent
  tick,    ///< to = the tick
  add,     ///< to = a + b
  mix,     ///< to = a scrambled function of a and b
  less,    ///< to = a < b
  draw,    ///< to = a word drawn for the entity; number: which
  // S(t).
  read,        ///< to = own field (nodes: a mixed or a committed one)
  near,        ///< to = mixed field of the node here
  sources,     ///< to = fold of a mixed field over the sources, in the order of their ids
  ways,        ///< agents: to = sum of a mixed field over the nodes that a step leads to
  value,       ///< to = category of the node here
  smell,       ///< to = bits of a signal on the node here
  coins,       ///< nodes: to = number of sources whose edge's coin falls heads
  half,        ///< to = whether it is in the half that is drawn in this tick
  element,     ///< to = an element of the own array
  stood,       ///< agents, Sense: to = committed field of the node here, read there alone
  known,       ///< to = a global of the last tick
  known_sum,   ///< to = one of a row of sums of the last tick
  known_best,  ///< to = the best of the last tick, with its payload
  // Own state.
  write,   ///< own field = a
  mixed,   ///< nodes, Sense: next value of a mixed field = a
  intend,  ///< agents, Sense: intent = a
  intent,  ///< agents, Act: to = intent
  enlist,  ///< an element of the own array = a
  // Effects.
  count,      ///< a global += some bits of a
  count_in,   ///< one of a row of sums += some bits of a
  offer,      ///< a best is offered some bits of a, with b
  raise,      ///< `max` on the node here
  raise_out,  ///< `max` on every target (nodes), on the way a (agents)
  drop,       ///< deposit on the node here
  drop_out,   ///< deposit on every target (nodes), on the way a (agents)
  mark,       ///< Sense: lists the node
  raised,     ///< Decay: to = what was raised here
  become,     ///< Decay: another value of a category
  emit,       ///< nodes, Decay, and agents, Advance: an event
  spawn,      ///< Act: an agent when some bits of a are 0
  step,       ///< agents, Act: to the way a
  claim,      ///< agents, Act: one unit of a stock where it ends
  leave,      ///< winners: a field of the node where it stands = a
  die,        ///< agents, Act: when some bits of a are 0
  // Mistakes, which a test plants to see that they are found.
  local_index,      ///< to = the local index, of an agent its slot
  neighbour_index,  ///< nodes: to = the local index of the last source
  address,          ///< to = where the columns lie
  shared_sum,       ///< to = a sum that all shards of a process and all threads add to, as it stands
  owned_count,      ///< to = nodes of the shard
  ghost_count,      ///< to = ghosts of the shard
  block_count,      ///< to = blocks of the shard
  slot_count,       ///< to = slots of its first species
  concurrent,       ///< to = whether other threads run the phase
};
inline constexpr std::uint8_t do_count = static_cast<std::uint8_t>(Do::concurrent) + 1;
inline constexpr Do first_mistake = Do::local_index;
const char* name_of(Do what);

struct Operation {
  Do what = Do::number;
  std::uint8_t to = 0, a = 0, b = 0, item = 0;
  std::uint32_t number = 0;
};

/// tame: it does what it may. careless: it comes where one may come, and sets what may not be: a run may refuse it. wild: operations and
/// domains stand where they have no place besides: the schema may refuse it.
enum class Manner : std::uint8_t { tame, careless, wild };

struct KernelValue {
  Manner manner = Manner::tame;
  Phase phase = Phase::sense;
  bool on_agents = false;
  std::uint8_t species = 0;
  Domain::Kind over = Domain::Kind::all;
  std::uint8_t item = 0, value = 0;  ///< of the domain
  std::uint8_t every = 1;            ///< runs in the ticks that it divides
  std::vector<Operation> operations;
};

struct ModelValue {
  // What there is of each, 0 to 3.
  std::uint8_t mixed = 1;      ///< u64 fields with a next(), read from neighbours
  std::uint8_t committed = 1;  ///< u64 fields that Decay writes, read from neighbours
  std::uint8_t own = 1;        ///< u64 fields that nothing else reads
  std::uint8_t categories = 1, signals = 1, maxima = 1, marks = 1, species = 1, globals = 1;
  bool diffuses = false;
  std::vector<KernelValue> kernels;
};

std::ostream& operator<<(std::ostream& out, const Operation& operation);
std::ostream& operator<<(std::ostream& out, const KernelValue& kernel);
std::ostream& operator<<(std::ostream& out, const ModelValue& model);

/// Whether DESIGN 3 has a place for the operation in a kernel of that phase.
bool belongs(Do what, Phase phase, bool on_agents);

}  // namespace colony::testing
