// What round 2 carries of the layers that grow: wishes for links to the owners of the other ends, and fields to where links lead.
#include <algorithm>
#include <cstring>

#include "engine/error.hpp"
#include "engine/state/growth.hpp"
#include "shard/shard.hpp"

namespace colony {

std::uint32_t Shard::peer_of_content(std::uint64_t id) const { return plan_.block_peer[content_block(id, plan_.block_peer.size())]; }

void Shard::send_wishes(std::size_t layer, const std::vector<Frame*>& frames) {
  if (!part_.schema.growing()[layer].linked) return;
  const GrowingPart& growing = part_.growing[layer];
  std::vector<std::vector<RemoteWish>> wishes(frames.size());
  for (const auto& changes : growing.wish_changes)
    for (const WishChange& change : changes) {
      if (growing.owned[change.target] != 0) continue;
      const std::uint64_t node = growing.ids[change.target];
      wishes[peer_of_content(node)].push_back({node, growing.ids[change.row], change.wished});
    }
  for (std::size_t p = 0; p < frames.size(); ++p) {
    auto* out = frames[p]->add<RemoteWish>(SectionKind::wish, static_cast<std::uint16_t>(layer), wishes[p].size());
    std::copy(wishes[p].begin(), wishes[p].end(), out);
    traffic_.wishes += wishes[p].size();
  }
}

void Shard::take_wishes(const Frame& frame, const Frame::Section& section) {
  if (section.index >= part_.growing.size()) throw FrameError("a wish for a layer that the model does not have");
  for (const RemoteWish& wish : frame.items<RemoteWish>(section)) {
    if (wish.wished > 1) throw FrameError("a wish that is neither yes nor no");
    if (!take_wish(part_, section.index, wish)) throw FrameError("a wish for a link that this shard does not have");
  }
}

void Shard::send_fields(std::size_t layer, bool everything, const std::vector<Frame*>& frames) {
  const GrowingPart& growing = part_.growing[layer];
  if (growing.fields.empty()) return;
  std::vector<std::vector<LocalIndex>> nodes(frames.size());
  const auto tell = [&](LocalIndex node) {
    for (const Link& link : growing.links.row(node)) {
      if (growing.owned[link.target] != 0) continue;
      auto& list = nodes[peer_of_content(growing.ids[link.target])];
      if (list.empty() || list.back() != node) list.push_back(node);
    }
  };
  if (everything) {
    for (LocalIndex node = 0; node < growing.ids.size(); ++node)
      if (growing.owned[node] != 0) tell(node);
  } else {
    for (const LocalIndex node : growing.told) tell(node);
  }
  const auto index = static_cast<std::uint16_t>(layer);
  for (std::size_t p = 0; p < frames.size(); ++p) {
    auto* id = frames[p]->add<std::uint64_t>(SectionKind::growing_id, index, nodes[p].size());
    for (const LocalIndex node : nodes[p]) *id++ = growing.ids[node];
    auto* value = frames[p]->add<std::uint64_t>(SectionKind::growing_value, index, nodes[p].size() * growing.fields.size());
    for (const LocalIndex node : nodes[p])
      for (const auto& field : growing.fields) *value++ = field[node];
  }
}

void Shard::take_fields(const Frame& frame, std::size_t at) {
  const Frame::Section& section = frame.sections()[at];
  if (section.index >= part_.growing.size()) throw FrameError("fields of a layer that the model does not have");
  GrowingPart& growing = part_.growing[section.index];
  const auto ids = frame.items<std::uint64_t>(section);
  const auto values = frame.items<std::uint64_t>(frame.follower(at, SectionKind::growing_value));
  if (values.size() != ids.size() * growing.fields.size()) throw FrameError("as many values as the nodes have fields are expected");
  const std::uint64_t* value = values.data();
  for (const std::uint64_t id : ids) {
    const LocalIndex node = growing.names.find(id);
    if (node == no_index || growing.owned[node] != 0) throw FrameError("fields of a node that no link leads to");
    for (auto& field : growing.fields) field[node] = *value++;
  }
  traffic_.ghost_updates += ids.size();
}

}  // namespace colony
