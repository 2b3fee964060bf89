// Accessors of kernels that make a layer grow, that let an agent die, or that look further than one hop.
#pragma once

#include "engine/access.hpp"
#include "engine/content.hpp"
#include "engine/error.hpp"

namespace colony {

/// Effect `emit`: asks for a node that is named by its label. Where it is there already it is told of once more; `amount` adds up.
struct EmitNode {
  std::uint32_t layer;
  Array<NodeEmission>* emissions = nullptr;
  EmitNode(GrowingLayer l) : layer(l.layer) {}
  void note(AccessNotes&) const {}
  void bind(const Binding& b) { emissions = &b.scratch.growth[layer].emissions; }
  void operator()(const Content& content, std::uint32_t amount) const {
    emissions->push_back(
        {content.id, content.check, 0, no_index, amount, static_cast<std::uint32_t>(content.label.size()), content.label.data()});
  }
  /// Of an anchored layer: the new node lives with the one that the kernel runs for.
  template <class Here>
  void anchored(const Here& here, const Content& content, std::uint32_t amount) const {
    emissions->push_back({content.id, content.check, here.id(), static_cast<LocalIndex>(here.index), amount,
                          static_cast<std::uint32_t>(content.label.size()), content.label.data()});
  }
};

/// Effect `link`, for all pairs of a group: nodes of the layer that were emitted before or are in this tick.
struct LinkGroup {
  std::uint32_t layer;
  GrowthScratch* growth = nullptr;
  LinkGroup(GrowingLayer l) : layer(l.layer) {}
  void note(AccessNotes&) const {}
  void bind(const Binding& b) { growth = &b.scratch.growth[layer]; }
  /// member(i): GroupMember i of `size`, at most most_group; ids differ.
  template <class F>
  void operator()(std::uint32_t size, const F& member) const {
    if (size < 2) return;
    COLONY_ASSERT(size <= most_group, "a group of nodes to be linked is too large");
    growth->group_sizes.push_back(size);
    for (std::uint32_t i = 0; i < size; ++i) growth->members.push_back(member(i));
  }
};

/// A node that lives here refers to one of the layer that its own relates to; each pair once.
struct Relate {
  std::uint32_t layer;
  Array<Relation>* relations = nullptr;
  Relate(GrowingLayer from) : layer(from.layer) {}
  void note(AccessNotes&) const {}
  void bind(const Binding& b) { relations = &b.scratch.growth[layer].relations; }
  void operator()(std::uint64_t source, std::uint64_t target, std::uint32_t amount) const {
    relations->push_back({source, target, amount});
  }
};

/// Effect `die`, in Act: the agent is gone at the end of it. It must neither move nor claim in the same tick.
struct Die {
  std::uint32_t species;
  Array<std::uint32_t>* deaths = nullptr;
  explicit Die(std::uint32_t species_index) : species(species_index) {}
  void note(AccessNotes&) const {}
  void bind(const Binding& b) { deaths = &b.scratch.deaths[species]; }
  template <class Here>
  void operator()(const Here& here) const {
    deaths->push_back(static_cast<std::uint32_t>(here.index));
  }
};

/// The node of an id within the layer's reach; its index is no_index when it is further away and not here. Ids are 0 .. nodes - 1.
struct At {
  const LocalIndex* local = nullptr;
  void note(AccessNotes& n) const { n.by_id = true; }
  void bind(const Binding& b) { local = b.part.geometry.local_of_id.empty() ? nullptr : b.part.geometry.local_of_id.data(); }
  COLONY_HD NodeRef operator()(std::uint64_t id) const {
    const auto rank = static_cast<std::size_t>(id);
    if (!local) return {rank};
    return {local[rank] == no_index ? static_cast<std::size_t>(no_index) : local[rank]};
  }
};

}  // namespace colony
