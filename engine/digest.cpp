#include "engine/digest.hpp"

#include <mutex>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "engine/model.hpp"

namespace colony {
namespace {

constexpr std::size_t grain = 8192;

struct PackedColumn {
  const std::byte* data;
  std::size_t bytes;
};

std::vector<PackedColumn> state_columns(const std::vector<ColumnSpec>& specs, const std::vector<Column>& columns) {
  std::vector<PackedColumn> packed;
  for (std::size_t c = 0; c < specs.size(); ++c)
    if (specs[c].role == Role::state) packed.push_back({columns[c].bytes.data(), bytes_of(specs[c].type)});
  return packed;
}

/// Sum over entities [0, count); `head(i, record)` writes ids and returns their bytes, or 0 to skip the entity.
template <class Head>
Digest sum_entities(std::size_t count, const std::vector<PackedColumn>& columns, std::uint64_t seed, Executor& executor, const Head& head) {
  Digest total;
  std::mutex mutex;
  std::size_t record_bytes = 16;
  for (const PackedColumn& column : columns) record_bytes += column.bytes;
  executor.for_range(count, grain, [&](std::size_t begin, std::size_t end) {
    Digest sum;
    std::vector<std::byte> record(record_bytes);
    for (std::size_t i = begin; i < end; ++i) {
      std::size_t at = head(i, record.data());
      if (at == 0) continue;
      for (const PackedColumn& column : columns) {
        switch (column.bytes) {  // copies of known length are single moves
          case 1: record[at] = column.data[i]; break;
          case 4: std::memcpy(record.data() + at, column.data + i * 4, 4); break;
          default: std::memcpy(record.data() + at, column.data + i * 8, 8); break;
        }
        at += column.bytes;
      }
      const XXH128_hash_t hash = XXH3_128bits_withSeed(record.data(), at, seed);
      sum += Digest{hash.low64, hash.high64};
    }
    const std::lock_guard lock(mutex);
    total += sum;
  });
  return total;
}

}  // namespace

Digest digest_of(const Part& part, Executor& executor) {
  const Geometry& geometry = part.geometry;
  Digest sum = sum_entities(geometry.owned, state_columns(part.schema.layer().columns, part.columns), 1, executor,
                            [&](std::size_t i, std::byte* record) {
                              const std::uint64_t id = geometry.id_of(static_cast<LocalIndex>(i));
                              std::memcpy(record, &id, sizeof id);
                              return sizeof id;
                            });
  for (std::size_t s = 0; s < part.species.size(); ++s) {
    const SpeciesPart& species = part.species[s];
    sum += sum_entities(species.slots(), state_columns(part.schema.species()[s].columns, species.columns), 2 + s, executor,
                        [&](std::size_t i, std::byte* record) -> std::size_t {
                          if (species.nodes[i] == no_index) return 0;
                          const std::uint64_t ids[2] = {species.ids[i], geometry.id_of(species.nodes[i])};
                          std::memcpy(record, ids, sizeof ids);
                          return sizeof ids;
                        });
  }
  return sum;
}

Digest combine_digest(const Digest& sum, const Schema& schema, const Globals& globals, Tick tick) {
  std::vector<std::uint64_t> words{sum.low, sum.high, tick.value};
  std::uint32_t slot = 0;
  for (const GlobalSpec& spec : schema.globals()) {
    if (spec.lasting)
      for (std::uint32_t i = 0; i < spec.width; ++i) words.push_back(static_cast<std::uint64_t>(globals[slot + i]));
    slot += spec.width;
  }
  const XXH128_hash_t hash = XXH3_128bits(words.data(), words.size() * sizeof(std::uint64_t));
  return {hash.low64, hash.high64};
}

}  // namespace colony
