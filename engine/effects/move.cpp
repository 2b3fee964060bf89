#include "engine/effects/move.hpp"

#include <algorithm>
#include <cstring>

#include "engine/effects/birth.hpp"
#include "engine/effects/cells.hpp"
#include "engine/error.hpp"
#include "engine/state/agents.hpp"
#include "engine/state/part.hpp"

namespace colony {

MoveEffect::MoveEffect(const Part&, std::size_t workers, std::uint32_t species) : leavers(workers), species_(species) {}

EffectSpec MoveEffect::spec(const std::string& name, std::uint32_t species) {
  return effect_spec<MoveEffect>("move", name, EffectStage::moves, species);
}

/// f(slot, node) for each agent that was listed, once, with the node where it ends. The dead go nowhere.
template <class F>
void MoveEffect::for_each_leaver(const SpeciesPart& species, const F& f) {
  for (auto& [list] : leavers) {
    std::uint32_t last = no_slot;
    for (const std::uint32_t slot : list) {
      const LocalIndex node = species.nodes[slot];
      if (slot != last && node != no_index) f(slot, node);
      last = slot;
    }
    list.clear();
  }
}

void MoveEffect::pack(Part& part, Outbox& outbox) {
  const SpeciesSpec& spec = part.schema.species()[species_];
  SpeciesPart& species = part.species[species_];
  const bool growing = spec.growing >= 0;
  std::vector<std::vector<std::uint32_t>> leaving(outbox.peers());
  for_each_leaver(species, [&](std::uint32_t slot, LocalIndex node) {
    if (!growing) {
      if (node >= part.geometry.owned) leaving[outbox.peer_of(node)].push_back(slot);
      return;
    }
    const std::uint32_t peer = outbox.peer_of_content(part.node_id(species_, node));
    if (peer != no_index) leaving[peer].push_back(slot);
  });
  const std::size_t bytes = agent_record_bytes(spec);
  for (std::size_t p = 0; p < leaving.size(); ++p) {
    const std::vector<std::uint32_t>& slots = leaving[p];
    if (slots.empty()) continue;
    if (growing) {
      auto* node = outbox.add<std::uint64_t>(p, slots.size());
      for (const std::uint32_t slot : slots) *node++ = part.node_id(species_, species.nodes[slot]);
    } else {
      auto* node = outbox.add<LocalIndex>(p, slots.size());
      for (const std::uint32_t slot : slots) *node++ = outbox.home_of(species.nodes[slot]);
    }
    std::byte* record = outbox.add_bytes(p, slots.size(), bytes);
    for (std::size_t i = 0; i < slots.size(); ++i, record += bytes) {
      pack_agent(spec, species, slots[i], record);
      remove_agent(species, slots[i]);
      departures_.push_back({slots[i], static_cast<std::uint32_t>(p), static_cast<std::uint32_t>(i)});
    }
    sent += slots.size();
  }
  std::sort(departures_.begin(), departures_.end(), [](const Departure& a, const Departure& b) { return a.slot < b.slot; });
}

void MoveEffect::take(Part& part, Parcel& parcel) {
  const SpeciesSpec& spec = part.schema.species()[species_];
  if (spec.growing >= 0) {
    part.effect<BirthEffect>(spec.births).take(part, parcel);  // they wait for their nodes as newborns do
    return;
  }
  const auto nodes = parcel.next<LocalIndex>();
  const std::size_t bytes = agent_record_bytes(spec);
  const Parcel::Items records = parcel.next_items(bytes);
  if (records.count != nodes.size()) throw FrameError("as many agents as nodes where they end are expected");
  if (arrivals_.size() <= parcel.peer) arrivals_.resize(parcel.peer + 1);
  for (std::size_t i = 0; i < nodes.size(); ++i)
    arrivals_[parcel.peer].push_back(
        static_cast<std::uint32_t>(insert_agent(spec, part.species[species_], records.data + i * bytes, owned_node(part, nodes[i]))));
}

const MoveEffect::Departure& MoveEffect::departure(std::uint32_t slot) const {
  const auto found =
      std::lower_bound(departures_.begin(), departures_.end(), slot, [](const Departure& d, std::uint32_t s) { return d.slot < s; });
  COLONY_ASSERT(found != departures_.end() && found->slot == slot, "an agent on a ghost that did not leave");
  return *found;
}

std::uint32_t MoveEffect::arrived(std::size_t peer, std::uint32_t ordinal) const {
  if (peer >= arrivals_.size() || ordinal >= arrivals_[peer].size()) throw FrameError("an effect of an agent that did not come");
  return arrivals_[peer][ordinal];
}

void MoveEffect::clear(Part&) {
  for (auto& [list] : leavers) list.clear();  // with one shard nothing leaves
  departures_.clear();
  for (auto& slots : arrivals_) slots.clear();
}

bool MoveEffect::is_clear(const Part&) const {
  return departures_.empty() && std::all_of(leavers.begin(), leavers.end(), [](const auto& list) { return list.value.empty(); });
}

}  // namespace colony
