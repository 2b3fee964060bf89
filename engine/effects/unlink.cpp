#include "engine/effects/unlink.hpp"

#include <algorithm>

#include "engine/effects/field_set.hpp"
#include "engine/effects/link.hpp"
#include "engine/error.hpp"
#include "engine/state/part.hpp"

namespace colony {

void check_unlinked(const AskedAccess& asked) {
  check_own_layer(asked);
  check_linked(asked);
}

UnlinkEffect::UnlinkEffect(const Part&, std::size_t workers, std::uint32_t layer) : asked(workers), layer_(layer) {}

EffectSpec UnlinkEffect::spec(const std::string& name, std::uint32_t layer) {
  return effect_spec<UnlinkEffect>("unlink", name, EffectStage::unlinks, layer);
}

void UnlinkEffect::pack(Part&, Outbox& outbox) {
  std::vector<std::vector<Pair>> leaving(outbox.peers());
  for (const auto& [list] : asked)
    for (const Pair& pair : list) {
      const std::uint32_t peer = outbox.peer_of_content(pair.b);  // a is the own node
      if (peer != no_index) leaving[peer].push_back(pair);
    }
  for (std::size_t p = 0; p < leaving.size(); ++p) {
    if (leaving[p].empty()) continue;
    std::copy(leaving[p].begin(), leaving[p].end(), outbox.add<Pair>(p, leaving[p].size()));
    sent += leaving[p].size();
  }
}

void UnlinkEffect::take(Part& part, Parcel& parcel) {
  for (const Pair& pair : parcel.next<Pair>()) {
    if (!part.owns_content(pair.b)) throw FrameError("a link to be taken away from a node that this shard does not own");
    asked[0].push_back(pair);
  }
}

void UnlinkEffect::commit(Part& part, Executor&) {
  GrowingPart& layer = part.growing[layer_];
  std::vector<std::uint64_t> halves;  // row << 32 | target
  for (auto& [list] : asked) {
    for (const Pair& pair : list) {
      const LocalIndex a = layer.names.find(pair.a), b = layer.names.find(pair.b);
      if (a == no_index || b == no_index) continue;  // then there is no link, either
      if (layer.owned[a] != 0) halves.push_back(std::uint64_t{a} << 32 | b);
      if (layer.owned[b] != 0) halves.push_back(std::uint64_t{b} << 32 | a);
    }
    list.clear();
  }
  if (halves.empty()) return;
  std::sort(halves.begin(), halves.end());
  halves.erase(std::unique(halves.begin(), halves.end()), halves.end());
  part.workers[0].globals[part.schema.growing()[layer_].pruned_slot] += layer.links.remove(halves, layer.ids);
}

bool UnlinkEffect::is_clear(const Part&) const {
  return std::all_of(asked.begin(), asked.end(), [](const auto& list) { return list.value.empty(); });
}

}  // namespace colony
