#include "engine/effects/birth.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "engine/error.hpp"
#include "engine/state/part.hpp"

namespace colony {
namespace {

/// Throws ModelError when two of `ids` are equal, or one is an agent's that is here. Sorts them.
void check_new(std::vector<std::uint64_t>& ids, const SpeciesSpec& spec, const SpeciesPart& species) {
  std::sort(ids.begin(), ids.end());
  const auto fault = [&](std::uint64_t id) {
    throw ModelError(
        fmt::format("two agents \"{}\" have the id {:016x}: the children of one parent and tick need different ordinals; where "
                    "they have them, give the job another seed",
                    spec.name, id));
  };
  const auto twin = std::adjacent_find(ids.begin(), ids.end());
  if (twin != ids.end()) fault(*twin);
  for (std::size_t slot = 0; slot < species.slots(); ++slot)
    if (species.nodes[slot] != no_index && std::binary_search(ids.begin(), ids.end(), species.ids[slot])) fault(species.ids[slot]);
}

}  // namespace

void check_born_on_graph(const AskedAccess& asked) {
  if (asked.schema.species()[asked.access.item].growing >= 0) asked.refuse(", agents on a growing layer: they are born with SpawnNamed");
}

BirthEffect::BirthEffect(const Part&, std::size_t workers, std::uint32_t species) : arrivals(workers), species_(species) {}

EffectSpec BirthEffect::spec(const std::string& name, std::uint32_t species) {
  return effect_spec<BirthEffect>("spawn", name, EffectStage::births, species);
}

void BirthEffect::pack(Part& part, Outbox& outbox) {
  const SpeciesSpec& spec = part.schema.species()[species_];
  if (spec.growing < 0) return;  // born where their parents are
  const std::size_t bytes = agent_record_bytes(spec);
  std::vector<Arrivals> leaving(outbox.peers());
  for (auto& [born] : arrivals) {
    std::size_t kept = 0;
    for (std::size_t i = 0; i < born.nodes.size(); ++i) {
      const std::byte* record = born.records.data() + i * bytes;
      const std::uint32_t peer = outbox.peer_of_content(born.nodes[i]);
      if (peer == no_index) {
        std::memmove(born.records.data() + kept * bytes, record, bytes);
        born.nodes[kept++] = born.nodes[i];
        continue;
      }
      Arrivals& there = leaving[peer];
      there.nodes.push_back(born.nodes[i]);
      there.records.resize(there.records.size() + bytes);
      std::memcpy(there.records.data() + there.records.size() - bytes, record, bytes);
    }
    born.nodes.resize(kept);
    born.records.resize(kept * bytes);
  }
  for (std::size_t p = 0; p < leaving.size(); ++p) {
    const Arrivals& there = leaving[p];
    if (there.nodes.empty()) continue;
    std::copy(there.nodes.begin(), there.nodes.end(), outbox.add<std::uint64_t>(p, there.nodes.size()));
    std::copy(there.records.begin(), there.records.end(), outbox.add_bytes(p, there.nodes.size(), bytes));
    sent += there.nodes.size();
  }
}

void BirthEffect::take(Part& part, Parcel& parcel) {
  const SpeciesSpec& spec = part.schema.species()[species_];
  if (spec.growing < 0) throw FrameError("newborns from another shard on the job's graph");
  const auto nodes = parcel.next<std::uint64_t>();
  const std::size_t bytes = agent_record_bytes(spec);
  const Parcel::Items records = parcel.next_items(bytes);
  if (records.count != nodes.size()) throw FrameError("as many agents as nodes where they end are expected");
  Arrivals& here = arrivals[0];
  for (const std::uint64_t node : nodes) {
    if (!part.owns_content(node)) throw FrameError("an agent for a node that this shard does not own");
    here.nodes.push_back(node);
  }
  const std::size_t before = here.records.size(), all = nodes.size() * bytes;
  here.records.resize(before + all);
  if (all != 0) std::memcpy(here.records.data() + before, records.data, all);
}

LocalIndex BirthEffect::place_of(const Part& part, std::uint64_t node) const {
  const SpeciesSpec& spec = part.schema.species()[species_];
  if (spec.growing < 0) return static_cast<LocalIndex>(node);
  const GrowingPart& layer = part.growing[static_cast<std::size_t>(spec.growing)];
  const LocalIndex place = layer.names.find(node);
  if (place == no_index || layer.owned[place] == 0)
    throw ModelError(
        fmt::format("an agent \"{}\" comes to the node {:016x} in tick {}, which is not there", spec.name, node, part.tick.value));
  return place;
}

void BirthEffect::land(Part& part) {
  const SpeciesSpec& spec = part.schema.species()[species_];
  const std::size_t bytes = agent_record_bytes(spec);
  std::vector<std::uint64_t> ids;
  for (const auto& [born] : arrivals)
    for (std::size_t i = 0; i < born.nodes.size(); ++i) {
      ids.emplace_back();
      std::memcpy(&ids.back(), born.records.data() + i * bytes, sizeof(std::uint64_t));
    }
  if (ids.empty()) return;
  check_new(ids, spec, part.species[species_]);
  for (auto& [born] : arrivals) {
    for (std::size_t i = 0; i < born.nodes.size(); ++i)
      insert_agent(spec, part.species[species_], born.records.data() + i * bytes, place_of(part, born.nodes[i]));
    born.nodes.clear();
    born.records.clear();
  }
}

bool BirthEffect::is_clear(const Part&) const {
  return std::all_of(arrivals.begin(), arrivals.end(), [](const auto& born) { return born.value.nodes.empty(); });
}

}  // namespace colony
