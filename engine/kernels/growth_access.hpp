// Accessors of kernels that make a layer grow.
#pragma once

#include <type_traits>

#include "engine/content.hpp"
#include "engine/kernels/access.hpp"
#include "engine/kernels/growing_here.hpp"

namespace colony {

/// Effect `emit`: asks for a node that is named by its label. Where it is there already it is told of once more; `amount` adds up.
struct EmitNode {
  std::uint32_t layer;
  bool has_anchors = false;
  GrowthScratch* growth = nullptr;
  EmitNode(GrowingLayer l) : layer(l.layer) {}
  void note(AccessNotes& n) const { n.add(Use::emit_node, layer); }
  void bind(const Binding& b) {
    growth = &b.scratch.growth[layer];
    has_anchors = b.part.schema.growing()[layer].anchored;
  }
  void operator()(const Content& content, std::uint32_t amount) const {
    check_use(!has_anchors, "EmitNode: a node of an anchored layer is emitted with anchored()");
    growth->emissions.push_back(
        {content.id, content.check, 0, no_index, amount, static_cast<std::uint32_t>(content.label.size()), content.label.data()});
  }
  /// A node of the same name as the one that the kernel runs for, which is of another layer.
  void namesake(const GrowingHere& here, std::uint32_t amount) const {
    const auto index = static_cast<LocalIndex>(here.index);
    const std::string& label = growth->labels.emplace_back(here.layer->label(index));
    operator()({here.id(), here.layer->checks[index], label}, amount);
  }
  /// Of an anchored layer: the new node lives with the one of the job's graph that the kernel runs for. Returns its id, of its name and
  /// place.
  template <class Here>
  std::uint64_t anchored(const Here& here, const Content& content, std::uint32_t amount) const {
    static_assert(std::is_base_of_v<OwnNode, Here>, "nodes are anchored to nodes of the job's graph");
    check_use(has_anchors, "EmitNode: anchored() is for anchored layers");
    const std::uint64_t id = anchored_id(content.id, here.id());
    growth->emissions.push_back({id, content.check, here.id(), static_cast<LocalIndex>(here.index), amount,
                                 static_cast<std::uint32_t>(content.label.size()), content.label.data()});
    return id;
  }
};

/// Effect `link`, for all pairs of a group: nodes of the layer that were emitted before or are in this tick.
struct LinkGroup {
  std::uint32_t layer;
  GrowthScratch* growth = nullptr;
  LinkGroup(GrowingLayer l) : layer(l.layer) {}
  void note(AccessNotes& n) const { n.add(Use::link, layer); }
  void bind(const Binding& b) { growth = &b.scratch.growth[layer]; }
  /// member(i): GroupMember i of `size`, at most most_group; ids differ.
  template <class F>
  void operator()(std::uint32_t size, const F& member) const {
    if (size < 2) return;
    check_use(size <= most_group, "LinkGroup: a group of nodes to be linked is too large");
    growth->group_sizes.push_back(size);
    for (std::uint32_t i = 0; i < size; ++i) growth->members.push_back(member(i));
  }
};

/// A node that lives here refers to one of the layer that its own relates to; each pair once.
struct Relate {
  std::uint32_t layer;
  Array<Relation>* relations = nullptr;
  Relate(GrowingLayer from) : layer(from.layer) {}
  void note(AccessNotes& n) const { n.add(Use::relate, layer); }
  void bind(const Binding& b) { relations = &b.scratch.growth[layer].relations; }
  void operator()(std::uint64_t source, std::uint64_t target, std::uint32_t amount) const {
    relations->push_back({source, target, amount});
  }
};

}  // namespace colony
