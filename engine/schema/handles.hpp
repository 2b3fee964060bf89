// What declarations of a schema return: typed handles, trivially copyable; kernels hold accessors (engine/kernels/access.hpp) made of them.
#pragma once

#include <cstdint>

namespace colony {

template <class T>
struct NodeField {
  std::uint32_t column;
};
template <class T>
struct AgentField {
  std::uint32_t species;
  std::uint32_t column;
};
/// `width` values on each node, in a row.
template <class T>
struct NodeArray {
  std::uint32_t column;
  std::uint32_t width;
};
template <class T>
struct AgentArray {
  std::uint32_t species;
  std::uint32_t column;
  std::uint32_t width;
};
/// `count` fields of each agent, a column each.
template <class T>
struct AgentColumns {
  std::uint32_t species;
  std::uint32_t first;
  std::uint32_t count;
};
/// A number on each edge of a complete layer: a node's row holds that of the edge towards id j at [j].
struct TraceField {
  std::uint32_t effect;
  std::uint32_t column;
  std::uint32_t width;
  operator NodeArray<float>() const { return {column, width}; }
};
/// A field that becomes `next` in Decay, by a swap of columns.
template <class T>
struct NextField {
  std::uint32_t column;
};
/// An intent that few nodes have in a tick; the nodes that have it are listed.
struct MarkField {
  std::uint32_t mark;
};
/// A field of few values, followed by change: sets, counts and degree sums of its values are always at hand.
struct Category {
  std::uint32_t category;
  std::uint32_t column;
  operator NodeField<std::uint8_t>() const { return {column}; }
};
struct SignalField {
  std::uint32_t effect;  ///< the deposits on it
  std::uint32_t column;
  operator NodeField<float>() const { return {column}; }
};
/// A `max` effect on nodes, of u64 above 0, and a `min`, of u64 below 2^64 - 1.
struct MaxField {
  std::uint32_t effect;
};
struct MinField {
  std::uint32_t effect;
};
/// Amounts that kernels add to a field of nodes.
struct Addition {
  std::uint32_t effect;
};
/// A claim on one unit of a node's stock.
struct ClaimField {
  std::uint32_t effect;
  std::uint32_t stock_column;
};
struct GlobalSum {
  std::uint32_t slot;
};
/// Sums in a row, one for each of `width` cases.
struct GlobalSums {
  std::uint32_t slot;
  std::uint32_t width;
};
/// The least of what kernels offer, with a payload of a fixed size. Its slots: a key (0: nothing was offered), the offering id, the
/// payload.
struct GlobalBest {
  std::uint32_t slot;
  std::uint32_t width;
};
/// Runs of sorted values, those of an f64 field.
struct GlobalRuns {
  std::uint32_t slot;
};
/// Events of one kind.
struct EventList {
  std::uint32_t kind;
};
/// A layer whose nodes are named by content and made while the colony runs.
struct GrowingLayer {
  std::uint32_t layer;
};
/// A parameter that is read in each tick, or a function of one.
struct Setting {
  std::uint32_t slot;
};

/// Agents that stand on the nodes of a growing layer.
struct GrowingSpecies {
  std::uint32_t species;
  std::uint32_t layer;
  operator std::uint32_t() const { return species; }
};

/// A field of the nodes of a growing layer: a whole number, 0 in a new node.
struct GrowingField {
  std::uint32_t layer;
  std::uint32_t field;
};

/// A signal on the nodes of a growing layer.
struct GrowingSignal {
  std::uint32_t layer;
  std::uint32_t field;
};

}  // namespace colony
