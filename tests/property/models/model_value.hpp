// A model as a value: plain data, without a schema, a test or a generator. It says what there is of fields, categories, signals, species
// and layers that grow, and has kernels that are lists of operations on eight registers. Any value is a model: items are counted modulo
// what there is, what has nothing to work on is left out, and what may be done once alone is done by the first that asks. So a value can be
// drawn, printed, read back, and shrunk.
//
// What is what: model_value is the value and its text. model_generators draws values and grounds (rapidcheck: a seed replays and shrinks).
// value_model declares a value to a schema, with value_items (handles), value_binder (which operation gets which accessor), and
// value_accessors, value_steps, value_programs (the interpreter). model_courses compares what shapes do. random_models.cpp are the tests.
#pragma once

#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

#include "engine/schema/declared.hpp"

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
  read,        ///< to = own field (nodes: a mixed or an own one)
  near,        ///< to = mixed or committed field of the node here
  sources,     ///< to = fold of such a field over the sources, in the order of their ids
  ways,        ///< agents: to = sum of such a field over the nodes that a step leads to
  found,       ///< to = such a field of a node next to here, found by its id
  value,       ///< to = category of the node here
  smell,       ///< to = bits of a signal on the node here
  coins,       ///< nodes: to = number of sources whose edge's coin falls heads
  heads,       ///< nodes: to = fold of such a field over the sources whose edge's coin falls heads, tossed several at once
  heads_out,   ///< nodes: to = fold of the ids of the targets whose edge's coin falls heads
  any_head,    ///< nodes: to = whether there is a source whose edge's coin falls heads
  cause,       ///< nodes: to = place of an id in the order in which the node names who did something to it
  half,        ///< to = whether it is in the half that is drawn in this tick
  element,     ///< to = an element of the own array
  stood,       ///< agents, Sense: to = committed field of the node here, read there alone
  trail,       ///< complete graphs: to = bits of the trace from the node here to another
  known,       ///< to = a global of the last tick
  known_sum,   ///< to = one of a row of sums of the last tick
  known_best,  ///< to = the best of the last tick, with its payload
  // S(t) of a growing layer, by its nodes and by agents there.
  grown,       ///< to = field of the node here
  link_sum,    ///< to = a sum over the links, of their fields and of the nodes they lead to
  link_least,  ///< to = the least of such
  scent,       ///< to = growing signal of the node here
  // Own state.
  write,    ///< own field = a
  mixed,    ///< nodes, Sense, all in every tick: the kernel returns a, the next value of a mixed field
  intend,   ///< agents, Sense: intent = a
  intent,   ///< agents, Act: to = intent
  enlist,   ///< an element of the own array = a
  observe,  ///< agents, Sense: an observation of the policy = some bits of a
  action,   ///< agents, Act: to = what the policy decided
  set,      ///< growing layers: a field of the node here = a; agents set it to what they all set
  // Effects.
  count,      ///< a global += some bits of a
  count_in,   ///< one of a row of sums += some bits of a
  offer,      ///< a best is offered some bits of a, with b
  raise,      ///< `max` on the node here
  raise_out,  ///< `max` on every target (nodes), on the way a (agents)
  lower_out,  ///< `min` on every target (nodes), on the way a (agents)
  give_out,   ///< `add` to a field of every target (nodes), of the way a (agents)
  drop,       ///< deposit on the node here
  drop_out,   ///< deposit on every target (nodes), on the way a (agents)
  mark,       ///< Sense: lists the node
  raised,     ///< Decay: to = what was raised here
  lowered,    ///< Decay: to = what was lowered here
  lay,        ///< complete graphs: an amount on the edge from the node here, or from one next to it, to another
  laid,       ///< Decay: to = a sum over what was laid here, which is added to the trace
  become,     ///< Decay: another value of a category
  emit,       ///< nodes, Decay, and agents, Advance: an event
  spawn,      ///< Act: an agent when some bits of a are 0
  step,       ///< agents, Act: to the way a
  claim,      ///< agents, Act: one unit of a stock where it ends
  leave,      ///< winners: a field of the node where it stands = a
  die,        ///< agents, Act: when some bits of a are 0
  // Effects on growing layers.
  name,      ///< Act: a node whose label follows from a
  anchor,    ///< nodes, Act: a node of an anchored layer
  namesake,  ///< growing nodes, Act: a node of the same name in another layer
  link,      ///< Act: nodes that are emitted here, or (growing layers) the own one and those that links lead to, with each other
  part,      ///< Act: the link from the node here that a chooses goes
  relate,    ///< Act: a relation of a node that is anchored here (nodes), of the own one (growing layers)
  come,      ///< Act: an agent on a node that is emitted here, or on the own one, when some bits of a are 0
  along,     ///< agents on growing layers, Act: along the link that a chooses
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
  link_order,       ///< growing layers: to = a fold over the links that depends on their order
  link_index,       ///< growing layers: to = a sum of the local indices of those that links lead to
  laid_order,       ///< Decay: to = a fold over what was laid here that depends on the order
};
inline constexpr std::uint8_t do_count = static_cast<std::uint8_t>(Do::laid_order) + 1;
inline constexpr Do first_mistake = Do::local_index;
const char* name_of(Do what);

struct Operation {
  Do what = Do::number;
  std::uint8_t to = 0, a = 0, b = 0, item = 0;
  std::uint32_t number = 0;
  bool operator==(const Operation&) const = default;
};

/// tame: it does what it may. careless: it comes where one may come, and sets what may not be: a run may refuse it. wild: operations and
/// domains stand where they have no place besides: the schema may refuse it.
enum class Manner : std::uint8_t { tame, careless, wild };

/// What a kernel runs over.
enum class On : std::uint8_t { nodes, agents, growing_nodes, growing_agents };
inline constexpr std::uint8_t on_count = 4, phase_count = 4;

struct KernelValue {
  Manner manner = Manner::tame;
  Phase phase = Phase::sense;
  On on = On::nodes;
  std::uint8_t which = 0;  ///< species, growing layer, or species on growing layers
  Domain::Kind over = Domain::Kind::all;
  std::uint8_t item = 0, value = 0;  ///< of the domain
  std::uint8_t every = 1;            ///< runs in the ticks that it divides
  std::vector<Operation> operations;
  bool operator==(const KernelValue&) const = default;
};

/// Whether the agents of a species decide by a policy. by_batch is a mistake that a test plants: the policy looks at how many are asked.
enum class Deciding : std::uint8_t { no, largest, draw, recurrent, by_batch };

struct SpeciesValue {
  Deciding deciding = Deciding::no;
  bool operator==(const SpeciesValue&) const = default;
};

/// A layer that grows.
struct GrowingValue {
  bool anchored = false;
  bool sown = true;  ///< a kernel of the engine's nodes names and links nodes, and has agents come, in every second tick
  std::uint8_t fields = 1, signals = 1;
  bool linked = true;                                                ///< where it is not anchored
  std::uint8_t gain = 0, decay = 0, below = 0, age = 0, degree = 0;  ///< which of a few options of its links
  std::uint8_t relates = 0;                                          ///< to the layer so many further on, in a ring; 0: to none
  std::vector<SpeciesValue> species;                                 ///< on it, where it is not anchored
  bool operator==(const GrowingValue&) const = default;
};

struct ModelValue {
  // What there is of each, 0 to 3.
  std::uint8_t mixed = 1;      ///< u64 fields with a next(), read from neighbours
  std::uint8_t committed = 1;  ///< u64 fields that Decay writes, read from neighbours
  std::uint8_t own = 1;        ///< u64 fields that nothing else reads
  std::uint8_t categories = 1, signals = 1, maxima = 1, marks = 1, globals = 1;
  std::uint8_t traces = 1;  ///< on complete graphs
  bool diffuses = false;
  std::vector<SpeciesValue> species{1};  ///< on the job's graph
  std::vector<GrowingValue> growing;
  std::vector<KernelValue> kernels;
  bool operator==(const ModelValue&) const = default;
};

/// Text that model_of reads: a line for the model, for each species, layer, kernel and operation.
std::ostream& operator<<(std::ostream& out, const ModelValue& model);
/// The model of such a text. Throws std::runtime_error, with the word at fault, when it is not one.
ModelValue model_of(const std::string& text);

/// Whether DESIGN 3 has a place for the operation in a kernel of that phase.
bool belongs(Do what, Phase phase, On on);

}  // namespace colony::testing
