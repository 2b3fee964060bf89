// The part of the colony that one shard holds: columns of owned nodes, ghosts and agents, and the scratch that a tick gathers its effects
// in. The four phases (engine/tick/phases.hpp) work on it; shard/ fills the ghosts and carries what leaves.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "engine/array.hpp"
#include "engine/error.hpp"
#include "engine/graph/here.hpp"
#include "engine/graph/node_set.hpp"
#include "engine/schema/declared.hpp"
#include "engine/state/device_part.hpp"
#include "engine/state/effect.hpp"
#include "engine/state/growing_part.hpp"

namespace colony {

/// One typed column. Memory only; its meaning is in the schema.
struct Column {
  ScalarType type = ScalarType::u8;
  Array<std::byte> bytes;
  std::uint32_t width = 1;  ///< values an entity

  std::size_t item_bytes() const { return bytes_of(type) * width; }
  std::size_t size() const { return bytes.size() / item_bytes(); }
  template <class T>
  T* as() {
    return reinterpret_cast<T*>(bytes.data());
  }
  template <class T>
  const T* as() const {
    return reinterpret_cast<const T*>(bytes.data());
  }
};

struct LocalBlock {
  BlockId id;
  LocalIndex begin;
  LocalIndex end;
};

/// The nodes of a part: [0, owned) owned, grouped by block; [owned, owned + ghosts) ghosts, grouped by owner and ordered by id.
struct Geometry {
  Topology topology = Topology::none;
  std::uint32_t owned = 0;
  std::uint32_t ghosts = 0;
  std::vector<LocalBlock> blocks;
  Array<std::uint32_t> small_ids;  ///< [owned + ghosts] global ids when all are below 2^32
  Array<std::uint64_t> wide_ids;   ///< ... otherwise; both empty when id = local index

  // csr: rows of owned nodes; the reverse rows only where a kernel needs them and the graph is directed
  Array<std::uint64_t> in_offsets, out_offsets;
  Array<LocalIndex> sources, targets;
  Array<std::uint32_t> source_ids, target_ids;  ///< beside them where ids are not indices and all are below 2^32; otherwise empty
  bool undirected = true;                       ///< rows for both ways are the out-rows

  // lattice
  LatticeShape shape;
  bool whole_rows = false;
  Array<std::uint32_t> row_above, row_below;  ///< whole_rows: [owned rows]
  Array<LocalIndex> table;                    ///< otherwise: [owned][8]

  Array<LocalIndex> order;  ///< complete: all local indices by ascending id

  Array<LocalIndex> local_of_id;  ///< where a kernel finds nodes by id and ids are not indices: [nodes], no_index where a node is not here

  std::uint32_t total() const { return owned + ghosts; }
  std::uint64_t id_of(LocalIndex i) const { return id_map()(i); }
  IdMap id_map() const { return {small_ids.empty() ? nullptr : small_ids.data(), wide_ids.empty() ? nullptr : wide_ids.data()}; }
  CsrRows csr() const;
  RowLattice row_lattice() const;
  TableLattice table_lattice() const;
  CompleteRows complete() const { return {order.data(), order.size(), id_map()}; }
  std::uint64_t out_degree(LocalIndex i) const;
  std::uint64_t in_degree(LocalIndex i) const;
};

struct CategoryChange {
  LocalIndex node;
  std::uint8_t before;
  std::uint8_t after;
};

/// What happened to `target`, first seen in S(tick). kind: index into Declared::event_kinds. source: the id of what caused it, 0 where
/// events of the kind have no cause.
struct Event {
  std::uint64_t tick, kind, source, target;
  auto operator<=>(const Event&) const = default;
};

inline constexpr std::uint32_t no_slot = ~std::uint32_t{0};

/// What one thread gathers during a phase beside the effects. Lists are read as sets: their order never matters.
struct alignas(64) WorkerScratch {
  std::vector<Array<LocalIndex>> marked;       ///< by mark
  std::vector<Array<CategoryChange>> changes;  ///< by category
  std::vector<std::int64_t> globals;           ///< by slot
  Array<Event> events;
};

struct CategoryState {
  std::vector<NodeSet> sets;              ///< by value, owned nodes
  std::vector<std::int64_t> counts;       ///< by value
  std::vector<std::int64_t> out_degrees;  ///< by value
  std::vector<std::int64_t> in_degrees;
};

/// Agents of one species. A slot whose node is no_index is a hole left by an agent that moved away; holes vanish at the next sort.
struct SpeciesPart {
  Array<std::uint64_t> ids;
  Array<LocalIndex> nodes;
  std::vector<Column> columns;
  Array<std::uint32_t> holes;
  std::uint64_t numbering = 0;  ///< grows whenever ids change, so that a copy on a device knows that it is stale
  std::size_t slots() const { return ids.size(); }
  std::size_t count() const { return ids.size() - holes.size(); }
};

class Executor;
class PhaseTimer;

class Part {
 public:
  /// workers: threads that may run on the part at once. Memory is allocated here and not touched; see touch_memory.
  Part(const Declared& schema, Geometry geometry, std::size_t workers);
  Part(const Part&) = delete;
  Part& operator=(const Part&) = delete;

  /// Zeroes all columns of nodes, in parallel: the first touch of fresh memory is slow and belongs to set-up.
  void touch_memory(Executor& executor);

  const Declared& schema;
  Geometry geometry;

  std::vector<Column> columns;  ///< by node column: [total] if some kernel reads it near, else [owned]
  std::vector<CategoryState> categories;
  std::vector<SpeciesPart> species;
  std::vector<GrowingPart> growing;
  std::vector<WorkerScratch> workers;
  std::vector<std::unique_ptr<Effect>> effects;  ///< as the schema numbers them
  std::vector<std::uint32_t> staged;             ///< their numbers, in the order of their stages
  /// By species: in this tick Sense has been done for all its agents; Act goes by it, also when the device then fails.
  std::vector<bool> sensed_whole;

  /// Nodes of a column whose refresh is `listed` that changed in this tick, each once; filled in Decay, read by round 2.
  std::vector<Array<LocalIndex>> changed;  ///< by node column

  Tick tick;                         ///< the tick being done: S(tick) is what Sense reads
  const Globals* globals = nullptr;  ///< reduced globals of S(tick)
  SettingNumbers settings;           ///< of this tick
  bool events_wanted = false;
  std::unique_ptr<DevicePart> device;  ///< runs the kernels that it knows; null: there is none
  PhaseTimer* timer = nullptr;         ///< told where a tick's steps begin and end, if any

  /// An effect of the schema, by its number and type.
  template <class E>
  E& effect(std::uint32_t index) {
    COLONY_DEBUG_ASSERT(dynamic_cast<E*>(effects[index].get()) != nullptr, "an effect of another type");
    return static_cast<E&>(*effects[index]);
  }
  template <class E>
  const E& effect(std::uint32_t index) const {
    return const_cast<Part*>(this)->effect<E>(index);
  }
  /// f(Effect&) of each, in the order of the stages.
  template <class F>
  void for_each_effect(const F& f) {
    for (const std::uint32_t index : staged) f(*effects[index]);
  }
  /// Whether this shard owns a node that is named by content; of one shard alone: all.
  std::function<bool(std::uint64_t)> owns_content = [](std::uint64_t) { return true; };

  /// What the schema says of the layer of the job's graph.
  const LayerSpec& layer() const;
  /// The id of a node on which agents of a species stand, and how many nodes of that layer are known here.
  std::uint64_t node_id(std::size_t species_index, LocalIndex node) const;
  std::size_t known_nodes(std::size_t species_index) const;

  /// Keys of the streams that the kernels use, computed by begin_tick.
  RandomKey key(Stream stream) const;
  void begin_tick(Tick t, const Globals& g);

  WorkerScratch& scratch(std::size_t worker) { return workers[worker]; }
  CsrRows csr;
  RowLattice row_lattice;
  TableLattice table_lattice;
  CompleteRows complete;

 private:
  std::vector<std::pair<Stream, RandomKey>> keys_;
};

}  // namespace colony
