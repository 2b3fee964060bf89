// What the two rounds carry of the layers that grow: emissions, groups of links and agents to the owners of their nodes, then wishes for
// links to the owners of the other ends.
#include <algorithm>
#include <cstring>
#include <numeric>

#include "engine/content.hpp"
#include "engine/error.hpp"
#include "engine/state/growth.hpp"
#include "shard/shard.hpp"

namespace colony {
namespace {

/// A NodeEmission on its way: the label is in the section that follows.
struct EmissionRecord {
  std::uint64_t id, check;
  std::uint32_t amount;
  std::uint32_t label_bytes;
};

void pack_emissions(Frame& frame, std::uint16_t layer, const std::vector<NodeEmission>& emissions) {
  std::size_t text_bytes = 0;
  auto* record = frame.add<EmissionRecord>(SectionKind::emission, layer, emissions.size());
  for (const NodeEmission& emission : emissions) {
    *record++ = {emission.id, emission.check, emission.amount, emission.label_bytes};
    text_bytes += emission.label_bytes;
  }
  char* text = frame.add<char>(SectionKind::emission_label, layer, text_bytes);
  for (const NodeEmission& emission : emissions) {
    std::copy_n(emission.label, emission.label_bytes, text);
    text += emission.label_bytes;
  }
}

void pack_groups(Frame& frame, std::uint16_t layer, const std::vector<std::uint32_t>& sizes, const std::vector<GroupMember>& members) {
  std::copy(sizes.begin(), sizes.end(), frame.add<std::uint32_t>(SectionKind::group_size, layer, sizes.size()));
  std::copy(members.begin(), members.end(), frame.add<GroupMember>(SectionKind::group_member, layer, members.size()));
}

}  // namespace

std::uint32_t Shard::peer_of_content(std::uint64_t id) const { return plan_.block_peer[content_block(id, plan_.block_peer.size())]; }

void Shard::send_growth(std::size_t layer, const std::vector<Frame*>& frames) {
  if (part_.schema.growing()[layer].anchored) return;  // emitted where it lives
  const std::size_t peers = frames.size();
  std::vector<std::vector<NodeEmission>> emissions(peers);
  std::vector<std::vector<std::uint32_t>> sizes(peers);
  std::vector<std::vector<GroupMember>> members(peers);
  std::vector<std::uint8_t> concerned(peers);
  for (WorkerScratch& worker : part_.workers) {
    GrowthScratch& growth = worker.growth[layer];
    std::size_t kept = 0;
    for (const NodeEmission& emission : growth.emissions) {
      const std::uint32_t peer = peer_of_content(emission.id);
      if (peer == no_index) growth.emissions[kept++] = emission;
      else emissions[peer].push_back(emission);
    }
    growth.emissions.resize(kept);
    // A group goes whole to all who own a member of it: each makes the rows of its own.
    const GroupMember* member = growth.members.data();
    for (const std::uint32_t size : growth.group_sizes) {
      std::fill(concerned.begin(), concerned.end(), std::uint8_t{0});
      for (const GroupMember* m = member; m != member + size; ++m) {
        const std::uint32_t peer = peer_of_content(m->id);
        if (peer != no_index) concerned[peer] = 1;
      }
      for (std::size_t p = 0; p < peers; ++p) {
        if (concerned[p] == 0) continue;
        sizes[p].push_back(size);
        members[p].insert(members[p].end(), member, member + size);
      }
      member += size;
    }
  }
  for (std::size_t p = 0; p < peers; ++p) {
    pack_emissions(*frames[p], static_cast<std::uint16_t>(layer), emissions[p]);
    pack_groups(*frames[p], static_cast<std::uint16_t>(layer), sizes[p], members[p]);
    traffic_.remote_emissions += emissions[p].size();
    traffic_.remote_groups += sizes[p].size();
  }
}

void Shard::take_emissions(const Frame& frame, std::size_t at) {
  const Frame::Section& section = frame.sections()[at];
  if (section.index >= part_.growing.size()) throw FrameError("an emission for a layer that the model does not have");
  const auto records = frame.items<EmissionRecord>(section);
  const auto text = frame.items<char>(frame.follower(at, SectionKind::emission_label));
  std::uint64_t bytes = 0;
  for (const EmissionRecord& record : records) bytes += record.label_bytes;
  if (bytes != text.size()) throw FrameError("labels of another length than their emissions say");
  Array<char> labels(text.size());  // the frame's memory is used again before Decay is through
  if (!text.empty()) std::memcpy(labels.data(), text.data(), text.size());
  const char* label = labels.data();
  Array<NodeEmission>& emissions = part_.workers[0].growth[section.index].emissions;
  for (const EmissionRecord& record : records) {
    if (peer_of_content(record.id) != no_index) throw FrameError("an emission of a node that this shard does not own");
    emissions.push_back({record.id, record.check, 0, no_index, record.amount, record.label_bytes, label});
    label += record.label_bytes;
  }
  part_.growing[section.index].received_labels.push_back(std::move(labels));
}

void Shard::take_groups(const Frame& frame, std::size_t at) {
  const Frame::Section& section = frame.sections()[at];
  if (section.index >= part_.growing.size()) throw FrameError("links of a layer that the model does not have");
  const auto sizes = frame.items<std::uint32_t>(section);
  const auto members = frame.items<GroupMember>(frame.follower(at, SectionKind::group_member));
  if (std::accumulate(sizes.begin(), sizes.end(), std::uint64_t{0}) != members.size())
    throw FrameError("groups of another size than their members are");
  if (std::any_of(sizes.begin(), sizes.end(), [](std::uint32_t size) { return size > most_group; }))
    throw FrameError("a group of nodes to be linked that is too large");
  GrowthScratch& growth = part_.workers[0].growth[section.index];
  for (const std::uint32_t size : sizes) growth.group_sizes.push_back(size);
  for (const GroupMember& member : members) growth.members.push_back(member);
}

/// Those who moved to a node elsewhere, and those who are born there.
void Shard::send_arrivals(std::size_t s, const std::vector<Frame*>& frames) {
  const SpeciesSpec& spec = part_.schema.species()[s];
  SpeciesPart& species = part_.species[s];
  const std::size_t bytes = agent_record_bytes(spec);
  std::vector<Arrivals> leaving(frames.size());
  for (WorkerScratch& worker : part_.workers) {
    for_each_leaver(worker.leavers[s], species, [&](std::uint32_t slot, LocalIndex to) {
      const std::uint64_t node = part_.node_id(s, to);
      const std::uint32_t peer = peer_of_content(node);
      if (peer == no_index) return;
      Arrivals& there = leaving[peer];
      there.nodes.push_back(node);
      there.records.resize(there.records.size() + bytes);
      pack_agent(spec, species, slot, there.records.data() + there.records.size() - bytes);
      remove_agent(species, slot);
      ++traffic_.migrants;
    });
    worker.leavers[s].clear();
    Arrivals& born = worker.arrivals[s];
    std::size_t kept = 0;
    for (std::size_t i = 0; i < born.nodes.size(); ++i) {
      const std::byte* record = born.records.data() + i * bytes;
      const std::uint32_t peer = peer_of_content(born.nodes[i]);
      if (peer == no_index) {
        std::memmove(born.records.data() + kept * bytes, record, bytes);
        born.nodes[kept++] = born.nodes[i];
        continue;
      }
      leaving[peer].nodes.push_back(born.nodes[i]);
      leaving[peer].records.resize(leaving[peer].records.size() + bytes);
      std::memcpy(leaving[peer].records.data() + leaving[peer].records.size() - bytes, record, bytes);
      ++traffic_.remote_births;
    }
    born.nodes.resize(kept);
    born.records.resize(kept * bytes);
  }
  const auto index = static_cast<std::uint16_t>(s);
  for (std::size_t p = 0; p < frames.size(); ++p) {
    const Arrivals& there = leaving[p];
    std::copy(there.nodes.begin(), there.nodes.end(), frames[p]->add<std::uint64_t>(SectionKind::arrival_node, index, there.nodes.size()));
    std::byte* records = frames[p]->add_bytes(SectionKind::arrival_record, index, there.nodes.size(), bytes);
    std::copy(there.records.begin(), there.records.end(), records);
  }
}

void Shard::take_arrivals(const Frame& frame, std::size_t at) {
  const Frame::Section& section = frame.sections()[at];
  if (section.index >= part_.species.size() || part_.schema.species()[section.index].growing < 0)
    throw FrameError("agents by name of a species that the model does not have on a growing layer");
  const auto nodes = frame.items<std::uint64_t>(section);
  const Frame::Section& records = frame.partner(at, SectionKind::arrival_record);
  if (records.item_bytes != agent_record_bytes(part_.schema.species()[section.index])) throw FrameError("agents of another schema");
  Arrivals& arrivals = part_.workers[0].arrivals[section.index];
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (peer_of_content(nodes[i]) != no_index) throw FrameError("an agent for a node that this shard does not own");
    arrivals.nodes.push_back(nodes[i]);
  }
  const std::size_t before = arrivals.records.size(), bytes = nodes.size() * records.item_bytes;
  arrivals.records.resize(before + bytes);
  if (bytes != 0) std::memcpy(arrivals.records.data() + before, frame.bytes(records), bytes);
}

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
    traffic_.remote_wishes += wishes[p].size();
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
