// The layers that grow as groups of an image: NAME (nodes), NAME.labels (their labels, one after the other), NAME.links (halves, by the end
// that this shard owns), NAME.OTHER (relations to the layer OTHER). All by ids, and by block, as everything in an image.
#include "shard/growth_image.hpp"

#include <algorithm>
#include <tuple>

#include "engine/error.hpp"
#include "shard/layout.hpp"

namespace colony {
namespace {

/// The block of every node that a part owns, on any layer.
class BlockOf {
 public:
  BlockOf(const Geometry& geometry, const GrowingPart& layer, bool anchored, std::size_t blocks)
      : geometry_(geometry), layer_(layer), anchored_(anchored), blocks_(blocks) {}

  BlockId operator()(LocalIndex index) const {
    if (!anchored_) return BlockId(content_block(layer_.ids[index], blocks_));
    const LocalIndex home = layer_.homes[index];
    const auto after = std::upper_bound(geometry_.blocks.begin(), geometry_.blocks.end(), home,
                                        [](LocalIndex i, const LocalBlock& block) { return i < block.end; });
    return after->id;
  }

 private:
  const Geometry& geometry_;
  const GrowingPart& layer_;
  bool anchored_;
  std::size_t blocks_;
};

/// Rows [0, ends.back()) of a group, cut where the block changes. ends[i]: end of the rows of nodes[i].
void index_blocks(const std::vector<LocalIndex>& nodes, const std::vector<std::uint64_t>& ends, const BlockOf& block_of,
                  std::uint32_t group, std::vector<BlockRows>& blocks) {
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const BlockId block = block_of(nodes[i]);
    const std::uint64_t begin = i == 0 ? 0 : ends[i - 1];
    if (i != 0 && blocks.back().group == group && blocks.back().block == block) blocks.back().end = ends[i];
    else blocks.push_back({block, group, begin, ends[i]});
  }
}

/// A half with its source, as a row of a group.
struct LinkRecord {
  std::uint64_t source, target;
  Link link;
};

const GroupImage& group_named(const ShardImage& image, const std::string& name) {
  const auto found = std::find_if(image.groups.begin(), image.groups.end(), [&](const GroupImage& group) { return group.name == name; });
  if (found == image.groups.end()) throw StorageError("/" + name, "missing in the checkpoint");
  return *found;
}

template <class T>
const T* column_of(const GroupImage& group, const char* name) {
  for (const ColumnImage& column : group.columns)
    if (column.name == name && column.type == scalar_type<T>()) return column.as<T>();
  throw StorageError("/" + group.name + "/" + name, "missing or of another type in the checkpoint");
}

}  // namespace

std::string relation_group(const Declared& schema, const GrowingSpec& spec) {
  return spec.name + "." + schema.growing()[static_cast<std::size_t>(spec.relates_to)].name;
}

std::size_t growing_groups(const Declared& schema) {
  std::size_t groups = 0;
  for (const GrowingSpec& spec : schema.growing()) groups += 2 + (spec.linked ? 1 : 0) + (spec.relates_to >= 0 ? 1 : 0);
  return groups;
}

void fill_growth(const Part& part, std::size_t index, std::size_t block_count, ImageFiller& filler, std::vector<BlockRows>& blocks) {
  const GrowingSpec& spec = part.schema.growing()[index];
  const GrowingPart& layer = part.growing[index];
  const BlockOf block_of(part.geometry, layer, spec.anchored, block_count);
  std::vector<LocalIndex> nodes;
  for (LocalIndex i = 0; i < layer.ids.size(); ++i)
    if (layer.owned[i] != 0) nodes.push_back(i);
  std::sort(nodes.begin(), nodes.end(),
            [&](LocalIndex a, LocalIndex b) { return std::pair(block_of(a), layer.ids[a]) < std::pair(block_of(b), layer.ids[b]); });
  const auto column = [&](const char* name, const auto& values) {
    using T = std::decay_t<decltype(values[0])>;
    filler.add_values<T>(name, [&](std::size_t i) { return values[nodes[i]]; });
  };
  std::vector<std::uint64_t> ends(nodes.size());
  const auto end_group = [&](const auto& rows_of) {
    std::uint64_t end = 0;
    for (std::size_t i = 0; i < nodes.size(); ++i) ends[i] = end += rows_of(nodes[i]);
    index_blocks(nodes, ends, block_of, filler.group(), blocks);
    filler.end_group();
  };

  filler.begin_group(spec.name, nodes.size());
  column("id", layer.ids);
  if (spec.anchored) column("anchor", layer.anchors);
  column("check", layer.checks);
  column("label_bytes", layer.label_bytes);
  column("born", layer.born);
  column("emissions", layer.emissions);
  column("amount", layer.amounts);
  for (std::size_t f = 0; f < spec.fields.size(); ++f) column(spec.fields[f].c_str(), layer.fields[f]);
  end_group([](LocalIndex) { return std::uint64_t{1}; });

  std::string labels;
  for (const LocalIndex node : nodes) labels += layer.label(node);
  filler.begin_group(spec.name + ".labels", labels.size());
  filler.add_values<std::uint8_t>("text", [&](std::size_t i) { return static_cast<std::uint8_t>(labels[i]); });
  end_group([&](LocalIndex node) { return std::uint64_t{layer.label_bytes[node]}; });

  if (spec.linked) {
    std::vector<LinkRecord> links;
    for (const LocalIndex node : nodes) {
      const auto first = static_cast<std::ptrdiff_t>(links.size());
      for (const Link& link : layer.links.row(node)) links.push_back({layer.ids[node], layer.ids[link.target], link});
      std::sort(links.begin() + first, links.end(), [](const LinkRecord& a, const LinkRecord& b) { return a.target < b.target; });
    }
    filler.begin_group(spec.name + ".links", links.size());
    filler.add_values<std::uint64_t>("source", [&](std::size_t i) { return links[i].source; });
    filler.add_values<std::uint64_t>("target", [&](std::size_t i) { return links[i].target; });
    filler.add_values<float>("weight", [&](std::size_t i) { return links[i].link.weight; });
    filler.add_values<std::uint32_t>("count", [&](std::size_t i) { return std::uint32_t{links[i].link.count}; });
    filler.add_values<std::uint16_t>("origin", [&](std::size_t i) { return links[i].link.origin; });
    filler.add_values<std::uint32_t>("first", [&](std::size_t i) { return links[i].link.first; });
    filler.add_values<std::uint32_t>("last", [&](std::size_t i) { return links[i].link.last; });
    filler.add_values<std::uint32_t>("tie", [&](std::size_t i) { return std::uint32_t{links[i].link.tie}; });
    filler.add_values<std::uint8_t>(
        "wishes", [&](std::size_t i) { return static_cast<std::uint8_t>(links[i].link.own_wish | links[i].link.other_wish << 1); });
    end_group([&](LocalIndex node) { return layer.links.row(node).size(); });
  }

  if (spec.relates_to >= 0) {
    std::vector<Relation> relations(layer.relations.begin(), layer.relations.end());
    const auto key = [&](const Relation& r) { return std::tuple(block_of(layer.names.find(r.source)), r.source, r.target); };
    std::sort(relations.begin(), relations.end(), [&](const Relation& a, const Relation& b) { return key(a) < key(b); });
    filler.begin_group(relation_group(part.schema, spec), relations.size());
    filler.add_values<std::uint64_t>("source", [&](std::size_t i) { return relations[i].source; });
    filler.add_values<std::uint64_t>("target", [&](std::size_t i) { return relations[i].target; });
    filler.add_values<std::uint32_t>("amount", [&](std::size_t i) { return relations[i].amount; });
    std::vector<std::uint64_t> counts(layer.ids.size(), 0);
    for (const Relation& relation : relations) ++counts[layer.names.find(relation.source)];
    end_group([&](LocalIndex node) { return counts[node]; });
  }
}

void fill_growing_agents(const Part& part, std::size_t index, std::size_t block_count, ImageFiller& filler,
                         std::vector<BlockRows>& blocks) {
  const SpeciesPart& species = part.species[index];
  struct Place {
    std::uint32_t block;
    std::uint64_t node, id;
    std::uint32_t slot;
    auto operator<=>(const Place&) const = default;
  };
  std::vector<Place> places;
  for (std::uint32_t slot = 0; slot < species.slots(); ++slot) {
    const std::uint64_t node = part.node_id(index, species.nodes[slot]);
    places.push_back({content_block(node, block_count), node, species.ids[slot], slot});
  }
  std::sort(places.begin(), places.end());
  std::vector<std::uint32_t> order;
  for (const Place& place : places) order.push_back(place.slot);
  filler.begin_group(part.schema.species()[index].name, places.size());
  filler.add_values<std::uint64_t>("id", [&](std::size_t i) { return places[i].id; });
  filler.add_values<std::uint64_t>("node", [&](std::size_t i) { return places[i].node; });
  filler.add_state(part.schema.species()[index].columns, species.columns, order);
  for (std::uint64_t i = 0; i < places.size(); ++i) {
    if (i != 0 && places[i].block == places[i - 1].block) blocks.back().end = i + 1;
    else blocks.push_back({BlockId(places[i].block), filler.group(), i, i + 1});
  }
}

void load_growth(Part& part, std::size_t index, const ShardImage& image, const std::function<bool(std::uint64_t)>& owns,
                 const std::function<LocalIndex(std::uint64_t)>& locate, Array<RowLink>& loaded) {
  const GrowingSpec& spec = part.schema.growing()[index];
  GrowingPart& layer = part.growing[index];
  const GroupImage& nodes = group_named(image, spec.name);
  const GroupImage& labels = group_named(image, spec.name + ".labels");
  const auto *ids = column_of<std::uint64_t>(nodes, "id"), *checks = column_of<std::uint64_t>(nodes, "check");
  const auto* amounts = column_of<std::uint64_t>(nodes, "amount");
  const std::uint64_t* anchors = spec.anchored ? column_of<std::uint64_t>(nodes, "anchor") : nullptr;
  const auto* label_bytes = column_of<std::uint32_t>(nodes, "label_bytes");
  const auto *born = column_of<std::uint32_t>(nodes, "born"), *emissions = column_of<std::uint32_t>(nodes, "emissions");
  const auto* text = reinterpret_cast<const char*>(column_of<std::uint8_t>(labels, "text"));
  std::vector<const std::uint64_t*> fields;
  for (const std::string& field : spec.fields) fields.push_back(column_of<std::uint64_t>(nodes, field.c_str()));
  std::uint64_t at = 0;
  for (std::uint64_t i = 0; i < nodes.count; ++i) {
    if (label_bytes[i] > labels.count - at) throw StorageError("/" + labels.name, "is shorter than its nodes say");
    const char* label = text + at;
    at += label_bytes[i];
    const LocalIndex home = anchors ? locate(anchors[i]) : no_index;
    if (anchors ? home == no_index : !owns(ids[i])) continue;
    if (layer.names.find(ids[i]) != no_index && layer.owned[layer.names.find(ids[i])] != 0)
      throw StorageError("/" + nodes.name, "holds a node twice");
    const LocalIndex node = layer.own({ids[i], checks[i], anchors ? anchors[i] : 0, home, 0, label_bytes[i], label});
    layer.born[node] = born[i];
    layer.emissions[node] = emissions[i];
    layer.amounts[node] = amounts[i];
    for (std::size_t f = 0; f < fields.size(); ++f) layer.fields[f][node] = fields[f][i];
  }

  const auto mine = [&](std::uint64_t id) {
    const LocalIndex node = layer.names.find(id);
    return node != no_index && layer.owned[node] != 0 ? node : no_index;
  };
  if (spec.linked) {
    const GroupImage& links = group_named(image, spec.name + ".links");
    const auto *sources = column_of<std::uint64_t>(links, "source"), *targets = column_of<std::uint64_t>(links, "target");
    const auto* weights = column_of<float>(links, "weight");
    const auto *counts = column_of<std::uint32_t>(links, "count"), *ties = column_of<std::uint32_t>(links, "tie");
    const auto* origins = column_of<std::uint16_t>(links, "origin");
    const auto *first = column_of<std::uint32_t>(links, "first"), *last = column_of<std::uint32_t>(links, "last");
    const auto* wishes = column_of<std::uint8_t>(links, "wishes");
    for (std::uint64_t i = 0; i < links.count; ++i) {
      const LocalIndex row = mine(sources[i]);
      if (row == no_index) continue;
      const auto count = static_cast<std::uint16_t>(std::min(counts[i], most_count));
      const Link link{layer.know(targets[i]), weights[i],         count, origins[i], first[i], last[i], ties[i] & most_tie,
                      wishes[i] & 1u,         wishes[i] >> 1 & 1u};
      loaded.push_back({row, link});
    }
  }
  if (spec.relates_to >= 0) {
    const GroupImage& relations = group_named(image, relation_group(part.schema, spec));
    const auto *sources = column_of<std::uint64_t>(relations, "source"), *targets = column_of<std::uint64_t>(relations, "target");
    const auto* amount = column_of<std::uint32_t>(relations, "amount");
    for (std::uint64_t i = 0; i < relations.count; ++i)
      if (mine(sources[i]) != no_index) layer.relations.push_back({sources[i], targets[i], amount[i]});
  }
}

}  // namespace colony
