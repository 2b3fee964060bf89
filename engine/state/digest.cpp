#include "engine/state/digest.hpp"

#include <algorithm>
#include <mutex>

#include <fmt/format.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "engine/error.hpp"
#include "engine/globals/reduce.hpp"
#include "engine/schema/declared.hpp"
#include "engine/state/growth.hpp"

namespace colony {
namespace {

constexpr std::size_t grain = 8192;

struct PackedColumn {
  const std::byte* data;
  std::size_t bytes;  ///< of an entity
  std::uint32_t width;
  ScalarType type;
  const std::string& name;
};

std::vector<PackedColumn> state_columns(const std::vector<ColumnSpec>& specs, const std::vector<Column>& columns) {
  std::vector<PackedColumn> packed;
  for (std::size_t c = 0; c < specs.size(); ++c)
    if (specs[c].role == Role::state)
      packed.push_back({columns[c].bytes.data(), specs[c].bytes(), specs[c].width, specs[c].type, specs[c].name});
  return packed;
}

/// Writes one column of entities [begin, begin + count) to its place in their records.
template <class T>
void scatter(const std::byte* column, std::size_t begin, std::size_t count, std::byte* records, std::size_t stride) {
  for (std::size_t k = 0; k < count; ++k) std::memcpy(records + k * stride, column + (begin + k) * sizeof(T), sizeof(T));
}

template <class T>
bool any_nan(const T* values, std::size_t count) {
  bool any = false;
  for (std::size_t k = 0; k < count; ++k) any |= values[k] != values[k];
  return any;
}

/// Whether entities [begin, begin + count) have a NaN in the column.
bool has_nan(const PackedColumn& column, std::size_t begin, std::size_t count) {
  const std::byte* data = column.data + begin * column.bytes;
  if (column.type == ScalarType::f32) return any_nan(reinterpret_cast<const float*>(data), count * column.width);
  if (column.type == ScalarType::f64) return any_nan(reinterpret_cast<const double*>(data), count * column.width);
  return false;
}

/// Throws StateError where an entity that is there has a NaN in the column: state holds none. id_of(k): of entity begin + k.
template <class Present, class IdOf>
void refuse_nan(const PackedColumn& column, std::size_t begin, std::size_t count, const std::string& of, const Present& present,
                const IdOf& id_of) {
  if (!has_nan(column, begin, count)) return;
  for (std::size_t k = 0; k < count; ++k)
    if (present(k) && has_nan(column, begin + k, 1))
      throw StateError(fmt::format("\"{}\" of {} {} is not a number", column.name, of, id_of(k)));
}

/// Sum over entities [0, count) of the hash of `head` and their state. head(i, record) writes head_bytes of ids; it returns false to skip
/// the entity. of: what they are, for messages. Throws StateError where one has a NaN.
template <std::size_t head_bytes, class Head>
Digest sum_entities(const std::string& of, std::size_t count, const std::vector<PackedColumn>& columns, std::uint64_t seed,
                    Executor& executor, const Head& head) {
  Digest total;
  std::mutex mutex;
  std::size_t record_bytes = head_bytes;
  for (const PackedColumn& column : columns) record_bytes += column.bytes;
  constexpr std::size_t most = 256;  // records are built column by column, so that no loop looks at types entity by entity
  const std::size_t batch = std::clamp<std::size_t>((std::size_t{1} << 18) / record_bytes, 1, most);
  executor.for_range(count, grain, [&](std::size_t begin, std::size_t end) {
    Digest sum;
    std::vector<std::byte> records(batch * record_bytes);
    bool present[most];
    for (std::size_t first = begin; first < end; first += batch) {
      const std::size_t size = std::min(batch, end - first);
      for (std::size_t k = 0; k < size; ++k) present[k] = head(first + k, records.data() + k * record_bytes);
      std::size_t at = head_bytes;
      for (const PackedColumn& column : columns) {
        refuse_nan(
            column, first, size, of, [&](std::size_t k) { return present[k]; },
            [&](std::size_t k) {
              std::uint64_t id;
              std::memcpy(&id, records.data() + k * record_bytes, sizeof id);
              return id;
            });
        switch (column.width == 1 ? column.bytes : 0) {
          case 0:
            for (std::size_t k = 0; k < size; ++k)
              std::memcpy(records.data() + k * record_bytes + at, column.data + (first + k) * column.bytes, column.bytes);
            break;
          case 1: scatter<std::uint8_t>(column.data, first, size, records.data() + at, record_bytes); break;
          case 2: scatter<std::uint16_t>(column.data, first, size, records.data() + at, record_bytes); break;
          case 4: scatter<std::uint32_t>(column.data, first, size, records.data() + at, record_bytes); break;
          default: scatter<std::uint64_t>(column.data, first, size, records.data() + at, record_bytes); break;
        }
        at += column.bytes;
      }
      for (std::size_t k = 0; k < size; ++k) {
        if (!present[k]) continue;
        const XXH128_hash_t hash = XXH3_128bits_withSeed(records.data() + k * record_bytes, record_bytes, seed);
        sum += Digest{hash.low64, hash.high64};
      }
    }
    const std::lock_guard lock(mutex);
    total += sum;
  });
  return total;
}

/// What effects gather is no state: between ticks it is gone.
[[maybe_unused]] bool nothing_gathered(const Part& part) {
  return std::all_of(part.effects.begin(), part.effects.end(), [&](const auto& effect) { return effect->is_clear(part); });
}

}  // namespace

Digest digest_of(const Part& part, Executor& executor) {
  COLONY_DEBUG_ASSERT(nothing_gathered(part), "an effect outlives its tick");
  const Geometry& geometry = part.geometry;
  Digest sum = sum_entities<sizeof(std::uint64_t)>("node", geometry.owned, state_columns(part.schema.layer().columns, part.columns), 1,
                                                   executor, [&](std::size_t i, std::byte* record) {
                                                     const std::uint64_t id = geometry.id_of(static_cast<LocalIndex>(i));
                                                     std::memcpy(record, &id, sizeof id);
                                                     return true;
                                                   });
  for (std::size_t s = 0; s < part.species.size(); ++s) {
    const SpeciesPart& species = part.species[s];
    sum += sum_entities<2 * sizeof(std::uint64_t)>(part.schema.species()[s].name, species.slots(),
                                                   state_columns(part.schema.species()[s].columns, species.columns), 2 + s, executor,
                                                   [&](std::size_t i, std::byte* record) {
                                                     if (species.nodes[i] == no_index) return false;
                                                     const std::uint64_t ids[2] = {species.ids[i], part.node_id(s, species.nodes[i])};
                                                     std::memcpy(record, ids, sizeof ids);
                                                     return true;
                                                   });
  }
  sum += digest_of_growth(part);
  return sum;
}

Digest combine_digest(const Digest& sum, const Declared& schema, const Globals& globals, Tick tick) {
  std::vector<std::uint64_t> words{sum.low, sum.high, tick.value};
  std::uint32_t slot = 0;
  for (const GlobalSpec& spec : schema.globals()) {
    if (spec.lasting)
      for (std::uint32_t i = 0; i < kept_width(spec); ++i) words.push_back(static_cast<std::uint64_t>(globals[slot + i]));
    slot += spec.width;
  }
  const XXH128_hash_t hash = XXH3_128bits(words.data(), words.size() * sizeof(std::uint64_t));
  return {hash.low64, hash.high64};
}

}  // namespace colony
