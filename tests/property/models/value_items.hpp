// The handles of all that a model which is a value declares, by kind.
#pragma once

#include <optional>
#include <vector>

#include "engine/model/schema.hpp"
#include "tests/property/models/model_value.hpp"

namespace colony::testing {

inline constexpr std::uint8_t category_values = 3;  ///< of each category
inline constexpr std::uint32_t list_width = 3;      ///< of each array, and of the row of sums
inline constexpr std::uint32_t observation_count = 2;

/// What a value can't say of the ground that it is put on.
struct Terrain {
  bool lattice = false;
  std::uint32_t complete_nodes = 0;  ///< 0: the graph is not complete
};

struct SpeciesItems {
  std::uint32_t species = 0;
  std::optional<GrowingSpecies> growing;  ///< where they stand on a growing layer
  std::vector<AgentField<std::uint64_t>> fields;
  AgentField<std::uint64_t> intent{};
  AgentArray<std::uint32_t> list{};
  bool decides = false;
  AgentColumns<float> seen{};
  AgentField<std::uint8_t> action{};
};

struct GrowingItems {
  GrowingLayer layer{};
  bool anchored = false, linked = false, relates = false;
  std::vector<GrowingField> fields;
  std::vector<GrowingSignal> signals;
};

struct ValueItems {
  std::vector<NodeField<std::uint64_t>> mixed, committed, own, left;
  std::vector<NextField<std::uint64_t>> next;
  std::vector<Category> categories;
  std::vector<SignalField> signals;
  std::vector<MaxField> maxima;
  std::vector<MinField> minima;
  NodeField<std::uint64_t> purse{};
  std::vector<Addition> additions;  ///< to the purse
  std::vector<MarkField> marks;
  std::vector<TraceField> traces;
  std::vector<GlobalSum> globals;
  std::vector<GlobalSums> sums;
  std::vector<GlobalBest> bests;
  std::vector<NodeArray<std::uint32_t>> lists;
  std::vector<EventList> events;
  NodeField<std::uint32_t> stock{}, seats{};   ///< seats: 0 or 1
  std::vector<ClaimField> claims;              ///< of both
  std::vector<SpeciesItems> species, walkers;  ///< on the job's graph, on growing layers
  std::vector<GrowingItems> growing;
  bool finds_by_id = false;  ///< the layer is one whose nodes are found by their ids
};

/// Declares all but kernels and observables.
ValueItems declare_items(const ModelValue& value, const Terrain& terrain, Schema& schema);
/// Observes what there is.
void observe_items(const ValueItems& items, Schema& schema);

/// The handle that a counted item stands for; null where there is none.
template <class T>
const T* pick(const std::vector<T>& from, std::size_t item) {
  return from.empty() ? nullptr : &from[item % from.size()];
}

}  // namespace colony::testing
