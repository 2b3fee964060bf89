#include "engine/state/agents.hpp"

#include <algorithm>
#include <atomic>
#include <cstring>

#include <fmt/format.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "engine/error.hpp"
#include "engine/schema/declared.hpp"

namespace colony {
namespace {

constexpr std::size_t piece = 32768;  // agents a task counts or moves at a time

/// (node, slot), what the sort moves.
struct Place {
  LocalIndex node;
  std::uint32_t slot;
};

/// Sorts one bucket by counting; nodes of the bucket span [low, low + span).
void sort_bucket(Place* begin, Place* end, LocalIndex low, std::size_t span, std::vector<std::uint32_t>& starts,
                 std::vector<Place>& spare) {
  if (end - begin < 2) return;
  starts.assign(span + 1, 0);
  spare.assign(begin, end);
  for (const Place& place : spare) ++starts[place.node - low + 1];
  for (std::size_t i = 1; i <= span; ++i) starts[i] += starts[i - 1];
  for (const Place& place : spare) begin[starts[place.node - low]++] = place;
}

/// Slots of living agents by ascending node. Two passes: into buckets of neighbouring nodes, piece by piece, then each bucket by itself.
Array<Place> order_by_node(const SpeciesPart& species, LocalIndex node_limit, Executor& executor) {
  const std::size_t slots = species.slots();
  const std::size_t pieces = (slots + piece - 1) / piece;
  unsigned shift = 0;
  while ((node_limit >> shift) > 2048) ++shift;
  const std::size_t buckets = (node_limit >> shift) + 1;
  std::vector<std::uint32_t> starts(pieces * buckets, 0);
  executor.for_each(pieces, [&](std::size_t p) {
    std::uint32_t* counts = &starts[p * buckets];
    for (std::size_t i = p * piece; i < std::min(slots, (p + 1) * piece); ++i)
      if (species.nodes[i] != no_index) ++counts[species.nodes[i] >> shift];
  });
  std::vector<std::uint32_t> bucket_begin(buckets + 1, 0);
  std::uint32_t sum = 0;
  for (std::size_t b = 0; b < buckets; ++b) {
    bucket_begin[b] = sum;
    for (std::size_t p = 0; p < pieces; ++p) sum += std::exchange(starts[p * buckets + b], sum);
  }
  bucket_begin[buckets] = sum;
  Array<Place> places(sum);
  executor.for_each(pieces, [&](std::size_t p) {
    std::uint32_t* cursor = &starts[p * buckets];
    for (std::size_t i = p * piece; i < std::min(slots, (p + 1) * piece); ++i)
      if (species.nodes[i] != no_index) places[cursor[species.nodes[i] >> shift]++] = {species.nodes[i], static_cast<std::uint32_t>(i)};
  });
  executor.for_range(buckets, 16, [&](std::size_t begin, std::size_t end) {
    std::vector<std::uint32_t> counts;
    std::vector<Place> spare;
    for (std::size_t b = begin; b < end; ++b)
      sort_bucket(places.data() + bucket_begin[b], places.data() + bucket_begin[b + 1], static_cast<LocalIndex>(b << shift),
                  std::size_t{1} << shift, counts, spare);
  });
  return places;
}

template <class T>
void gather(const T* from, T* to, const Array<Place>& places, Executor& executor) {
  executor.for_range(places.size(), piece, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) to[i] = from[places[i].slot];
  });
}

}  // namespace

void sort_agents(Part& part, std::size_t species_index, Executor& executor) {
  SpeciesPart& species = part.species[species_index];
  const Array<Place> places = order_by_node(species, static_cast<LocalIndex>(part.known_nodes(species_index)), executor);
  const std::size_t count = places.size();
  Array<std::uint64_t> ids(count);
  gather(species.ids.data(), ids.data(), places, executor);
  species.ids.swap(ids);
  ++species.numbering;
  species.nodes.resize(count);
  executor.for_range(count, piece, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) species.nodes[i] = places[i].node;
  });
  for (Column& column : species.columns) {
    const std::size_t item = column.item_bytes();
    Array<std::byte> bytes(count * item);
    if (column.width == 1) {
      with_type(column.type, [&](auto type) {
        using T = decltype(type);
        gather(column.as<T>(), reinterpret_cast<T*>(bytes.data()), places, executor);
      });
    } else {
      executor.for_range(count, 1 + piece / column.width, [&](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i) std::memcpy(bytes.data() + i * item, column.bytes.data() + places[i].slot * item, item);
      });
    }
    column.bytes.swap(bytes);
  }
  species.holes.clear();
}

void sort_agents_when_due(Part& part, Executor& executor) {
  if ((part.tick.value + 1) % sort_interval != 0) return;
  for (std::size_t s = 0; s < part.species.size(); ++s) sort_agents(part, s, executor);
}

std::size_t agent_record_bytes(const SpeciesSpec& spec) {
  std::size_t bytes = sizeof(std::uint64_t);
  for (const ColumnSpec& column : spec.columns)
    if (column.role == Role::state) bytes += column.bytes();
  return bytes;
}

void pack_agent(const SpeciesSpec& spec, const SpeciesPart& species, std::size_t slot, std::byte* record) {
  std::memcpy(record, &species.ids[slot], sizeof(std::uint64_t));
  record += sizeof(std::uint64_t);
  for (std::size_t c = 0; c < spec.columns.size(); ++c) {
    if (spec.columns[c].role != Role::state) continue;
    const std::size_t bytes = spec.columns[c].bytes();
    std::memcpy(record, species.columns[c].bytes.data() + slot * bytes, bytes);
    record += bytes;
  }
}

void remove_agent(SpeciesPart& species, std::size_t slot) {
  species.nodes[slot] = no_index;
  species.holes.push_back(static_cast<std::uint32_t>(slot));
}

std::size_t insert_agent(const SpeciesSpec& spec, SpeciesPart& species, const std::byte* record, LocalIndex node) {
  if (species.holes.empty()) grow_agents(spec, species, 1);
  const std::size_t slot = species.holes[species.holes.size() - 1];
  species.holes.resize(species.holes.size() - 1);
  species.nodes[slot] = node;
  std::memcpy(&species.ids[slot], record, sizeof(std::uint64_t));
  ++species.numbering;
  record += sizeof(std::uint64_t);
  for (std::size_t c = 0; c < spec.columns.size(); ++c) {
    const std::size_t bytes = spec.columns[c].bytes();
    std::byte* cell = species.columns[c].bytes.data() + slot * bytes;
    if (spec.columns[c].role != Role::state) {
      std::memset(cell, 0, bytes);
      continue;
    }
    std::memcpy(cell, record, bytes);
    record += bytes;
  }
  return slot;
}

std::uint64_t child_id(const Parent& parent, std::uint64_t tick, std::uint32_t ordinal) {
  const std::uint64_t words[3] = {parent.id, tick, ordinal | std::uint64_t{parent.kind} << 32};
  return XXH3_64bits(words, sizeof words) | std::uint64_t{1} << 63;
}

std::uint64_t named_child_id(const Parent& parent, std::uint64_t tick, std::uint32_t ordinal, std::uint64_t node) {
  const std::uint64_t words[4] = {parent.id, tick, ordinal | std::uint64_t{parent.kind} << 32, node};
  return XXH3_64bits(words, sizeof words) | std::uint64_t{1} << 63;
}

void grow_agents(const SpeciesSpec& spec, SpeciesPart& species, std::size_t count) {
  const std::size_t before = species.slots(), after = before + count;
  species.ids.resize(after);
  species.nodes.resize(after);
  for (std::size_t c = 0; c < spec.columns.size(); ++c) species.columns[c].bytes.resize(after * spec.columns[c].bytes());
  for (std::size_t slot = after; slot-- > before;) {
    species.nodes[slot] = no_index;
    species.holes.push_back(static_cast<std::uint32_t>(slot));
  }
}

}  // namespace colony
